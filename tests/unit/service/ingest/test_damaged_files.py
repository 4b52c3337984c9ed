"""Files on the disk that are not what the camera sent: never recorded, and fetched from the card again."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.support.camera_process import FOLDER, OPENED
from tests.support.card_photos import come, files, jpeg, looked_through, records, request, saved, settled
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.ingest import photo_import
from photonic.service.ingest.damaged_files import FETCHES
from photonic.service.journal.capture_rows import CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import StagedFile
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarnesses

PHOTO = jpeg("picture" * 50)
NAME = "IMG_0001.JPG"
CAPTURE = "0123456789abcdef0123456789abcdef"


def with_hole(photo: bytes) -> bytes:
    """What a power cut leaves of a photo: size, beginning and end are right."""
    return photo[:100] + bytes(len(photo) - 200) + photo[-100:]


DAMAGED = {
    "a hole": with_hole(PHOTO),
    "zeros": bytes(len(PHOTO)),
    "a torn end": PHOTO[: len(PHOTO) // 2],
    "another byte": PHOTO[:200] + b"?" + PHOTO[201:],
    "nothing": b"",
}


async def interrupt(photo_root: Path, taken: CardObject, left: bytes) -> None:
    """Power is lost after a staged photo was recorded, and before it was flushed: ``left`` is on the disk."""
    journal = CaptureJournal(photo_root / ".photonic" / "captures.sqlite3", time=THIS_MACHINE.time)
    await journal.open()
    started = CaptureRecord(
        id=CAPTURE,
        camera_id="0123",
        phase=CapturePhase.QUEUED,
        session_id="guest",
        sequence_number=2,
        created_at=datetime.fromtimestamp(taken.taken_at or 0, UTC),
    )
    await journal.intend(CaptureStarted(started, PurePosixPath("photos"), PurePosixPath("two"), OPENED.serial))
    path = photo_root / ".staging" / CAPTURE / f"{CAPTURE}-0-{NAME}"
    path.parent.mkdir(parents=True)
    path.write_bytes(left)
    identity = PhotoIdentity(OPENED.serial, taken.folder, taken.name, taken.size_bytes, taken.taken_at)
    digest = hashlib.sha256(PHOTO).hexdigest()
    await journal.stage(CAPTURE, [StagedFile(path, NAME, len(PHOTO), identity, digest)])
    await journal.close()


@pytest.mark.parametrize("left", DAMAGED.values(), ids=DAMAGED)
async def test_a_photo_that_a_power_cut_has_torn_is_fetched_from_the_card_before_its_copy_is_deleted(
    harnesses: ControllerHarnesses, left: bytes
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        await (await harness.controller.submit(request(), None)).ended()
        card = dict(harness.process.on_card)
        now = harness.process.camera_seconds
    taken = CardObject(folder=FOLDER, name=NAME, size_bytes=len(PHOTO), taken_at=now + 1)
    await interrupt(harnesses.photo_root, taken, left)

    def prepare(process: FakeCameraProcess) -> None:
        process.on_card = {**card, taken: PHOTO}
        process.camera_seconds = now + 1

    async with harnesses.running(prepare=prepare, delete_after_download=True) as harness:
        newest = (await saved(harness, 2))[0]
        assert [await harness.photo(photo) for photo in newest.files] == [PHOTO]
        await harness.until(lambda: f"delete {NAME}" in harness.process.calls)
        calls = harness.process.calls
        assert calls.index(f"fetch {NAME}") < calls.index(f"delete {NAME}")
    assert left in {path.read_bytes() for path in (harnesses.photo_root / ".photonic/incomplete").iterdir()}


async def test_a_file_that_the_disk_has_damaged_is_fetched_again(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_import, "RETRY_SECONDS", 0.0)
    async with harnesses.running() as harness:
        await looked_through(harness)
        (taken,) = harness.process.shoot({NAME: PHOTO})
        place = come(harness, taken, None)
        # Nothing has looked at it yet: events only put it into the queue.
        place.write_bytes(with_hole(PHOTO))
        (record,) = await saved(harness, 1)
        assert [await harness.photo(photo) for photo in record.files] == [PHOTO]
        assert harness.process.calls.count(f"fetch {NAME}") == 1


async def test_on_a_disk_that_damages_everything_the_cards_copy_lives_and_few_damaged_files_stay(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_import, "RETRY_SECONDS", 0.0)
    async with harnesses.running(delete_after_download=True) as harness:
        await looked_through(harness)
        process = harness.process
        (taken,) = process.shoot({NAME: PHOTO})
        stage = process.stage

        def damage(one: CardObject, content: bytes, path: Path, capture_id: str | None) -> None:
            stage(one, content, path, capture_id)
            path.write_bytes(with_hole(content))

        monkeypatch.setattr(process, "stage", damage)
        come(harness, taken, None)
        await harness.until(lambda: process.calls.count(f"fetch {NAME}") == FETCHES)
        aside = harnesses.photo_root / ".photonic" / "incomplete"
        await settled(harness)
        assert (await records(harness), len(list(aside.iterdir()))) == ([], 1)
        assert process.on_card == {taken: PHOTO}
        assert f"delete {NAME}" not in process.calls


async def test_after_flushes_that_failed_a_photo_is_stored_without_a_restart(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_import, "RETRY_SECONDS", 0.0)
    flush, flushed = os.fsync, list[int]()

    def refuse(descriptor: int) -> None:
        facts = os.fstat(descriptor)
        if stat.S_ISREG(facts.st_mode) and facts.st_size == len(PHOTO):
            flushed.append(facts.st_ino)
            if len(flushed) < 4:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(descriptor)

    async with harnesses.running() as harness:
        await looked_through(harness)
        monkeypatch.setattr(os, "fsync", refuse)
        (taken,) = harness.process.shoot({NAME: PHOTO})
        come(harness, taken, None)
        (record,) = await saved(harness, 1)
        assert await harness.photo(record.files[0]) == PHOTO
        # The first flush was that of the pages that the camera process has written; they are not tried again.
        assert flushed.count(flushed[0]) == 1


@pytest.mark.parametrize("linked", [True, False], ids=["links", "copies"])
async def test_a_photo_from_ram_whose_staged_file_is_back_after_a_crash_is_listed_once(
    harnesses: ControllerHarnesses, *, linked: bool
) -> None:
    def in_ram(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target="ram")

    async with harnesses.running(prepare=in_ram) as harness:
        await harness.until_ready()
        await harness.until((harnesses.photo_root / ".staging").is_dir)
        (taken,) = harness.process.shoot({"capt0000.jpg": PHOTO})
        place = come(harness, taken, None)
        (record,) = await saved(harness, 1)
        await settled(harness)
        stored = await harness.controller.photo(record.files[0].id)
        assert stored is not None
    if linked:
        place.hardlink_to(stored[1])
    else:
        shutil.copy(stored[1], place)
    for _run in range(2):
        async with harnesses.running(prepare=in_ram) as harness:
            await saved(harness, 1)
            await harness.until(lambda: not place.exists())
            await settled(harness)
            assert [one.id for one in await records(harness)] == [record.id]
            assert (files(harness), stored[1].read_bytes(), place.exists()) == (1, PHOTO, False)
