"""What survives: intents, staged files and endings, a damaged file, a second service, a crash at each step."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.support import exif_files
from tests.support.camera_process import JPEG
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import StorageError
from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.exif import ExifFacts
from photonic.model.reach import EVERYTHING
from photonic.model.status import CapturePhase
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.ingest.crash_recovery import CrashRecovery
from photonic.service.ingest.expected_photo import fits
from photonic.service.journal import schema
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.lists import ListJournal
from photonic.service.library.index import CaptureIndex
from photonic.service.photo.staged import StagedFile, StoredFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PHOTOS = PurePosixPath("photos")
STEM = PurePosixPath("guest", "one")
EXIF = ExifFacts(taken_at=datetime(2026, 1, 1, tzinfo=UTC), exposure_seconds=1 / 3, lens='50mm "f/1.8" ä')
STORED = StoredFile(PHOTOS / "x.jpg", 5, hashlib.sha256(JPEG).hexdigest(), "image/jpeg", exif=EXIF)


def record(capture_id: str = "c1", phase: CapturePhase = CapturePhase.QUEUED, **fields: object) -> CaptureRecord:
    return CaptureRecord(
        id=capture_id,
        camera_id="0123",
        phase=phase,
        session_id="guest",
        sequence_number=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        **fields,  # pyright: ignore[reportArgumentType]
    )


def set_aside(place: Path) -> list[Path]:
    return list(place.glob("journal.damaged-*"))


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[CaptureJournal]:
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def catalogued(root: PhotoRoot) -> AsyncGenerator[CaptureIndex]:
    journal = CaptureJournal(root.path / ".photonic" / "captures.sqlite3", time=THIS_MACHINE.time)
    capture_index = CaptureIndex(
        journal,
        root,
        "relative",
        recover=CrashRecovery(journal, root, CardJournal(journal), time=THIS_MACHINE.time, delete_copies=False).recover,
        clock=THIS_MACHINE.time.monotonic,
    )
    try:
        await capture_index.open()
        yield capture_index
    finally:
        await journal.close()


@pytest.fixture
def root(tmp_path: Path) -> PhotoRoot:
    return PhotoRoot(tmp_path / "root", min_free_bytes=0)


async def begin(
    root: PhotoRoot, files: dict[str, bytes], *, reported: bool = True, hashed: bool = False, capture_id: str = "c1"
) -> list[StagedFile]:
    """Leave a capture as a service does that is killed when its files are staged.

    ``reported``: their rows are on record; ``hashed``: with hashes, which earlier versions did not record.
    """
    root.check()
    async with opened(root.path / ".photonic" / "captures.sqlite3") as journal:
        await journal.intend(CaptureStarted(record(capture_id), PHOTOS, STEM))
        staged: list[StagedFile] = []
        for name, content in files.items():
            path = root.staging.make(capture_id) / name
            path.write_bytes(content)
            sha256 = hashlib.sha256(content).hexdigest() if hashed else None
            staged.append(StagedFile(path, name, len(content), sha256=sha256))
        if reported:
            await journal.stage(capture_id, staged)
    return staged


async def test_an_ending_survives_the_end_of_the_service(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal"
    saved = record(phase=CapturePhase.SAVED, idempotency_key="k", warning="dust")
    async with opened(path) as journal:
        await journal.intend(CaptureStarted(record(idempotency_key="k"), PHOTOS, STEM))
        await journal.end(CaptureResult(saved, (STORED,), PHOTOS))
    async with opened(path) as journal:
        assert await journal.unfinished() == []
        lists = ListJournal(journal)
        assert await lists.captures(EVERYTHING, None, 10) == [CaptureResult(saved, (STORED,), PHOTOS)]
        assert await lists.saved_count() == 1


async def test_one_key_is_one_capture(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal") as journal:
        await journal.intend(CaptureStarted(record("c1", idempotency_key="k"), PHOTOS, STEM))
        with pytest.raises(StorageError):
            await journal.intend(CaptureStarted(record("c2", idempotency_key="k"), PHOTOS, STEM))


async def test_a_second_service_on_the_same_root_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal"):
        second = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
        with pytest.raises(StorageError, match="no other service"):
            await second.open()
        await second.close()


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
async def test_a_damaged_file_is_set_aside_and_a_new_one_begins(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(damage)
    async with opened(path) as journal:
        assert await ListJournal(journal).captures(EVERYTHING, None, 10) == []
    (aside,) = set_aside(tmp_path)
    assert aside.read_bytes() == damage


async def test_a_journal_of_a_later_photonic_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    with pytest.raises(StorageError, match="version 99"):
        await journal.open()
    await journal.close()
    assert set_aside(tmp_path) == []


async def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not open"):
        await CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time).last_number("guest")


async def test_staged_files_that_are_whole_are_brought_in_at_the_next_start(root: PhotoRoot) -> None:
    await begin(root, {"A.CR2": b"raw", "A.JPG": JPEG})
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert found.phase is CapturePhase.SAVED
        assert found.warning is not None
        assert "recovered at the next start" in found.warning
        assert [photo.path for photo in found.files] == ["photos/guest/one.jpg", "photos/guest/one.cr2"]
        assert (root.path / found.files[1].path).read_bytes() == b"raw"
        assert capture_index.saved_count == 1
    assert root.staging.captures() == []


async def test_a_crash_between_placing_and_recording_leaves_one_photo(root: PhotoRoot) -> None:
    staged = await begin(root, {"A.JPG": JPEG})
    placed = root.bring_in(staged, PHOTOS / STEM)
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert [photo.path for photo in found.files] == [str(placed[0].path)]
    assert [path.name for path in (root.path / "photos" / "guest").iterdir()] == ["one.jpg"]


async def test_a_jpeg_nobody_told_of_shows_itself_that_it_is_whole_and_a_raw_file_cannot(root: PhotoRoot) -> None:
    await begin(root, {"A.JPG": JPEG, "A.CR2": b"ra"}, reported=False)
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert [PurePosixPath(photo.path).suffix for photo in found.files] == [".jpg"]
        assert found.warning is not None
        assert "incomplete" in found.warning
    assert (root.path / ".photonic" / "incomplete" / "A.CR2").exists()


@pytest.mark.parametrize("files", [{}, {"A.JPG": JPEG[:-2]}, {"A.JPG": b""}])
async def test_what_is_not_whole_makes_a_failed_capture_and_stays(root: PhotoRoot, files: dict[str, bytes]) -> None:
    await begin(root, files)
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert found.phase is CapturePhase.FAILED
        assert (found.error or "").startswith("the service stopped during the capture")
        assert found.files == ()
    assert all((root.path / ".photonic" / "incomplete" / name).exists() for name in files)
    async with catalogued(root) as capture_index:
        assert await capture_index.find("c1") is not None


async def test_what_is_brought_in_after_a_crash_says_itself_how_it_was_taken(root: PhotoRoot) -> None:
    reported = exif_files.block({0x0110: exif_files.text("EOS")}, {0x8827: exif_files.short(800)})
    await begin(root, {"A.JPG": exif_files.jpeg(reported)})
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert found.metadata == CaptureMetadata(timestamp=found.created_at, iso="800", model="EOS")
        assert found.files[0].exif is not None


async def test_a_truncated_staged_file_is_told_by_its_size(root: PhotoRoot) -> None:
    (raw,) = await begin(root, {"A.CR2": b"raw"})
    raw.path.write_bytes(b"r")
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert found.phase is CapturePhase.FAILED


async def test_a_journal_of_the_first_version_is_brought_up_in_place_and_keeps_everything(root: PhotoRoot) -> None:
    path = root.path / ".photonic" / "captures.sqlite3"
    path.parent.mkdir(parents=True)
    old = sqlite3.connect(path)
    old.executescript(schema.migration(1))
    saved = record(phase=CapturePhase.SAVED, idempotency_key="k")
    old.execute(
        "INSERT INTO captures (id, idempotency_key, phase, directory, record) VALUES (?, ?, ?, ?, ?)",
        ("c1", "k", "saved", "photos", saved.model_dump_json(exclude={"files"})),
    )
    old.execute("INSERT INTO files VALUES ('c1', 1, 'photos/x.jpg', 5, 'abc', 'image/jpeg')")
    old.execute(
        "INSERT INTO captures (id, phase, directory, record) VALUES ('c2', 'queued', 'photos', ?)",
        (record("c2").model_dump_json(exclude={"files"}),),
    )
    old.execute("INSERT INTO staged VALUES ('c2', 'A.CR2', 'A.CR2', 3)")
    old.commit()
    old.close()
    root.check()
    (root.staging.make("c2") / "A.CR2").write_bytes(b"raw")
    for _run in range(2):
        async with catalogued(root) as capture_index:
            found = await capture_index.of_key("k", None)
            assert found is not None
            assert found[1] == PHOTOS
            assert [(file.sha256, file.exif) for file in found[0].files] == [("abc", None)]
            finished = await capture_index.find("c2")
            assert finished is not None
            assert finished.phase is CapturePhase.SAVED
            # As the version that began it would have called it.
            named = f"guest_1_{int(finished.created_at.timestamp())}"
            assert [photo.path for photo in finished.files] == [f"photos/{named}.cr2"]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    connection.close()


@pytest.mark.parametrize("at_camera", [False, True])
async def test_what_was_taken_before_a_capture_went_to_the_camera_or_after_a_crash_is_not_its_photo(
    root: PhotoRoot, *, at_camera: bool
) -> None:
    root.check()
    path = root.path / ".photonic" / "captures.sqlite3"
    accepted = time.time() - 90
    async with opened(path) as journal:
        waited = record("c1").model_copy(update={"created_at": datetime.fromtimestamp(accepted, UTC)})
        await journal.intend(CaptureStarted(waited, PHOTOS, STEM, "A"))
    if at_camera:
        place = root.staging.make("c1")
        os.utime(place, (accepted + 60, accepted + 60))
    async with catalogued(root):
        pass
    async with opened(path) as journal:
        expected = await CardJournal(journal).expected("A")
    fitting = [later for later in range(0, 81, 20) for one in expected if fits(round(accepted) + later, one, 0.0)]
    assert fitting == ([60] if at_camera else [])


async def test_only_the_oldest_unfinished_capture_of_a_camera_may_have_been_exposed(root: PhotoRoot) -> None:
    root.check()
    path = root.path / ".photonic" / "captures.sqlite3"
    async with opened(path) as journal:
        for capture_id, serial in (("c1", "A"), ("c2", "A"), ("c3", "B")):
            await journal.intend(CaptureStarted(record(capture_id), PHOTOS, STEM, serial))
            root.staging.make(capture_id)
    async with catalogued(root):
        pass
    async with opened(path) as journal:
        cards = CardJournal(journal)
        assert [one.capture_id for one in await cards.expected("A")] == ["c1"]
        assert [one.capture_id for one in await cards.expected("B")] == ["c3"]


async def test_a_staged_file_that_a_power_cut_has_torn_is_no_photo(root: PhotoRoot) -> None:
    """Its size, beginning and end are right; only the hash of what the camera sent shows the hole."""
    photo = JPEG[:-2] + b"picture" * 50 + JPEG[-2:]
    (file,) = await begin(root, {"A.JPG": photo}, hashed=True)
    file.path.write_bytes(photo[:100] + bytes(len(photo) - 200) + photo[-100:])
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert (found.phase, found.files) == (CapturePhase.FAILED, ())
    assert (root.path / ".photonic" / "incomplete" / "A.JPG").exists()


async def test_a_staged_file_that_is_what_the_camera_sent_is_a_photo_even_if_nothing_else_shows_it(
    root: PhotoRoot,
) -> None:
    await begin(root, {"A.CR2": b"raw"}, hashed=True)
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert [photo.sha256 for photo in found.files] == [hashlib.sha256(b"raw").hexdigest()]


async def test_a_torn_file_that_nobody_reported_is_known_by_the_hash_in_its_name(root: PhotoRoot) -> None:
    photo = JPEG[:-2] + b"picture" * 50 + JPEG[-2:]
    name = f"{hashlib.sha256(photo).hexdigest()}.{'c' * 32}-0-IMG_0001.JPG"
    torn = photo[:100] + bytes(len(photo) - 200) + photo[-100:]
    await begin(root, {name: torn}, reported=False)
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c1")
        assert found is not None
        assert (found.phase, found.files) == (CapturePhase.FAILED, ())
    await begin(root, {name: photo}, reported=False, capture_id="c2")
    async with catalogued(root) as capture_index:
        found = await capture_index.find("c2")
        assert found is not None
        assert [one.sha256 for one in found.files] == [hashlib.sha256(photo).hexdigest()]
