"""A time-lapse: one photo per interval, up to a number of photos or a point in time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.sequence import COUNT_LIMIT, SequenceKind
from photonic.protocol.schedule import MICROSECONDS
from photonic.service.sequence.kinds.definition import SequenceDefinition

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.model.sequence import SequenceRequest

_MICROSECOND = timedelta(microseconds=1)


def _interval_us(request: SequenceRequest) -> int:
    if request.interval_seconds is None:
        reason = "interval_seconds: a time-lapse requires the time between two photos"
        raise BadInput(reason, field="interval_seconds")
    return round(request.interval_seconds * MICROSECONDS)


def _count(request: SequenceRequest, starts_at: datetime) -> int:
    interval_us = _interval_us(request)
    if request.end_at is None:
        if request.count is None:
            raise BadInput("give count or end_at: a time-lapse must have an end", field="count")
        return request.count
    if request.end_at < starts_at:
        raise BadInput("end_at is before the first photo", field="end_at")
    ticks = (request.end_at - starts_at) // _MICROSECOND // interval_us + 1
    wanted = ticks if request.count is None else min(ticks, request.count)
    if wanted > COUNT_LIMIT:
        raise BadInput(f"end_at: {ticks} photos would be due by then; the limit is {COUNT_LIMIT}", field="end_at")
    return wanted


DEFINITION = SequenceDefinition(
    SequenceKind.INTERVAL,
    frozenset({"count", "interval_seconds", "end_at", "allow_misses"}),
    _count,
    interval_us=_interval_us,
    resumes=True,
)
