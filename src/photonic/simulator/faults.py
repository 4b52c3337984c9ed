"""Which faults of a simulated camera are on, which wait, and when they begin and end. Time is passed in."""

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
    """From when on: at once, with the n-th frame or capture from now, or so many seconds after the camera's start."""

    NOW = "now"
    FRAME = "frame"
    CAPTURE = "capture"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; ``number`` counts frames or captures from 1, or seconds since the camera's start.

    ``seconds`` ``None``: it lasts until it is cleared. ``amount`` and ``times`` ``None``: the usual ones of its kind
    (``fault_kinds.KINDS``). ``every``: it begins again after so many frames or captures, if it started with one, or
    else after so many seconds; ``None``: it begins once.
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
        """The amount in force; 0 for a fault that has none."""
        return KINDS[self.name].usual if self.amount is None else self.amount

    @property
    def occurrences(self) -> int | None:
        """How many it strikes; ``None``: all, while it is on."""
        return KINDS[self.name].times if self.times is None else self.times

    def facts(self) -> dict[str, Any]:
        """The fields that are set, for the journal and for control answers."""
        said = {field: value for field, value in asdict(self).items() if value is not None}
        if self.start is FaultStart.NOW:
            del said["number"]
        return said


@dataclass(slots=True)
class _Active:
    """A fault that is on: until when (``None``: until cleared), and how many it still strikes (``None``: all)."""

    fault: Fault
    until: float | None
    left: int | None


@dataclass(slots=True)
class _WaitingFault:
    """A fault that is not on yet; ``left`` counts down frames or captures, ``at`` is a time.

    ``streamed``: the next one of the stream is armed when it begins.
    """

    fault: Fault
    left: float
    at: float
    streamed: bool = False


class Faults:
    """Which faults are on; ``started_at`` is the camera's start, from which ``FaultStart.TIME`` counts.

    Of one name there is one at a time: a later one takes the place of an earlier one. ``begun`` and ``ended`` are told
    of each, the latter with the reason: ``time``, ``cleared``, ``spent`` (it has struck as often as it should),
    ``replaced``, or what ``end`` was given.
    """

    def __init__(self, started_at: float = 0.0) -> None:
        self._waiting: list[_WaitingFault] = []
        self._active: dict[FaultName, _Active] = {}
        self._stream: Iterator[Fault] = iter(())
        self.started_at = started_at
        self.begun: Callable[[Fault, float], None] | None = None
        self.ended: Callable[[Fault, float, str], None] | None = None

    # What is to come.

    def arm(self, fault: Fault, now: float) -> None:
        """Have a fault begin now, or with the frame, the capture or the time that it names."""
        if fault.start is FaultStart.NOW:
            if fault.every is not None:
                self._waiting.append(_WaitingFault(fault, math.inf, now + fault.every))
            self._begin(fault, now)
        elif fault.start is FaultStart.TIME:
            self._waiting.append(_WaitingFault(fault, math.inf, self.started_at + fault.number))
        else:
            self._waiting.append(_WaitingFault(fault, fault.number, math.inf))

    def follow(self, stream: Iterator[Fault]) -> None:
        """Arm a stream's faults, which start at times, one after the other: each when the one before has begun."""
        self._waiting = [waiting for waiting in self._waiting if not waiting.streamed]
        self._stream = stream
        self._arm_next()

    def clear(self, name: FaultName | None, now: float) -> None:
        """End a fault, begun or waiting; ``None``: all of them, and the stream."""
        if name is None:
            self._stream = iter(())
        cleared = [waiting for waiting in self._waiting if name in {None, waiting.fault.name}]
        self._waiting = [waiting for waiting in self._waiting if waiting not in cleared]
        if any(waiting.streamed for waiting in cleared):
            self._arm_next()
        for active in tuple(self._active):
            if name in {None, active}:
                self.end(active, now, "cleared")

    # What happens.

    @property
    def next_time(self) -> float | None:
        """When the next fault begins or ends; ``None``: no time is set."""
        begins = (waiting.at for waiting in self._waiting if waiting.at < math.inf)
        ends = (active.until for active in self._active.values() if active.until is not None)
        return min((*begins, *ends), default=None)

    def advance(self, now: float) -> None:
        """Begin and end what is due."""
        for name, active in tuple(self._active.items()):
            if active.until is not None and active.until <= now:
                self.end(name, now, "time")
        due = [waiting for waiting in self._waiting if waiting.at <= now]
        self._waiting = [waiting for waiting in self._waiting if waiting.at > now]
        self._begin_all(due, now)

    def count(self, start: FaultStart, now: float) -> None:
        """A frame or a capture comes: faults that waited for it begin."""
        for waiting in self._waiting:
            waiting.left -= waiting.fault.start is start
        due = [waiting for waiting in self._waiting if waiting.left <= 0]
        self._waiting = [waiting for waiting in self._waiting if waiting.left > 0]
        self._begin_all(due, now)

    def strike(self, name: FaultName, now: float) -> Fault | None:
        """The fault with this name if it is on, and one occurrence less for it; ``None``: it is not on."""
        active = self._active.get(name)
        if active is None or not self.active(name, now):
            return None
        if active.left is not None:
            active.left -= 1
            if active.left <= 0:
                self.end(name, now, "spent")
        return active.fault

    def end(self, name: FaultName, now: float, why: str) -> None:
        """A fault is over, for that reason; one that is not on stays so."""
        active = self._active.pop(name, None)
        if active is not None and self.ended is not None:
            self.ended(active.fault, now, why)

    # What is.

    def active(self, name: FaultName, now: float) -> bool:
        """Whether a fault is on."""
        active = self._active.get(name)
        return active is not None and (active.until is None or now < active.until)

    def names(self, now: float) -> list[str]:
        """The faults that are on."""
        return sorted(name for name in self._active if self.active(name, now))

    def on(self, now: float) -> list[Fault]:
        """The faults that are on, with what was asked of each."""
        return [active.fault for name, active in sorted(self._active.items()) if self.active(name, now)]

    def waiting(self) -> list[Fault]:
        """The faults that wait; a count is what is left of it, a time is seconds after the camera's start."""
        return [_still(waiting, self.started_at) for waiting in self._waiting]

    # Small parts.

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


def _still(waiting: _WaitingFault, started_at: float) -> Fault:
    if waiting.left < math.inf:
        return replace(waiting.fault, number=waiting.left)
    return replace(waiting.fault, start=FaultStart.TIME, number=waiting.at - started_at)
