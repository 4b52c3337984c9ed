"""The active and the waiting faults of a simulated camera, and when they begin and end. Callers pass the time."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from photonic.simulator.fault_kinds import KINDS, FaultName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Fault", "FaultName", "FaultStart", "Faults"]


class FaultStart(StrEnum):
    """When a fault begins: at once, with the n-th frame or capture from now, or in seconds after the camera's start."""

    NOW = "now"
    FRAME = "frame"
    CAPTURE = "capture"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; ``number`` counts frames or captures from 1, or seconds since the camera's start.

    ``seconds`` ``None``: it lasts until it is cleared. ``amount`` and ``times`` ``None``: the defaults of its kind
    (``fault_kinds.KINDS``). ``every``: it restarts after this many frames or captures if it started with one, otherwise
    after this many seconds; ``None``: it begins once.
    """

    name: FaultName
    start: FaultStart = FaultStart.NOW
    number: float = 1
    seconds: float | None = None
    amount: float | None = None
    times: int | None = None
    every: float | None = None

    @property
    def strength(self) -> float:
        """The effective amount; 0 for a fault that has none."""
        return KINDS[self.name].default if self.amount is None else self.amount

    @property
    def occurrences(self) -> int | None:
        """How often it takes effect; ``None``: every time while it is active."""
        return KINDS[self.name].times if self.times is None else self.times

    def facts(self) -> dict[str, Any]:
        """The fields that are set, for the journal and for control responses."""
        fields = {field: value for field, value in asdict(self).items() if value is not None}
        if self.start is FaultStart.NOW:
            del fields["number"]
        return fields


@dataclass(slots=True)
class _Active:
    """An active fault, when it ends (``None``: when cleared), and its remaining occurrences (``None``: unlimited)."""

    fault: Fault
    until: float | None
    left: int | None


@dataclass(slots=True)
class _WaitingFault:
    """A fault that has not begun; ``left`` counts down frames or captures, ``at`` is a time.

    ``streamed``: when it begins, the next fault of the stream is armed.
    """

    fault: Fault
    left: float
    at: float
    streamed: bool = False


class Faults:
    """The faults of a camera; ``FaultStart.TIME`` counts from its start, ``started_at``.

    Only one fault of each name is active at a time: a later one replaces an earlier one. ``begun`` and ``ended`` are
    called for each, the latter with the reason: ``time``, ``cleared``, ``spent`` (all its occurrences are used up),
    ``replaced``, or the reason passed to ``end``.
    """

    def __init__(self, started_at: float = 0.0) -> None:
        self._waiting: list[_WaitingFault] = []
        self._active: dict[FaultName, _Active] = {}
        self._stream: Iterator[Fault] = iter(())
        self.started_at = started_at
        self.begun: Callable[[Fault, float], None] | None = None
        self.ended: Callable[[Fault, float, str], None] | None = None

    # Arming.

    def arm(self, fault: Fault, now: float) -> None:
        """Begin a fault now, or schedule it for the frame, the capture or the time that it names."""
        if fault.start is FaultStart.NOW:
            if fault.every is not None:
                self._waiting.append(_WaitingFault(fault, math.inf, now + fault.every))
            self._begin(fault, now)
        elif fault.start is FaultStart.TIME:
            self._waiting.append(_WaitingFault(fault, math.inf, self.started_at + fault.number))
        else:
            self._waiting.append(_WaitingFault(fault, fault.number, math.inf))

    def follow(self, stream: Iterator[Fault]) -> None:
        """Arm the faults of a stream, which start at times: each one when the previous one has begun."""
        self._waiting = [waiting for waiting in self._waiting if not waiting.streamed]
        self._stream = stream
        self._arm_next()

    def clear(self, name: FaultName | None, now: float) -> None:
        """End a fault, active or waiting; ``None``: all faults and the stream."""
        if name is None:
            self._stream = iter(())
        cleared = [waiting for waiting in self._waiting if name in {None, waiting.fault.name}]
        self._waiting = [waiting for waiting in self._waiting if waiting not in cleared]
        if any(waiting.streamed for waiting in cleared):
            self._arm_next()
        for active in tuple(self._active):
            if name in {None, active}:
                self.end(active, now, "cleared")

    # Progress.

    @property
    def next_time(self) -> float | None:
        """When the next fault begins or ends; ``None``: nothing is scheduled for a time."""
        begins = (waiting.at for waiting in self._waiting if waiting.at < math.inf)
        ends = (active.until for active in self._active.values() if active.until is not None)
        return min((*begins, *ends), default=None)

    def advance(self, now: float) -> None:
        """Begin and end the faults that are due."""
        for name, active in tuple(self._active.items()):
            if active.until is not None and active.until <= now:
                self.end(name, now, "time")
        due = [waiting for waiting in self._waiting if waiting.at <= now]
        self._waiting = [waiting for waiting in self._waiting if waiting.at > now]
        self._begin_all(due, now)

    def count(self, start: FaultStart, now: float) -> None:
        """Count a frame or a capture, and begin the faults that waited for it."""
        for waiting in self._waiting:
            waiting.left -= waiting.fault.start is start
        due = [waiting for waiting in self._waiting if waiting.left <= 0]
        self._waiting = [waiting for waiting in self._waiting if waiting.left > 0]
        self._begin_all(due, now)

    def strike(self, name: FaultName, now: float) -> Fault | None:
        """Use up one occurrence of the fault with this name, and return the fault; ``None``: it is not active."""
        active = self._active.get(name)
        if active is None or not self.active(name, now):
            return None
        if active.left is not None:
            active.left -= 1
            if active.left <= 0:
                self.end(name, now, "spent")
        return active.fault

    def end(self, name: FaultName, now: float, why: str) -> None:
        """End a fault for that reason, if it is active."""
        active = self._active.pop(name, None)
        if active is not None and self.ended is not None:
            self.ended(active.fault, now, why)

    # State.

    def active(self, name: FaultName, now: float) -> bool:
        """Whether a fault is active."""
        active = self._active.get(name)
        return active is not None and (active.until is None or now < active.until)

    def names(self, now: float) -> list[str]:
        """The names of the active faults."""
        return sorted(name for name in self._active if self.active(name, now))

    def on(self, now: float) -> list[Fault]:
        """The active faults, as they were requested."""
        return [active.fault for name, active in sorted(self._active.items()) if self.active(name, now)]

    def waiting(self) -> list[Fault]:
        """The waiting faults, with the remaining count, or with the time in seconds after the camera's start."""
        return [_with_remaining(waiting, self.started_at) for waiting in self._waiting]

    # Helpers.

    def _begin_all(self, due: list[_WaitingFault], now: float) -> None:
        for waiting in due:
            fault = waiting.fault
            if fault.every is not None:
                timed = fault.start in {FaultStart.NOW, FaultStart.TIME}
                at = waiting.at + fault.every if timed else math.inf
                self._waiting.append(_WaitingFault(fault, math.inf if timed else fault.every, at))
            self._begin(fault, now)
            if waiting.streamed:
                self._arm_next()

    def _arm_next(self) -> None:
        for fault in self._stream:
            self._waiting.append(_WaitingFault(fault, math.inf, self.started_at + fault.number, streamed=True))
            return

    def _begin(self, fault: Fault, now: float) -> None:
        if fault.name in self._active:
            self.end(fault.name, now, "time" if not self.active(fault.name, now) else "replaced")
        until = None if fault.seconds is None else now + fault.seconds
        self._active[fault.name] = _Active(fault, until, fault.occurrences)
        if self.begun is not None:
            self.begun(fault, now)


def _with_remaining(waiting: _WaitingFault, started_at: float) -> Fault:
    if waiting.left < math.inf:
        return replace(waiting.fault, number=waiting.left)
    return replace(waiting.fault, start=FaultStart.TIME, number=waiting.at - started_at)
