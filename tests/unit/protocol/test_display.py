"""The state that a viewer sees: each change is reported once, with its start time."""

from __future__ import annotations

from photonic.protocol.display import Display
from photonic.protocol.session_events import Notify, SessionState


def test_a_change_is_reported_once() -> None:
    display = Display()
    assert display.show(SessionState.DIALING, None, 1.0) == Notify(SessionState.DIALING, None)
    assert display.show(SessionState.DIALING, None, 2.0) is None
    assert display.show(SessionState.DIALING, "again", 3.0) == Notify(SessionState.DIALING, "again")


def test_since_counts_from_the_change_of_state_not_of_the_reason() -> None:
    display = Display()
    display.show(SessionState.BACKOFF, "closed", 1.0)
    display.show(SessionState.BACKOFF, "refused", 2.0)
    assert (display.state, display.reason, display.since) == (SessionState.BACKOFF, "refused", 1.0)


def test_a_frame_and_an_explained_pause_count_as_good() -> None:
    display = Display()
    for at, state in enumerate(SessionState):
        before = display.last_good_at
        display.show(state, None, float(at + 1))
        pictured = state in {SessionState.LIVE, SessionState.HOLD}
        assert display.last_good_at == (at + 1 if pictured else before)
