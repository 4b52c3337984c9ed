"""Setting the clock, in either direction and by decades, removes nothing early, drops nothing and reorders nothing.

The tests shift the times recorded in the index between two runs of the service, which has the same effect.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
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
    from tests.support.controllers import Bench, Rig

    from photonic.model.sequence import SequenceRecord

DAY = 86_400
JUMPS = [-56 * 365 * DAY, -31 * DAY, 31 * DAY, 20 * 365 * DAY]


def change(bench: Bench, statement: str, *values: object) -> None:
    """Change the index of a stopped service."""
    with closing(sqlite3.connect(bench.photo_root / ".photonic" / "captures.sqlite3")) as connection:
        connection.execute(statement, values)
        connection.commit()


async def looked_at_trash(rig: Rig) -> None:
    trash = rig.controller._photos.trash  # pyright: ignore[reportPrivateUsage]
    while not trash._reconciled:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
        await asyncio.sleep(0)
    await trash._remove_expired()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_photo_stays_in_the_trash_for_its_time_regardless_of_the_clock(bench: Bench, jump: int) -> None:
    async with bench.running() as rig:
        record = await taken(rig)
        await delete(rig, record)
    change(bench, "UPDATE trash SET deleted_at = deleted_at - ?", jump)
    async with bench.running() as rig:
        await looked_at_trash(rig)
        assert len(in_trash(bench)) == 1
        assert await restore(rig, record) == record


async def test_the_trash_is_emptied_when_the_service_has_run_for_so_long(bench: Bench) -> None:
    async with bench.running() as rig:
        await delete(rig, await taken(rig))
    change(bench, "UPDATE running SET seconds = seconds + ?", 30 * DAY - 60)
    async with bench.running() as rig:
        await looked_at_trash(rig)
        assert len(in_trash(bench)) == 1
    change(bench, "UPDATE running SET seconds = seconds + 60")
    async with bench.running() as rig:
        await looked_at_trash(rig)
        assert in_trash(bench) == []


@pytest.mark.parametrize("jump", JUMPS)
async def test_photos_are_in_the_order_in_which_they_were_accepted(bench: Bench, jump: int) -> None:
    ids: list[str] = []
    async with bench.running() as rig:
        ids = [(await taken(rig, number)).id for number in (1, 2)]
        order = rig.controller.gallery.order
        assert sorted(ids, key=order.__getitem__) == ids
    # The clock was set before the third.
    moved = "json_set(record, '$.created_at', strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(record, '$.created_at'), ?))"
    change(bench, f"UPDATE captures SET record = {moved}", f"{-jump} seconds")
    async with bench.running() as rig:
        ids.append((await taken(rig, 3)).id)
        order = dict(rig.controller.gallery.order)
        assert sorted(ids, key=order.__getitem__) == ids
    async with bench.running() as rig:
        await looked_through(rig)
        assert dict(rig.controller.gallery.order) == order


async def moved_lapse(bench: Bench, later: float) -> SequenceRecord:
    """A time-lapse of one frame a second, two of which were taken before the power cut; then the clock is earlier."""
    async with bench.running() as rig:
        await rig.until_ready()
        record = await begin(rig, lapse(interval_seconds=1.0, count=1000))
        await rig.until(lambda: (rig.controller.sequences.running or record).saved == 2)
    change(bench, "UPDATE sequences SET machine_boot = 'another', start_us = 0")
    moved = "json_set(record, '$.starts_at', strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(record, '$.starts_at'), ?))"
    change(bench, f"UPDATE sequences SET record = {moved}", f"+{later} seconds")
    return record


@pytest.mark.parametrize("later", [1968.0, 56 * 365.0 * DAY])
async def test_a_time_lapse_goes_on_after_a_power_cut_and_an_earlier_clock(bench: Bench, later: float) -> None:
    record = await moved_lapse(bench, later)
    async with bench.running() as rig:
        await rig.until(lambda: rig.controller.sequences.running is not None)
        running = rig.controller.snapshot().sequence
        assert running is not None
        assert (running.next_in_seconds or 0.0) <= 1.0
        await rig.until(lambda: (rig.controller.sequences.running or record).saved >= 3)
        await rig.controller.sequences.cancel(record.id)
        report = await end(rig, record.id)
        # A busy machine misses ticks and reports them: each number occurs once.
        missed = [number for gap in report.gaps for number in range(gap.first, gap.last + 1)]
        numbers = sorted([*missed, *(frame.number for frame in report.frames)])
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) < 500
        assert "the machine restarted with a wrong clock" in (report.warning or "")
        assert report.phase is SequencePhase.CANCELLED


async def test_after_two_days_off_a_network_that_is_not_up_yet_costs_no_photo(
    bench: Bench, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer.gate.clear()
    async with bench.running(hooks=HOOKS) as rig:
        await taken(rig)
        await printer.until(lambda: len(printer.delivered) == 1)
    printer.gate.set()
    printer.delivered.clear()
    printer.verdicts = [Retry("the network is not up yet")] * 4
    two_days_later = time.time() + 2 * DAY
    monkeypatch.setattr(time, "time", lambda: two_days_later)
    async with bench.running(hooks=HOOKS) as rig:
        await until_health(rig, lambda target: target.delivered + target.failed == 1)
        assert (len(printer.delivered), health(rig).failed) == (5, 0)
    assert left(bench) == 0


async def test_after_a_day_of_running_a_photo_is_given_up_only_when_it_was_tried_often_in_a_row(
    bench: Bench, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_worker, "LONGEST_WAIT_SECONDS", 0.01)
    printer.gate.clear()
    async with bench.running(hooks=HOOKS) as rig:
        await taken(rig)
        await printer.until(lambda: len(printer.delivered) == 1)
    change(bench, "UPDATE running SET seconds = seconds + ?", 2 * DAY)
    printer.gate.set()
    printer.delivered.clear()
    printer.verdicts = [Retry("answers 503")] * 100
    async with bench.running(hooks=HOOKS) as rig:
        await until_health(rig, lambda target: target.failed == 1)
        assert len(printer.delivered) == delivery_worker.KEEP_TRIES + 1
        assert (health(rig).failing or "").startswith("answers 503, for more than")
    assert left(bench) == 0


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
    bench: Bench, printer: Printer
) -> None:
    made_by_version_7(bench.photo_root)
    for _start in range(2):
        async with bench.running(hooks=HOOKS) as rig:
            await looked_at_trash(rig)
            await until_health(rig, lambda target: target.waiting == 0)
            (deleted,) = rig.controller.gallery.deleted()
            order = rig.controller.gallery.order
            in_place = sorted((still.id for still in rig.controller.gallery.stills()), key=order.__getitem__)
            assert [one[:4] for one in (deleted.id, *in_place)] == ["bac7", "341a", "e7dd"]
            assert len((await rig.controller.sequences.page(None, 10)).sequences) == 1
    # Two of the three: there is no notification for a photo in the trash.
    assert sorted(notice.record.id[:4] for notice in printer.delivered) == ["341a", "e7dd"]
    async with bench.running() as rig:
        await looked_at_trash(rig)
        (deleted,) = rig.controller.gallery.deleted()
        assert len((await restore(rig, deleted)).files) == 2
