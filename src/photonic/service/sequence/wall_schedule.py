"""The schedule of a time-lapse that continues after the machine was restarted.

Theory of operation. While the machine runs, frames are due by CLOCK_MONOTONIC, which cannot be set. That clock starts
over at each boot, so after a power cut only the time of day is left. A machine without a battery for its clock comes
back with a time of day that is wrong by minutes or decades, and corrects it once the network is up. Two things are
certain until then: the previous frame has already begun, so the next one is due within one interval; and no tick is
used twice, because frame numbers only increase. So the ticks follow the time of day, moved earlier by whole intervals
if the next frame would otherwise be more than one interval away. When the clock is set, the ticks are computed again,
and skipped ticks are recorded as missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.protocol.schedule import MICROSECONDS, Ticks

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.journal.sequences import SequenceRow

SET_US = MICROSECONDS
"""A jump of the clock by at least this much means that the clock was set."""
CLOCK_WRONG = (
    "the machine restarted with a wrong clock, so it is unknown for how long it was off; "
    "the next photo follows within one interval, and the schedule resumes when the clock is set"
)
POLL_SECONDS = 5.0
"""How often a waiting time-lapse checks whether the clock was set."""


@dataclass
class WallSchedule:
    """The ticks of a time-lapse by the time of day.

    Args:
        time: The monotonic clock and the time of day.
        starts_at: When the first frame was due.
        interval_us: Microseconds between two frames.
        count: How many frames there are.
        patience_us: The longest wait for the first frame if no frame has begun yet; ``None``: wait until the requested
            time of day.
    """

    time: Timekeeping
    starts_at: datetime
    interval_us: int
    count: int
    patience_us: int | None = None
    _start_us: int = 0

    def ticks(self, first: int) -> tuple[Ticks, bool]:
        """Return the ticks by the current time of day, and whether they were moved because the clock must be wrong.

        ``first`` is the first frame (from 0) that is not accounted for yet.
        """
        self._start_us = self.time.us_of(self.starts_at)
        ticks = Ticks(self._start_us, self.interval_us, self.count)
        wait_us = self.interval_us if first else self.patience_us
        moved = ticks if wait_us is None else ticks.pulled(first, self.time.now_us() + wait_us)
        return moved, moved != ticks

    @classmethod
    def of_row(cls, row: SequenceRow, time: Timekeeping) -> WallSchedule:
        """Return the schedule of a recorded time-lapse."""
        record, request = row.record, row.request
        interval_us = round((record.interval_seconds or 0.0) * MICROSECONDS)
        delay_us = round((request.delay_seconds or 0.0) * MICROSECONDS)
        patience_us = None if request.start_at is not None else max(delay_us, interval_us)
        return cls(time, record.starts_at, interval_us, record.total, patience_us)

    @classmethod
    def continued(cls, row: SequenceRow, first: int, time: Timekeeping) -> tuple[WallSchedule, Ticks, str | None]:
        """Return the schedule of a recorded time-lapse after a restart of the machine, and its ticks from ``first`` on.

        The text is a warning that the time-lapse does not have yet: the clock must be wrong.
        """
        wall = cls.of_row(row, time)
        plan, wrong = wall.ticks(first)
        if not wrong or CLOCK_WRONG in (row.record.warning or ""):
            return wall, plan, None
        return wall, plan, f"after photo {first}: {CLOCK_WRONG}"

    @property
    def was_set(self) -> bool:
        """Whether the clock has been set since the last call of ``ticks``."""
        return abs(self.time.us_of(self.starts_at) - self._start_us) >= SET_US
