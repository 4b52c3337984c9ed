"""No frame although frames are due: what to do about it, and when. One watch for all sockets of a session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from photonic.protocol.service_view import Outlook

if TYPE_CHECKING:
    from photonic.protocol.reception import Reception
    from photonic.protocol.session_times import SessionTimes


class StallRemedy(Enum):
    """What may help against a live view that stands still."""

    ASK_STATUS = "ask what the service knows"
    REDIAL = "end the socket and dial anew"
    ASK_PREVIEW_RESTART = "have the service start live view anew"


@dataclass(frozen=True, slots=True)
class StallCheck:
    """A remedy, and the time at which it is due if no frame comes before."""

    at: float
    remedy: StallRemedy


class StallWatch:
    """Watches an open socket for frames that do not come.

    With a heartbeat the socket is known to live, and only the service can mend the camera. Without one (compat API) the
    service is asked once; when its answer brings no frame, the socket is given up. Times are seconds, passed in.
    """

    def __init__(self, times: SessionTimes) -> None:
        self._times = times
        self._asked_req: int | None = None
        self._restart_asked_at: float | None = None

    def begin_anew(self) -> None:
        """Another socket, or another reason to wait for a frame: what was asked before is settled."""
        self._asked_req = None

    def asked_status(self, req: int | None) -> None:
        """The service is being asked, with this request."""
        self._asked_req = req

    def asked_restart(self, now: float) -> None:
        """The service was told to start live view anew; it is not told again soon, on whatever socket."""
        self._restart_asked_at = now

    def check(
        self, reception: Reception, outlook: Outlook, *, vouched: bool, asking: int | None, now: float
    ) -> StallCheck | None:
        """The next remedy; ``None``: no frame is due.

        ``vouched``: the socket has a heartbeat; ``asking``: the request in flight, ``None`` when there is none.
        """
        overdue_at = reception.due_since + self._times.frame_seconds
        if vouched:
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
