"""A photo that is late, on a scripted camera: live view goes on meanwhile; a card that was taken out ends the wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.camera import CameraEvent, ObjectAdded, Quiet, ShotDone
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.drivers.gphoto2.shot import LATE_PHOTO_SECONDS
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import Capture, Configure, Staged

from .scripted import JPEG, KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from pathlib import Path


class LateCamera(ScriptedCamera):
    """Reports its photo ``late_seconds`` after the release; ``None``: never. A preview takes 0.03 s."""

    def __init__(self, time: VirtualTime, late_seconds: float | None) -> None:
        super().__init__(time)
        self._late_seconds = late_seconds
        self._due_at: float | None = None
        self.card_out_after: float | None = None

    def trigger(self, limit_seconds: float) -> None:
        self.triggers += 1
        self._due_at = None if self._late_seconds is None else self.time.now + self._late_seconds
        if self.card_out_after is not None:
            self.card_out_after += self.time.now

    def next_event(self, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        self.time.pause(max(wait_seconds, 0.001))
        if self._due_at is not None and self.time.now >= self._due_at:
            self._due_at = None
            self.events.append(ShotDone())
            return ObjectAdded("/card", "LATE.JPG")
        return self.events.popleft() if self.events and not isinstance(self.events[0], Exception) else Quiet()  # pyright: ignore[reportReturnType]

    def preview(self, limit_seconds: float) -> bytes:
        self.time.pause(0.03)
        return super().preview(limit_seconds)

    def has_storage(self) -> bool:
        return self.card_out_after is None or self.time.now < self.card_out_after


class LatePhotoHarness:
    def __init__(self, staging: Path, late_seconds: float | None) -> None:
        self.staging = staging
        self.time = VirtualTime()
        self.camera = LateCamera(self.time, late_seconds)
        self.outbox = KeptOutbox()
        self.driver = GPhoto2Driver(
            self.outbox, connect=lambda _outbox, _port: self.camera, clock=self.time, pause=self.time.pause
        )
        self.driver.open(Configure(request=1, address="auto"))

    def capture(self) -> None:
        self.driver.capture(Capture(request=2, capture_id="c1", staging=str(self.staging)), lambda: False)


def test_frames_come_while_the_photo_is_late(tmp_path: Path) -> None:
    harness = LatePhotoHarness(tmp_path, 8.0)
    harness.driver.start_preview()
    began = harness.time.now
    harness.capture()
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["LATE.JPG"]
    times = [captured_us / 1e6 - began for captured_us, _jpeg in harness.outbox.frames]
    assert min(times) > LATE_PHOTO_SECONDS
    assert len(times) > 20
    assert {jpeg for _time, jpeg in harness.outbox.frames} == {JPEG}


def test_a_photo_in_time_leaves_the_frames_to_the_child_loop(tmp_path: Path) -> None:
    harness = LatePhotoHarness(tmp_path, LATE_PHOTO_SECONDS / 2)
    harness.driver.start_preview()
    harness.capture()
    assert harness.outbox.frames == []


def test_without_live_view_none_is_started(tmp_path: Path) -> None:
    harness = LatePhotoHarness(tmp_path, 8.0)
    harness.capture()
    assert harness.outbox.frames == []


def test_a_card_that_was_taken_out_ends_the_wait_long_before_the_deadline(tmp_path: Path) -> None:
    harness = LatePhotoHarness(tmp_path, None)
    harness.camera.card_out_after = 1.0
    began = harness.time.now
    with pytest.raises(CaptureError) as failed:
        harness.capture()
    assert failed.value.kind is FailureKind.NO_CARD
    assert harness.time.now - began < 10.0


def test_a_live_view_that_is_refused_meanwhile_does_not_end_the_shot(tmp_path: Path) -> None:
    harness = LatePhotoHarness(tmp_path, 8.0)
    harness.driver.start_preview()
    harness.camera.frames.extend([CameraError("too hot", kind=FailureKind.BLOCKED, code=-1)] * 1000)
    harness.capture()
    assert len(harness.outbox.of(Staged)) == 1


def test_a_connection_that_breaks_meanwhile_ends_it(tmp_path: Path) -> None:
    harness = LatePhotoHarness(tmp_path, 8.0)
    harness.driver.start_preview()
    harness.camera.frames.append(CameraError("the cable is out", code=-7))
    with pytest.raises(CameraError):
        harness.capture()


def test_a_camera_that_does_not_answer_is_not_said_to_have_no_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = LatePhotoHarness(tmp_path, 8.0)

    def refuse(*_: object) -> None:
        raise CameraError("the camera refused and gave no reason", code=-1)

    def dead() -> bool:
        raise CameraError("the connection broke", code=-7)

    monkeypatch.setattr(harness.camera, "trigger", refuse)
    monkeypatch.setattr(harness.camera, "has_storage", dead)
    with pytest.raises(CameraError) as failed:
        harness.capture()
    assert failed.value.code == -7
