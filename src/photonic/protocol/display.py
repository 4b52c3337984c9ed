"""The state of a session as reported to its viewer: the state, the reason and the start time."""

from __future__ import annotations

from photonic.protocol.session_events import Notify, SessionState


class Display:
    """The state and reason that were reported last.

    ``since``: when the state began (seconds). ``last_good_at``: when there last was a frame, or a pause that explains
    why there is none.
    """

    def __init__(self) -> None:
        self.state = SessionState.STOPPED
        self.reason: str | None = None
        self.since = 0.0
        self.last_good_at = 0.0

    def show(self, state: SessionState, reason: str | None, now: float) -> Notify | None:
        """Set the state and reason; return the notification, ``None`` if nothing has changed."""
        if state in {SessionState.LIVE, SessionState.HOLD}:
            self.last_good_at = now
        if state is not self.state:
            self.since = now
        if (state, reason) == (self.state, self.reason):
            return None
        self.state, self.reason = state, reason
        return Notify(state, reason)
