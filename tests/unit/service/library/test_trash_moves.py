"""Moves to and from the trash that are cut off, by a kill, a loss of power or the disk, are finished or undone."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

import pytest
from tests.support.card_photos import come, settled
from tests.support.trash import PAIR, delete, in_place, in_trash, pair, restore, taken

from photonic.errors import StorageError
from photonic.service.journal.trash import TrashJournal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.controllers import ControllerHarnesses

    from photonic.service.journal.trash import Discarded


@pytest.mark.parametrize("moved", [0, 1])
async def test_a_disk_that_refuses_leaves_the_still_as_it_was(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        names = in_place(harnesses)
        rename, left = Path.rename, [moved]

        def refusing(path: Path, target: Path) -> Path:
            if "trash" in str(target) and not left[0]:
                raise PermissionError(13, "Permission denied")
            left[0] -= 1
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", refusing)
        with pytest.raises(StorageError, match="cannot write to"):
            await delete(harness, record)
        monkeypatch.undo()
        assert (in_place(harnesses), in_trash(harnesses)) == (names, [])
        assert await harness.stills() == [record]
        assert (await delete(harness, record)).deleted_at is not None


@pytest.mark.parametrize("step", ["before any", "between", "given back"])
async def test_a_service_that_was_killed_during_a_move_finishes_it_at_the_next_start(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        names = in_place(harnesses)
        await delete(harness, record)
    place = harnesses.photo_root / ".photonic" / "trash" / record.id
    photos = harnesses.photo_root / "photos"
    match step:
        case "before any":
            for name in names:
                (place / name).rename(photos / name)
        case "between":
            (place / names[0]).rename(photos / names[0])
        case _:
            for name in names:
                os.link(place / name, photos / name)
    async with harnesses.running() as harness:
        await harness.until_ready()
        while not harness.controller._photos.trash._reconciled:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        assert (in_place(harnesses), in_trash(harnesses)) == ([], names)
        assert await restore(harness, record) == record
        assert in_place(harnesses) == names


async def test_a_move_that_was_cut_off_is_finished_before_the_still_is_restored_or_deleted(
    harnesses: ControllerHarnesses,
) -> None:
    """A client can ask right after the start, before the trash was looked through."""
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        names = in_place(harnesses)
        place, photos = harnesses.photo_root / ".photonic" / "trash" / record.id, harnesses.photo_root / "photos"
        await delete(harness, record)
        os.link(place / names[0], photos / names[0])
        assert await restore(harness, record) == record
        assert (in_place(harnesses), in_trash(harnesses)) == (names, [])
        place.mkdir()
        os.link(photos / names[0], place / "the name before it was restored.jpg")
        await delete(harness, record)
        assert (in_place(harnesses), in_trash(harnesses)) == ([], names)
        for name in names:
            (place / name).rename(photos / name)
        assert await restore(harness, record) == record
        assert (in_place(harnesses), in_trash(harnesses)) == (names, [])


@pytest.mark.parametrize("moved", ["copied", "back", "partly back"])
async def test_what_a_power_cut_brings_back_into_the_trash_goes_at_the_next_start(
    harnesses: ControllerHarnesses, moved: str
) -> None:
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        names = in_place(harnesses)
        await delete(harness, record)
        await restore(harness, record)
    place, photos = harnesses.photo_root / ".photonic" / "trash" / record.id, harnesses.photo_root / "photos"
    place.mkdir()
    for number, name in enumerate(names):
        if moved == "copied" or (moved == "partly back" and number):
            os.link(photos / name, place / name)
        else:
            (photos / name).rename(place / name)
    async with harnesses.running() as harness:
        await harness.until_ready()
        while not harness.controller._photos.trash._reconciled:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        assert (in_place(harnesses), place.exists()) == (names, False)
        assert [await harness.photo(file) for file in record.files] == list(PAIR.values())


async def test_what_is_left_in_the_trash_stays_while_a_file_is_missing_from_its_directory(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        await delete(harness, record)
        await restore(harness, record)
    place = harnesses.photo_root / ".photonic" / "trash" / record.id
    place.mkdir()
    (name,) = in_place(harnesses)
    (harnesses.photo_root / "photos" / name).rename(place / "another name")
    async with harnesses.running() as harness:
        await harness.until_ready()
        while not harness.controller._photos.trash._reconciled:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        assert (place / "another name").exists()


async def test_a_restore_that_cannot_be_recorded_is_undone(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        await delete(harness, record)

        async def refuse(*_arguments: object) -> None:
            raise StorageError("the disk is full")

        monkeypatch.setattr(harness.controller._photos.trash._journal, "restore", refuse)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(StorageError):
            await restore(harness, record)
        assert (in_place(harnesses), len(in_trash(harnesses))) == ([], 2)


async def test_a_restore_that_cannot_even_be_undone_is_undone_by_the_next_check(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        await delete(harness, record)
        bin_ = harness.controller._photos.trash  # pyright: ignore[reportPrivateUsage]
        take, refused = bin_._folder.take, [False]  # pyright: ignore[reportPrivateUsage]

        async def refuse(*_arguments: object) -> None:
            refused[0] = True
            raise StorageError("the disk is full")

        def take_later(discarded: Discarded) -> list[PurePosixPath]:
            if refused[0]:
                raise StorageError("the disk is full")
            return take(discarded)

        monkeypatch.setattr(bin_._journal, "restore", refuse)  # pyright: ignore[reportPrivateUsage]
        monkeypatch.setattr(bin_._folder, "take", take_later)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(StorageError):
            await restore(harness, record)
        assert len(in_place(harnesses)) == 2
        refused[0] = False
        await bin_._reconcile()  # pyright: ignore[reportPrivateUsage]
        assert (in_place(harnesses), len(in_trash(harnesses))) == ([], 2)


async def test_equal_photos_that_another_program_made_one_file_stay_in_their_places(
    harnesses: ControllerHarnesses,
) -> None:
    """As programs that find duplicates do: one of the two is deleted and restored, and the other one is not touched."""
    async with harnesses.running(prepare=pair) as harness:
        kept = await taken(harness, 1)
        names = in_place(harnesses)
        other = await taken(harness, 2)
        photos = harnesses.photo_root / "photos"
        for name, twin in zip(names, sorted(set(in_place(harnesses)) - set(names)), strict=True):
            (photos / twin).unlink()
            os.link(photos / name, photos / twin)
        await delete(harness, other)
        assert in_place(harnesses) == names
        await restore(harness, other)
        await delete(harness, kept)
        assert len(in_place(harnesses)) == len(names)
        await restore(harness, kept)
        assert len(in_place(harnesses)) == 2 * len(names)


async def test_a_photo_that_is_being_restored_keeps_its_name_when_its_staged_file_is_imported(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name in the folder is not on record yet: an import that was cut off would have left such a name, too."""
    async with harnesses.running() as harness:
        record = await taken(harness)
        await delete(harness, record)
        root = harness.controller._photos.root  # pyright: ignore[reportPrivateUsage]
        (trashed,) = (root.path / ".photonic" / "trash" / record.id).iterdir()
        staged = root.path / ".staging" / "body-1-1-IMG_0001.JPG"
        staged.hardlink_to(trashed)
        restored, acquire, waits = TrashJournal.restore, root.moves.acquire, asyncio.Event()

        async def acquire_and_tell() -> Literal[True]:
            if root.moves.locked():
                waits.set()
            return await acquire()

        async def restore_while_it_is_imported(
            journal: TrashJournal, capture_id: str, places: Sequence[PurePosixPath]
        ) -> None:
            come(harness, next(iter(harness.process.on_card)), None, staged.name)
            imported = {asyncio.ensure_future(settled(harness)), asyncio.ensure_future(waits.wait())}
            _done, waiting = await asyncio.wait(imported, return_when=asyncio.FIRST_COMPLETED)
            for one in waiting:
                one.cancel()
            await restored(journal, capture_id, places)

        monkeypatch.setattr(root.moves, "acquire", acquire_and_tell)
        monkeypatch.setattr(TrashJournal, "restore", restore_while_it_is_imported)
        await restore(harness, record)
        await settled(harness)
        assert in_place(harnesses) == [PurePosixPath(record.files[0].path).name]
