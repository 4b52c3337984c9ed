"""Photos whose import failed, or was cut off, between the name in the folder and the record: one name, one record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.support.camera_process import JPEG, OPENED
from tests.support.card_photos import RAW, come, files, jpeg, looked_through, records, request, saved, settled
from tests.support.trash import delete, in_place, restore, taken

from photonic.errors import FailureKind, StorageError
from photonic.model.status import CapturePhase
from photonic.service.ingest import card_import, photo_import
from photonic.service.ingest.imported_record import MAY_HAVE_HOLES
from photonic.service.journal.captures import CaptureJournal
from photonic.service.library.index import CaptureIndex

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarness, ControllerHarnesses

FULL = "the disk is full"


async def full(*_arguments: object) -> None:
    raise StorageError(FULL, kind=FailureKind.HOST_STORAGE_FULL)


def reopen(harness: ControllerHarness) -> None:
    harness.process.listed.clear()
    harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
    harness.process.come_back()


async def test_a_photo_whose_record_was_refused_and_that_the_card_brings_again_is_there_once(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        (taken,) = harness.process.shoot({"IMG_0001.JPG": jpeg("button")})
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "add", full)
            place = come(harness, taken, None)
            await settled(harness)
        assert (files(harness), place.exists(), await records(harness)) == (1, True, [])
        reopen(harness)
        await harness.until(lambda: "fetch IMG_0001.JPG" in harness.process.calls)
        (found,) = await saved(harness, 1)
        await harness.until(lambda: not place.exists())
        await settled(harness)
        assert await records(harness) == [found]
        (file,) = (path for path in (harnesses.photo_root / "photos").rglob("*") if path.is_file())
        assert str(file) == found.files[0].path


async def test_a_late_file_whose_record_was_refused_gets_one_name(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_import, "RETRY_SECONDS", 0.0)
    refusals = [1, 2]
    extend = CaptureJournal.extend

    async def full_twice(*arguments: object) -> None:
        if refusals:
            refusals.pop()
            await full()
        await extend(*arguments)  # pyright: ignore[reportArgumentType, reportCallIssue]

    monkeypatch.setattr(CaptureJournal, "extend", full_twice)
    async with harnesses.running() as harness:
        await looked_through(harness)
        taken = harness.process.shoot({"IMG_0001.JPG": jpeg("button"), "IMG_0001.CR2": RAW})
        places = [come(harness, one, None) for one in taken]

        async def joined() -> bool:
            return any(len(one.files) == 2 for one in await records(harness))

        await harness.until_true(joined)
        await settled(harness)
        assert not any(place.exists() for place in places)
        assert files(harness) == 2


async def test_the_card_is_not_compared_with_an_index_that_lacks_a_result(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_import, "RETRY_SECONDS", 0.01)
    async with harnesses.running() as harness:
        await looked_through(harness)
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "end", full)
            record = await (await harness.controller.submit(request(), None)).ended()
            assert (record.phase, FULL in (record.warning or "")) == (CapturePhase.SAVED, True)
            refused = 0
            complete = CaptureIndex.open_complete

            async def counted(index: CaptureIndex) -> None:
                nonlocal refused
                try:
                    await complete(index)
                except StorageError:
                    refused += 1
                    harness.controller._board.touch()  # pyright: ignore[reportPrivateUsage]
                    raise

            patched.setattr(CaptureIndex, "open_complete", counted)
            reopen(harness)
            await harness.until(lambda: refused > 2)
            assert not harness.process.listed.is_set()
        await harness.process.listed.wait()
        # A later scan has to find nothing, too.
        reopen(harness)
        await harness.process.listed.wait()
        await settled(harness)
        assert not any(call.startswith("fetch") for call in harness.process.calls)
        assert [one.id for one in await records(harness)] == [record.id]
        assert files(harness) == 1


async def test_a_name_that_an_import_of_an_earlier_run_left_is_withdrawn_wherever_it_is(
    harnesses: ControllerHarnesses,
) -> None:
    staged = harnesses.photo_root / ".staging" / "body-1-1-IMG_0001.JPG"
    other = harnesses.photo_root / "photos" / "yesterday" / "x.jpg"
    for place in (staged, other):
        place.parent.mkdir(parents=True, exist_ok=True)
    staged.write_bytes(jpeg("cut off"))
    other.hardlink_to(staged)
    async with harnesses.running() as harness:
        (found,) = await saved(harness, 1)
        await settled(harness)
        assert (files(harness), other.exists(), staged.exists()) == (1, False, False)
        assert await harness.photo(found.files[0]) == jpeg("cut off")


async def test_a_damaged_file_keeps_no_name_in_the_folder(harnesses: ControllerHarnesses) -> None:
    staged = harnesses.photo_root / ".staging" / "body-1-1-IMG_0001.JPG"
    other = harnesses.photo_root / "photos" / "x.jpg"
    for place in (staged, other):
        place.parent.mkdir(parents=True, exist_ok=True)
    staged.write_bytes(jpeg("cut off")[:-10])
    other.hardlink_to(staged)
    async with harnesses.running() as harness:
        await harness.until(lambda: not staged.exists())
        await settled(harness)
        assert (files(harness), await records(harness)) == (0, [])
    (aside,) = (harnesses.photo_root / ".photonic" / "incomplete").iterdir()
    assert aside.stat().st_nlink == 1


@pytest.mark.parametrize("target", ["card", "ram"])
async def test_a_staged_file_that_was_recorded_and_not_removed_is_imported_once(
    harnesses: ControllerHarnesses, target: str
) -> None:
    def prepare(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target=target)

    staged = harnesses.photo_root / ".staging" / "body-1-1-IMG_0001.JPG"
    staged.parent.mkdir(parents=True)
    async with harnesses.running(prepare=prepare) as harness:
        await harness.until_ready()
        (taken,) = harness.process.shoot({"IMG_0001.JPG": JPEG})
        come(harness, taken, None)
        (found,) = await saved(harness, 1)
        await settled(harness)
    stored = Path(found.files[0].path)
    staged.hardlink_to(stored)
    async with harnesses.running(prepare=prepare) as harness:
        await harness.until_ready()
        await saved(harness, 1)
        await harness.until(lambda: not staged.exists())
        await settled(harness)
        assert await records(harness) == [found]
        assert list(stored.parent.iterdir()) == [stored]


@pytest.mark.parametrize("moved", [False, True])
async def test_a_staged_file_of_a_photo_whose_move_to_the_trash_was_cut_off_leaves_it_its_name(
    harnesses: ControllerHarnesses, *, moved: bool
) -> None:
    """Without a name in its folder, the photo could never be restored."""
    staged = harnesses.photo_root / ".staging" / "body-1-1-IMG_0001.JPG"
    async with harnesses.running() as harness:
        record = await taken(harness)
        (name,) = in_place(harnesses)
        await delete(harness, record)
    old = harnesses.photo_root / "photos" / name
    trashed = harnesses.photo_root / ".photonic" / "trash" / record.id / name
    staged.hardlink_to(trashed)
    old.hardlink_to(trashed)
    if not moved:
        trashed.unlink()
    async with harnesses.running() as harness:
        await harness.until_ready()
        await harness.until(lambda: not staged.exists() and not old.exists())
        await settled(harness)
        assert await restore(harness, record) == record
        assert await records(harness) == [record]
    assert old.read_bytes() == JPEG


@pytest.mark.parametrize("power_cut", [False, True])
async def test_a_photo_from_ram_that_a_loss_of_power_may_have_damaged_says_so(
    harnesses: ControllerHarnesses, *, power_cut: bool
) -> None:
    """There is no other copy, and no hash in its name shows that it is whole."""
    async with harnesses.running() as harness:
        record = await taken(harness)
    if power_cut:
        with closing(sqlite3.connect(harnesses.photo_root / ".photonic" / "captures.sqlite3")) as connection:
            connection.execute("UPDATE captures SET machine_boot = 'before'")
            connection.commit()
    (harnesses.photo_root / ".staging" / "body-1-1-capt0001.jpg").write_bytes(jpeg("from RAM"))
    async with harnesses.running() as harness:
        found = [one for one in await saved(harness, 2) if one.id != record.id]
        assert [one.warning for one in found] == [MAY_HAVE_HOLES if power_cut else None]
