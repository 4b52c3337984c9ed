"""Live view in the camera process, on a driver that follows a script, in virtual time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.support.driven import JPEG, DriverLoopHarness, failing

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import (
    ApplyProfiles,
    Capture,
    Captured,
    CaptureProgressed,
    Done,
    Failed,
    PreviewChanged,
    Profiles,
    StartPreview,
    StopPreview,
)


@pytest.fixture
def harness() -> DriverLoopHarness:
    return DriverLoopHarness()


START = StartPreview(request=2)
SHOOT = Capture(request=3, capture_id="c", staging="/s")


def test_running_is_reported_right_before_the_first_valid_frame(harness: DriverLoopHarness) -> None:
    pictures = iter([None, b"", b"\xff\xd8cut"])
    harness.pictures = lambda: next(pictures, JPEG)
    harness.drive((0.0, START), until=1.0)
    first = harness.said.index(JPEG)
    assert harness.said[first - 1] == PreviewChanged(state="running")
    assert harness.views()[:2] == ["starting", "running"]
    assert b"" not in harness.said


def test_live_view_that_is_healthy_is_not_started_twice(harness: DriverLoopHarness) -> None:
    harness.drive((0.0, START), (5.0, StartPreview(request=4)), until=6.0)
    assert harness.calls.count("start_preview") == 1
    assert Done(request=4) in harness.answers()


def test_live_view_that_is_stuck_is_restarted_on_request(harness: DriverLoopHarness) -> None:
    stuck_at = harness.now + 5.0
    harness.pictures = lambda: JPEG if harness.now < stuck_at else _slow(harness, 0.9)
    harness.drive((0.0, START), (7.5, StartPreview(request=4)), until=7.6)
    assert harness.calls.count("start_preview") == 2
    assert harness.views()[-1] == "starting"


def _slow(harness: DriverLoopHarness, seconds: float) -> None:
    harness.now += seconds


def test_off_means_off(harness: DriverLoopHarness) -> None:
    harness.drive((0.0, START), (2.0, StopPreview(request=4)), until=5.0)
    assert harness.views() == ["starting", "running", "off"]
    frames_after = harness.said[harness.said.index(PreviewChanged(state="off")) :]
    assert JPEG not in frames_after


def test_a_capture_pauses_live_view_until_its_first_fresh_frame(harness: DriverLoopHarness) -> None:
    def shot(command: Capture) -> None:
        assert harness.outbox is not None
        harness.outbox.send(CaptureProgressed(capture_id="c", phase="exposing", remaining_seconds=30.0))
        harness.now += 20.0
        harness.outbox.send(Captured(capture_id="c"))

    harness.shot = shot
    harness.drive((0.0, START), (1.0, SHOOT), until=25.0)
    pauses = [message for message in harness.said if isinstance(message, PreviewChanged) and message.state == "paused"]
    begun, ended = harness.said.index(pauses[0]), harness.said.index(Done(request=3))
    assert JPEG not in harness.said[begun:ended]
    assert 30.0 < (pauses[1].resume_by_seconds or 0.0) < 40.0
    assert harness.views()[-1] == "running"
    assert harness.said[ended + 1 :][:2] == [PreviewChanged(state="running"), JPEG]
    assert harness.calls.count("start_preview") == 1


def test_frames_that_the_driver_sends_while_the_photo_is_late_end_the_pause(harness: DriverLoopHarness) -> None:
    def shot(command: Capture) -> None:
        assert harness.outbox is not None
        harness.outbox.send(CaptureProgressed(capture_id="c", phase="exposing", remaining_seconds=30.0))
        harness.now += 5.0
        for _ in range(2):
            harness.outbox.frame(round(harness.now * 1e6), JPEG)
        harness.outbox.send(CaptureProgressed(capture_id="c", phase="downloading", remaining_seconds=20.0))
        harness.outbox.send(Captured(capture_id="c"))

    harness.shot = shot
    harness.drive((0.0, START), (1.0, SHOOT), until=8.0)
    begun = harness.views().index("paused")
    # The photo has arrived: there are no frames while it is fetched, so live view is reported as paused.
    assert harness.views()[begun:] == ["paused", "paused", "running", "paused", "paused", "running"]
    running = [place for place, sent in enumerate(harness.said) if sent == PreviewChanged(state="running")]
    assert [harness.said[place + 1] for place in running] == [JPEG, JPEG, JPEG]


def test_frames_sent_while_a_photo_is_late_count_as_proof_for_the_ladder(harness: DriverLoopHarness) -> None:
    def shot(command: Capture) -> None:
        assert harness.outbox is not None
        harness.outbox.frame(round(harness.now * 1e6), JPEG)

    def none_yet() -> bytes | None:
        harness.now += 1.0
        return JPEG if harness.now > 15.0 else None

    harness.pictures, harness.shot = none_yet, shot
    harness.drive((0.0, START), (3.0, SHOOT), until=10.0)
    assert harness.calls.count("start_preview") == 1


def test_a_capture_without_live_view_reports_no_live_view(harness: DriverLoopHarness) -> None:
    harness.drive((0.0, SHOOT), until=2.0)
    assert harness.views() == []


def test_a_capture_that_fails_leaves_live_view_going(harness: DriverLoopHarness) -> None:
    harness.refusals["capture"] = CaptureError("no focus", kind=FailureKind.AUTOFOCUS_FAILED)
    harness.drive((0.0, START), (1.0, SHOOT), until=3.0)
    assert Failed(request=3, kind=FailureKind.AUTOFOCUS_FAILED, reason="no focus") in harness.answers()
    assert harness.views()[-1] == "running"


def test_without_frames_live_view_is_restarted_and_then_the_process_gives_up(harness: DriverLoopHarness) -> None:
    harness.pictures = lambda: None
    with pytest.raises(CameraError, match="no valid frame"):
        harness.drive((0.0, START))
    assert harness.calls == ["open", "start_preview", "start_preview", "start_preview", "close"]
    assert harness.views() == ["starting", "recovering", "recovering"]


def test_captures_do_not_hide_a_live_view_that_never_recovers(harness: DriverLoopHarness) -> None:
    good_until = harness.now + 1.0
    harness.pictures = lambda: JPEG if harness.now < good_until else None
    shots = [(1.0 + number, Capture(request=10 + number, capture_id="c", staging="/s")) for number in range(30)]
    with pytest.raises(CameraError, match="no valid frame"):
        harness.drive((0.0, START), *shots)


def test_unknown_settings_are_rejected_and_the_session_continues(harness: DriverLoopHarness) -> None:
    harness.refusals["apply"] = BadInput("no such ISO", field="iso", choices=("100",))
    harness.drive((0.0, ApplyProfiles(request=5, profiles=Profiles())), until=2.0)
    assert (
        Failed(request=5, kind=FailureKind.BAD_INPUT, reason="no such ISO", field="iso", choices=("100",))
        in harness.answers()
    )


def test_a_camera_without_live_view_rejects_the_start_and_stays_open(harness: DriverLoopHarness) -> None:
    harness.refusals["start_preview"] = CameraError("none here", kind=FailureKind.NOT_SUPPORTED)
    harness.drive((0.0, START), (1.0, SHOOT), until=3.0)
    assert Failed(request=2, kind=FailureKind.NOT_SUPPORTED, reason="none here") in harness.answers()
    assert harness.views() == ["starting", "unsupported"]
    assert Done(request=3) in harness.answers()


HOT = CameraError("the camera is too hot for live view; let it cool down", kind=FailureKind.BLOCKED, code=-1)
REFUSED = PreviewChanged(state="recovering", reason=HOT.reason, blocked=FailureKind.BLOCKED)


@pytest.mark.parametrize("where", ["start_preview", "preview"])
def test_a_camera_that_refuses_live_view_stays_open_and_is_retried(harness: DriverLoopHarness, where: str) -> None:
    attempts: list[float] = []

    def refuse() -> bytes:
        attempts.append(harness.now)
        raise HOT

    if where == "preview":
        harness.pictures = refuse
    else:
        harness.refusals["start_preview"] = HOT
    harness.drive((0.0, START), (50.0, SHOOT), until=100.0)
    assert Done(request=2) in harness.answers()
    assert Done(request=3) in harness.answers()
    # Reported once: the reason does not change.
    assert harness.views() == ["starting", "recovering"]
    assert harness.said.count(REFUSED) == 1
    assert harness.calls.count("open") == 1
    # At 0, 10, 30, 60 and 90 s.
    assert harness.calls.count("start_preview") == 5
    assert harness.calls.count("stop_preview") == 5
    if where == "preview":
        # The loop turns once a second.
        gaps = [later - earlier for earlier, later in pairwise(attempts)]
        assert gaps == pytest.approx([10, 20, 30, 30], abs=1.5)


def test_live_view_that_was_refused_comes_back_when_the_camera_allows_it(harness: DriverLoopHarness) -> None:
    harness.pictures = failing(2, HOT)
    harness.drive((0.0, START), (5.0, StartPreview(request=4)), until=40.0)
    assert harness.views() == ["starting", "recovering", "running"]
    assert harness.calls.count("start_preview") == 3


def test_a_refusal_uses_up_no_restart(harness: DriverLoopHarness) -> None:
    harness.pictures = failing(3, HOT)
    harness.drive((0.0, START), until=70.0)
    assert not any(isinstance(message, PreviewChanged) and message.rung for message in harness.said)


def test_a_restart_of_live_view_is_reported_with_its_rung(harness: DriverLoopHarness) -> None:
    blind = iter([None] * 5)
    harness.pictures = lambda: next(blind, JPEG)
    harness.drive((0.0, START), until=5.0)
    rungs = [(message.state, message.rung) for message in harness.said if isinstance(message, PreviewChanged)]
    assert rungs == [("starting", 0), ("recovering", 1), ("running", 0)]


def test_a_camera_that_turns_out_to_have_no_live_view_stays_open_without_it(harness: DriverLoopHarness) -> None:
    def none_here() -> bytes:
        raise CameraError("no pictures", kind=FailureKind.NOT_SUPPORTED, code=-6)

    harness.pictures = none_here
    harness.refusals["stop_preview"] = CameraError("no mirror", kind=FailureKind.NOT_SUPPORTED)
    harness.drive((0.0, START), (5.0, SHOOT), until=20.0)
    assert harness.views() == ["starting", "unsupported"]
    assert PreviewChanged(state="unsupported", reason="no pictures") in harness.said
    assert Done(request=3) in harness.answers()
