"""Who is told of photos: each once and in order, later where it must be, after the next start where it was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.camera_process import FOLDER, JPEG
from tests.support.card_photos import come, looked_through, request, settled
from tests.support.printer import HOOKS, RAW, Printer, health, left, until_health

from photonic.errors import StorageError
from photonic.model.hook import PhotoEvent
from photonic.service.notify import outbox
from photonic.service.notify.notification import Delivered, DeliveryFailed, Retry
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    import pytest
    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.api import CaptureRecord


async def take(harness: ControllerHarness, number: int = 1) -> CaptureRecord:
    await looked_through(harness)
    return await (await harness.controller.submit(request(number), None)).ended()


async def test_each_photo_is_told_of_once_with_all_its_files(harnesses: ControllerHarnesses, printer: Printer) -> None:
    async with harnesses.running(hooks=HOOKS) as harness:
        await looked_through(harness)
        harness.process.photos = {"IMG_0001.JPG": JPEG, "IMG_0001.CR2": RAW}
        record = await take(harness)
        await printer.until(lambda: len(printer.delivered) == 1)
        await until_health(harness, lambda target: target.waiting == 0)
        (notice,) = printer.delivered
        assert notice.event is PhotoEvent.SAVED
        assert notice.record == record
        assert notice.paths == tuple(Path(file.path) for file in record.files)
        assert [path.read_bytes() for path in notice.paths] == [JPEG, RAW]
        assert notice.photo_ids == tuple(file.id for file in record.files)
        assert notice.hashes == tuple(file.sha256 for file in record.files)
        assert health(harness).model_dump(exclude_none=True) == {
            "name": "hooks.print",
            "waiting": 0,
            "delivered": 1,
            "failed": 0,
        }
    async with harnesses.running(hooks=HOOKS) as harness:
        await take(harness, 2)
        await printer.until(lambda: printer.numbers == [1, 2])


async def test_a_file_that_comes_late_is_told_of_by_itself(harnesses: ControllerHarnesses, printer: Printer) -> None:
    async with harnesses.running(hooks=HOOKS) as harness:
        await looked_through(harness)
        harness.process.photos = {"IMG_0001.JPG": JPEG}
        record = await take(harness)
        (mine,) = harness.process.on_card
        late = CardObject(folder=FOLDER, name="IMG_0001.CR2", size_bytes=len(RAW), taken_at=mine.taken_at)
        harness.process.on_card[late] = RAW
        come(harness, late, record.id, f"{record.id}-1-{late.name}")
        await settled(harness)
        await printer.until(lambda: len(printer.delivered) == 2)
        extended = printer.delivered[1]
        assert extended.event is PhotoEvent.EXTENDED
        assert [path.suffix for path in extended.paths] == [".cr2"]
        assert extended.photo_ids == (f"{record.id}-2",)
        assert len(extended.hashes) == 1
        assert extended.id != printer.delivered[0].id


async def test_a_hook_that_hangs_holds_up_no_photo_and_only_so_many_run(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    printer.gate.clear()
    async with harnesses.running(hooks=HOOKS) as harness:
        for number in range(1, 6):
            assert (await take(harness, number)).files
        await printer.until(lambda: len(printer.delivered) == 2)
        await until_health(harness, lambda target: target.waiting == 5)
        assert printer.numbers == [1, 2]
        printer.gate.set()
        await printer.until(lambda: len(printer.delivered) == 5)
        await until_health(harness, lambda target: target.delivered == 5)
        assert (printer.at_once, printer.numbers) == (2, [1, 2, 3, 4, 5])


async def test_who_does_not_answer_is_asked_again_and_what_comes_after_waits(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    alone = {"print": HOOKS["print"].model_copy(update={"at_once": 1})}
    printer.verdicts = [Retry("answers 503"), Retry("answers 503"), Delivered(), Delivered()]
    async with harnesses.running(hooks=alone) as harness:
        await take(harness, 1)
        await take(harness, 2)
        await printer.until(lambda: len(printer.delivered) == 4)
        await until_health(harness, lambda target: target.delivered == 2)
        assert printer.numbers == [1, 1, 1, 2]
        assert len({notice.id for notice in printer.delivered[:3]}) == 1
        assert (health(harness).failing, health(harness).failed) == (None, 0)


async def test_a_wait_that_the_receiver_asked_for_is_kept_and_shown(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    printer.verdicts = [Retry("answers 429", 500.0)]
    async with harnesses.running(hooks=HOOKS) as harness:
        await take(harness, 1)
        await until_health(harness, lambda target: target.failing is not None)
        await take(harness, 2)
        assert printer.numbers == [1]
        found = health(harness)
        assert (found.failing, found.waiting) == ("answers 429", 1)
        assert found.next_try_seconds is not None
        assert 400 < found.next_try_seconds <= 500
    assert left(harnesses) == 2


async def test_a_failure_is_kept_in_mind_and_the_next_photo_goes_on(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    printer.verdicts = [DeliveryFailed("ended with exit code 1"), Delivered()]
    async with harnesses.running(hooks=HOOKS) as harness:
        assert (await take(harness, 1)).files
        await until_health(harness, lambda target: target.failed == 1)
        assert health(harness).failing == "ended with exit code 1"
        assert health(harness).failed_at is not None
        await take(harness, 2)
        await until_health(harness, lambda target: target.delivered == 1)
        assert printer.numbers == [1, 2]
        assert health(harness).failing is None
    assert left(harnesses) == 0


async def test_nobody_is_told_of_a_capture_that_failed(harnesses: ControllerHarnesses, printer: Printer) -> None:
    async with harnesses.running(hooks=HOOKS) as harness:
        await looked_through(harness)
        harness.process.photos = {}
        assert not (await take(harness)).files
    assert left(harnesses) == 0
    assert printer.delivered == []


async def test_what_a_stopped_service_has_not_told_is_told_at_the_next_start(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    printer.gate.clear()
    async with harnesses.running(hooks=HOOKS) as harness:
        for number in (1, 2, 3):
            await take(harness, number)
        await printer.until(lambda: len(printer.delivered) == 2)
    assert left(harnesses) == 3
    printer.gate.set()
    printer.delivered.clear()
    async with harnesses.running(hooks=HOOKS) as harness:
        await printer.until(lambda: len(printer.delivered) == 3)
        assert printer.numbers == [1, 2, 3]
        await until_health(harness, lambda target: target.waiting == 0)
    assert left(harnesses) == 0


async def test_a_photo_that_was_deleted_meanwhile_is_not_told_of(
    harnesses: ControllerHarnesses, printer: Printer
) -> None:
    printer.gate.clear()
    async with harnesses.running(hooks={"print": HOOKS["print"].model_copy(update={"at_once": 1})}) as harness:
        await take(harness, 1)
        second = await take(harness, 2)
        assert await harness.controller.gallery.delete(second.files[0].id)
        printer.gate.set()
        await until_health(harness, lambda target: target.waiting == 0)
        assert printer.numbers == [1]
    assert left(harnesses) == 0


async def test_a_hook_that_is_no_longer_configured_is_owed_nothing(
    harnesses: ControllerHarnesses, printer: Printer, caplog: pytest.LogCaptureFixture
) -> None:
    printer.gate.clear()
    async with harnesses.running(hooks=HOOKS) as harness:
        await take(harness)
    assert left(harnesses) == 1
    async with harnesses.running() as harness:
        await take(harness, 2)
        assert harness.controller.health().targets == ()
    assert left(harnesses) == 0
    assert "their hooks are no longer in the configuration: 1" in caplog.text


async def test_what_the_disk_does_not_take_down_is_told_once_more(
    harnesses: ControllerHarnesses, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = outbox.OutboxJournal.done
    refusals = [StorageError("the disk is full")]

    async def refuse(journal: outbox.OutboxJournal, number: int) -> None:
        if refusals:
            raise refusals.pop()
        await done(journal, number)

    monkeypatch.setattr(outbox.OutboxJournal, "done", refuse)
    async with harnesses.running(hooks=HOOKS) as harness:
        await take(harness)
        await until_health(harness, lambda target: target.delivered == 1)
        assert printer.numbers == [1, 1]
    assert left(harnesses) == 0
