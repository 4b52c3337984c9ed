"""Copies that the service deletes from the card: the card stays the same one, so that later photos are imported."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.card_photos import come, jpeg, looked_through, records, request, saved, with_card

from photonic.errors import CameraError, FailureKind, StorageError
from photonic.model.status import CapturePhase
from photonic.service.ingest.card_cleanup import CardCleanup
from photonic.service.journal.cards import CardJournal

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.api import CaptureRecord
    from photonic.service.journal.card_rows import Deletion
    from photonic.worker.link.card_messages import CardObject

MISSED = {"IMG_0002.JPG": jpeg("missed staging")}


async def missed(harness: ControllerHarness) -> CaptureRecord:
    """The record of a photo of the button that only the card has."""
    harness.process.shoot(MISSED)
    harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
    harness.process.come_back()
    return (await saved(harness, 2))[0]


async def test_a_photo_of_the_baseline_that_was_imported_and_deleted_makes_no_other_card(
    harnesses: ControllerHarnesses,
) -> None:
    first = with_card({"IMG_0001.JPG": jpeg("first")})
    async with harnesses.running(prepare=first, delete_after_download=True) as harness:
        await looked_through(harness)
        (taken,) = harness.process.on_card
        come(harness, taken, None)
        await harness.until(lambda: "delete IMG_0001.JPG" in harness.process.calls)
        assert (await missed(harness)).kind == "reconciled"


async def test_a_deletion_that_was_done_and_not_recorded_makes_no_other_card(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0

    async def killed(*_arguments: object) -> None:
        raise CameraError("the service was killed here")

    def later(process: FakeCameraProcess) -> None:
        process.camera_seconds = clock

    with monkeypatch.context() as patched:
        patched.setattr(CardJournal, "settle", killed)
        async with harnesses.running(delete_after_download=True) as harness:
            await looked_through(harness)
            record = await (await harness.controller.submit(request(), None)).ended()
            assert record.phase is CapturePhase.SAVED
            await harness.until(lambda: "delete IMG_0001.JPG" in harness.process.calls)
            assert harness.process.on_card == {}
            clock = harness.process.camera_seconds
    async with harnesses.running(prepare=later, delete_after_download=True) as harness:
        await harness.until_ready()
        assert (await missed(harness)).kind == "reconciled"


@pytest.mark.parametrize("given_up", ["discarded", "changed"])
async def test_a_deletion_that_was_done_and_is_given_up_makes_no_other_card(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, given_up: str
) -> None:
    """The disk refused to record it; before the next try, the photo went to the trash, or somebody changed it."""
    settle, calls = CardJournal.settle, [asyncio.Event(), asyncio.Event()]

    async def refused_once(cards: CardJournal, deletion: Deletion) -> None:
        if not calls[0].is_set():
            calls[0].set()
            raise StorageError("the disk is full")
        await settle(cards, deletion)
        calls[1].set()

    monkeypatch.setattr(CardJournal, "settle", refused_once)
    async with harnesses.running(delete_after_download=True) as harness:
        await looked_through(harness)
        record = await (await harness.controller.submit(request(), None)).ended()
        await calls[0].wait()
        assert harness.process.on_card == {}
        if given_up == "discarded":
            await harness.controller.gallery.delete(record.files[0].id)
        else:
            stored = await harness.controller.photo(record.files[0].id)
            assert stored is not None
            stored[1].write_bytes(b"changed")
            harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
            harness.process.come_back()
            await calls[1].wait()
        harness.process.shoot(MISSED)
        harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        harness.process.come_back()

        async def fetched() -> bool:
            return [one.kind for one in await records(harness)].count("reconciled") == 1

        await harness.until_true(fetched)


@pytest.mark.parametrize("change", ["hole", "gone", "none"])
async def test_a_copy_is_deleted_only_if_the_stored_photo_is_what_the_camera_sent(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    read_back, go_on, decided = asyncio.Event(), asyncio.Event(), asyncio.Event()
    is_stored = CardCleanup._is_stored  # pyright: ignore[reportPrivateUsage]

    async def later(cleanup: CardCleanup, serial: str, copied: CardObject) -> bool:
        read_back.set()
        await go_on.wait()
        return await is_stored(cleanup, serial, copied)

    async def kept(*_arguments: object) -> None:
        decided.set()

    monkeypatch.setattr(CardCleanup, "_is_stored", later)
    monkeypatch.setattr(CardJournal, "settle", kept)
    async with harnesses.running(delete_after_download=True) as harness:
        await looked_through(harness)
        record = await (await harness.controller.submit(request(), None)).ended()
        await read_back.wait()
        stored = await harness.controller.photo(record.files[0].id)
        assert stored is not None
        if change == "hole":
            content = stored[1].read_bytes()
            stored[1].write_bytes(bytes(len(content) - 2) + content[-2:])
        elif change == "gone":
            stored[1].unlink()
        go_on.set()
        await asyncio.wait_for(decided.wait(), 20)
        assert ("delete IMG_0001.JPG" in harness.process.calls) == (change == "none")
        assert bool(harness.process.on_card) == (change != "none")
