"""The state of a live view, as reported to its user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import HTTP_FORBIDDEN, HTTP_UNAUTHORIZED, AccessRefused, ServiceError
from photonic.protocol.session_events import SessionState
from photonic.protocol.session_states import REFUSALS

if TYPE_CHECKING:
    from photonic.model.status import Snapshot


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

    @property
    def refusal(self) -> ServiceError | None:
        """The refusal as an error: ``AccessRefused``, or ``ServiceError`` for an unknown camera or version.

        ``None``: the service does not refuse this view.
        """
        if self.state is not SessionState.REFUSED or self.reason is None:
            return None
        status = next((status for status, text in REFUSALS.items() if text == self.reason), None)
        error = AccessRefused if status in {HTTP_UNAUTHORIZED, HTTP_FORBIDDEN} else ServiceError
        return error(self.reason, status=status)
