"""What parts of the service run on in tests: this machine, or this machine with other clocks."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.service.base.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from photonic.machine.timekeeping import Timekeeping

THIS_MACHINE = Surroundings.of_this_machine()


def timekeeping(
    *, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], datetime] = THIS_MACHINE.time.wall
) -> Timekeeping:
    """The machine's clocks, but for those that are given."""
    return replace(THIS_MACHINE.time, monotonic=monotonic, wall=wall)


def surroundings(time: Timekeeping) -> Surroundings:
    """This machine with these clocks."""
    return replace(THIS_MACHINE, time=time)
