"""The computer's clock: photos carry its time, so a step confuses software that sorts by it."""

from __future__ import annotations

import asyncio
import ctypes
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.diagnosis.finding import Check, Finding, skipped, warning, well

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
    """``step_seconds``: how far the wall clock moved against the steady one while it was watched; ``synchronised``:
    ``None`` where the kernel does not say."""

    step_seconds: float
    synchronised: bool | None


async def look_at_clock(
    wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
) -> ClockFacts:
    """Watch the clock for a moment."""
    before = wall() - steady()
    await asyncio.sleep(WATCH_SECONDS)
    return ClockFacts((wall() - steady()) - before, _synchronised())


def judge_clock(facts: ClockFacts) -> Finding:
    """Judge the clock."""
    if abs(facts.step_seconds) >= STEP_SECONDS:
        return warning(
            Check.CLOCK,
            f"the clock was just set by {facts.step_seconds:+.1f} s",
            "timestamps before and after the step do not compare; the photos' order and captures are not affected",
            "sudo timedatectl set-ntp true (then wait until: timedatectl show -p NTPSynchronized)",
        )
    if facts.synchronised is None:
        return skipped(Check.CLOCK, "the kernel does not say whether the clock is synchronised")
    if not facts.synchronised:
        return warning(
            Check.CLOCK,
            "the clock is not synchronised",
            "the time in names and in the index may be wrong, and may jump",
            "sudo timedatectl set-ntp true",
        )
    return well(Check.CLOCK, "the clock is synchronised and did not step")


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
