"""The interface between the responder and the camera behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from photonic.ptp.codes import ResponseCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photonic.ptp.packets import OperationRequest


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to an operation; ``data`` ``None``: no data phase."""

    code: int = ResponseCode.OK
    parameters: tuple[int, ...] = ()
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """The camera cannot answer yet; call it again at ``at`` (seconds on the caller's clock)."""

    at: float


class Handler(Protocol):
    """A camera. ``now`` is in seconds on the caller's clock."""

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        """Carry out an operation; ``data``: what the client sent with it. Called again after ``NotYet``."""
        ...

    def events(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        """Return the codes and parameters of the events since the last call, to be sent on the event connection."""
        ...

    def session_opened(self, now: float) -> None:
        """A client has opened a session."""
        ...

    def session_ended(self, now: float) -> None:
        """The client has closed its session, or its connection is gone."""
        ...
