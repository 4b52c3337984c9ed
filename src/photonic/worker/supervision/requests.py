"""Commands on their way to a camera process: each one is answered, whatever becomes of the process."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind, PhotonicError
from photonic.worker.link.messages import Capture, Command, Done, Failed

if TYPE_CHECKING:
    import asyncio


@dataclass(frozen=True, slots=True)
class Pending:
    """One command; ``answer`` is ``None`` where nobody waits for it. The limit counts from its turn."""

    command: Command
    limit_seconds: float
    answer: asyncio.Future[Done] | None

    @property
    def name(self) -> str:
        """The command, for people."""
        return type(self.command).__name__

    def settle(self, outcome: Done | PhotonicError) -> None:
        """Answer it; a caller that has gone away is no matter."""
        if self.answer is None or self.answer.done():
            return
        if isinstance(outcome, Done):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


class Requests:
    """Commands that are not answered, in the order in which the process carries them out."""

    def __init__(self) -> None:
        self._pending: OrderedDict[int, Pending] = OrderedDict()

    @property
    def oldest(self) -> Pending | None:
        """The one that is being carried out, or will be next."""
        return next(iter(self._pending.values()), None)

    @property
    def capture(self) -> Capture | None:
        """The capture that is being taken."""
        oldest = self.oldest
        return oldest.command if oldest is not None and isinstance(oldest.command, Capture) else None

    def add(self, pending: Pending) -> None:
        """Remember a command that is sent."""
        self._pending[pending.command.request] = pending

    def answer(self, event: Done | Failed) -> Pending | None:
        """Answer the command that this is about; ``None`` when there is none with this number."""
        pending = self._pending.pop(event.request, None)
        if pending is not None:
            pending.settle(_failure(pending.command, event) if isinstance(event, Failed) else event)
        return pending

    def fail(self, failure: CameraError) -> None:
        """Answer all: the process is gone. Each gets an error of its own, so that tracebacks do not grow together."""
        while self._pending:
            _request, pending = self._pending.popitem(last=False)
            own = CameraError(failure.reason, kind=failure.kind, code=failure.code)
            own.__cause__ = failure.__cause__
            pending.settle(own)


def _failure(command: Command, event: Failed) -> PhotonicError:
    if event.kind is FailureKind.BAD_INPUT:
        return BadInput(event.reason, field=event.field, choices=event.choices)
    if isinstance(command, Capture):
        return CaptureError(event.reason, kind=event.kind)
    return CameraError(event.reason, kind=event.kind, code=event.code)
