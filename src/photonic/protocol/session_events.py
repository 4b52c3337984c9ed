"""The inputs and outputs of the session machine, as frozen data.

``gen`` numbers sockets; messages from an older socket are ignored. ``req`` numbers status requests. Both belong to one
series, in the order of dials and requests. Times are seconds of a monotonic clock, and are passed separately from the
input.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.api import CompatStatusAnswer
    from photonic.model.status import Snapshot


class SessionState(StrEnum):
    """The state that is reported to the viewer.

    ``DIALING``: connecting. ``SYNCING``: connected, no fresh frame yet. ``LIVE``: fresh frames arrive. ``HOLD``: live
    view is paused for a capture and resumes afterwards. ``WAITING``: connected, but the camera cannot show anything.
    ``BACKOFF``: waiting before the next attempt to connect. ``REFUSED``: the service refuses access.
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
    """The user starts live view."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The user stops live view."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket's handshake has succeeded."""

    gen: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket was closed, or its dial failed (``code`` is ``None``); also the response to ``Close``.

    ``retry_after_seconds``: how long the service asks to wait before the next dial; ``None``: it does not say.
    """

    gen: int
    code: int | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FrameArrived:
    """One binary message; ``valid``: whether it is a complete JPEG.

    ``seq``: the service's number; on a compat socket, the caller's own count of messages.
    """

    gen: int
    seq: int
    valid: bool


@dataclass(frozen=True, slots=True)
class FromSocket:
    """The snapshot arrived as a text message on this socket."""

    gen: int


@dataclass(frozen=True, slots=True)
class FromStatus:
    """The snapshot arrived as the answer to this status request."""

    req: int


@dataclass(frozen=True, slots=True)
class SnapshotArrived:
    """The service reported its status; the compat shape comes only from the status route."""

    source: FromSocket | FromStatus
    snapshot: Snapshot | CompatStatusAnswer


@dataclass(frozen=True, slots=True)
class StatusError:
    """A status request failed. ``http_status``: of the response; ``None``: there was none in time.

    200 means that the body was not a status of any known version: a version mismatch. ``retry_after_seconds``: how long
    the service asks to wait; ``None``: it does not say.
    """

    req: int
    http_status: int | None = None
    retry_after_seconds: float | None = None


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
    """Abort this socket, or its dial, at once; report ``Closed``."""

    gen: int


@dataclass(frozen=True, slots=True)
class GetStatus:
    """Send a status request; report ``SnapshotArrived`` or ``StatusError``."""

    req: int


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Send a ``Tick`` at this time; replaces the previous wake-up."""

    at: float


@dataclass(frozen=True, slots=True)
class Notify:
    """The state or its reason has changed; ``reason``: for people; ``None``: all is well."""

    state: SessionState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Show:
    """Show the frame that has just arrived: it is newer than all frames shown from its socket."""

    gen: int
    seq: int


@dataclass(frozen=True, slots=True)
class AskPreviewRestart:
    """Ask the service to restart its preview (``POST /liveview/start``), without waiting for the response."""


Output = Dial | Close | GetStatus | WakeAt | Notify | Show | AskPreviewRestart
