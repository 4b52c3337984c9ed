"""The state of a live view, as reported to its user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.status import Snapshot
    from photonic.protocol.session_events import SessionState


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state of a live view, and the reason for it.

    ``reason``: for people; ``None``: all is well. ``since``: when the state began, on the loop's clock.
    ``next_try_in``: seconds until the next connection attempt; ``None``: none is planned. ``snapshot``: the newest one
    from the service; ``None`` before the first, and always with a compat-only service.
    """

    state: SessionState
    reason: str | None
    since: float
    next_try_in: float | None
    snapshot: Snapshot | None
