"""What a request for a sequence means in frames and times, and what of it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.sequence import COUNT_LIMIT, LONGEST_SECONDS, SequenceKind
from photonic.protocol import focus_stack
from photonic.protocol.schedule import MICROSECONDS, Rapid, Ticks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.sequence import SequenceRequest
    from photonic.protocol.schedule import Plan

LEAD = timedelta(seconds=0.1)
"""What the disk is given to take the request before the first frame is due, where that is to be at once."""
_FIELDS: Mapping[SequenceKind, frozenset[str]] = {
    SequenceKind.BURST: frozenset({"count"}),
    SequenceKind.INTERVAL: frozenset({"count", "interval_seconds", "end_at", "allow_misses"}),
    SequenceKind.SELF_TIMER: frozenset({"count"}),
    SequenceKind.BRACKET: frozenset({"stops", "vary"}),
    SequenceKind.FOCUS_STACK: frozenset({"count", "focus_start", "focus_end", "focus_size"}),
}
_OF_SOME_KIND: frozenset[str] = frozenset[str]().union(*_FIELDS.values())
_NUMBER_LIMIT = 2**31 - 1
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Course:
    """``count`` frames, the first at ``starts_at``; ``interval_us`` ``None``: the others as fast as it goes."""

    starts_at: datetime
    count: int
    interval_us: int | None

    def plan(self, start_us: int) -> Plan:
        """The plan on a monotonic clock on which the first frame is due at ``start_us``."""
        if self.interval_us is None:
            return Rapid(start_us, self.count)
        return Ticks(start_us, self.interval_us, self.count)


def course(request: SequenceRequest, now: datetime) -> Course:
    """The course of a sequence that is asked for at ``now``. Raises ``BadInput`` naming the field."""
    for field in sorted(_OF_SOME_KIND - _FIELDS[request.kind]):
        if getattr(request, field) not in {None, False}:
            raise BadInput(f"{field}: a sequence of kind {request.kind} takes none", field=field)
    starts_at = _start(request, now)
    count, interval_us = _count(request), None
    if request.kind is SequenceKind.INTERVAL:
        interval_us = _interval_us(request)
        count = _ticks(request, starts_at, interval_us)
    if request.sequence_number + count - 1 > _NUMBER_LIMIT:
        raise BadInput(f"the last frame's number would be above {_NUMBER_LIMIT}", field="sequence_number")
    return Course(starts_at, count, interval_us)


def _start(request: SequenceRequest, now: datetime) -> datetime:
    if request.kind is SequenceKind.SELF_TIMER and not request.delay_seconds:
        raise BadInput("delay_seconds: a self-timer takes the seconds to count down", field="delay_seconds")
    if request.start_at is None:
        return now + (LEAD if request.delay_seconds is None else timedelta(seconds=request.delay_seconds))
    if request.delay_seconds is not None:
        raise BadInput("give delay_seconds or start_at, not both", field="start_at")
    if request.start_at < now:
        raise BadInput(f"start_at is in the past (it is {now:%Y-%m-%d %H:%M:%S%z} now)", field="start_at")
    if (request.start_at - now).total_seconds() > LONGEST_SECONDS:
        raise BadInput(f"start_at is more than {LONGEST_SECONDS / 86400:.0f} days from now", field="start_at")
    return request.start_at


def _count(request: SequenceRequest) -> int:
    if request.count is None and request.kind is SequenceKind.BURST:
        raise BadInput("count: a burst takes the number of photos", field="count")
    if request.kind is SequenceKind.BRACKET:
        if request.stops is None:
            raise BadInput("stops: a bracket takes one for each photo, for example [-2, 0, 2]", field="stops")
        return len(request.stops)
    if request.kind is SequenceKind.FOCUS_STACK:
        return len(focus_stack.positions(request))
    return request.count or 1


def _interval_us(request: SequenceRequest) -> int:
    if request.interval_seconds is None:
        raise BadInput("interval_seconds: a time-lapse takes the time between two photos", field="interval_seconds")
    return round(request.interval_seconds * MICROSECONDS)


def _ticks(request: SequenceRequest, starts_at: datetime, interval_us: int) -> int:
    if request.end_at is None:
        if request.count is None:
            raise BadInput("give count or end_at: an interval sequence has to end", field="count")
        return request.count
    if request.end_at < starts_at:
        raise BadInput("end_at is before the first photo", field="end_at")
    ticks = (request.end_at - starts_at) // _MICROSECOND // interval_us + 1
    wanted = ticks if request.count is None else min(ticks, request.count)
    if wanted > COUNT_LIMIT:
        raise BadInput(f"up to end_at there would be {ticks} photos, more than {COUNT_LIMIT}", field="end_at")
    return wanted
