"""What goes into the session machine and what comes out of it: plain frozen data.

``gen`` numbers sockets: whatever an older socket still says is ignored. ``req`` numbers status requests. Both are of
one series, in the order in which dials and questions go out. Times are seconds of a monotonic clock and are passed
beside the input, never inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.api import CompatStatusAnswer
    from photonic.model.status import Snapshot


class SessionState(StrEnum):
    """What the viewer is told.

    ``SYNCING``: connected, no fresh frame yet. ``HOLD``: live view is paused for a capture and comes back by itself.
    ``WAITING``: connected, but the camera cannot show anything now. ``REFUSED``: the service does not let us in.
    """

    STOPPED = "stopped"
    DIALING = "dialing"
    SYNCING = "syncing"
    LIVE = "live"
    HOLD = "hold"
    WAITING = "waiting"
    BACKOFF = "backoff"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Start:
    """The user wants live view."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The user no longer wants live view."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket's handshake has succeeded."""

    gen: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is gone, or its dial has failed (``code`` is ``None``); the answer to ``Close``, too."""

    gen: int
    code: int | None = None


@dataclass(frozen=True, slots=True)
class FrameArrived:
    """One binary message; ``valid`` when it is a whole JPEG.

    ``seq`` is the hub's number; on a socket with the compat API only, the caller's own count of messages.
    """

    gen: int
    seq: int
    valid: bool


@dataclass(frozen=True, slots=True)
class FromSocket:
    """The snapshot came as a text message of this socket."""

    gen: int


@dataclass(frozen=True, slots=True)
class FromStatus:
    """The snapshot came as the answer to this status request."""

    req: int


@dataclass(frozen=True, slots=True)
class SnapshotArrived:
    """The service said how things are; the compat shape comes from the status route only."""

    source: FromSocket | FromStatus
    snapshot: Snapshot | CompatStatusAnswer


@dataclass(frozen=True, slots=True)
class StatusError:
    """A status request brought no snapshot: ``http_status`` of the answer, ``None`` when none came in time.

    200 with a body that is no status of any version known here is reported as such: a version mismatch.
    """

    req: int
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; nothing else has happened."""


Input = Start | Stop | Opened | Closed | FrameArrived | SnapshotArrived | StatusError | Tick


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a new socket; report ``Opened`` or ``Closed``."""

    gen: int


@dataclass(frozen=True, slots=True)
class Close:
    """Abort this socket, or its dial, at once; ``Closed`` is to follow."""

    gen: int


@dataclass(frozen=True, slots=True)
class GetStatus:
    """Ask the status route; report ``SnapshotArrived`` or ``StatusError``."""

    req: int


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Send a ``Tick`` at this time; replaces the wake asked for before."""

    at: float


@dataclass(frozen=True, slots=True)
class Notify:
    """The state or its reason has changed; ``reason`` is for people, ``None`` when all is well."""

    state: SessionState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Show:
    """This frame, which has just arrived, is newer than any shown of its socket: show it."""

    gen: int
    seq: int


@dataclass(frozen=True, slots=True)
class AskPreviewRestart:
    """Ask the service to start its preview anew (``POST /liveview/start``); no answer is waited for."""


Output = Dial | Close | GetStatus | WakeAt | Notify | Show | AskPreviewRestart
