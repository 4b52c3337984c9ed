"""Deleted stills are hidden, restored stills are unchanged, removed stills are gone; copies on the card are kept."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.camera_process import JPEG
from tests.support.card_photos import jpeg, looked_through, request
from tests.support.trash import PAIR, delete, in_place, in_trash, pair, restore, taken

from photonic.errors import CameraError, CaptureError, FailureKind, StorageError
from photonic.model.gallery import ThumbnailSize
from photonic.service.journal.captures import CaptureJournal
from photonic.service.library import trash

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.api import CaptureRecord


async def test_raw_and_jpeg_are_deleted_and_restored_together(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        names = in_place(harnesses)
        deleted = await delete(harness, record)
        assert (deleted.deleted_at is not None, deleted.files) == (True, ())
        assert (in_place(harnesses), in_trash(harnesses)) == ([], names)
        assert await harness.controller.capture(record.id) == deleted
        assert (await harness.controller.photo(record.files[0].id), await harness.photos()) == (None, ())
        assert await harness.stills() == []
        (listed,) = await harness.deleted()
        assert [file.id for file in listed.files] == [file.id for file in record.files]
        assert await delete(harness, record) == deleted

        assert await restore(harness, record) == record
        assert (in_place(harnesses), in_trash(harnesses)) == (names, [])
        assert [await harness.photo(file) for file in record.files] == list(PAIR.values())
        assert await harness.stills() == [record]
        assert await restore(harness, record) == record
        assert harness.controller.snapshot().capture_count == 1


async def test_a_deleted_photo_stays_deleted_after_a_restart_and_is_not_imported_from_the_card(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=pair) as harness:
        record = await taken(harness)
        await delete(harness, record)
        card = dict(harness.process.on_card)

        def same(process: FakeCameraProcess) -> None:
            process.on_card = dict(card)

        harness.process.listed.clear()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        harness.process.come_back()
        await looked_through(harness)
        assert not [call for call in harness.process.calls if call.startswith(("fetch", "delete"))]
    async with harnesses.running(prepare=same) as harness:
        await looked_through(harness)
        await harness.controller._photos.photo_importer.drained()  # pyright: ignore[reportPrivateUsage]
        assert not [call for call in harness.process.calls if call.startswith(("fetch", "delete"))]
        assert harness.process.on_card == card
        assert (await harness.stills(), in_place(harnesses)) == ([], [])
        assert len((await restore(harness, record)).files) == 2


async def test_a_card_copy_due_for_deletion_is_kept_once_the_photo_is_deleted(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(delete_after_download=True) as harness:
        await looked_through(harness)
        tried = asyncio.Event()

        async def gone(_wanted: object) -> None:
            tried.set()
            raise CameraError("the cable is out")

        harness.process.delete, delete_there = gone, harness.process.delete  # pyright: ignore[reportAttributeAccessIssue]
        record = await (await harness.controller.submit(request(), None)).ended()
        await tried.wait()
        await delete(harness, record)
        harness.process.delete = delete_there
        harness.process.photos = {"IMG_0002.JPG": jpeg("two")}
        await (await harness.controller.submit(request(2), None)).ended()
        # Copies are deleted in the order in which their deletions were recorded.
        while "delete IMG_0002.JPG" not in harness.process.calls:  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        assert "delete IMG_0001.JPG" not in harness.process.calls
        assert [one.name for one in harness.process.on_card] == ["IMG_0001.JPG"]


async def test_an_expired_photo_is_removed_permanently_with_its_thumbnails(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        found = await harness.controller.photo(record.files[0].id)
        assert found is not None
        with pytest.raises(CaptureError, match="no preview of"):
            await harness.controller.gallery.thumbnail(*found, ThumbnailSize.SMALL)
        kept = harnesses.photo_root / ".photonic" / "thumbnails" / record.files[0].sha256[:2]
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{record.files[0].sha256}-320.jpg").write_bytes(b"small")
        await delete(harness, record)
        card = dict(harness.process.on_card)

    def same(process: FakeCameraProcess) -> None:
        process.on_card = dict(card)

    for _start in range(2):
        async with harnesses.running(prepare=same, trash_seconds=0.0) as harness:
            await looked_through(harness)

            async def removed(harness: ControllerHarness = harness) -> bool:
                return in_trash(harnesses) == [] and not await harness.deleted()

            await harness.until_true(removed)
            assert list(kept.iterdir()) == []
            assert await harness.controller.gallery.photo(record.files[0].id) is None
            with pytest.raises(CaptureError, match="removed permanently"):
                await harness.controller.gallery.restore(record.files[0].id)
            assert not [call for call in harness.process.calls if call.startswith("fetch")]
            again = await harness.controller.capture(record.id)
            assert again is not None
            assert again.deleted_at is not None


async def test_a_name_that_was_taken_meanwhile_is_not_overwritten(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        (name,) = in_place(harnesses)
        await delete(harness, record)
        (harnesses.photo_root / "photos" / name).write_bytes(b"another file")
        restored = await restore(harness, record)
        assert Path(restored.files[0].path).stem == f"{Path(name).stem}_2"
        assert await harness.photo(restored.files[0]) == JPEG
        assert (harnesses.photo_root / "photos" / name).read_bytes() == b"another file"


async def test_a_late_file_of_a_deleted_still_joins_it_in_the_trash(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        await delete(harness, record)
        jpeg_taken = next(iter(harness.process.on_card))
        harness.process.camera_seconds = jpeg_taken.taken_at - 1 if jpeg_taken.taken_at else 0
        harness.process.shoot({"IMG_0001.CR2": b"II*\0raw"})
        harness.process.listed.clear()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        harness.process.come_back()
        await harness.until(lambda: len(in_trash(harnesses)) == 2)
        await harness.controller._photos.photo_importer.drained()  # pyright: ignore[reportPrivateUsage]
        assert (in_place(harnesses), await harness.stills()) == ([], [])
        restored = await restore(harness, record)
        assert len(restored.files) == 2
        assert len(in_place(harnesses)) == 2


async def test_only_saved_stills_can_be_deleted(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        harness.process.release.clear()
        job = await harness.controller.submit(request(), None)
        await harness.process.exposing.wait()
        for photo_id in (f"{job.id}-1", "nothing-1", "", "-", "../../x-1"):
            assert await harness.controller.gallery.delete(photo_id) is None
            assert await harness.controller.gallery.restore(photo_id) is None
        harness.process.release.set()
        await job.ended()


async def test_a_still_whose_files_are_missing_from_the_trash_is_reported(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        await delete(harness, record)
        shutil.rmtree(harnesses.photo_root / ".photonic" / "trash")
        with pytest.raises(CaptureError, match="no longer in the trash"):
            await restore(harness, record)
        assert len(await harness.deleted()) == 1


async def test_a_trash_that_cannot_be_read_is_looked_at_again(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        await delete(harness, record)
    monkeypatch.setattr(trash, "RETRY_SECONDS", 0.01)
    place = harnesses.photo_root / ".photonic" / "trash"
    scandir, refusals = os.scandir, [2]

    def unreadable(path: Any) -> Any:
        if path == place and refusals[0]:
            refusals[0] -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", unreadable)
    async with harnesses.running() as harness:
        await harness.until_ready()
        await harness.until(lambda: harness.controller._photos.trash._reconciled)
        assert (refusals, any(harness.controller.unexpected.failures.values())) == ([0], False)
        assert await restore(harness, record) == record


async def test_a_service_that_stops_while_a_slow_disk_lists_the_trash_does_not_fail(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure took the place of the cancellation, and the service never ended."""
    place = harnesses.photo_root / ".photonic" / "trash"
    place.mkdir(parents=True)
    scandir, loop = os.scandir, asyncio.get_running_loop()
    listing, goes_on = asyncio.Event(), threading.Event()

    def slow(path: Any) -> Any:
        if path == place:
            loop.call_soon_threadsafe(listing.set)
            goes_on.wait(20)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", slow)
    running = harnesses.running()
    harness = await running.__aenter__()
    try:
        async with asyncio.timeout(20):
            await listing.wait()
            await running.__aexit__(None, None, None)
    finally:
        goes_on.set()
    assert not any(harness.controller.unexpected.failures.values())


@pytest.mark.parametrize("act", [delete, restore])
async def test_a_photo_whose_record_the_disk_refuses_is_not_called_unknown(
    harnesses: ControllerHarnesses,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[ControllerHarness, CaptureRecord], Awaitable[CaptureRecord]],
) -> None:
    """Its client was told that it is saved, and may delete it before the index has it."""

    async def full(*_arguments: object) -> None:
        raise StorageError("the disk is full", kind=FailureKind.HOST_STORAGE_FULL)

    async with harnesses.running() as harness:
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "end", full)
            record = await taken(harness)
            with pytest.raises(StorageError, match=f"does not contain capture {record.id} yet"):
                await act(harness, record)
        assert (await delete(harness, record)).deleted_at is not None
