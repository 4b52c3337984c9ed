"""What a viewer is told, as a table: where the socket is, and how things stand with the service."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from photonic.protocol.link import LinkPhase
from photonic.protocol.session_events import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping


class Standing(Enum):
    """How things stand with the service, as far as this viewer is concerned."""

    REFUSED = "it does not let us in"
    PAUSED = "live view is paused"
    AWAY = "the camera cannot show anything"
    FLOWING = "fresh frames come"
    QUIET = "nothing is known, or no frame has come yet"


STATES: Mapping[tuple[LinkPhase, Standing], SessionState] = {
    (LinkPhase.CLOSED, Standing.REFUSED): SessionState.REFUSED,
    (LinkPhase.CLOSED, Standing.PAUSED): SessionState.HOLD,
    (LinkPhase.CLOSED, Standing.AWAY): SessionState.BACKOFF,
    (LinkPhase.CLOSED, Standing.QUIET): SessionState.BACKOFF,
    (LinkPhase.DIALING, Standing.REFUSED): SessionState.REFUSED,
    (LinkPhase.DIALING, Standing.PAUSED): SessionState.HOLD,
    (LinkPhase.DIALING, Standing.AWAY): SessionState.DIALING,
    (LinkPhase.DIALING, Standing.QUIET): SessionState.DIALING,
    (LinkPhase.OPEN, Standing.PAUSED): SessionState.HOLD,
    (LinkPhase.OPEN, Standing.AWAY): SessionState.WAITING,
    (LinkPhase.OPEN, Standing.FLOWING): SessionState.LIVE,
    (LinkPhase.OPEN, Standing.QUIET): SessionState.SYNCING,
}

REFUSALS: Mapping[int, str] = {
    200: "the service speaks a version that this client does not know: bring both to the same version",
    401: "the service wants a token: give the right one",
    403: "the service does not allow this: check the token and the address",
    404: "the service has no such camera: check the address",
    426: "the service speaks a version that this client does not know: bring both to the same version",
}
"""Answers of the status route that dialing again cannot mend; every other failure means "unknown"."""
