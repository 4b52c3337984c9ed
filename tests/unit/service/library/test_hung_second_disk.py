"""A second disk that never answers: captures, checks, repairs and deletions go on without it, and say so."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import JPEG
from tests.support.card_photos import records
from tests.support.second_disks import caught_up, copies, with_second, woken_until
from tests.support.surroundings import THIS_MACHINE
from tests.support.trash import delete, taken
from tests.support.waiting import until_true

from photonic.model.reason import ReasonCode
from photonic.model.saved import SaveLevel
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.service.camera.offline import offline_verification
from photonic.service.files import disk, disk_thread
from photonic.service.files.second_copy import SecondCopy
from photonic.service.files.second_root import SecondRoot
from photonic.service.library import file_check, second_copies, trash, verification
from photonic.service.library.verification_pass import PhotosCheck

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

    from tests.support.controllers import ControllerHarness, ControllerHarnesses
    from tests.support.second_disks import SecondSettings

    from photonic.model.verification import VerificationReport

FOR_EVER = 60.0


class HungDisk:
    """Everything below ``place`` hangs from ``hang`` to ``answer``."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._answers = threading.Event()
        self._answers.set()
        self.asked = 0

    def hang(self) -> None:
        self._answers.clear()

    def answer(self) -> None:
        self._answers.set()

    def meet(self, path: Path) -> None:
        """What a system call does."""
        if path.is_relative_to(self._place) and not self._answers.is_set():
            self.asked += 1
            assert threading.current_thread() is not threading.main_thread(), "the event loop would hang"
            assert self._answers.wait(FOR_EVER)


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecondSettings:
    monkeypatch.setattr(second_copies, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(file_check, "MOVING_SECONDS", 0.01)
    monkeypatch.setattr(disk_thread, "PIECE_SECONDS", 1.0)
    return with_second(tmp_path / "second", monkeypatch)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "second"


@pytest.fixture
def hung(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HungDisk]:
    """The second disk, which can hang when its state is asked for, and when a file on it is opened or explained."""
    hung = HungDisk(place)
    opened, state, is_there, explained = disk.opened, SecondRoot.state, SecondRoot.is_there, SecondRoot.explained

    def opening(path: Path) -> BufferedReader:
        hung.meet(path)
        return opened(path)

    def asking(self: SecondRoot, *, used: bool, wanted_bytes: int = 0):
        hung.meet(place)
        return state(self, used=used, wanted_bytes=wanted_bytes)

    def looking(self: SecondRoot) -> bool:
        hung.meet(place)
        return is_there(self)

    def explaining(self: SecondRoot, error: OSError):
        hung.meet(place)
        return explained(self, error)

    monkeypatch.setattr(disk, "opened", opening)
    monkeypatch.setattr(SecondRoot, "state", asking)
    monkeypatch.setattr(SecondRoot, "is_there", looking)
    monkeypatch.setattr(SecondRoot, "explained", explaining)
    yield hung
    hung.answer()


async def checked(harness: ControllerHarness, *, mend: bool = False) -> VerificationReport:
    control = harness.controller.verification
    before = control.request(repair=mend).requests
    await until_true(lambda: control.status().requests > before)
    report = control.status().last
    assert report is not None
    return report


def code(harness: ControllerHarness) -> str | None:
    second = harness.controller.snapshot().saving.second
    return None if second is None else second.reason_code


async def test_a_check_goes_on_with_the_first_disk_and_says_what_was_not_read(
    harnesses: ControllerHarnesses, second: SecondSettings, hung: HungDisk
) -> None:
    async with harnesses.running(**second) as harness:
        record = await taken(harness)
        await taken(harness, 2)
        assert (await checked(harness)).second is True
        (harnesses.photo_root / record.files[0].path).write_bytes(b"")
        hung.hang()
        report = await checked(harness)
        assert (report.files, report.open_count, report.second) == (2, 1, False)
        assert "has not answered" in (report.second_reason or "")
        assert "mount" in (report.second_reason or "")
        assert "verify again" in (report.second_reason or "")
        hung.answer()
        await woken_until(harness, lambda: code(harness) is None)
        again = await checked(harness)
        assert (again.second, again.second_reason) == (True, None)


@pytest.mark.parametrize("number", [errno.ENOTCONN, errno.EIO, errno.EACCES], ids=errno.errorcode.get)
async def test_a_check_goes_on_if_the_second_disk_refuses_to_be_looked_at(
    harnesses: ControllerHarnesses, second: SecondSettings, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A mount whose server has gone refuses everything (ENOTCONN)."""

    def refusing(self: SecondRoot) -> bool:
        raise OSError(number, os.strerror(number))

    async with harnesses.running(**second) as harness:
        await taken(harness)
        monkeypatch.setattr(SecondRoot, "is_there", refusing)
        report = await checked(harness)
        assert (report.files, report.open_count, report.second) == (1, 0, False)
        assert "the second disk" in (report.second_reason or "")


async def test_a_check_that_fails_unexpectedly_is_told_to_those_that_wait_and_made_again(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "FIRST_SECONDS", 0.01)
    async with harnesses.running() as harness:
        await taken(harness)
        control = harness.controller.verification
        with monkeypatch.context() as broken:
            broken.setattr(PhotosCheck, "check", _broken)
            before = control.request(repair=False).requests
            await until_true(lambda: "RuntimeError: a slip" in (control.status().reason or ""))
            assert control.status().requests == before
        await until_true(lambda: control.status().requests > before)
        assert control.status().reason is None


async def _broken(*_arguments: object) -> None:
    raise RuntimeError("a slip")


async def test_a_disk_that_hangs_in_the_middle_of_a_check_costs_one_deadline(
    harnesses: ControllerHarnesses, second: SecondSettings, hung: HungDisk
) -> None:
    async with harnesses.running(**second) as harness:
        for number in range(1, 4):
            await taken(harness, number)
    before = disk.opened

    def hang_at_a_copy(path: Path) -> BufferedReader:
        hung.hang()
        return before(path)

    settings = ControllerSettings(name=None, address="fake", photo_root=harnesses.photo_root, **second)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(disk, "opened", hang_at_a_copy)
        async with offline_verification(settings, THIS_MACHINE) as offline:
            report = (await offline.once(repair=False, adopt=False)).last
    assert report is not None
    assert (report.files, report.clean, report.second, hung.asked) == (3, True, False, 1)


async def test_the_queue_says_that_the_disk_hangs_and_goes_on_when_it_answers(
    harnesses: ControllerHarnesses,
    second: SecondSettings,
    place: Path,
    hung: HungDisk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with harnesses.running(**second) as harness:
        await taken(harness)
        hung.hang()
        await woken_until(harness, lambda: code(harness) == ReasonCode.SECOND_DISK_HANGS)
        assert harness.controller.snapshot().saving.second is not None
        assert harness.controller.snapshot().saving.second.free_bytes is None  # pyright: ignore[reportOptionalMemberAccess]
        monkeypatch.setattr(second_copies, "COPY_SECONDS", FOR_EVER)
        record = await taken(harness, 2)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_HANGS)
        await woken_until(harness, lambda: harness.controller.snapshot().saving.second.waiting == 1)  # pyright: ignore[reportOptionalMemberAccess]
        hung.answer()
        await caught_up(harness)
        await woken_until(harness, lambda: code(harness) is None)
        assert len(copies(place)) == 2
        assert {one.saved for one in await records(harness)} == {SaveLevel.SECOND}


async def test_a_piece_of_a_copy_that_hangs_is_given_up_and_made_again(
    harnesses: ControllerHarnesses,
    second: SecondSettings,
    place: Path,
    hung: HungDisk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also its error is explained where the event loop does not wait for it."""

    def hang(copy: SecondCopy, directory: Path):
        hung.hang()
        hung.meet(directory)
        raise OSError(5, "the disk was pulled out")

    async with harnesses.running(**second) as harness:
        with monkeypatch.context() as patched:
            patched.setattr(SecondCopy, "_placed", hang)
            record = await taken(harness)
            assert record.saved_reason_code == ReasonCode.SECOND_DISK_HANGS
        hung.answer()
        await caught_up(harness)
        assert list(copies(place).values()) == [JPEG]


async def test_a_repair_waits_one_deadline_and_photos_can_be_moved_meanwhile(
    harnesses: ControllerHarnesses, second: SecondSettings, hung: HungDisk
) -> None:
    async with harnesses.running(**second) as harness:
        record = await taken(harness)
        harness.process.photos = {"IMG_0002.JPG": JPEG}
        other = await taken(harness, 2)
        path = harnesses.photo_root / record.files[0].path
        path.write_bytes(b"")
        opened = disk.opened

        def hang_at_the_copy(found: Path) -> BufferedReader:
            if found != path:
                hung.hang()
            return opened(found)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(disk, "opened", hang_at_the_copy)
            control = harness.controller.verification
            before = control.request(repair=True).requests
            await until_true(lambda: hung.asked)
            await delete(harness, other)
            await until_true(lambda: control.status().requests > before)
        report = control.status().last
        assert report is not None
        assert (report.findings[0].repaired, report.second) == ("card", False)
        assert path.read_bytes() == JPEG
        hung.answer()
        await woken_until(harness, lambda: code(harness) is None)
        path.write_bytes(b"")
        assert (await checked(harness, mend=True)).findings[0].repaired == "second"
        assert path.read_bytes() == JPEG
        assert not (harnesses.photo_root / ".photonic" / "second-copy.part").exists()


async def test_a_copy_that_is_to_be_deleted_waits_for_the_disk_and_holds_up_no_capture(
    harnesses: ControllerHarnesses,
    second: SecondSettings,
    place: Path,
    hung: HungDisk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trash, "CHECK_SECONDS", 0.0)
    async with harnesses.running(trash_seconds=0.0, **second) as harness:
        record = await taken(harness)
        hung.hang()
        await delete(harness, record)
        await woken_until(harness, lambda: code(harness) == ReasonCode.SECOND_DISK_HANGS)
        assert (await taken(harness, 2)).saved is SaveLevel.DISK
        hung.answer()
        await woken_until(harness, lambda: len(copies(place)) == 1 and code(harness) is None)


async def test_a_service_stops_although_the_disk_hangs(
    harnesses: ControllerHarnesses, second: SecondSettings, hung: HungDisk
) -> None:
    async with harnesses.running(**second) as harness:
        await taken(harness)
        hung.hang()
        await woken_until(harness, lambda: code(harness) == ReasonCode.SECOND_DISK_HANGS)
    assert not any(thread.name == "second-disk" and not thread.daemon for thread in threading.enumerate()), (
        "the process would wait for it"
    )
