"""What parts of the service run on in tests: this machine, or this machine with other clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.service.base.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.machine.timekeeping import Timekeeping

THIS_MACHINE = Surroundings.of_this_machine()


def timekeeping(
    *, monotonic: Callable[[], float] | None = None, unix_seconds: Callable[[], float] | None = None
) -> Timekeeping:
    """The machine's clocks, but for those that are given: monotonic seconds, and the time of day."""
    time = THIS_MACHINE.time
    wall = time.wall if unix_seconds is None else lambda: datetime.fromtimestamp(unix_seconds(), UTC)
    return replace(time, monotonic=monotonic or time.monotonic, wall=wall)


def surroundings(time: Timekeeping) -> Surroundings:
    """This machine with these clocks."""
    return replace(THIS_MACHINE, time=time)
