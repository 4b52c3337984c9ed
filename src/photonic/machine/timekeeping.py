"""The machine's clocks, and points in time that survive a restart of the service or the machine."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MICROSECOND = timedelta(microseconds=1)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def machine_boot() -> str:
    """The id of this boot of the machine; the monotonic clock is only comparable within one boot. Empty: unknown."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def boot_mark(boot: str) -> str:
    """A short mark of a boot for the names of files: eight hexadecimal digits; empty if the boot is unknown."""
    return hashlib.blake2s(boot.encode(), digest_size=4).hexdigest() if boot else ""


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """``monotonic`` returns seconds; ``wall`` returns the time of day; ``machine_boot`` identifies the boot."""

    monotonic: Callable[[], float]
    wall: Callable[[], datetime]
    machine_boot: str

    @classmethod
    def of_this_machine(cls) -> Timekeeping:
        """The clocks of the machine that the service runs on."""
        return cls(time.monotonic, lambda: datetime.now(UTC), machine_boot())

    def unix_seconds(self) -> float:
        """The time of day, in seconds since 1970."""
        return self.wall().timestamp()

    def now_ns(self) -> int:
        """Nanoseconds of the monotonic clock, as camera processes count them in the names of staged files."""
        return round(self.monotonic() * 1_000_000_000)

    def now_us(self) -> int:
        """Microseconds of the monotonic clock."""
        return round(self.monotonic() * 1_000_000)

    def us_of(self, moment: datetime) -> int:
        """This moment on the monotonic clock, in microseconds."""
        return self.now_us() + (moment - self.wall()) // _MICROSECOND

    def anchor(self, moment: datetime) -> Anchor:
        """This moment in a form that survives a restart."""
        return Anchor(self.us_of(moment), self.machine_boot)


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
