"""The state of a live view as its viewer sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.status import Snapshot
    from photonic.protocol.session_events import SessionState


@dataclass(frozen=True, slots=True)
class StateChange:
    """A viewer's state, and why.

    ``reason`` is for people, ``None`` when all is well; ``since`` the loop's monotonic time of the state's beginning;
    ``next_try_in`` seconds to the next dial, ``None`` when none is planned; ``snapshot`` the service's newest word,
    ``None`` before the first and from a service with the compat API only.
    """

    state: SessionState
    reason: str | None
    since: float
    next_try_in: float | None
    snapshot: Snapshot | None
