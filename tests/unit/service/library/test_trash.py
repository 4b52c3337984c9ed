"""Deleted stills are hidden, restored stills are unchanged, removed stills are gone; copies on the card are kept."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import JPEG
from tests.support.card_photos import jpeg, looked_through, request
from tests.support.trash import delete, in_trash, restore, taken

from photonic.errors import CameraError, CaptureError, FailureKind, StorageError
from photonic.model.gallery import ThumbnailSize

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import Bench


PAIR = {"IMG_0001.JPG": JPEG, "IMG_0001.CR2": b"II*\0raw"}


def pair(process: FakeCameraProcess) -> None:
    process.photos = PAIR


def in_place(bench: Bench) -> list[str]:
    return sorted(path.name for path in (bench.photo_root / "photos").iterdir())


async def test_raw_and_jpeg_are_deleted_and_restored_together(bench: Bench) -> None:
    async with bench.running(prepare=pair) as rig:
        record = await taken(rig)
        names = in_place(bench)
        deleted = await delete(rig, record)
        assert (deleted.deleted_at is not None, deleted.files) == (True, ())
        assert (in_place(bench), in_trash(bench)) == ([], names)
        assert rig.controller.capture(record.id) == deleted
        assert (rig.controller.photo(record.files[0].id), rig.controller.photos()) == (None, ())
        assert rig.controller.gallery.stills() == []
        (listed,) = rig.controller.gallery.deleted()
        assert [file.id for file in listed.files] == [file.id for file in record.files]
        assert await delete(rig, record) == deleted

        assert await restore(rig, record) == record
        assert (in_place(bench), in_trash(bench)) == (names, [])
        assert [rig.photo(file) for file in record.files] == list(PAIR.values())
        assert rig.controller.gallery.stills() == [record]
        assert await restore(rig, record) == record
        assert rig.controller.snapshot().capture_count == 1


async def test_a_deleted_photo_stays_deleted_after_a_restart_and_is_not_imported_from_the_card(bench: Bench) -> None:
    async with bench.running(prepare=pair) as rig:
        record = await taken(rig)
        await delete(rig, record)
        card = dict(rig.process.on_card)

        def same(process: FakeCameraProcess) -> None:
            process.on_card = dict(card)

        rig.process.listed.clear()
        rig.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        rig.process.come_back()
        await looked_through(rig)
        assert not [call for call in rig.process.calls if call.startswith(("fetch", "delete"))]
    async with bench.running(prepare=same) as rig:
        await looked_through(rig)
        await rig.controller._photos.photo_importer.drained()  # pyright: ignore[reportPrivateUsage]
        assert not [call for call in rig.process.calls if call.startswith(("fetch", "delete"))]
        assert rig.process.on_card == card
        assert (rig.controller.gallery.stills(), in_place(bench)) == ([], [])
        assert len((await restore(rig, record)).files) == 2


async def test_a_card_copy_due_for_deletion_is_kept_once_the_photo_is_deleted(bench: Bench) -> None:
    async with bench.running(delete_after_download=True) as rig:
        await looked_through(rig)

        async def gone(_wanted: object) -> None:
            raise CameraError("the cable is out")

        rig.process.delete, delete_there = gone, rig.process.delete  # pyright: ignore[reportAttributeAccessIssue]
        record = await (await rig.controller.submit(request(), None)).ended()
        await delete(rig, record)
        rig.process.delete = delete_there
        rig.process.photos = {"IMG_0002.JPG": jpeg("two")}
        await (await rig.controller.submit(request(2), None)).ended()
        # Copies are deleted in the order in which their deletions were recorded.
        while "delete IMG_0002.JPG" not in rig.process.calls:  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        assert "delete IMG_0001.JPG" not in rig.process.calls
        assert [one.name for one in rig.process.on_card] == ["IMG_0001.JPG"]


async def test_an_expired_photo_is_removed_permanently_with_its_thumbnails(bench: Bench) -> None:
    async with bench.running() as rig:
        record = await taken(rig)
        found = rig.controller.photo(record.files[0].id)
        assert found is not None
        with pytest.raises(CaptureError, match="no preview of"):
            await rig.controller.gallery.thumbnail(*found, ThumbnailSize.SMALL)
        kept = bench.photo_root / ".photonic" / "thumbnails" / record.files[0].sha256[:2]
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{record.files[0].sha256}-320.jpg").write_bytes(b"small")
        await delete(rig, record)
        card = dict(rig.process.on_card)

    def same(process: FakeCameraProcess) -> None:
        process.on_card = dict(card)

    for _start in range(2):
        async with bench.running(prepare=same, trash_seconds=0.0) as rig:
            await looked_through(rig)
            await rig.until(lambda: in_trash(bench) == [] and not rig.controller.gallery.deleted())
            assert list(kept.iterdir()) == []
            assert rig.controller.gallery.photo(record.files[0].id) is None
            with pytest.raises(CaptureError, match="removed permanently"):
                await rig.controller.gallery.restore(record.files[0].id)
            assert not [call for call in rig.process.calls if call.startswith("fetch")]
            again = rig.controller.capture(record.id)
            assert again is not None
            assert again.deleted_at is not None


async def test_a_name_that_was_taken_meanwhile_is_not_overwritten(bench: Bench) -> None:
    async with bench.running() as rig:
        record = await taken(rig)
        (name,) = in_place(bench)
        await delete(rig, record)
        (bench.photo_root / "photos" / name).write_bytes(b"another file")
        restored = await restore(rig, record)
        assert Path(restored.files[0].path).stem == f"{Path(name).stem}_2"
        assert rig.photo(restored.files[0]) == JPEG
        assert (bench.photo_root / "photos" / name).read_bytes() == b"another file"


async def test_a_late_file_of_a_deleted_still_joins_it_in_the_trash(bench: Bench) -> None:
    async with bench.running() as rig:
        record = await taken(rig)
        await delete(rig, record)
        jpeg_taken = next(iter(rig.process.on_card))
        rig.process.camera_seconds = jpeg_taken.taken_at - 1 if jpeg_taken.taken_at else 0
        rig.process.shoot({"IMG_0001.CR2": b"II*\0raw"})
        rig.process.listed.clear()
        rig.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        rig.process.come_back()
        await rig.until(lambda: len(in_trash(bench)) == 2)
        await rig.controller._photos.photo_importer.drained()  # pyright: ignore[reportPrivateUsage]
        assert (in_place(bench), rig.controller.gallery.stills()) == ([], [])
        restored = await restore(rig, record)
        assert len(restored.files) == 2
        assert len(in_place(bench)) == 2


async def test_only_saved_stills_can_be_deleted(bench: Bench) -> None:
    async with bench.running() as rig:
        await looked_through(rig)
        rig.process.release.clear()
        job = await rig.controller.submit(request(), None)
        await rig.process.exposing.wait()
        for photo_id in (f"{job.id}-1", "nothing-1", "", "-", "../../x-1"):
            assert await rig.controller.gallery.delete(photo_id) is None
            assert await rig.controller.gallery.restore(photo_id) is None
        rig.process.release.set()
        await job.ended()


@pytest.mark.parametrize("moved", [0, 1])
async def test_a_disk_that_refuses_leaves_the_still_as_it_was(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    async with bench.running(prepare=pair) as rig:
        record = await taken(rig)
        names = in_place(bench)
        rename, left = Path.rename, [moved]

        def refusing(path: Path, target: Path) -> Path:
            if "trash" in str(target) and not left[0]:
                raise PermissionError(13, "Permission denied")
            left[0] -= 1
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", refusing)
        with pytest.raises(StorageError, match="cannot write to"):
            await delete(rig, record)
        monkeypatch.undo()
        assert (in_place(bench), in_trash(bench)) == (names, [])
        assert rig.controller.gallery.stills() == [record]
        assert (await delete(rig, record)).deleted_at is not None


@pytest.mark.parametrize("step", ["before any", "between", "given back"])
async def test_a_service_that_was_killed_during_a_move_finishes_it_at_the_next_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async with bench.running(prepare=pair) as rig:
        record = await taken(rig)
        names = in_place(bench)
        await delete(rig, record)
    place = bench.photo_root / ".photonic" / "trash" / record.id
    photos = bench.photo_root / "photos"
    match step:
        case "before any":
            for name in names:
                (place / name).rename(photos / name)
        case "between":
            (place / names[0]).rename(photos / names[0])
        case _:
            for name in names:
                os.link(place / name, photos / name)
    async with bench.running() as rig:
        await rig.until_ready()
        while not rig.controller._photos.trash._reconciled:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        assert (in_place(bench), in_trash(bench)) == ([], names)
        assert await restore(rig, record) == record
        assert in_place(bench) == names


async def test_a_still_whose_files_are_missing_from_the_trash_is_reported(bench: Bench) -> None:
    async with bench.running() as rig:
        record = await taken(rig)
        await delete(rig, record)
        shutil.rmtree(bench.photo_root / ".photonic" / "trash")
        with pytest.raises(CaptureError, match="no longer in the trash"):
            await restore(rig, record)
        assert len(rig.controller.gallery.deleted()) == 1


async def test_a_restore_that_cannot_be_recorded_is_undone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench.running(prepare=pair) as rig:
        record = await taken(rig)
        await delete(rig, record)

        async def refuse(*_arguments: object) -> None:
            raise StorageError("the disk is full")

        monkeypatch.setattr(rig.controller._photos.trash._journal, "restore", refuse)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(StorageError):
            await restore(rig, record)
        assert (in_place(bench), len(in_trash(bench))) == ([], 2)
