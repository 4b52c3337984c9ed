"""Checks the computer's clock: photos carry its time, so a step confuses software that sorts by it."""

from __future__ import annotations

import asyncio
import ctypes
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.diagnosis.finding import Check, Finding, passed, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Callable

WATCH_SECONDS = 1.0
STEP_SECONDS = 0.25
STATUS_OFFSET = 40
TIMEX_BYTES = 256
UNSYNCHRONISED = 0x40
"""``STA_UNSYNC`` in ``timex.status`` (adjtimex(2)); on 64-bit Linux the field follows one int and four longs."""


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What was seen of the clock.

    ``step_seconds``: how far the wall clock moved against the monotonic clock during the check. ``synchronised``:
    ``None`` if the kernel does not report it.
    """

    step_seconds: float
    synchronised: bool | None


async def inspect_clock(
    wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
) -> ClockFacts:
    """Watch the wall clock for ``WATCH_SECONDS``."""
    before = wall() - steady()
    await asyncio.sleep(WATCH_SECONDS)
    return ClockFacts((wall() - steady()) - before, _synchronised())


def judge_clock(facts: ClockFacts) -> Finding:
    """Judge the clock."""
    if abs(facts.step_seconds) >= STEP_SECONDS:
        return warning(
            Check.CLOCK,
            f"the clock was just set by {facts.step_seconds:+.1f} s",
            "timestamps before and after the step are not comparable; captures and the order of photos are unaffected",
            "sudo timedatectl set-ntp true (then wait until: timedatectl show -p NTPSynchronized)",
        )
    if facts.synchronised is None:
        return skipped(Check.CLOCK, "the kernel does not report whether the clock is synchronised")
    if not facts.synchronised:
        return warning(
            Check.CLOCK,
            "the clock is not synchronised",
            "the times in file names and in the index may be wrong, and may jump",
            "sudo timedatectl set-ntp true",
        )
    return passed(Check.CLOCK, "the clock is synchronised and did not step")


def _synchronised() -> bool | None:
    buffer = ctypes.create_string_buffer(TIMEX_BYTES)
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    (status,) = struct.unpack_from("i", buffer, STATUS_OFFSET)
    return not status & UNSYNCHRONISED
