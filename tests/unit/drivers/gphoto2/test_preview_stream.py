from __future__ import annotations

import pytest
from tests.support.pictures import RED

from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.preview_stream import PreviewStream
from photonic.errors import CameraError, FailureKind

from .scripted import JPEG, ScriptedCamera, VirtualTime

ON, OFF = ("viewfinder", 1), ("viewfinder", 0)


@pytest.fixture
def camera() -> ScriptedCamera:
    return ScriptedCamera(VirtualTime())


@pytest.fixture
def live(camera: ScriptedCamera) -> PreviewStream:
    return PreviewStream(camera, Configuration(camera), camera.time.pause)


def test_starting_twice_restarts(camera: ScriptedCamera, live: PreviewStream) -> None:
    live.start()
    live.start()
    assert camera.written == [ON, OFF, ON]


def test_a_camera_that_refuses_live_view_twice_has_a_reason(camera: ScriptedCamera, live: PreviewStream) -> None:
    camera.refuse["viewfinder"] = CameraError("refused", code=-1)
    live.start()
    with pytest.raises(CameraError, match="too hot") as caught:
        live.start()
    assert caught.value.kind is FailureKind.BLOCKED


def test_refusals_with_a_start_between_or_of_a_busy_camera_do_not_add_up(
    camera: ScriptedCamera, live: PreviewStream
) -> None:
    camera.refuse["viewfinder"] = CameraError("refused", code=-1)
    live.start()
    del camera.refuse["viewfinder"]
    live.start()
    camera.refuse["viewfinder"] = CameraError("refused", code=-1)
    live.start()
    camera.refuse["viewfinder"] = CameraError("busy", code=-110)
    live.start()
    live.start()


def test_a_whole_frame_passes(live: PreviewStream) -> None:
    assert live.frame() == JPEG


@pytest.mark.parametrize("behind", [b"\0\0", b"\r\n", bytes(70_000)], ids=["2 zeros", "line end", "70,000 zeros"])
def test_bytes_behind_the_end_of_a_frame_are_cut_off(
    camera: ScriptedCamera, live: PreviewStream, behind: bytes
) -> None:
    camera.frames.append(RED + behind)
    assert live.frame() == RED


NOT_READY, BUSY = CameraError("not ready", code=-1), CameraError("busy", code=-110)


@pytest.mark.parametrize("bad", [b"", b"\xff\xd8cut", NOT_READY, BUSY])
def test_what_is_no_frame_is_none_after_a_pause(
    camera: ScriptedCamera, live: PreviewStream, bad: bytes | CameraError
) -> None:
    camera.frames.extend([bad, JPEG])
    before = camera.time()
    assert live.frame() is None
    assert before < camera.time() <= before + 0.2
    assert live.frame() == JPEG


def test_pauses_grow_to_a_limit_and_a_good_frame_ends_them(camera: ScriptedCamera, live: PreviewStream) -> None:
    def pause() -> float:
        before = camera.time()
        live.frame()
        return round(camera.time() - before, 3)

    camera.frames.extend([b""] * 6)
    assert [pause() for _ in range(6)] == [0.05, 0.1, 0.15, 0.2, 0.2, 0.2]
    assert live.frame() == JPEG
    camera.frames.append(b"")
    assert pause() == 0.05


@pytest.mark.parametrize(
    "error",
    [
        CameraError("gone", code=-7),
        CameraError("timeout", code=-10, kind=FailureKind.TIMEOUT),
        CameraError("battery", code=-1, kind=FailureKind.BATTERY_LOW),
        CameraError("hot", code=-1, kind=FailureKind.BLOCKED),
    ],
)
def test_where_retrying_is_no_help_it_is_told_at_once(
    camera: ScriptedCamera, live: PreviewStream, error: CameraError
) -> None:
    camera.frames.append(error)
    with pytest.raises(CameraError):
        live.frame()


def test_without_a_viewfinder_switch_a_first_try_decides(camera: ScriptedCamera, live: PreviewStream) -> None:
    del camera.settings["viewfinder"]
    camera.frames.append(CameraError("no", code=-6, kind=FailureKind.NOT_SUPPORTED))
    assert not live.supported()
    assert live.supported()
