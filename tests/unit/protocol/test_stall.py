"""The watch for overdue frames: which remedy is tried, when, and how often."""

from __future__ import annotations

from photonic.protocol.reception import Reception
from photonic.protocol.service_view import Outlook
from photonic.protocol.session_times import SessionTimes
from photonic.protocol.stall import StallCheck, StallRemedy, StallWatch

TIMES = SessionTimes()
DUE_AT = 100.0
OVERDUE_AT = DUE_AT + TIMES.frame_seconds


def check(
    watch: StallWatch,
    *,
    outlook: Outlook = Outlook.DUE,
    has_heartbeat: bool = True,
    asking: int | None = None,
    now: float,
) -> StallCheck | None:
    return watch.check(Reception(TIMES, DUE_AT), outlook, has_heartbeat=has_heartbeat, asking=asking, now=now)


def test_on_a_socket_with_a_heartbeat_live_view_is_restarted() -> None:
    expected = StallCheck(OVERDUE_AT, StallRemedy.ASK_PREVIEW_RESTART)
    assert check(StallWatch(TIMES), now=DUE_AT) == expected


def test_a_restart_is_requested_once_in_ten_seconds_on_any_socket() -> None:
    watch = StallWatch(TIMES)
    watch.asked_restart(OVERDUE_AT)
    watch.reset()
    found = check(watch, now=OVERDUE_AT)
    assert found == StallCheck(OVERDUE_AT + TIMES.preview_restart_seconds, StallRemedy.ASK_PREVIEW_RESTART)


def test_no_restart_is_asked_for_while_no_frame_is_due() -> None:
    for outlook in (Outlook.UNKNOWN, Outlook.PAUSED, Outlook.AWAY):
        assert check(StallWatch(TIMES), outlook=outlook, now=OVERDUE_AT) is None


def test_without_a_heartbeat_the_service_is_asked_and_then_the_socket_given_up() -> None:
    watch = StallWatch(TIMES)
    assert check(watch, outlook=Outlook.UNKNOWN, has_heartbeat=False, now=DUE_AT) == StallCheck(
        OVERDUE_AT, StallRemedy.ASK_STATUS
    )
    watch.asked_status(7)
    assert check(watch, outlook=Outlook.UNKNOWN, has_heartbeat=False, asking=7, now=OVERDUE_AT) is None
    answered = check(watch, outlook=Outlook.UNKNOWN, has_heartbeat=False, asking=None, now=OVERDUE_AT)
    assert answered == StallCheck(OVERDUE_AT, StallRemedy.REDIAL)


def test_a_pause_explains_a_socket_without_frames() -> None:
    watch = StallWatch(TIMES)
    watch.asked_status(7)
    for outlook in (Outlook.PAUSED, Outlook.AWAY):
        assert check(watch, outlook=outlook, has_heartbeat=False, now=OVERDUE_AT) is None


def test_another_socket_is_asked_about_again() -> None:
    watch = StallWatch(TIMES)
    watch.asked_status(7)
    watch.reset()
    found = check(watch, outlook=Outlook.UNKNOWN, has_heartbeat=False, now=OVERDUE_AT)
    assert found is not None
    assert found.remedy is StallRemedy.ASK_STATUS
