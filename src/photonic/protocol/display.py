"""What a viewer is told of its session: a state, why, and since when."""

from __future__ import annotations

from photonic.protocol.session_events import Notify, SessionState


class Display:
    """The state and reason that were told last.

    ``since`` is when the state came (seconds); ``pictured_at`` when there last was a picture, or a pause that explains
    its absence.
    """

    def __init__(self) -> None:
        self.state = SessionState.STOPPED
        self.reason: str | None = None
        self.since = 0.0
        self.pictured_at = 0.0

    def show(self, state: SessionState, reason: str | None, now: float) -> Notify | None:
        """Take what holds now; the news in it, ``None`` when there is none."""
        if state in {SessionState.LIVE, SessionState.HOLD}:
            self.pictured_at = now
        if state is not self.state:
            self.since = now
        if (state, reason) == (self.state, self.reason):
            return None
        self.state, self.reason = state, reason
        return Notify(state, reason)
