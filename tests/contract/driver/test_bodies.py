"""The driver on the simulated Nikon and the plain PTP camera: what each can do, and honest words for what it cannot."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.contract.driver.abilities import BODIES, observe, recorded
from tests.contract.driver.harness import run
from tests.support.usb_bus import camera_on, usb_bus

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.simulator import pixels
from photonic.simulator.film import film
from photonic.worker.link.messages import Captured, Profiles, Staged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera

    from photonic.simulator.control import ControlClient


@pytest.fixture
def nikon(transport: str) -> Iterator[SimulatedCamera]:
    with camera_on(transport, "--body", "nikon", "--speed", "5") as camera:
        yield camera


@pytest.fixture
def generic(transport: str) -> Iterator[SimulatedCamera]:
    with camera_on(transport, "--body", "generic", "--speed", "5") as camera:
        yield camera


@pytest.fixture(params=["nikon", pytest.param("generic", marks=pytest.mark.long)])
def camera(request: pytest.FixtureRequest, transport: str) -> SimulatedCamera:
    return request.getfixturevalue(request.param)


def _counters(frames: list[bytes]) -> list[int]:
    return [pixels.read(frame).counter for frame in frames]


def _rises(numbers: list[int]) -> bool:
    return all(later > earlier for earlier, later in itertools.pairwise(numbers))


@pytest.mark.long
@pytest.mark.parametrize("body", BODIES)
def test_what_a_body_can_do_is_what_the_reference_says(body: str, tmp_path: Path) -> None:
    assert observe(body, tmp_path) == recorded()[body]


def _between_frames(target: str, harness: DriverHarness) -> tuple[list[list[bytes]], list[Staged], list[Captured]]:
    harness.open(capture_target=target)
    harness.driver.start_preview()
    runs = [harness.frames(3)]
    for number in range(3):
        harness.capture(f"c{number}")
        runs.append(harness.frames(3))
    return runs, harness.log.of(Staged), harness.log.of(Captured)


@pytest.mark.parametrize("target", [pytest.param("card", marks=pytest.mark.long), "ram"])
def test_after_each_capture_a_nikons_live_view_is_fresh(nikon: SimulatedCamera, tmp_path: Path, target: str) -> None:
    runs, staged, captured = run(partial(_between_frames, target), nikon.address, tmp_path)
    assert _rises(_counters([frame for frames in runs for frame in frames]))
    for exposed, frames in zip(nikon.journal("exposed"), runs[1:], strict=True):
        assert pixels.read(frames[0]).camera_us > exposed["at_us"]
    assert [message.capture_id for message in staged] == ["c0", "c1", "c2"]
    assert [message.warning for message in captured] == [None, None, None]
    assert [pixels.read(Path(message.path).read_bytes()).counter for message in staged] == [1, 2, 3]
    assert len(nikon.journal("released")) == (3 if target == "ram" else 0)
    assert nikon.journal("deleted") == []


def _profiles(harness: DriverHarness) -> tuple[BadInput | None, list[Staged], list[Captured]]:
    harness.open()
    refused = None
    try:
        harness.driver.apply(Profiles(live={"iso": "800"}, capture={"shutter_speed": "1/100000"}))
    except BadInput as error:
        refused = error
    harness.driver.apply(Profiles(capture={"iso": "200", "shutter_speed": "1/50", "aperture": "f/8"}))
    harness.capture("c")
    return refused, harness.log.of(Staged), harness.log.of(Captured)


def test_settings_of_a_capture_hold_in_the_photo_and_are_taken_back(camera: SimulatedCamera, tmp_path: Path) -> None:
    refused, staged, captured = run(_profiles, camera.address, tmp_path)
    assert refused is not None
    assert refused.field == "shutter_speed_capture"
    assert "0.0001s" in refused.choices
    data = Path(staged[0].path).read_bytes()
    Image.open(BytesIO(data)).load()
    photo = pixels.read(data)
    assert (photo.iso, photo.aperture_tenths, photo.shutter_us) == (200, 80, 20_000)
    assert captured[0].iso == "200"
    values = [entry["value"] for entry in camera.journal("set")]
    assert len(values) == 6, values


def _without_live_view(harness: DriverHarness) -> tuple[bool, str, FailureKind, list[Staged]]:
    opened = harness.open(capture_target="ram")
    try:
        harness.driver.start_preview()
    except CameraError as error:
        kind = error.kind
    else:
        raise AssertionError("live view started")
    for number in range(2):
        harness.capture(f"c{number}")
        harness.driver.settle()
    return opened.live_view, opened.capture_target, kind, harness.log.of(Staged)


def test_a_plain_camera_has_no_live_view_and_still_captures(generic: SimulatedCamera, tmp_path: Path) -> None:
    live_view, target, kind, staged = run(_without_live_view, generic.address, tmp_path)
    assert (live_view, target, kind) == (False, "card", FailureKind.NOT_SUPPORTED)
    assert [message.capture_id for message in staged] == ["c0", "c1"]
    assert [pixels.read(Path(message.path).read_bytes()).counter for message in staged] == [1, 2]
    assert generic.journal("viewfinder") == []


def _button(control: ControlClient, harness: DriverHarness) -> list[Staged]:
    harness.open()
    control.press()
    harness.idle_until(lambda: bool(harness.log.of(Staged)))
    return harness.log.of(Staged)


def test_a_photo_of_the_bodys_own_button_is_staged(camera: SimulatedCamera, tmp_path: Path) -> None:
    (staged,) = run(partial(_button, camera.control), camera.address, tmp_path)
    assert staged.capture_id is None
    Image.open(staged.path).load()


def _calls_until_staged(control: ControlClient, harness: DriverHarness) -> list[set[str]]:
    """For each of three presses of the button: the calls up to the one that fetches its photo."""
    harness.open()
    found: list[set[str]] = []
    for number in range(3):
        harness.idle_until(lambda: {call for call, _, _ in harness.log.calls[-2:]} == {"wait_for_event"})
        before = len(harness.log.calls)
        control.press()
        harness.idle_until(lambda photos=number + 1: len(harness.log.of(Staged)) == photos)
        calls = [call for call, _, _ in harness.log.calls[before:]]
        found.append(set(calls[: calls.index("file_get_info")]))
    return found


@pytest.mark.long
def test_on_usb_a_plain_cameras_own_button_is_noticed_by_waiting_alone(tmp_path: Path) -> None:
    """Its events come through the interrupt endpoint, and need no other transfer to be seen."""
    with usb_bus("--body", "generic", "--speed", "5") as bus, bus.seen():
        presses = run(partial(_calls_until_staged, bus.camera.control), bus.camera.address, tmp_path)
    assert {"wait_for_event"} in presses


def _no_photo(harness: DriverHarness) -> tuple[FailureKind, int]:
    harness.open()
    try:
        harness.capture("blurred")
    except CaptureError as error:
        kind = error.kind
    else:
        raise AssertionError("the capture went well")
    return kind, len(harness.log.of(Captured))


@pytest.mark.long
def test_a_lens_without_focus_gives_no_photo_of_a_plain_camera(generic: SimulatedCamera, tmp_path: Path) -> None:
    generic.control.fault("autofocus_failure")
    assert run(_no_photo, generic.address, tmp_path) == (FailureKind.CAMERA_FAULT, 0)
    assert generic.journal("exposed") == []


def _too_hot(harness: DriverHarness) -> tuple[FailureKind, str]:
    harness.open()
    try:
        harness.driver.start_preview()
        harness.frames(1)
    except CameraError as error:
        return error.kind, error.reason
    raise AssertionError("live view started")


@pytest.mark.long
def test_a_hot_nikon_says_so(nikon: SimulatedCamera, tmp_path: Path) -> None:
    nikon.control.fault("heat")
    kind, reason = run(_too_hot, nikon.address, tmp_path)
    assert kind is FailureKind.BLOCKED
    assert "too hot" in reason


def _no_bulb(harness: DriverHarness) -> tuple[FailureKind, str]:
    harness.open()
    try:
        harness.capture("b", bulb_seconds=5.0)
    except CaptureError as error:
        return error.kind, error.reason
    raise AssertionError("the shutter was held open")


@pytest.mark.long
def test_a_body_without_bulb_says_so(camera: SimulatedCamera, tmp_path: Path) -> None:
    kind, reason = run(_no_bulb, camera.address, tmp_path)
    assert kind is FailureKind.NOT_SUPPORTED
    assert "does not support bulb exposures" in reason
    assert camera.journal("exposed") == []


def _padded_frames(harness: DriverHarness) -> list[int]:
    harness.open()
    harness.driver.start_preview()
    return _counters(harness.frames(6))


@pytest.mark.long
@pytest.mark.parametrize("behind", [2, 70_000])
def test_bytes_behind_the_end_of_a_nikons_frames_are_cut_off(
    nikon: SimulatedCamera, tmp_path: Path, behind: int
) -> None:
    nikon.control.fault("padded_frame", amount=behind)
    assert _rises(run(_padded_frames, nikon.address, tmp_path))


def _film(harness: DriverHarness) -> tuple[int, list[Staged], bytes]:
    harness.open()
    (found,) = harness.driver.list_card().objects
    goes = 0
    while not harness.log.of(Staged):
        harness.driver.fetch([found], str(harness.staging))
        goes += 1
    staged = harness.log.of(Staged)
    return goes, staged, Path(staged[0].path).read_bytes()


@pytest.mark.long
def test_a_film_is_fetched_in_pieces_from_every_body(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("slow_transfer", amount=40)
    camera.control.fault("film", amount=20)
    goes, staged, content = run(_film, camera.address, tmp_path)
    assert goes >= 4
    assert [(one.name, one.size_bytes) for one in staged] == [("MVI_0001.MOV", 20_000_000)]
    assert content == film(1, 20_000_000, datetime.now(UTC)).render()
