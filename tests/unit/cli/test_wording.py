"""The status as text."""

from __future__ import annotations

from photonic.cli.wording import (
    camera_text,
    capture_text,
    exposure_text,
    live_text,
    sequence_text,
    status_rows,
)
from photonic.model.exif import ExifFacts
from photonic.model.status import (
    CameraState,
    CameraStatus,
    CapturePhase,
    CaptureStatus,
    LiveState,
    LiveStatus,
    SequencePhase,
    SequenceStatus,
    Snapshot,
)

EXPOSING = CaptureStatus(
    id="c1", session_id="party", phase=CapturePhase.EXPOSING, elapsed_seconds=1.25, remaining_seconds=28.9
)
PAUSED = LiveStatus(state=LiveState.PAUSED, reason="capture", resume_by_seconds=29.0, viewers=2)


def snapshot(camera: CameraStatus) -> Snapshot:
    return Snapshot(boot_id="b", rev=1, now_us=0, camera=camera, captures=(EXPOSING,), live=PAUSED, capture_count=7)


def test_a_reason_follows_its_state() -> None:
    absent = CameraStatus(id="", state=CameraState.ABSENT, reason="no camera found: connect one")
    assert camera_text(snapshot(absent)) == "absent: no camera found: connect one"
    assert camera_text(snapshot(CameraStatus(id="1", state=CameraState.READY))) == "ready"


def test_a_pause_says_when_it_ends() -> None:
    assert live_text(PAUSED) == "paused: capture (resumes within 29.0 s)"
    assert live_text(LiveStatus(state=LiveState.RUNNING)) == "running"


def test_a_reason_that_was_shown_is_not_repeated() -> None:
    live = LiveStatus(state=LiveState.RECOVERING, reason="no camera found")
    assert live_text(live) == "recovering: no camera found"
    assert live_text(live, (None, "no camera found")) == "recovering"


def test_a_capture_says_how_long_it_may_take() -> None:
    assert capture_text(EXPOSING) == "exposing for 1.2 s, at most 29 s left"
    assert capture_text(EXPOSING.model_copy(update={"remaining_seconds": None})) == "exposing for 1.2 s"


def test_a_sequence_says_how_far_it_is() -> None:
    timer = SequenceStatus(
        id="s1", kind="self_timer", session_id="a_b", phase=SequencePhase.COUNTDOWN, total=2, next_in_seconds=8.6
    )
    assert sequence_text(timer) == "countdown: 0 of 2, next in 9 s"
    late = timer.model_copy(
        update={"phase": SequencePhase.WAITING, "saved": 1, "failed": 2, "missed": 3, "remaining_seconds": 60.0}
    )
    assert sequence_text(late) == "waiting: 1 of 2, 2 failed, 3 missed, next in 9 s, 60 s left"
    running = snapshot(CameraStatus(id="1", state=CameraState.READY)).model_copy(update={"sequence": timer})
    assert dict(status_rows(running))["self timer a_b"] == sequence_text(timer)


def test_the_table_has_everything_even_without_a_camera() -> None:
    rows = dict(status_rows(snapshot(CameraStatus(id="", state=CameraState.ABSENT))))
    assert rows["camera"] == "none"
    assert rows["photos"] == "7"
    assert rows["capture party"].startswith("exposing")


def test_an_exposure_is_written_as_on_cameras() -> None:
    whole = ExifFacts(exposure_seconds=1 / 125, f_number=5.6, iso=400, focal_length_mm=50, lens="EF50mm f/1.8 STM")
    assert exposure_text(whole) == "1/125 s  f/5.6  ISO 400  50 mm  EF50mm f/1.8 STM"
    assert exposure_text(ExifFacts(exposure_seconds=30, f_number=8)) == "30 s  f/8"
    assert exposure_text(ExifFacts()) == ""
