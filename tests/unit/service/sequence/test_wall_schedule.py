"""A time-lapse after a reboot: it continues within one interval, even if the clock is wrong."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.sequence_run import START, Notes, SequenceHarness
from tests.support.virtual_time import in_virtual_time

from photonic.machine.timekeeping import Timekeeping
from photonic.model.sequence import SequenceGap
from photonic.model.status import SequencePhase
from photonic.protocol.schedule import Ticks
from photonic.service.journal.sequences import FrameCount
from photonic.service.sequence.wall_schedule import WallSchedule

INTERVAL = 10.0
COUNT = 30
YEARS = 86_400.0 * 365


class Machine:
    """A machine that can be restarted, and whose time of day can be set."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0
        self._boots = 0

    def wall(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time() + self.ahead_seconds)

    def start(self) -> Timekeeping:
        self._boots += 1
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        return Timekeeping(lambda: loop.time() - began + 20.0, self.wall, f"boot-{self._boots}")


def resumed(machine: Machine, first: int, notes: Notes | None = None) -> SequenceHarness:
    """Return a run that continues after ``first`` frames on a machine that has just booted."""
    time = machine.start()
    wall = WallSchedule(time, START, round(INTERVAL * 1e6), COUNT)
    ticks, _wrong = wall.ticks(first)
    return SequenceHarness(ticks, done=FrameCount(first, first), wall=wall, time=time, notes=notes)


@pytest.mark.parametrize("behind", [1968.0, 26 * 3600.0, 56 * YEARS])
def test_with_a_clock_that_is_behind_it_continues_within_one_interval_and_by_the_schedule_once_the_clock_is_set(
    behind: float,
) -> None:
    async def story() -> None:
        machine = Machine()
        # Three frames began at 0, 10 and 20 s; then the power was cut, and it returned at 83 s.
        await asyncio.sleep(83.0)
        machine.ahead_seconds = -behind
        harness = resumed(machine, 3)
        running = asyncio.create_task(harness.run.run())
        await asyncio.sleep(1.0)
        begun = [number for number, _at in harness.camera.begun]
        assert begun or (harness.run.status.next_in_seconds or 0) <= INTERVAL
        await asyncio.sleep(25.0)
        assert [number for number, _at in harness.camera.begun][:2] == [4, 5]
        machine.ahead_seconds = 0.0
        record = await running
        # The clock was set at 109 s: by the schedule, frame 12 is due at 110 s, as before.
        late = [(number, at) for number, at in harness.camera.begun if at >= 109.0]
        assert late[0] == (12, pytest.approx(110.0))
        assert late[-1] == (COUNT, pytest.approx(290.0))
        gap = next(row for row in harness.notes.rows if isinstance(row, SequenceGap))
        assert (gap.last, "clock was set" in gap.reason) == (11, True)
        assert (record.phase, record.saved + record.missed) == (SequencePhase.DONE, COUNT)

    in_virtual_time(story())


def test_after_a_clock_that_was_ahead_is_set_back_no_frame_waits_longer_than_an_interval() -> None:
    async def story() -> None:
        machine = Machine()
        await asyncio.sleep(30.0)
        machine.ahead_seconds = 100.0
        harness = resumed(machine, 3)
        running = asyncio.create_task(harness.run.run())
        await asyncio.sleep(15.0)
        (number, _at), *_more = harness.camera.begun
        assert number == 14
        machine.ahead_seconds = 0.0
        await asyncio.sleep(INTERVAL + 5.0)
        assert harness.camera.begun[-1][0] > number
        await running

    in_virtual_time(story())


def test_a_first_frame_requested_for_a_time_of_day_waits_for_it_and_one_requested_after_a_delay_does_not() -> None:
    async def story() -> None:
        machine = Machine()
        machine.ahead_seconds = -5000.0
        time = machine.start()
        at_noon, _wrong = WallSchedule(time, START, 10_000_000, 3).ticks(0)
        after_a_delay, wrong = WallSchedule(time, START, 10_000_000, 3, 60_000_000).ticks(0)
        assert at_noon.due_us(0) - time.now_us() == 5_000_000_000
        assert wrong
        assert 50_000_000 <= after_a_delay.due_us(0) - time.now_us() <= 60_000_000

    in_virtual_time(story())


@given(
    start_us=st.integers(-(2**60), 2**60),
    interval_us=st.integers(100_000, 86_400_000_000),
    first=st.integers(0, 100_000),
    latest_us=st.integers(0, 2**50),
)
def test_ticks_that_are_moved_keep_their_rhythm_and_are_due_in_time(
    start_us: int, interval_us: int, first: int, latest_us: int
) -> None:
    ticks = Ticks(start_us, interval_us, 100_000)
    moved = ticks.pulled(first, latest_us)
    assert moved.due_us(first) <= latest_us
    assert (moved.start_us - start_us) % interval_us == 0
    if ticks.due_us(first) <= latest_us:
        assert moved == ticks
    else:
        assert moved.due_us(first) > latest_us - interval_us


JUMPS = st.lists(
    st.tuples(
        st.floats(0.5, 60.0), st.one_of(st.just(0.0), st.floats(-60 * YEARS, 20 * YEARS), st.floats(-90.0, 90.0))
    ),
    max_size=6,
)


@settings(max_examples=25)
@given(lives=st.lists(st.tuples(st.floats(0.0, 50.0), JUMPS), min_size=1, max_size=4))
@example(lives=[(10.0, [(12.0, -1968.0)]), (3.0, [(0.5, 0.0)])])
def test_whatever_the_clock_is_set_to_each_frame_is_accounted_for_once_and_none_waits_longer_than_an_interval(
    lives: list[tuple[float, list[tuple[float, float]]]],
) -> None:
    async def story() -> None:
        machine, notes = Machine(), Notes()
        numbers: list[int] = []
        harness = resumed(machine, 0, notes)
        for off_seconds, jumps in lives:
            running = asyncio.create_task(harness.run.run())
            for after_seconds, ahead_seconds in jumps:
                await asyncio.sleep(after_seconds)
                if numbers or harness.camera.begun:
                    assert (harness.run.status.next_in_seconds or 0.0) <= INTERVAL + 1e-6
                machine.ahead_seconds = ahead_seconds
                # The next frame is taken or missed within one poll plus one interval.
                before = accounted(harness, numbers, notes)
                if before and not running.done():
                    await asyncio.sleep(2 * INTERVAL)
                    assert accounted(harness, numbers, notes) > before or running.done()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            numbers += [number for number, _at in harness.camera.begun]
            await asyncio.sleep(off_seconds)
            # The next start ends a frame in progress, so that frame is accounted for.
            first = max([0, *numbers, *notes.missed])
            if first == COUNT:
                break
            harness = resumed(machine, first, notes)
        seen = sorted([*numbers, *notes.missed])
        assert seen == list(range(1, len(seen) + 1))

    in_virtual_time(story())


def accounted(harness: SequenceHarness, numbers: list[int], notes: Notes) -> int:
    return len(harness.camera.begun) + len(numbers) + len(notes.missed)
