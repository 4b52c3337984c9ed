"""A sequence in virtual time: it keeps its schedule despite camera faults, and records every lost frame."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from tests.support.sequence_run import Lens, SequenceHarness

from photonic.errors import CaptureError, FailureKind
from photonic.model.sequence import SequenceGap, SequenceKind
from photonic.model.status import SequencePhase
from photonic.protocol.schedule import Rapid, Ticks
from photonic.service.journal.sequences import FrameCount, FrameRow

pytestmark = pytest.mark.looptime


async def test_a_time_lapse_of_500_frames_with_three_faults_keeps_its_schedule_and_accounts_for_each_frame() -> None:
    ticks = Ticks(5_000_000, 10_000_000, 500)
    harness = SequenceHarness(ticks)
    # Recovery takes 57 s; the camera is unplugged for three frames; autofocus fails for one frame.
    harness.camera.fault[100] = lambda: (57.3, "the camera hung")
    for number in (200, 201, 202):
        harness.camera.fault[number] = lambda: CaptureError("no camera found", kind=FailureKind.CAMERA_ABSENT)
    harness.camera.fault[300] = lambda: (1.0, "no focus")

    record = await harness.run.run()

    errors_us = [abs(at * 1_000_000 - ticks.due_us(number - 1)) for number, at in harness.camera.begun]
    assert max(errors_us) < 1000
    assert harness.notes.missed == [101, 102, 103, 104, 105]
    assert sorted([number for number, _at in harness.camera.begun] + harness.notes.missed) == list(range(1, 501))
    assert (record.phase, record.saved, record.failed, record.missed) == (SequencePhase.DONE, 490, 5, 5)
    (gap,) = [row for row in harness.notes.rows if isinstance(row, SequenceGap)]
    assert "the camera hung" in gap.reason
    refused = [row for row in harness.notes.rows if isinstance(row, FrameRow)]
    assert [(row.number, row.error_type) for row in refused] == [(n, "camera_absent") for n in (200, 201, 202)]
    assert harness.notes.records == [record]


async def test_frames_that_the_disk_refused_are_recorded_later() -> None:
    harness = SequenceHarness(Ticks(0, 10_000_000, 4))
    harness.notes.full = True
    harness.camera.fault[1] = lambda: CaptureError("no camera found", kind=FailureKind.CAMERA_ABSENT)
    running = asyncio.create_task(harness.run.run())
    await asyncio.sleep(5)
    assert [cast("FrameRow", row).number for row in harness.run.unrecorded] == [1]
    harness.notes.full = False
    record = await running
    assert [cast("FrameRow", row).number for row in harness.notes.rows] == [1]
    assert (record.saved, record.failed) == (3, 1)


async def test_the_countdown_is_reported_at_each_second_of_its_last_minute() -> None:
    harness = SequenceHarness(Rapid(75_400_000, 1), SequenceKind.SELF_TIMER)
    await harness.run.run()
    counted = [(round(at, 6), left) for at, left, _phase in harness.reported if left is not None]
    assert counted == [(round(75.4 - left, 6), left) for left in range(60, 0, -1)]
    assert [at for _number, at in harness.camera.begun] == [pytest.approx(75.4, abs=1e-6)]


async def test_a_sequence_cancelled_between_frames_ends_at_once() -> None:
    harness = SequenceHarness(Ticks(0, 10_000_000, 100))
    running = asyncio.create_task(harness.run.run())
    await asyncio.sleep(15)
    record = await harness.run.cancel()
    assert (record.phase, record.saved, asyncio.get_running_loop().time()) == (SequencePhase.CANCELLED, 2, 15)
    assert await running == record
    assert await harness.run.cancel() == record


async def test_a_sequence_cancelled_during_a_frame_ends_with_it_and_the_cancellation_is_recorded_first() -> None:
    harness = SequenceHarness(Ticks(0, 10_000_000, 100))
    running = asyncio.create_task(harness.run.run())
    await asyncio.sleep(11)
    stopping = await harness.run.cancel()
    assert stopping.phase is SequencePhase.STOPPING
    assert harness.notes.records == [stopping]
    assert harness.camera.cancelled == ["c-2"]
    record = await running
    assert (record.phase, record.saved) == (SequencePhase.CANCELLED, 2)
    assert asyncio.get_running_loop().time() == 12


async def test_a_sequence_cancelled_while_a_frame_is_accepted_cancels_that_frame() -> None:
    harness = SequenceHarness(Rapid(0, 3), SequenceKind.BURST)
    harness.camera.accepts_after_seconds = 1.0
    running = asyncio.create_task(harness.run.run())
    await asyncio.sleep(0.5)
    await harness.run.cancel()
    assert (await running).phase is SequencePhase.CANCELLED
    assert harness.camera.cancelled == ["c-1"]


async def test_a_burst_continues_after_a_failed_frame() -> None:
    harness = SequenceHarness(Rapid(0, 3), SequenceKind.BURST)
    harness.camera.fault[2] = lambda: (0.5, "no focus")
    record = await harness.run.run()
    assert harness.camera.begun == [(1, 0.0), (2, 2.0), (3, 3.5)]
    assert (record.phase, record.saved, record.failed) == (SequencePhase.DONE, 2, 1)


async def test_after_a_restart_missed_frames_are_reported_and_the_rest_is_taken() -> None:
    await asyncio.sleep(62)
    harness = SequenceHarness(Ticks(0, 10_000_000, 10), done=FrameCount(first=3, saved=2, failed=1))
    record = await harness.run.run()
    assert [number for number, _at in harness.camera.begun] == [8, 9, 10]
    (gap,) = cast("list[SequenceGap]", harness.notes.rows)
    assert (gap.first, gap.last, gap.reason) == (4, 7, "the service was not running")
    assert (record.saved, record.failed, record.missed) == (5, 1, 4)


async def test_a_stopping_service_starts_no_more_frames() -> None:
    harness = SequenceHarness(Ticks(0, 10_000_000, 10))
    running = asyncio.create_task(harness.run.run())
    await asyncio.sleep(11)
    harness.run.hold()
    await asyncio.sleep(100)
    assert len(harness.camera.begun) == 2
    assert harness.notes.records == []
    running.cancel()
    await asyncio.wait([running])


async def test_time_left_is_reported() -> None:
    harness = SequenceHarness(Rapid(0, 4), SequenceKind.BURST)
    running = asyncio.create_task(harness.run.run())
    await asyncio.sleep(1)
    assert harness.run.status.remaining_seconds is None
    await asyncio.sleep(2)
    assert harness.run.status.remaining_seconds == 6.0
    await running
    lapse = SequenceHarness(Ticks(20_000_000, 10_000_000, 4))
    running = asyncio.create_task(lapse.run.run())
    await asyncio.sleep(1)
    assert (lapse.run.status.next_in_seconds, lapse.run.status.remaining_seconds) == (11.0, 41.0)
    running.cancel()
    await asyncio.wait([running])


async def test_a_stack_drives_the_lens_before_each_photo_and_back_at_the_end() -> None:
    lens = Lens()
    harness = SequenceHarness(Rapid(0, 3), SequenceKind.FOCUS_STACK, lens=lens)
    record = await harness.run.run()
    assert lens.log == ["live view", 0, 1, 2, "home", "over"]
    assert (record.saved, record.warning) == (3, None)


async def test_a_photo_whose_lens_did_not_move_is_recorded_as_not_taken() -> None:
    lens = Lens(stuck=1)
    harness = SequenceHarness(Rapid(0, 3), SequenceKind.FOCUS_STACK, lens=lens)
    record = await harness.run.run()
    assert [number for number, _at in harness.camera.begun] == [1, 3]
    (row,) = cast("list[FrameRow]", harness.notes.rows)
    assert (row.number, row.error, row.error_type) == (2, "the camera hung", "camera_fault")
    assert (record.saved, record.failed, record.warning) == (2, 1, "it may not stand where it was")


async def test_the_lens_of_a_cancelled_stack_moves_back_too() -> None:
    lens = Lens()
    harness = SequenceHarness(Rapid(0, 3), SequenceKind.FOCUS_STACK, lens=lens)
    running = asyncio.create_task(harness.run.run())
    await asyncio.sleep(3)
    await harness.run.cancel()
    record = await running
    assert record.phase is SequencePhase.CANCELLED
    assert lens.log == ["live view", 0, 1, "home", "over"]
