"""The request table: commands sent to a camera process, each of which gets exactly one answer.

The result of a command is part of its ``Done``, so the caller that waits for the answer gets the result, too; a process
that dies answers every pending command with its failure.
"""

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
    """One command that was sent.

    ``limit_seconds`` counts from the command's turn. ``answer``: ``None`` if no caller is waiting.
    """

    command: Command
    limit_seconds: float
    answer: asyncio.Future[Done] | None

    @property
    def name(self) -> str:
        """The command's name, for people."""
        return type(self.command).__name__

    def resolve(self, outcome: Done | PhotonicError) -> None:
        """Answer the command; does nothing if its caller no longer waits."""
        if self.answer is None or self.answer.done():
            return
        if isinstance(outcome, Done):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


class Requests:
    """The unanswered commands, in the order in which the process executes them."""

    def __init__(self) -> None:
        self._pending: OrderedDict[int, Pending] = OrderedDict()

    @property
    def oldest(self) -> Pending | None:
        """The command that is being executed, or is next; ``None``: there is none."""
        return next(iter(self._pending.values()), None)

    @property
    def capture(self) -> Capture | None:
        """The capture in progress; ``None``: there is none."""
        oldest = self.oldest
        return oldest.command if oldest is not None and isinstance(oldest.command, Capture) else None

    def add(self, pending: Pending) -> None:
        """Add a command that is about to be sent."""
        self._pending[pending.command.request] = pending

    def answer(self, event: Done | Failed) -> Pending | None:
        """Answer the command with this number; ``None`` if there is none."""
        pending = self._pending.pop(event.request, None)
        if pending is not None:
            pending.resolve(_failure(pending.command, event) if isinstance(event, Failed) else event)
        return pending

    def fail(self, failure: CameraError) -> None:
        """Fail all commands: the process is gone. Each gets its own error, since tracebacks accumulate on it."""
        while self._pending:
            _request, pending = self._pending.popitem(last=False)
            own = CameraError(failure.reason, kind=failure.kind, code=failure.code)
            own.__cause__ = failure.__cause__
            pending.resolve(own)


def _failure(command: Command, event: Failed) -> PhotonicError:
    if event.kind is FailureKind.BAD_INPUT:
        return BadInput(event.reason, field=event.field, choices=event.choices)
    if isinstance(command, Capture):
        return CaptureError(event.reason, kind=event.kind)
    return CameraError(event.reason, kind=event.kind, code=event.code)
