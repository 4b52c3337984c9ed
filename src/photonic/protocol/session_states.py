"""The session state as a table: by the phase of the socket and the condition of the stream."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from photonic.protocol.link import LinkPhase
from photonic.protocol.live_close import LiveClose
from photonic.protocol.session_events import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping


class StreamCondition(Enum):
    """The condition of the stream, as far as this viewer knows; the values are used in the documentation."""

    REFUSED = "the service refuses access"
    PAUSED = "live view is paused"
    AWAY = "the camera cannot show anything"
    FLOWING = "fresh frames arrive"
    QUIET = "unknown, or no frame yet"


STATES: Mapping[tuple[LinkPhase, StreamCondition], SessionState] = {
    (LinkPhase.CLOSED, StreamCondition.REFUSED): SessionState.REFUSED,
    (LinkPhase.CLOSED, StreamCondition.PAUSED): SessionState.HOLD,
    (LinkPhase.CLOSED, StreamCondition.AWAY): SessionState.BACKOFF,
    (LinkPhase.CLOSED, StreamCondition.QUIET): SessionState.BACKOFF,
    (LinkPhase.DIALING, StreamCondition.REFUSED): SessionState.REFUSED,
    (LinkPhase.DIALING, StreamCondition.PAUSED): SessionState.HOLD,
    (LinkPhase.DIALING, StreamCondition.AWAY): SessionState.DIALING,
    (LinkPhase.DIALING, StreamCondition.QUIET): SessionState.DIALING,
    (LinkPhase.OPEN, StreamCondition.REFUSED): SessionState.REFUSED,
    (LinkPhase.OPEN, StreamCondition.PAUSED): SessionState.HOLD,
    (LinkPhase.OPEN, StreamCondition.AWAY): SessionState.WAITING,
    (LinkPhase.OPEN, StreamCondition.FLOWING): SessionState.LIVE,
    (LinkPhase.OPEN, StreamCondition.QUIET): SessionState.SYNCING,
}

REFUSALS: Mapping[int, str] = {
    200: "the service uses a version that this client does not know: install the same version on both sides",
    401: "not signed in, or no longer: sign in, or use a valid token",
    403: "not allowed to watch: ask the operator for a role that may, or for this page to be allowed",
    404: "the service has no such camera: check the address",
    426: "the service uses a version that this client does not know: install the same version on both sides",
}
"""Status codes of the status route that redialing cannot fix; every other failure means "unknown"."""

REFUSED_CLOSES: Mapping[int, int] = {LiveClose.SIGN_IN_NEEDED: 401, LiveClose.NOT_ALLOWED: 403}
"""Close codes that refuse access, and the status code that means the same."""
