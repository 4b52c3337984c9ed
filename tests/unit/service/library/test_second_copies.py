"""Copies on the second disk: made before the answer, or said and made later; never instead of the photo itself."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import JPEG
from tests.support.card_photos import come, jpeg, looked_through, records, request, saved, settled
from tests.support.second_disks import caught_up, copies, on_one_device, with_second, woken_until
from tests.support.trash import delete, restore, taken
from tests.support.waiting import until_answer, until_true

from photonic.model.reason import ReasonCode
from photonic.model.saved import SaveLevel
from photonic.model.status import CapturePhase
from photonic.service.files import second_root
from photonic.service.files.second_copy import SecondCopy
from photonic.service.files.second_root import MARKER, SecondRoot
from photonic.service.journal.captures import CaptureJournal
from photonic.service.library import second_copies, trash
from photonic.worker.link.messages import CameraOpened

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path, PurePosixPath

    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarness, ControllerHarnesses
    from tests.support.second_disks import SecondSettings

    from photonic.model.api import CaptureRecord

PAIR = {"IMG_0001.JPG": JPEG, "IMG_0001.CR2": b"II*\0raw"}


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecondSettings:
    monkeypatch.setattr(second_copies, "RETRY_SECONDS", 0.0)
    return with_second(tmp_path / "second", monkeypatch)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "second"


def pair(process: FakeCameraProcess) -> None:
    process.photos = PAIR


def unplug(place: Path) -> None:
    place.rename(place.with_name("unplugged"))


def plug_in(place: Path) -> None:
    place.unlink(missing_ok=True)
    place.with_name("unplugged").rename(place)


def put_file(place: Path) -> None:
    place.touch()


def fresh(place: Path) -> None:
    place.mkdir()


def stored(harnesses: ControllerHarnesses) -> dict[str, bytes]:
    root = harnesses.photo_root
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / "photos").iterdir()}


async def test_raw_and_jpeg_have_both_their_copies_before_the_answer(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path
) -> None:
    async with harnesses.running(prepare=pair, **second) as harness:
        record = await taken(harness)
        assert copies(place) == stored(harnesses)
        assert len(copies(place)) == len(PAIR)
        assert (record.saved, record.saved_reason, record.saved_reason_code) == (SaveLevel.SECOND, None, None)
        saving = harness.controller.snapshot().saving
        assert saving.level is SaveLevel.SECOND
        assert saving.second is not None
        assert (saving.second.reason, saving.second.waiting) == (None, 0)
    async with harnesses.running(prepare=pair, **second) as harness:
        await looked_through(harness)
        assert (await records(harness))[0].saved is SaveLevel.SECOND


@pytest.mark.parametrize("how", ["missing", "file"])
async def test_a_second_disk_that_is_gone_is_said_and_gets_its_copies_when_it_is_back(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path, how: str
) -> None:
    async with harnesses.running(prepare=pair, **second) as harness:
        await taken(harness)
        unplug(place)
        if how == "file":
            put_file(place)
        record = await taken(harness, 2)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_GONE)
        assert "gone" in (record.saved_reason or "")
        reached = harness.controller.saved_levels
        assert reached == {SaveLevel.DISK: 1, SaveLevel.CARD: 0, SaveLevel.SECOND: 1}
        await harness.until(lambda: _waiting(harness) == len(PAIR))
        assert _code(harness) == ReasonCode.SECOND_DISK_GONE
        plug_in(place)
        await caught_up(harness)
        await harness.until(lambda: _waiting(harness) == 0 and _code(harness) is None)
        assert copies(place) == stored(harnesses)
        await until_answer(lambda: records(harness), _all_reached)


async def test_an_empty_mount_point_is_not_the_second_disk(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running(**second) as harness:
        await taken(harness)
        unplug(place)
        fresh(place)
        monkeypatch.setattr("photonic.service.files.second_root.same_device", on_one_device)
        record = await taken(harness, 2)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_GONE)
        assert copies(place) == {}


async def test_a_folder_on_the_same_device_takes_no_copies(harnesses: ControllerHarnesses, tmp_path: Path) -> None:
    place = tmp_path / "second"
    fresh(place)
    async with harnesses.running(saved=SaveLevel.SECOND, second_root=place) as harness:
        record = await taken(harness)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_SAME)
        assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ReasonCode.SECOND_DISK_FULL),
        (errno.EROFS, ReasonCode.SECOND_DISK_READ_ONLY),
        (errno.EIO, ReasonCode.SECOND_DISK_FAILING),
    ],
)
async def test_a_second_disk_that_refuses_is_said_and_tried_again(
    harnesses: ControllerHarnesses,
    second: SecondSettings,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    code: ReasonCode,
) -> None:
    def refuse(_copy: SecondCopy) -> None:
        raise OSError(number, "refused")

    async with harnesses.running(**second) as harness:
        with monkeypatch.context() as patched:
            patched.setattr(SecondCopy, "advance", refuse)
            record = await taken(harness)
        assert (record.phase, record.saved, record.saved_reason_code) == (CapturePhase.SAVED, SaveLevel.DISK, code)
        await caught_up(harness)
        assert copies(place) == stored(harnesses)


async def test_a_disk_without_room_for_the_next_copy_stays_full_until_there_is_some(
    harnesses: ControllerHarnesses,
    second: SecondSettings,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    room = second_root.SPARE_BYTES
    statvfs = os.statvfs

    def nearly_full(path: Path) -> os.statvfs_result:
        facts = list(statvfs(path))
        facts[0] = facts[1] = 1  # bytes
        facts[4] = room
        return os.statvfs_result(facts)

    async with harnesses.running(**second) as harness:
        with monkeypatch.context() as patched:
            patched.setattr(os, "statvfs", nearly_full)
            record = await taken(harness)
            assert record.saved_reason_code == ReasonCode.SECOND_DISK_FULL
            looked = 0

            def look(_self: SecondRoot, *, used: bool, wanted_bytes: int = 0) -> second_root.SecondDisk:
                nonlocal looked
                looked += 1
                return state(_self, used=used, wanted_bytes=wanted_bytes)

            state = SecondRoot.state
            patched.setattr(SecondRoot, "state", look)
            await woken_until(harness, lambda: looked >= 5)
            assert caplog.text.count("the second disk is back") == 0
        await caught_up(harness)
        assert copies(place) == stored(harnesses)


async def test_no_answer_waits_longer_than_its_time_and_none_for_a_disk_that_was_too_slow(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_copies, "COPY_SECONDS", 1.0)
    hangs, placed = threading.Event(), SecondCopy._placed  # pyright: ignore[reportPrivateUsage]
    tries = 0

    def hang(copy: SecondCopy, directory: Path) -> Generator[None, None, PurePosixPath]:
        nonlocal tries
        tries += 1
        assert hangs.wait(20)
        return placed(copy, directory)

    async with harnesses.running(**second) as harness:
        with monkeypatch.context() as patched:
            patched.setattr(SecondCopy, "_placed", hang)
            for number in (1, 2):
                record = await taken(harness, number)
                assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_SLOW)
            assert tries == 1
            hangs.set()
            monkeypatch.setattr(second_copies, "COPY_SECONDS", 10.0)
            await caught_up(harness)
        assert copies(place) == stored(harnesses)
        assert (await taken(harness, 3)).saved is SaveLevel.SECOND


async def test_the_queue_survives_a_restart_and_a_disk_that_was_never_there(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path
) -> None:
    shutil.rmtree(place)
    async with harnesses.running(prepare=pair, **second) as harness:
        assert (await taken(harness)).saved is SaveLevel.DISK
    fresh(place)
    async with harnesses.running(**second) as harness:
        await looked_through(harness)
        await caught_up(harness)
        assert copies(place) == stored(harnesses)
        await until_answer(lambda: records(harness), _all_reached)


async def test_photos_that_nobody_asked_for_get_a_copy_too(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path
) -> None:
    async with harnesses.running(**second) as harness:
        await looked_through(harness)
        (pressed,) = harness.process.shoot({"IMG_0007.JPG": jpeg("button")})
        come(harness, pressed, None)
        await settled(harness)
        await saved(harness, 1)
        await caught_up(harness)
        assert copies(place) == stored(harnesses)
        harness.process.camera_seconds -= 1
        (twin,) = harness.process.shoot({"IMG_0007.CR2": b"II*\0raw"})
        come(harness, twin, None)
        await settled(harness)
        await caught_up(harness)
        assert copies(place) == stored(harnesses)
        await until_answer(lambda: records(harness), _all_reached)


async def test_a_copy_that_a_crash_left_without_a_record_is_found_again(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_arguments: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(CaptureJournal, "end", killed)
        async with harnesses.running(**second) as harness:
            await looked_through(harness)
            await harness.controller.submit(request(), None)
            await until_true(lambda: copies(place))
    async with harnesses.running(**second) as harness:
        await looked_through(harness)
        await caught_up(harness)
        assert len(copies(place)) == 1
        assert copies(place) == stored(harnesses)


async def test_the_copy_of_a_deleted_photo_stays_until_it_is_removed_for_good(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running(prepare=pair, **second) as harness:
        record = await taken(harness)
        before = copies(place)
        await delete(harness, record)
        assert copies(place) == before
        assert (await restore(harness, record)).saved is SaveLevel.SECOND
        assert copies(place) == before
        await delete(harness, record)
        unplug(place)
        monkeypatch.setattr(trash, "CHECK_SECONDS", 0.0)
    async with harnesses.running(trash_seconds=0.0, **second) as harness:
        await looked_through(harness)
        await until_true(lambda: not (harnesses.photo_root / ".photonic" / "trash" / record.id).exists())
        assert copies(place.with_name("unplugged")) == before
        plug_in(place)
        await woken_until(harness, lambda: not copies(place))


async def test_a_photo_in_the_trash_is_not_copied_before_it_is_restored(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path
) -> None:
    shutil.rmtree(place)
    async with harnesses.running(**second) as harness:
        record = await taken(harness)
        await delete(harness, record)
        fresh(place)
        await caught_up(harness)
        assert copies(place) == {}
        await restore(harness, record)
        await caught_up(harness)
        assert copies(place) == stored(harnesses)


async def test_a_foreign_file_is_neither_overwritten_nor_deleted(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path
) -> None:
    async with harnesses.running(photo_mode=0o640, **second) as harness:
        first = await taken(harness)
        (name,) = stored(harnesses)
        (place / name).write_bytes(b"somebody's")
        (harnesses.photo_root / name).unlink()
        second_record = await taken(harness)
        assert second_record.saved is SaveLevel.SECOND
        assert copies(place)[name] == b"somebody's"
        assert sorted(copies(place).values()) == sorted([b"somebody's", JPEG])
        assert first.id != second_record.id


async def test_a_damaged_photo_gets_no_copy_and_holds_up_no_other(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path
) -> None:
    unplug(place)
    async with harnesses.running(**second) as harness:
        await taken(harness, 1)
        await taken(harness, 2)
        (first, *_others) = sorted((harnesses.photo_root / "photos").iterdir())
        first.write_bytes(JPEG + b"changed")
        plug_in(place)
        await woken_until(harness, lambda: copies(place))
        assert list(copies(place).values()) == [JPEG]
        await harness.until(lambda: _waiting(harness) == 1)


async def test_a_copy_on_the_card_is_deleted_only_once_there_is_a_second_copy(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path
) -> None:
    unplug(place)
    async with harnesses.running(delete_after_download=True, **second) as harness:
        await taken(harness)
        await harness.until(lambda: _waiting(harness) == 1)
        assert harness.process.on_card
        plug_in(place)
        await caught_up(harness)
        await harness.until(lambda: not harness.process.on_card)


@pytest.mark.parametrize("target", ["card", "ram"])
async def test_the_level_with_the_card_is_reached_only_where_the_card_has_a_copy(
    harnesses: ControllerHarnesses, target: str
) -> None:
    def opened(process: FakeCameraProcess) -> None:
        process.opened = CameraOpened(
            serial="0123",
            model="Fake EOS",
            manufacturer="Fake",
            version="1",
            live_view=True,
            has_card=target == "card",
            capture_target=target,
        )

    async with harnesses.running(prepare=opened, saved=SaveLevel.CARD) as harness:
        await harness.until_ready()
        record = await (await harness.controller.submit(request(), None)).ended()
        reached = (record.saved, record.saved_reason_code)
        assert reached == ((SaveLevel.CARD, None) if target == "card" else (SaveLevel.DISK, ReasonCode.NO_CARD_COPY))


async def test_without_a_level_a_photo_is_saved_on_the_disk(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, None)
        assert harness.controller.snapshot().saving.second is None


async def test_nothing_of_a_copy_that_failed_is_left(
    harnesses: ControllerHarnesses, second: SecondSettings, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EIO, "refused")

    async with harnesses.running(**second) as harness:
        with monkeypatch.context() as patched:
            patched.setattr(SecondCopy, "_placed", refuse)
            await taken(harness)
            assert copies(place) == {}
            assert list((place / MARKER).iterdir()) == []


def _all_reached(found: list[CaptureRecord]) -> bool:
    return {(one.saved, one.saved_reason, one.saved_reason_code) for one in found} == {(SaveLevel.SECOND, None, None)}


def _waiting(harness: ControllerHarness) -> int:
    second = harness.controller.snapshot().saving.second
    return 0 if second is None else second.waiting


def _code(harness: ControllerHarness) -> str | None:
    second = harness.controller.snapshot().saving.second
    return None if second is None else second.reason_code
