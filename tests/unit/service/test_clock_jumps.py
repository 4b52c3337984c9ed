"""Setting the clock, in either direction and by decades, removes nothing early, drops nothing and reorders nothing.

The tests shift the times recorded in the index between two runs of the service, which has the same effect.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import JPEG
from tests.support.card_photos import looked_through
from tests.support.printer import HOOKS, RAW, Printer, health, left, until_health
from tests.support.sequence_requests import begin, end, lapse
from tests.support.trash import delete, in_trash, restore, taken

from photonic.model.status import SequencePhase
from photonic.service.notify import delivery_worker
from photonic.service.notify.notification import Retry

if TYPE_CHECKING:
    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.sequence import SequenceRecord

DAY = 86_400
JUMPS = [-56 * 365 * DAY, -31 * DAY, 31 * DAY, 20 * 365 * DAY]


def change(harnesses: ControllerHarnesses, statement: str, *values: object) -> None:
    """Change the index of a stopped service."""
    with closing(sqlite3.connect(harnesses.photo_root / ".photonic" / "captures.sqlite3")) as connection:
        connection.execute(statement, values)
        connection.commit()


async def looked_at_trash(harness: ControllerHarness) -> None:
    trash = harness.controller._photos.trash  # pyright: ignore[reportPrivateUsage]
    while not trash._reconciled:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
        await asyncio.sleep(0)
    await trash._remove_expired()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_photo_stays_in_the_trash_for_its_time_regardless_of_the_clock(
    harnesses: ControllerHarnesses, jump: int
) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        await delete(harness, record)
    change(harnesses, "UPDATE trash SET deleted_at = deleted_at - ?", jump)
    async with harnesses.running() as harness:
        await looked_at_trash(harness)
        assert len(in_trash(harnesses)) == 1
        assert await restore(harness, record) == record


async def test_the_trash_is_emptied_when_the_service_has_run_for_so_long(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await delete(harness, await taken(harness))
    change(harnesses, "UPDATE running SET seconds = seconds + ?", 30 * DAY - 60)
    async with harnesses.running() as harness:
        await looked_at_trash(harness)
        assert len(in_trash(harnesses)) == 1
    change(harnesses, "UPDATE running SET seconds = seconds + 60")
    async with harnesses.running() as harness:
        await looked_at_trash(harness)
        assert in_trash(harnesses) == []


@pytest.mark.parametrize("jump", JUMPS)
async def test_photos_are_in_the_order_in_which_they_were_accepted(harnesses: ControllerHarnesses, jump: int) -> None:
    ids: list[str] = []
    async with harnesses.running() as harness:
        ids = [(await taken(harness, number)).id for number in (1, 2)]
        assert [still.id for still in await harness.stills()] == ids[::-1]
    # The clock was set before the third.
    moved = "json_set(record, '$.created_at', strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(record, '$.created_at'), ?))"
    change(harnesses, f"UPDATE captures SET record = {moved}", f"{-jump} seconds")
    async with harnesses.running() as harness:
        ids.append((await taken(harness, 3)).id)
        assert [still.id for still in await harness.stills()] == ids[::-1]
    async with harnesses.running() as harness:
        await looked_through(harness)
        assert [still.id for still in await harness.stills()] == ids[::-1]


async def moved_lapse(harnesses: ControllerHarnesses, later: float) -> SequenceRecord:
    """A time-lapse of one frame a second, two of which were taken before the power cut; then the clock is earlier."""
    async with harnesses.running() as harness:
        await harness.until_ready()
        record = await begin(harness, lapse(interval_seconds=1.0, count=1000))
        await harness.until(lambda: (harness.controller.sequences.running or record).saved == 2)
    change(harnesses, "UPDATE sequences SET machine_boot = 'another', start_us = 0")
    moved = "json_set(record, '$.starts_at', strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(record, '$.starts_at'), ?))"
    change(harnesses, f"UPDATE sequences SET record = {moved}", f"+{later} seconds")
    return record


@pytest.mark.parametrize("later", [1968.0, 56 * 365.0 * DAY])
async def test_a_time_lapse_goes_on_after_a_power_cut_and_an_earlier_clock(
    harnesses: ControllerHarnesses, later: float
) -> None:
    record = await moved_lapse(harnesses, later)
    async with harnesses.running() as harness:
        await harness.until(lambda: harness.controller.sequences.running is not None)
        running = harness.controller.snapshot().sequence
        assert running is not None
        assert (running.next_in_seconds or 0.0) <= 1.0
        await harness.until(lambda: (harness.controller.sequences.running or record).saved >= 3)
        await harness.controller.sequences.cancel(record.id)
        report = await end(harness, record.id)
        # A busy machine misses ticks and reports them: each number occurs once.
        missed = [number for gap in report.gaps for number in range(gap.first, gap.last + 1)]
        numbers = sorted([*missed, *(frame.number for frame in report.frames)])
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) < 500
        assert "the machine restarted with a wrong clock" in (report.warning or "")
        assert report.phase is SequencePhase.CANCELLED


async def test_after_two_days_off_a_network_that_is_not_up_yet_costs_no_photo(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    printer.gate.clear()
    async with harnesses.running(hooks=HOOKS) as harness:
        await taken(harness)
        await printer.until(lambda: len(printer.delivered) == 1)
    printer.gate.set()
    printer.delivered.clear()
    printer.verdicts = [Retry("the network is not up yet")] * 4
    two_days_later = datetime.now(UTC) + timedelta(days=2)
    async with harnesses.running(hooks=HOOKS, wall=lambda: two_days_later) as harness:
        await until_health(harness, lambda target: target.delivered + target.failed == 1)
        assert (len(printer.delivered), health(harness).failed) == (5, 0)
    assert left(harnesses) == 0


async def test_after_a_day_of_running_a_photo_is_given_up_only_when_it_was_tried_often_in_a_row(
    harnesses: ControllerHarnesses, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_worker, "LONGEST_WAIT_SECONDS", 0.01)
    printer.gate.clear()
    async with harnesses.running(hooks=HOOKS) as harness:
        await taken(harness)
        await printer.until(lambda: len(printer.delivered) == 1)
    change(harnesses, "UPDATE running SET seconds = seconds + ?", 2 * DAY)
    printer.gate.set()
    printer.delivered.clear()
    printer.verdicts = [Retry("answers 503")] * 100
    async with harnesses.running(hooks=HOOKS) as harness:
        await until_health(harness, lambda target: target.failed == 1)
        assert len(printer.delivered) == delivery_worker.KEEP_TRIES + 1
        assert (health(harness).failing or "").startswith("answers 503, for more than")
    assert left(harnesses) == 0


def made_by_version_7(root: Path) -> None:
    """Create a photo root as version 7 left it."""
    index = root / ".photonic" / "captures.sqlite3"
    index.parent.mkdir(parents=True)
    with closing(sqlite3.connect(index)) as connection:
        connection.executescript((Path(__file__).parent / "index_of_version_7.sql").read_text(encoding="utf-8"))
        for (path,) in connection.execute("SELECT path FROM files").fetchall():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(JPEG if path.endswith(".jpg") else RAW)


async def test_a_root_of_the_version_before_is_brought_up_in_place_and_loses_nothing(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    made_by_version_7(harnesses.photo_root)
    for _start in range(2):
        async with harnesses.running(hooks=HOOKS) as harness:
            await looked_at_trash(harness)
            await until_health(harness, lambda target: target.waiting == 0)
            (deleted,) = await harness.deleted()
            in_place = [still.id for still in await harness.stills()][::-1]
            assert [one[:4] for one in (deleted.id, *in_place)] == ["bac7", "341a", "e7dd"]
            assert len((await harness.controller.sequences.page(None, 10)).sequences) == 1
    # Two of the three: there is no notification for a photo in the trash.
    assert sorted(notice.record.id[:4] for notice in printer.delivered) == ["341a", "e7dd"]
    async with harnesses.running() as harness:
        await looked_at_trash(harness)
        (deleted,) = await harness.deleted()
        assert len((await restore(harness, deleted)).files) == 2
