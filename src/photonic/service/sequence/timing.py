"""When the frames of a requested sequence are due, and whether the camera can keep up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.sequence import LONGEST_SECONDS
from photonic.model.status import CapturePhase
from photonic.protocol.schedule import MICROSECONDS, Rapid, Ticks
from photonic.service.sequence.kinds.registry import FIELDS_OF_SOME_KINDS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photonic.model.api import CaptureRecord
    from photonic.model.sequence import SequenceRecord, SequenceRequest
    from photonic.protocol.schedule import Plan

LEAD = timedelta(seconds=0.1)
"""Time to write the request to disk before the first frame is due, for a sequence that starts immediately."""
_NUMBER_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class SequenceTiming:
    """When the frames of a sequence are due.

    Args:
        starts_at: When the first frame is due.
        count: The number of frames.
        interval_us: Microseconds between frames; ``None``: each follows as soon as the camera is free.
    """

    starts_at: datetime
    count: int
    interval_us: int | None

    @classmethod
    def of_record(cls, record: SequenceRecord) -> SequenceTiming:
        """Return the timing of a recorded sequence."""
        interval_us = None if record.interval_seconds is None else round(record.interval_seconds * MICROSECONDS)
        return cls(record.starts_at, record.total, interval_us)

    def plan(self, start_us: int) -> Plan:
        """Return the plan on a monotonic clock, by which the first frame is due at ``start_us``."""
        if self.interval_us is None:
            return Rapid(start_us, self.count)
        return Ticks(start_us, self.interval_us, self.count)


def timing_of(request: SequenceRequest, now: datetime) -> SequenceTiming:
    """Return the timing of a sequence that is requested at ``now``. Raises ``BadInput``, which names the field."""
    definition = KINDS[request.kind]
    for field in sorted(FIELDS_OF_SOME_KINDS - definition.fields):
        if getattr(request, field) not in {None, False}:
            raise BadInput(f"{field}: a sequence of kind {request.kind} does not accept this field", field=field)
    if definition.check is not None:
        definition.check(request)
    starts_at = _start(request, now)
    count = definition.count(request, starts_at)
    if request.sequence_number + count - 1 > _NUMBER_LIMIT:
        raise BadInput(f"the last frame's number would exceed {_NUMBER_LIMIT}", field="sequence_number")
    return SequenceTiming(starts_at, count, definition.interval_us and definition.interval_us(request))


def pace_warning(request: SequenceRequest, recent: Iterable[CaptureRecord]) -> str | None:
    """Return a warning if the interval is shorter than the fastest of the ``recent`` captures took, else ``None``.

    Raises ``BadInput`` instead unless the request allows missed frames.
    """
    times = [one.capture_time_ms for one in recent if one.phase is CapturePhase.SAVED and one.capture_time_ms]
    if request.interval_seconds is None or not times or request.interval_seconds * 1000 >= min(times):
        return None
    slow = f"the camera's fastest recent photo took {min(times) / 1000:.2f} s"
    if not request.allow_misses:
        raise BadInput(
            f"interval_seconds: {slow}: choose a longer interval, or accept missed frames with allow_misses",
            field="interval_seconds",
        )
    return f"{slow}: frames will be missed"


def _start(request: SequenceRequest, now: datetime) -> datetime:
    if request.start_at is None:
        return now + (LEAD if request.delay_seconds is None else timedelta(seconds=request.delay_seconds))
    if request.delay_seconds is not None:
        raise BadInput("give delay_seconds or start_at, not both", field="start_at")
    if request.start_at < now:
        raise BadInput(f"start_at is in the past (the time is {now:%Y-%m-%d %H:%M:%S%z})", field="start_at")
    if (request.start_at - now).total_seconds() > LONGEST_SECONDS:
        raise BadInput(f"start_at is more than {LONGEST_SECONDS / 86400:.0f} days from now", field="start_at")
    return request.start_at
