"""The battery level as the camera reports it, and as the likely reason for an unexplained refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.battery import battery_low, battery_percent
from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.drivers.gphoto2.preview_stream import PreviewStream
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import Capture, Configure

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = CameraError("the camera refused and gave no reason", code=-1)


@pytest.fixture
def camera() -> ScriptedCamera:
    return ScriptedCamera(VirtualTime())


@pytest.mark.parametrize(
    ("words", "percent", "low"),
    [("75%", 75, False), ("100", 100, False), ("Low", 10, True), ("3%", 3, True), ("Unknown value 7", None, False)],
)
def test_words_are_read(camera: ScriptedCamera, words: str, percent: int | None, low: bool) -> None:
    camera.settings["batterylevel"] = Setting("batterylevel", words)
    assert battery_percent(Configuration(camera)) == percent
    assert battery_low(Configuration(camera)) is low


def test_a_camera_that_does_not_tell_is_not_called_empty(camera: ScriptedCamera) -> None:
    del camera.settings["batterylevel"]
    assert battery_percent(Configuration(camera)) is None
    assert not battery_low(Configuration(camera))


def test_what_was_read_earlier_is_not_trusted(camera: ScriptedCamera) -> None:
    configuration = Configuration(camera)
    assert not battery_low(configuration)
    camera.settings["batterylevel"] = Setting("batterylevel", "Low")
    assert battery_low(configuration)


@pytest.mark.parametrize(("words", "kind"), [("Low", FailureKind.BATTERY_LOW), ("75%", FailureKind.BLOCKED)])
def test_live_view_that_is_refused_has_the_batterys_reason_or_the_heats(
    camera: ScriptedCamera, words: str, kind: FailureKind
) -> None:
    camera.settings["batterylevel"] = Setting("batterylevel", words)
    camera.refuse["viewfinder"] = REFUSED
    live = PreviewStream(camera, Configuration(camera), camera.time.pause)
    live.start()
    with pytest.raises(CameraError) as refused:
        live.start()
    assert refused.value.kind is kind


@pytest.mark.parametrize(("words", "kind"), [("Low", FailureKind.BATTERY_LOW), ("75%", FailureKind.CAMERA_FAULT)])
def test_a_shot_that_is_refused_without_a_reason_has_the_batterys(
    camera: ScriptedCamera, tmp_path: Path, words: str, kind: FailureKind
) -> None:
    driver = GPhoto2Driver(
        KeptOutbox(), connect=lambda _outbox, _port: camera, clock=camera.time, pause=camera.time.pause
    )
    driver.open(Configure(request=1, address="auto"))
    camera.settings["batterylevel"] = Setting("batterylevel", words)
    camera.shots.append(REFUSED)
    with pytest.raises(CaptureError) as failed:
        driver.capture(Capture(request=2, capture_id="c1", staging=str(tmp_path)), lambda: False)
    assert failed.value.kind is kind
