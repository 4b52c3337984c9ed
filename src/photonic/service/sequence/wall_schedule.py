"""The ticks of a time-lapse that has outlived the run of the machine in which it began.

Theory of operation. Within one run of the machine, frames are due by CLOCK_MONOTONIC, which nobody sets. That clock
begins anew with each boot, so after a power cut the time of day is all that is left. On a machine without a battery for
its clock it is wrong at first, by minutes or decades, and is set later, when the network is up. Two things are certain
meanwhile: the frame before the next one was begun already, so the next one is due within one interval; and no tick is
taken twice, since frames count up. So the time of day says where the ticks are, moved by whole intervals where a frame
would have to wait for longer than that. When the clock is set, the ticks are looked up again; those that were passed
over are recorded as missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.protocol.schedule import MICROSECONDS, Ticks

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.service.base.timekeeping import Timekeeping
    from photonic.service.journal.sequences import SequenceRow

SET_US = MICROSECONDS
"""By so much more than it runs a clock moves only when it is set."""
CLOCK_WRONG = (
    "the machine was off, and came back with a clock that cannot be right, so it is not known for how long; "
    "photos go on within one interval, and the schedule is taken up again when the clock is set"
)
LOOK_SECONDS = 5.0
"""How often a time-lapse that waits looks whether the clock was set."""


@dataclass
class WallSchedule:
    """``count`` ticks from ``starts_at``, by the time of day. ``patience_us``: how long the first frame may wait at the
    most when none was begun yet; ``None``: until the time of day that was asked for."""

    time: Timekeeping
    starts_at: datetime
    interval_us: int
    count: int
    patience_us: int | None = None
    _start_us: int = 0

    def ticks(self, first: int) -> tuple[Ticks, bool]:
        """The ticks by the clock as it is now, with frames before ``first`` accounted for.

        And whether the clock must be wrong: they had to be moved.
        """
        self._start_us = self.time.us_of(self.starts_at)
        ticks = Ticks(self._start_us, self.interval_us, self.count)
        wait_us = self.interval_us if first else self.patience_us
        moved = ticks if wait_us is None else ticks.pulled(first, self.time.now_us() + wait_us)
        return moved, moved != ticks

    @classmethod
    def of_row(cls, row: SequenceRow, time: Timekeeping) -> WallSchedule:
        """That of a time-lapse on record."""
        record, request = row.record, row.request
        interval_us = round((record.interval_seconds or 0.0) * MICROSECONDS)
        delay_us = round((request.delay_seconds or 0.0) * MICROSECONDS)
        patience_us = None if request.start_at is not None else max(delay_us, interval_us)
        return cls(time, record.starts_at, interval_us, record.total, patience_us)

    @property
    def was_set(self) -> bool:
        """Whether the clock was set since the last ``ticks``."""
        return abs(self.time.us_of(self.starts_at) - self._start_us) >= SET_US
