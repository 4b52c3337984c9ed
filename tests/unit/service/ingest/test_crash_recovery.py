"""Crash recovery: which unfinished captures may have been exposed, and what is known of their files."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NoReturn

import pytest
from tests.support import exif_files
from tests.support.camera_process import FOLDER, JPEG
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import StorageError
from photonic.machine.timekeeping import Timekeeping, boot_mark
from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.exif import ExifFacts
from photonic.model.status import CapturePhase
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.ingest import left_files
from photonic.service.ingest.card_plan import identity_of
from photonic.service.ingest.crash_recovery import EXPECTED, STOPPED, CrashRecovery
from photonic.service.ingest.imported_record import MAY_HAVE_HOLES
from photonic.service.ingest.left_files import left_before
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted, CommitEffects
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.database import KEEP_TIME_SECONDS
from photonic.service.journal.trash import TrashJournal
from photonic.service.photo import naming
from photonic.service.photo.staged import StoredFile, found_identity
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    from pathlib import Path

PHOTOS = PurePosixPath("photos")


def queued(capture_id: str) -> CaptureRecord:
    return CaptureRecord(
        id=capture_id,
        camera_id="0123",
        phase=CapturePhase.QUEUED,
        session_id="guest",
        sequence_number=1,
        created_at=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("serials", "exposed"),
    [
        ((None, "A"), ["c1"]),
        (("A", None), ["c1"]),
        ((None, None, "A", "B"), ["c1"]),
        (("A", "A", "B"), ["c1", "c3"]),
    ],
    ids=["before it was opened", "unknown again", "several", "two cameras"],
)
async def test_a_capture_of_an_unknown_camera_may_be_of_any_camera(
    tmp_path: Path, serials: tuple[str | None, ...], exposed: list[str]
) -> None:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    for number, serial in enumerate(serials, 1):
        stem = PurePosixPath("guest", f"c{number}")
        await journal.intend(CaptureStarted(queued(f"c{number}"), PHOTOS, stem, serial))
        root.staging.make(f"c{number}")
    await CrashRecovery(journal, root, CardJournal(journal), delete_copies=False, time=THIS_MACHINE.time).recover()
    cards = CardJournal(journal)
    expected = {one.capture_id for serial in ("A", "B") for one in await cards.expected(serial)}
    results = [await journal.of_id(f"c{number}") for number in range(1, len(serials) + 1)]
    await journal.close()
    assert sorted(expected) == exposed
    assert [result and result.record.error for result in results] == [
        EXPECTED if f"c{number}" in exposed else STOPPED for number in range(1, len(serials) + 1)
    ]


async def test_the_oldest_capture_stays_the_oldest_when_a_start_dies_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    for capture_id in ("c1", "c2", "c3"):
        await journal.intend(CaptureStarted(queued(capture_id), PHOTOS, PurePosixPath("guest", capture_id), "A"))
    root.staging.make("c1")
    recovery = CrashRecovery(journal, root, CardJournal(journal), delete_copies=False, time=THIS_MACHINE.time)
    ended: list[str] = []

    async def end_one(result: CaptureResult, effects: CommitEffects) -> None:
        if ended:
            raise StorageError("the start dies")
        ended.append(result.record.id)
        await CaptureJournal.end(journal, result, effects)

    with monkeypatch.context() as patched:
        patched.setattr(journal, "end", end_one)
        with pytest.raises(StorageError, match="dies"):
            await recovery.recover()
    await recovery.recover()
    expected = await CardJournal(journal).expected("A")
    await journal.close()
    assert [one.capture_id for one in expected] == ["c1"]


ACCEPTED = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
EXECUTED, STARTED = ACCEPTED + timedelta(seconds=10), ACCEPTED + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("has_directory", "boots", "began"),
    [
        (True, ("1", "1"), EXECUTED),
        (True, ("1", "2"), EXECUTED),
        (False, ("1", "2"), ACCEPTED),
        (False, ("", ""), ACCEPTED),
        (False, ("1", "1"), None),
    ],
    ids=["killed", "power cut", "power cut took its directory", "boot unknown", "killed before it was executed"],
)
async def test_an_interrupted_capture_was_exposed_between_its_execution_and_the_end_of_the_service(
    tmp_path: Path, *, has_directory: bool, boots: tuple[str, str], began: datetime | None
) -> None:
    now = ACCEPTED
    times = [Timekeeping(THIS_MACHINE.time.monotonic, lambda: now, boot) for boot in boots]
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=times[0])
    await journal.open()
    record = queued("c1").model_copy(update={"created_at": ACCEPTED})
    await journal.intend(CaptureStarted(record, PHOTOS, PurePosixPath("guest"), "A"))
    await journal.close()
    if has_directory:
        os.utime(root.staging.make("c1"), times=(EXECUTED.timestamp(), EXECUTED.timestamp()))

    now = STARTED
    journal = CaptureJournal(tmp_path / "journal", time=times[1])
    recovery = CrashRecovery(journal, root, CardJournal(journal), delete_copies=False, time=times[1])
    now += timedelta(seconds=40)  # the disk refuses until then
    await journal.open()
    await recovery.recover()
    expected = await CardJournal(journal).expected("A")
    result = await journal.of_id("c1")
    await journal.close()
    windows = [(one.began, one.since) for one in expected]
    ended = max(one for one in (began, ACCEPTED) if one is not None) + timedelta(seconds=KEEP_TIME_SECONDS + 1)
    assert windows == ([] if began is None else [(began.timestamp(), ended.timestamp())])
    assert result is not None
    assert result.record.error == (STOPPED if began is None else EXPECTED)


@pytest.mark.parametrize(
    ("ran", "upgraded", "ended"),
    [(30, False, 36), (58, False, 60), (None, False, 6), (30, True, 60)],
    ids=["cut off long before the start", "right before it", "not recorded since", "unknown, of an earlier version"],
)
async def test_an_interrupted_capture_ended_soon_after_the_service_recorded_that_it_ran(
    tmp_path: Path, *, ran: int | None, upgraded: bool, ended: int
) -> None:
    monotonic, now = 0.0, ACCEPTED
    time = Timekeeping(lambda: monotonic, lambda: now, "")
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=time)
    await journal.open()
    record = queued("c1").model_copy(update={"created_at": ACCEPTED})
    await journal.intend(CaptureStarted(record, PHOTOS, PurePosixPath("guest"), "A"))
    if upgraded:
        await journal.write(lambda connection: connection.execute("UPDATE captures SET running_at = NULL"))
    if ran is not None:
        monotonic += ran
        await journal.keep_time()
    # It is killed: nothing is recorded at its end.
    killed, journal = journal, CaptureJournal(tmp_path / "copy", time=time)
    await killed.read(lambda connection: connection.execute("VACUUM INTO ?", (str(tmp_path / "copy"),)))
    now = STARTED
    await journal.open()
    await CrashRecovery(journal, root, CardJournal(journal), delete_copies=False, time=time).recover()
    (expected,) = await CardJournal(journal).expected("A")
    await journal.close()
    await killed.close()
    assert expected.since == (ACCEPTED + timedelta(seconds=ended)).timestamp()
    assert expected.interrupted


@pytest.mark.parametrize("in_ram", [False, True], ids=["card", "ram"])
async def test_a_file_that_nobody_reported_keeps_what_is_known_of_it(tmp_path: Path, *, in_ram: bool) -> None:
    """The camera process died with the file whole, and the service between the staged row and the end."""
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    await journal.intend(CaptureStarted(queued("c1"), PHOTOS, PurePosixPath("guest", "c1"), "0123"))
    path = root.staging.make("c1") / f"{'c1' * 16}-0-IMG_0001.JPG"
    path.write_bytes(JPEG)
    (found,) = root.staging.files("c1")
    known = found_identity(found)
    await journal.stage("c1", [replace(found, size_bytes=len(JPEG), identity=None if in_ram else known)])
    await journal.close()

    await journal.open()
    (row,) = await journal.staged("c1")
    assert row.identity == (None if in_ram else known)
    await CrashRecovery(journal, root, CardJournal(journal), time=THIS_MACHINE.time, delete_copies=False).recover()
    result = await journal.of_id("c1")
    on_card = CardObject(folder=FOLDER, name="IMG_0001.JPG", size_bytes=len(JPEG), taken_at=1_750_000_000)
    akin = await CardJournal(journal).with_same_stem(identity_of("0123", on_card))
    await journal.close()
    assert result is not None
    assert result.record.phase is CapturePhase.SAVED
    assert [one.sha256 for one in akin] == ([] if in_ram else [result.files[0].sha256])


@pytest.mark.parametrize(
    ("name", "boot", "phase"),
    [
        ("IMG_0001.JPG", "1", CapturePhase.SAVED),
        ("IMG_0001.JPG", "2", CapturePhase.FAILED),
        ("capt0001.jpg", "2", CapturePhase.SAVED),
    ],
    ids=["killed", "power cut", "power cut, nobody has another copy"],
)
async def test_a_file_without_its_hash_is_not_believed_after_a_power_cut(
    tmp_path: Path, name: str, boot: str, phase: CapturePhase
) -> None:
    """The power cut took the name with the hash, and may have left holes; the card has another copy."""
    times = [Timekeeping(THIS_MACHINE.time.monotonic, THIS_MACHINE.time.wall, one) for one in ("1", boot)]
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=times[0])
    await journal.open()
    await journal.intend(CaptureStarted(queued("c1"), PHOTOS, PurePosixPath("guest"), "0123"))
    await journal.close()
    (root.staging.make("c1") / f"{'c1' * 16}-0-{name}").write_bytes(JPEG)
    unasked = root.staging.path / f"body-17-1-{name}"
    unasked.write_bytes(JPEG + b"another")

    journal = CaptureJournal(tmp_path / "journal", time=times[1])
    await journal.open()
    left = await CrashRecovery(journal, root, CardJournal(journal), time=times[1], delete_copies=False).recover()
    result = await journal.of_id("c1")
    expected = await CardJournal(journal).expected("0123")
    await journal.close()
    assert result is not None
    assert result.record.phase is phase
    aside = tmp_path / "root" / ".photonic" / "incomplete"
    assert (MAY_HAVE_HOLES in (result.record.warning or "")) == (boot == "2" and phase is CapturePhase.SAVED)
    if phase is CapturePhase.SAVED:
        assert [(one.file.path, one.file.may_have_holes) for one in left] == [(unasked, boot == "2")]
        assert not aside.exists()
    else:
        assert left == []
        assert [one.capture_id for one in expected] == ["c1"]
        assert len(list(aside.iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "doubtful"),
    [
        (f"c1/{'c1' * 16}-0-capt0001.jpg", True),
        (f"c2/{'c2' * 16}-0-capt0001.jpg", False),
        (f"body-17.{boot_mark('1')}-1-capt0001.jpg", True),
        (f"body-17.{boot_mark('2')}-1-capt0001.jpg", False),
        (f"{hashlib.sha256(JPEG).hexdigest()}.body-17.{boot_mark('1')}-1-capt0001.jpg", False),
    ],
    ids=["capture", "capture since", "button", "button since", "hash"],
)
async def test_a_file_from_before_a_loss_of_power_may_have_holes_whatever_was_recorded_since(
    tmp_path: Path, name: str, *, doubtful: bool
) -> None:
    """A start that was killed before it imported the file has recorded a capture in this boot."""
    times = [Timekeeping(THIS_MACHINE.time.monotonic, THIS_MACHINE.time.wall, one) for one in ("1", "2")]
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    for capture_id, time in (("c1", times[0]), ("c2", times[1])):
        journal = CaptureJournal(tmp_path / "journal", time=time)
        await journal.open()
        await journal.intend(CaptureStarted(queued(capture_id), PHOTOS, PurePosixPath(capture_id), "0123"))
        failed = queued(capture_id).model_copy(update={"phase": CapturePhase.FAILED})
        await journal.end(CaptureResult(failed, (), PHOTOS))
        await journal.close()
    path = root.staging.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(JPEG)

    journal = CaptureJournal(tmp_path / "journal", time=times[1])
    await journal.open()
    left = await CrashRecovery(journal, root, CardJournal(journal), time=times[1], delete_copies=False).recover()
    await journal.close()
    assert [(one.file.path, one.file.may_have_holes) for one in left] == [(path, doubtful)]
    again = left_before(root, 2**62, "2")  # its import has failed, and a camera process ends
    assert [one.file.may_have_holes for one in again] == ([doubtful] if path.parent == root.staging.path else [])


@pytest.mark.parametrize("name", ["IMG_0001.JPG", "capt0001.jpg"])
@pytest.mark.parametrize("whole", [True, False])
async def test_a_file_whose_name_has_lost_its_hash_is_compared_with_the_one_on_record(
    tmp_path: Path, name: str, *, whole: bool
) -> None:
    times = [Timekeeping(THIS_MACHINE.time.monotonic, THIS_MACHINE.time.wall, one) for one in ("1", "2")]
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=times[0])
    await journal.open()
    await journal.intend(CaptureStarted(queued("c1"), PHOTOS, PurePosixPath("guest"), "0123"))
    photo = JPEG[:4] + b"picture" + JPEG[4:]
    path = root.staging.make("c1") / f"{hashlib.sha256(photo).hexdigest()}.{'c1' * 16}-0-{name}"
    path.write_bytes(photo)
    (found,) = root.staging.files("c1")
    await journal.stage("c1", [replace(found, size_bytes=len(photo))])
    await journal.close()
    path.rename(path.with_name(f"{'c1' * 16}-0-{name}")).write_bytes(photo if whole else photo.replace(b"ic", b"\0\0"))

    journal = CaptureJournal(tmp_path / "journal", time=times[1])
    await journal.open()
    left = await CrashRecovery(journal, root, CardJournal(journal), time=times[1], delete_copies=False).recover()
    result = await journal.of_id("c1")
    await journal.close()
    assert (left, result is not None) == ([], True)
    assert result is not None
    assert result.record.phase is (CapturePhase.SAVED if whole else CapturePhase.FAILED)


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_file_without_its_hash_that_is_on_record_is_left_to_the_import(
    tmp_path: Path, *, deleted: bool
) -> None:
    """``deleted``: the power was cut between the record of a deletion and the move to the trash."""
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    unasked = root.staging.path / "body-17-1-IMG_0001.JPG"
    unasked.write_bytes(JPEG)
    ((found,), _foreign) = root.staging.leftovers()
    stored = root.bring_in([found.file], PHOTOS / "body")
    record = queued("c1").model_copy(update={"phase": CapturePhase.SAVED})
    await journal.add(CaptureResult(record, tuple(stored), PHOTOS))
    if deleted:
        await TrashJournal(journal).discard("c1", PHOTOS, [PurePosixPath(naming.TRASH, "c1", stored[0].path.name)], 0)
    later = Timekeeping(THIS_MACHINE.time.monotonic, THIS_MACHINE.time.wall, "another boot")
    left = await CrashRecovery(journal, root, CardJournal(journal), time=later, delete_copies=False).recover()
    await journal.close()
    assert [one.file.path for one in left] == [unasked]
    assert (tmp_path / "root" / stored[0].path).read_bytes() == JPEG


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_photo_that_has_its_place_and_has_lost_its_staged_name_is_saved(
    tmp_path: Path, *, recorded: bool
) -> None:
    """The power was cut before the record; of the names, only the one in the folder was flushed."""
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    started = CaptureStarted(queued("c1"), PHOTOS, PurePosixPath("guest"), "0123")
    await journal.intend(started)
    path = root.staging.make("c1") / f"{'c1' * 16}-0-IMG_0001.JPG"
    path.write_bytes(JPEG)
    (found,) = root.staging.files("c1")
    found = replace(found, size_bytes=len(JPEG), sha256=hashlib.sha256(JPEG).hexdigest())
    await journal.stage("c1", [found])
    (stored,) = root.bring_in([found], started.place)
    root.staging.clear("c1")
    if recorded:  # of another capture, with the same content
        await journal.intend(CaptureStarted(queued("c0"), PHOTOS, PurePosixPath("guest"), "0123"))
        record = queued("c0").model_copy(update={"phase": CapturePhase.SAVED})
        await journal.end(CaptureResult(record, (stored,), PHOTOS), CommitEffects())
    await CrashRecovery(journal, root, CardJournal(journal), time=THIS_MACHINE.time, delete_copies=False).recover()
    result = await journal.of_id("c1")
    await journal.close()
    assert result is not None
    assert [file.path for file in result.files] == ([] if recorded else [stored.path])
    assert (tmp_path / "root" / stored.path).read_bytes() == JPEG
    assert len(list((tmp_path / "root" / "photos").iterdir())) == 1


def told_at(moment: datetime) -> bytes:
    """A photo with this time."""
    at, fraction = f"{moment:%Y:%m:%d %H:%M:%S}", f"{moment.microsecond // 1000:03d}"
    return exif_files.jpeg(exif_files.block({}, {0x9003: exif_files.text(at), 0x9291: exif_files.text(fraction)}))


@pytest.mark.parametrize(("known", "serial"), [(True, "A"), (False, "A"), (True, None)])
@pytest.mark.parametrize(
    ("name", "ago", "decided", "saved"),
    [
        ("capt0001.jpg", 40.0, False, {True: False, False: False}),
        ("capt0001.jpg", 40.0, True, {True: True, False: True}),
        ("capt0001.jpg", 0.0, False, {True: True, False: False}),
        ("IMG_0001.JPG", 40.0, False, {True: False, False: True}),
        ("IMG_0001.JPG", 0.0, False, {True: True, False: True}),
    ],
)
async def test_the_late_photo_of_a_failed_capture_is_not_the_one_of_the_interrupted_capture(
    tmp_path: Path, name: str, ago: float, decided: bool, saved: dict[bool, bool], *, known: bool, serial: str | None
) -> None:
    """``known``: the camera's clock; ``decided``: the service had found that the photo is this capture's.

    Without a ``serial``, the interrupted capture was accepted before its camera was opened, so the clock is unknown.
    """
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    cards, now = CardJournal(journal), datetime.now(UTC)
    if known:
        exif = ExifFacts(taken_at=(now - timedelta(seconds=60)).replace(tzinfo=None))
        update = {"metadata": CaptureMetadata(timestamp=now - timedelta(seconds=60)), "capture_time_ms": 900}
        first = queued("c0").model_copy(update={"phase": CapturePhase.SAVED, **update})
        await journal.intend(CaptureStarted(first, PHOTOS, PHOTOS, "A"))
        stored = StoredFile(PHOTOS / "c0.jpg", 5, "0", "image/jpeg", exif=exif)
        await journal.end(CaptureResult(first, (stored,), PHOTOS), CommitEffects())
    failed = queued("c1").model_copy(update={"phase": CapturePhase.FAILED})
    await journal.intend(CaptureStarted(failed, PHOTOS, PHOTOS, "A"))
    effects = CommitEffects(expects_photo=True, serial="A", exposed_at=now.timestamp() - 40)
    await journal.end(CaptureResult(failed, (), PHOTOS), effects)
    await journal.intend(CaptureStarted(queued("c2"), PHOTOS, PurePosixPath("guest"), serial))
    path = root.staging.make("c2") / f"{'c2' * 16}-0-{name}"
    path.write_bytes(told_at(now - timedelta(seconds=ago)))
    if decided:
        await journal.stage("c2", [replace(one, size_bytes=path.stat().st_size) for one in root.staging.files("c2")])
    left = await CrashRecovery(journal, root, cards, time=THIS_MACHINE.time, delete_copies=False).recover()
    result = await journal.of_id("c2")
    await journal.close()
    assert result is not None
    is_saved = saved[known and serial is not None]
    assert bool(result.files) is is_saved
    # Otherwise, the import attributes it.
    assert [one.file.path for one in left] == ([] if is_saved else [path])


async def test_without_hard_links_a_whole_copy_takes_the_place_of_a_damaged_staged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of the intent is adopted: the photo is saved under it, once."""

    def no_links(*_arguments: object, **_fields: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    started = CaptureStarted(queued("c1"), PHOTOS, PurePosixPath("guest"), "0123")
    await journal.intend(started)
    path = root.staging.make("c1") / f"{hashlib.sha256(JPEG).hexdigest()}.{'c1' * 16}-0-IMG_0001.JPG"
    path.write_bytes(JPEG)
    found = [replace(file, size_bytes=len(JPEG)) for file in root.staging.files("c1")]
    await journal.stage("c1", found)
    (stored,) = root.bring_in(found, started.place)
    assert path.stat().st_ino != (tmp_path / "root" / stored.path).stat().st_ino
    path.write_bytes(JPEG[:9] + JPEG[9:-9][::-1] + JPEG[-9:])
    await CrashRecovery(journal, root, CardJournal(journal), time=THIS_MACHINE.time, delete_copies=False).recover()
    result = await journal.of_id("c1")
    await journal.close()
    assert result is not None
    assert [file.path for file in result.files] == [stored.path]
    assert [place.read_bytes() for place in (tmp_path / "root" / "photos").iterdir()] == [JPEG]
    assert root.staging.captures() == []


async def test_a_damaged_photo_loses_the_place_that_it_had_already(tmp_path: Path) -> None:
    """The service was killed before the record, and the disk has lost the content since."""
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    started = CaptureStarted(queued("c1"), PHOTOS, PurePosixPath("guest"), "0123")
    await journal.intend(started)
    path = root.staging.make("c1") / f"{hashlib.sha256(JPEG).hexdigest()}.{'c1' * 16}-0-IMG_0001.JPG"
    path.write_bytes(JPEG)
    root.bring_in(root.staging.files("c1"), started.place)
    path.write_bytes(JPEG[:9] + JPEG[9:-9][::-1] + JPEG[-9:])
    await CrashRecovery(journal, root, CardJournal(journal), time=THIS_MACHINE.time, delete_copies=False).recover()
    result = await journal.of_id("c1")
    await journal.close()
    assert result is not None
    assert result.files == ()
    assert list((tmp_path / "root" / "photos").iterdir()) == []


async def test_a_staged_file_whose_size_cannot_be_read_is_a_failure_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    (root.staging.path / "body-1-0-A.JPG").write_bytes(JPEG)
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()

    def unreadable(_file: object) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(left_files, "found_identity", unreadable)
    recovery = CrashRecovery(journal, root, CardJournal(journal), delete_copies=False, time=THIS_MACHINE.time)
    try:
        with pytest.raises(StorageError, match=os.strerror(errno.EIO)):
            await recovery.recover()
        with pytest.raises(StorageError, match=os.strerror(errno.EIO)):
            left_before(root, 2**62, THIS_MACHINE.time.machine_boot)
    finally:
        await journal.close()
