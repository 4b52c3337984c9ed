"""What to do, and when, if frames are due but do not arrive. One watch for all sockets of a session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from photonic.protocol.service_view import Outlook

if TYPE_CHECKING:
    from photonic.protocol.reception import Reception
    from photonic.protocol.session_times import SessionTimes


class StallRemedy(Enum):
    """The remedies for a frozen live view."""

    ASK_STATUS = "request the status"
    REDIAL = "close the socket and dial again"
    ASK_PREVIEW_RESTART = "ask the service to restart live view"


@dataclass(frozen=True, slots=True)
class StallCheck:
    """A remedy, and when it is due unless a frame arrives first."""

    at: float
    remedy: StallRemedy


class StallWatch:
    """Watches an open socket for overdue frames.

    A socket with a heartbeat is known to work, and only the service can recover the camera. Without a heartbeat (compat
    API), the status is requested once; if no frame follows the answer, the socket is given up. Times are in seconds.
    """

    def __init__(self, times: SessionTimes) -> None:
        self._times = times
        self._asked_req: int | None = None
        self._restart_asked_at: float | None = None

    def reset(self) -> None:
        """Forget earlier requests, for another socket or another reason to expect a frame."""
        self._asked_req = None

    def asked_status(self, req: int | None) -> None:
        """Record the status request."""
        self._asked_req = req

    def asked_restart(self, now: float) -> None:
        """Record a request to restart live view; the next one has to wait, on any socket."""
        self._restart_asked_at = now

    def check(
        self, reception: Reception, outlook: Outlook, *, has_heartbeat: bool, asking: int | None, now: float
    ) -> StallCheck | None:
        """Return the next remedy; ``None``: no frame is due.

        Args:
            reception: What the socket has received.
            outlook: What to expect of the service.
            has_heartbeat: Whether the socket has a heartbeat.
            asking: The status request in flight; ``None``: there is none.
            now: Monotonic seconds.
        """
        overdue_at = reception.due_since + self._times.frame_seconds
        if has_heartbeat:
            if outlook is not Outlook.DUE:
                return None
            return StallCheck(self._restart_at(overdue_at), StallRemedy.ASK_PREVIEW_RESTART)
        if outlook in {Outlook.PAUSED, Outlook.AWAY}:
            return None
        if self._asked_req is None or overdue_at > now:
            return StallCheck(overdue_at, StallRemedy.ASK_STATUS)
        return StallCheck(now, StallRemedy.REDIAL) if asking != self._asked_req else None

    def _restart_at(self, overdue_at: float) -> float:
        if self._restart_asked_at is None:
            return overdue_at
        return max(overdue_at, self._restart_asked_at + self._times.preview_restart_seconds)
