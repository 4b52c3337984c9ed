"""Stored photos are compared with what the camera sent, and repaired from what is whole."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import JPEG
from tests.support.card_photos import jpeg, looked_through, records, request
from tests.support.second_disks import with_second
from tests.support.surroundings import THIS_MACHINE
from tests.support.trash import delete, restore, taken
from tests.support.waiting import until_true

from photonic.errors import StorageError
from photonic.model.verification import FindingKind, VerificationReport, VerificationStatus
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.service.camera.offline import offline_verification
from photonic.service.files.second_root import MARKER
from photonic.service.journal import verification as journal_verification
from photonic.service.journal.verification import RecordedFile, VerificationJournal
from photonic.service.library import file_check, repair, verification, verification_pass

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarness, ControllerHarnesses
    from tests.support.second_disks import SecondSettings

    from photonic.model.api import CaptureRecord

TURN = 0.01
SOON = 0.2
FOR_EVER = 60.0
REPLACED = bytes(reversed(JPEG))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "FIRST_SECONDS", SOON)
    monkeypatch.setattr(file_check, "MOVING_SECONDS", TURN)
    monkeypatch.setattr(repair, "CARD_SECONDS", 2.0)


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecondSettings:
    return with_second(tmp_path / "second", monkeypatch)


async def checked(harness: ControllerHarness, *, mend: bool = False, adopt: bool = False) -> VerificationReport:
    """Have everything checked."""
    control = harness.controller.verification
    before = control.request(repair=mend, adopt=adopt).requests
    await until_true(lambda: control.status().requests > before)
    report = control.status().reindexed if adopt else control.status().last
    assert report is not None
    return report


def kinds(report: VerificationReport) -> dict[str, int]:
    return {kind.value: count for kind, count in report.counts.items()}


def place(harnesses: ControllerHarnesses, record: CaptureRecord, number: int = 0) -> Path:
    return harnesses.photo_root / record.files[number].path


def contents(folder: Path) -> dict[str, bytes]:
    """The files outside the service's own folders."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in found
        if path.relative_to(folder).parts[0] not in {".photonic", ".staging"}
    }


def damage(path: Path, how: str) -> None:
    match how:
        case "changed":
            path.write_bytes(REPLACED)
        case "missing":
            path.unlink()
        case _:
            path.write_bytes(b"")


async def test_whole_photos_are_clean_and_the_date_stays_over_a_restart(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await taken(harness)
        report = await checked(harness)
        assert report.clean
        assert (report.files, report.bytes, kinds(report)) == (1, len(JPEG), {})
        clean_at = harness.controller.verification.status().clean_at
        assert clean_at is not None
    async with harnesses.running() as harness:
        await until_true(lambda: harness.controller.verification.status().clean_at == clean_at)


@pytest.mark.parametrize("how", ["changed", "missing", "empty"])
async def test_a_photo_is_repaired_from_the_card_and_what_was_in_its_place_is_kept(
    harnesses: ControllerHarnesses, how: str
) -> None:
    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        record = await taken(harness)
        path = place(harnesses, record)
        damage(path, how)
        found = await checked(harness)
        assert not found.clean
        assert kinds(found) == {how: 1}
        assert harness.controller.verification.status().clean_at is None
        repaired = await checked(harness, mend=True)
        assert (repaired.clean, repaired.repaired, repaired.findings[0].repaired) == (True, 1, "card")
        assert path.read_bytes() == JPEG
        kept = [one.read_bytes() for one in (harnesses.photo_root / ".photonic" / "changed").glob("*")]
        assert kept == {"changed": [REPLACED], "missing": [], "empty": [b""]}[how]
        assert (await checked(harness)).clean
        assert harness.controller.snapshot().capture_count == 1


async def test_without_another_copy_a_changed_photo_stays_where_it_is(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        path = place(harnesses, record)
        path.write_bytes(REPLACED)
        harness.process.on_card.clear()
        report = await checked(harness, mend=True)
        assert (report.clean, report.repaired) == (False, 0)
        assert path.read_bytes() == REPLACED


async def test_what_only_a_card_has_is_not_waited_for_without_the_camera(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
    place(harnesses, record).unlink()
    monkeypatch.setattr(repair, "CARD_SECONDS", FOR_EVER)
    settings = ControllerSettings(name=None, address="fake", photo_root=harnesses.photo_root)
    async with asyncio.timeout(FOR_EVER / 2), offline_verification(settings, THIS_MACHINE) as offline:
        report = (await offline.once(repair=True, adopt=False)).last
    assert report is not None
    assert report.open_count == 1
    assert report.findings[0].note is not None
    assert "while the service runs" in report.findings[0].note


async def test_a_check_and_a_search_that_are_requested_together_are_both_made(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        record = await taken(harness)
        place(harnesses, record).unlink()
        control = harness.controller.verification
        assert control.request(repair=False, adopt=True).requested == 1
        assert control.request(repair=True).requested == 2
        assert control.request(repair=False).requested == 3
        await until_true(lambda: control.status().requests == 3)
        status = control.status()
        assert status.last is not None
        assert (status.last.files, status.last.repaired, status.last.clean) == (1, 1, True)
        assert status.reindexed is not None


async def test_a_request_during_a_pass_is_answered_by_a_later_one(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, goes_on = asyncio.Event(), asyncio.Event()
    fault = file_check.FileCheck.fault

    async def held(self: file_check.FileCheck, file: RecordedFile) -> tuple[FindingKind | None, RecordedFile]:
        reading.set()
        await goes_on.wait()
        return await fault(self, file)

    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        record = await taken(harness)
        place(harnesses, record).unlink()
        monkeypatch.setattr(file_check.FileCheck, "fault", held)
        control = harness.controller.verification
        control.request(repair=False)
        await reading.wait()
        assert control.request(repair=True).requested == 2
        goes_on.set()
        await until_true(lambda: control.status().requests == 1)
        await until_true(lambda: control.status().requests == 2)
        status = control.status()
        assert status.last is not None
        assert (status.last.repair, status.last.clean) == (True, True)


async def test_why_nothing_can_be_checked_is_said_until_it_can(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "RETRY_SECONDS", SOON)
    refuse = True
    files_after = VerificationJournal.files_after

    async def unreadable(self: VerificationJournal, row: int) -> list[RecordedFile]:
        if refuse:
            raise StorageError("the disk is gone")
        return await files_after(self, row)

    monkeypatch.setattr(VerificationJournal, "files_after", unreadable)
    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        control = harness.controller.verification
        assert control.request(repair=False).reason is None
        await until_true(lambda: control.status().reason == "the disk is gone")
        assert control.status().requests == 0
        refuse = False
        await until_true(lambda: control.status().requests == 1)
        await until_true(lambda: control.status().reason is None)


async def test_only_findings_that_are_shown_are_in_the_log(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(verification_pass, "SHOWN_FINDINGS", 1)
    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        for number in (1, 2, 3):
            place(harnesses, await taken(harness, number)).unlink()
        report = await checked(harness)
    assert (report.open_count, len(report.findings)) == (3, 1)
    assert caplog.text.count("is missing") == 1


async def test_a_card_that_has_another_photo_of_that_name_repairs_nothing(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        path = place(harnesses, record)
        path.write_bytes(REPLACED)
        for wanted in harness.process.on_card:
            harness.process.on_card[wanted] = JPEG[:-4] + b"xx" + JPEG[-2:]
        assert not (await checked(harness, mend=True)).clean
        assert path.read_bytes() == REPLACED
        assert harness.controller.snapshot().capture_count == 1


async def test_second_names_and_files_of_other_programs_are_told_and_never_touched(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        folder = harnesses.photo_root
        os.link(place(harnesses, record), folder / "photos" / "mine.jpg")
        (folder / "holiday.jpg").write_bytes(jpeg("holiday"))
        (folder / "notes.txt").write_text("not a photo")
        (folder / "broken.jpg").write_bytes(b"no picture")
        (folder / "link.jpg").symlink_to(folder / "holiday.jpg")
        before = contents(folder)
        report = await checked(harness, mend=True)
        assert report.clean
        assert kinds(report) == {"twice": 1, "orphan": 2}
        twice = next(one for one in report.findings if one.kind is FindingKind.TWICE)
        assert (twice.path, twice.other) == ("photos/mine.jpg", str(place(harnesses, record).relative_to(folder)))
        assert contents(folder) == before

        adopted = await checked(harness, adopt=True)
        assert adopted.adopted == 1
        assert contents(folder) == before
        listed = {Path(file.path).name for still in await records(harness) for file in still.files}
        assert "holiday.jpg" in listed
        assert (await checked(harness, adopt=True)).adopted == 0


async def test_photos_without_any_record_are_listed_once_by_reindex(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        for number in (1, 2):
            harness.process.photos = {f"IMG_000{number}.JPG": jpeg(f"photo {number}")}
            await taken(harness, number)
    for path in sorted((harnesses.photo_root / ".photonic").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    async with harnesses.running() as harness:
        await harness.until_ready()
        # A pass in idle time mentions them.
        await until_true(lambda: harness.controller.verification.status().last is not None)
        report = harness.controller.verification.status().last
        assert report is not None
        assert kinds(report) == {"orphan": 2}
        assert (await checked(harness, adopt=True)).adopted == 2
        stills = await records(harness)
        assert sorted((one.session_id, one.sequence_number) for one in stills) == [("guest", 1), ("guest", 2)]
        assert (await checked(harness)).clean


async def test_a_pass_in_idle_time_goes_on_where_it_was_stopped(harnesses: ControllerHarnesses) -> None:
    def status() -> VerificationStatus:
        return harness.controller.verification.status()

    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        await looked_through(harness)
        for number in (1, 2, 3):
            harness.process.photos = {f"IMG_000{number}.JPG": JPEG[:4] + bytes([number]) + JPEG[4:]}
            await taken(harness, number)
        before = VerificationReport(began_at=THIS_MACHINE.time.wall(), files=2)
        await harness.controller._photos.journal.write(  # pyright: ignore[reportPrivateUsage]
            lambda connection: connection.execute(
                "INSERT INTO verification VALUES (?, ?)",
                (
                    journal_verification.PASS,
                    f"2 {before.model_dump_json()}",
                ),
            )
        )
    async with harnesses.running() as harness:
        await until_true(lambda: status().last is not None)
        last = status().last
        assert last is not None
        assert (last.clean, last.files, last.bytes) == (True, 3, len(JPEG) + 1)


async def test_nothing_is_read_while_a_capture_runs(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        await taken(harness)
        harness.process.release.clear()
        job = await harness.controller.submit(request(2), None)
        await harness.process.exposing.wait()
        harness.controller.verification.request(repair=False)
        await until_true(lambda: harness.controller.verification.status().running is not None)
        for _turn in range(100):
            await asyncio.sleep(0)
        running = harness.controller.verification.status().running
        assert running is not None
        assert running.files == 0
        harness.process.release.set()
        await job.ended()
        await until_true(lambda: harness.controller.verification.status().requests == 1)


def unclean(harnesses: ControllerHarnesses) -> None:
    """Make the index say that the machine went down under the service."""
    with closing(sqlite3.connect(harnesses.photo_root / ".photonic" / "captures.sqlite3")) as connection:
        connection.execute("UPDATE running SET machine_boot = 'another', clean = 0")
        connection.commit()


async def test_after_an_unclean_stop_recent_photos_are_read_and_repaired(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
        on_card = dict(harness.process.on_card)
    place(harnesses, record).write_bytes(bytes(len(JPEG)))
    unclean(harnesses)
    async with harnesses.running(prepare=lambda process: process.on_card.update(on_card)) as harness:
        await harness.until_ready()
        await until_true(lambda: place(harnesses, record).read_bytes() == JPEG)
        assert harness.controller.snapshot().capture_count == 1


async def test_after_a_clean_stop_or_a_kill_nothing_is_read_again(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
    place(harnesses, record).write_bytes(bytes(len(JPEG)))
    async with harnesses.running(verify_bytes_a_second=0.0) as harness:
        await harness.controller._photos.verified.unclean_stop.all_read()  # pyright: ignore[reportPrivateUsage]
    assert place(harnesses, record).read_bytes() == bytes(len(JPEG))


async def test_nothing_is_deleted_before_the_photos_are_read(harnesses: ControllerHarnesses) -> None:
    """A staged file whose photo is on record is the only whole copy: it is not dropped, it mends the photo."""
    async with harnesses.running() as harness:
        record = await taken(harness)
    staging = harnesses.photo_root / ".staging" / record.id
    staging.mkdir()
    sha256 = record.files[0].sha256
    (staging / f"{sha256}.{record.id}-1-IMG_0001.JPG").write_bytes(JPEG)
    place(harnesses, record).write_bytes(bytes(len(JPEG)))
    unclean(harnesses)
    async with harnesses.running() as harness:
        await harness.until_ready()
        await until_true(lambda: place(harnesses, record).read_bytes() == JPEG)
        await until_true(lambda: not staging.exists())


def second_copy(harnesses: ControllerHarnesses, second: Path, record: CaptureRecord) -> Path:
    """Make the second copy of a photo that was stored without one."""
    name = PurePosixPath("photos", Path(record.files[0].path).name)
    copied = second / name
    copied.parent.mkdir(parents=True)
    copied.write_bytes(JPEG)
    (second / MARKER).mkdir()
    with closing(sqlite3.connect(harnesses.photo_root / ".photonic" / "captures.sqlite3")) as connection:
        values = (record.id, record.files[0].sha256, str(name))
        statement = "INSERT INTO second_copies (capture_id, file, sha256, path, state) VALUES (?, 1, ?, ?, 'made')"
        connection.execute(statement, values)
        connection.commit()
    return copied


@pytest.mark.parametrize("how", ["changed", "missing", "empty"])
async def test_without_the_service_a_photo_is_repaired_from_the_second_copy(
    harnesses: ControllerHarnesses, tmp_path: Path, how: str
) -> None:
    async with harnesses.running() as harness:
        record = await taken(harness)
    second = tmp_path / "second"
    copied = second_copy(harnesses, second, record)
    damage(place(harnesses, record), how)
    settings = ControllerSettings(name=None, address="fake", photo_root=harnesses.photo_root, second_root=second)
    async with offline_verification(settings, THIS_MACHINE) as offline:
        report = (await offline.once(repair=True, adopt=False)).last
        assert report is not None
        assert (report.second, report.clean, report.findings[0].repaired) == (True, True, "second")
        assert place(harnesses, record).read_bytes() == JPEG
        copied.write_bytes(REPLACED)
        report = (await offline.once(repair=False, adopt=False)).last
        assert report is not None
        assert [(one.place, one.kind) for one in report.findings] == [("second", FindingKind.CHANGED)]


async def test_a_photo_that_is_deleted_while_it_is_checked_is_not_missing(
    harnesses: ControllerHarnesses, second: SecondSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is restored after its record was read, and deleted again after its record was read once more."""
    listed, read = VerificationJournal.files_after, VerificationJournal.file
    async with harnesses.running(**second) as harness:
        record = await taken(harness)
        await delete(harness, record)
        again = [delete, restore]

        async def list_and_restore(journal: VerificationJournal, row: int) -> list[RecordedFile]:
            found = await listed(journal, row)
            if len(again) == 2:
                await again.pop()(harness, record)
            return found

        async def read_and_delete(journal: VerificationJournal, capture_id: str, number: int) -> RecordedFile | None:
            found = await read(journal, capture_id, number)
            if again:
                await again.pop()(harness, record)
            return found

        monkeypatch.setattr(VerificationJournal, "files_after", list_and_restore)
        monkeypatch.setattr(VerificationJournal, "file", read_and_delete)
        report = await checked(harness, mend=True)
        assert (again, kinds(report), report.repaired) == ([], {}, 0)
    assert not place(harnesses, record).exists()


async def test_a_photo_that_is_deleted_after_its_check_is_repaired_in_the_trash(
    harnesses: ControllerHarnesses, second: SecondSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = file_check.FileCheck.fault
    async with harnesses.running(**second) as harness:
        record = await taken(harness)
        damage(place(harnesses, record), "changed")

        async def check_and_delete(
            checks: file_check.FileCheck, file: RecordedFile
        ) -> tuple[FindingKind | None, RecordedFile]:
            found = await check(checks, file)
            await delete(harness, record)
            return found

        monkeypatch.setattr(file_check.FileCheck, "fault", check_and_delete)
        report = await checked(harness, mend=True)
        assert (kinds(report), report.repaired) == ({"changed": 1}, 1)
    (trashed,) = (harnesses.photo_root / ".photonic" / "trash" / record.id).iterdir()
    assert (trashed.read_bytes(), place(harnesses, record).exists()) == (JPEG, False)


@pytest.mark.parametrize("there", [JPEG, REPLACED])
async def test_a_photo_whose_move_to_the_trash_was_cut_off_is_not_repaired_beside_itself(
    harnesses: ControllerHarnesses, tmp_path: Path, there: bytes
) -> None:
    """Its record says that it is in the trash; a file of another program under its old name is no such photo."""
    async with harnesses.running() as harness:
        record = await taken(harness)
        await delete(harness, record)
    root, second = harnesses.photo_root, tmp_path / "second"
    old = place(harnesses, record)
    (trashed,) = (root / ".photonic" / "trash" / record.id).iterdir()
    trashed.rename(old)
    old.write_bytes(there)
    second_copy(harnesses, second, record)
    settings = ControllerSettings(name=None, address="fake", photo_root=root, second_root=second)
    async with offline_verification(settings, THIS_MACHINE) as offline:
        report = (await offline.once(repair=True, adopt=False)).last
        assert report is not None
        assert (report.clean, report.repaired, trashed.exists()) == (True, int(there != JPEG), there != JPEG)
    async with harnesses.running() as harness:
        await harness.until_ready()
        await until_true(lambda: trashed.exists() and old.exists() == (there != JPEG))
        assert trashed.read_bytes() == JPEG


@pytest.mark.parametrize("power_cut", [True, False])
async def test_the_copy_on_the_card_lives_until_the_stored_photo_is_whole(
    harnesses: ControllerHarnesses, *, power_cut: bool
) -> None:
    """The deletion is on record already when the stored photo turns out to be damaged."""
    async with harnesses.running() as harness:
        record = await taken(harness)
        on_card = dict(harness.process.on_card)
    with closing(sqlite3.connect(harnesses.photo_root / ".photonic" / "captures.sqlite3")) as connection:
        columns = "serial, folder, name, size_bytes, taken_at"
        connection.execute(f"INSERT INTO deletions ({columns}) SELECT {columns} FROM objects")
        connection.commit()
    place(harnesses, record).write_bytes(bytes(len(JPEG)))
    if power_cut:
        unclean(harnesses)

    def insert(process: FakeCameraProcess) -> None:
        process.on_card.update(on_card)

    async with harnesses.running(prepare=insert, delete_after_download=True) as harness:
        await looked_through(harness)
        if power_cut:
            await until_true(lambda: place(harnesses, record).read_bytes() == JPEG)
        else:
            assert (await checked(harness, mend=True)).clean
        assert place(harnesses, record).read_bytes() == JPEG
        deleted = [call for call in harness.process.calls if call.startswith("delete")]
        assert deleted == [] or power_cut
        assert harness.controller.snapshot().capture_count == 1
