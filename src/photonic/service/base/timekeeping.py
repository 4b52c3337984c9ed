"""The machine's clocks, and points in time that survive a restart of the service or the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MICROSECOND = timedelta(microseconds=1)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def machine_boot() -> str:
    """The id of this boot of the machine; the monotonic clock is only comparable within one boot. Empty: unknown."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """``monotonic`` returns seconds; ``wall`` returns the time of day; ``machine_boot`` identifies the boot."""

    monotonic: Callable[[], float]
    wall: Callable[[], datetime] = _utc_now
    machine_boot: str = field(default_factory=machine_boot)

    def now_us(self) -> int:
        """Microseconds of the monotonic clock."""
        return round(self.monotonic() * 1_000_000)

    def us_of(self, moment: datetime) -> int:
        """This moment on the monotonic clock, in microseconds."""
        return self.now_us() + (moment - self.wall()) // _MICROSECOND

    def anchor(self, moment: datetime) -> Anchor:
        """This moment in a form that survives a restart."""
        return Anchor(self.us_of(moment), self.machine_boot)


class RunningTime:
    """Whole seconds that the service has run, over all its starts; never goes backwards.

    The time of day may be wrong by decades before the clock is set. This clock stops while the service is off, so
    anything kept for a period is kept for at least that much running time. See decision 0035.

    Args:
        clock: Seconds, monotonic.
        before: The total of earlier runs.
    """

    def __init__(self, clock: Callable[[], float], before: int = 0) -> None:
        self._clock = clock
        self._before = before
        self._began_at = clock()

    @property
    def seconds(self) -> int:
        """The total so far."""
        return self._before + int(max(0.0, self._clock() - self._began_at))


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment: ``start_us`` on the monotonic clock of the boot ``machine_boot``."""

    start_us: int
    machine_boot: str

    def on(self, time: Timekeeping, moment: datetime) -> Anchor:
        """The same moment on these clocks; ``moment``: its time of day, used if the machine has rebooted."""
        if self.machine_boot and self.machine_boot == time.machine_boot:
            return self
        return time.anchor(moment)
