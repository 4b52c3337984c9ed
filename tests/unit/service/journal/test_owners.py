"""Owners in the journal: what an earlier version recorded, keys of several owners, and who owns what a crash left."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from tests.support.camera_process import JPEG
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import StorageError
from photonic.machine.timekeeping import Anchor
from photonic.model.api import CaptureRecord
from photonic.model.reach import EVERYTHING
from photonic.model.sequence import SequenceKind, SequenceRecord, SequenceRequest
from photonic.model.status import CapturePhase, SequencePhase
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.ingest.crash_recovery import CrashRecovery
from photonic.service.journal import schema
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.lists import ListJournal
from photonic.service.journal.sequences import SequenceJournal, SequenceRow
from photonic.service.library.index import CaptureIndex

PHOTOS = PurePosixPath("photos")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEFORE_OWNERS = 8


def capture(capture_id: str, phase: CapturePhase = CapturePhase.SAVED, **fields: object) -> CaptureRecord:
    return CaptureRecord(
        id=capture_id,
        camera_id="0123",
        phase=phase,
        session_id="guest",
        sequence_number=1,
        created_at=NOON,
        **fields,  # pyright: ignore[reportArgumentType]
    )


def sequence(sequence_id: str, **fields: object) -> SequenceRow:
    record = SequenceRecord(
        id=sequence_id,
        camera_id="0123",
        kind=SequenceKind.BURST,
        phase=SequencePhase.DONE,
        session_id="guest",
        sequence_number=1,
        total=3,
        created_at=NOON,
        starts_at=NOON,
        **fields,  # pyright: ignore[reportArgumentType]
    )
    request = SequenceRequest(kind=SequenceKind.BURST, session_id="guest", count=3)
    return SequenceRow(record, request, Anchor(0, "boot"))


def of_version_8(path: Path) -> None:
    """A journal with two captures, the second in a sequence, as the version before owners left it."""
    row = sequence("s1", idempotency_key="key")
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA foreign_keys = ON")
        for version in range(1, BEFORE_OWNERS + 1):
            old.executescript(schema.migration(version))
        for ordinal, one in ((3, capture("c1", idempotency_key="key")), (7, capture("c2"))):
            old.execute(
                "INSERT INTO captures (ordinal, id, idempotency_key, phase, directory, record, serial, stem, "
                "running_at) VALUES (?, ?, ?, 'saved', 'photos', ?, '0123', ?, 5)",
                (ordinal, one.id, one.idempotency_key, one.model_dump_json(exclude={"files"}), f"guest/{one.id}"),
            )
            old.execute("INSERT INTO files VALUES (?, 1, ?, 5, 'abc', 'image/jpeg', NULL)", (one.id, f"{one.id}.jpg"))
            old.execute("INSERT INTO deliveries VALUES (NULL, 'hook', 'saved', ?, 1, 0)", (one.id,))
        old.execute(
            "INSERT INTO sequences VALUES (5, 's1', 'key', 'done', ?, ?, 0, 'boot')",
            (row.request.model_dump_json(), row.record.model_dump_json()),
        )
        old.execute("INSERT INTO sequence_frames VALUES ('s1', 1, 'c2', 0, NULL, NULL)")
        old.commit()


async def test_a_journal_of_the_version_before_owners_keeps_everything_and_nobody_owns_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    of_version_8(path)
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    await journal.open()
    second, first = await ListJournal(journal).captures(EVERYTHING, None, 10)
    assert [(one.record.id, one.ordinal, one.record.owner) for one in (first, second)] == [
        ("c1", 3, None),
        ("c2", 7, None),
    ]
    assert [[str(file.path) for file in one.files] for one in (first, second)] == [["c1.jpg"], ["c2.jpg"]]
    assert first.age_seconds == -5, "how long ago a capture was accepted is kept"
    found = await journal.of_key("key", None)
    assert found is not None
    assert found.record.id == "c1"
    assert await journal.of_key("key", "session:1") is None

    sequences = SequenceJournal(journal)
    known = await sequences.of_key("key", ("token:stage", None))
    assert known is not None
    assert (known.record.id, known.record.owner) == ("s1", None)
    frames, _gaps = await sequences.frames("s1", 1, 3)
    assert [frame.capture_id for frame in frames] == ["c2"]

    # References and the order go on as before.
    assert await journal.intend(CaptureStarted(capture("c3"), PHOTOS, PHOTOS)) == 8
    with pytest.raises(StorageError, match="FOREIGN KEY"):
        await journal.write(lambda connection: connection.execute("DELETE FROM captures WHERE id = 'c1'"))
    await journal.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM deliveries").fetchone() == (2,)


async def test_one_key_is_one_capture_for_each_owner(tmp_path: Path) -> None:
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    owners = (None, "session:1", "session:2")
    for number, owner in enumerate(owners):
        record = capture(f"c{number}", owner=owner, idempotency_key="key")
        await journal.intend(CaptureStarted(record, PHOTOS, PHOTOS))
        await journal.end(CaptureResult(record, (), PHOTOS))
    for number, owner in enumerate(owners):
        found = await journal.of_key("key", owner)
        assert found is not None
        assert (found.record.id, found.record.owner) == (f"c{number}", owner)
        again = CaptureStarted(capture("again", owner=owner, idempotency_key="key"), PHOTOS, PHOTOS)
        with pytest.raises(StorageError, match="UNIQUE"):
            await journal.intend(again)
    await journal.close()


async def test_sequences_are_listed_for_their_owner_and_the_pages_are_full(tmp_path: Path) -> None:
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    sequences = SequenceJournal(journal)
    for number in range(12):
        await sequences.begin(sequence(f"s{number}", owner=f"session:{number % 3}", idempotency_key=f"key {number}"))
    pages = [[row.record.id for row in await sequences.page(cursor, 2, "session:1")] for cursor in (None, "s7", "s1")]
    assert pages == [["s10", "s7"], ["s4", "s1"], []]
    assert len(await sequences.page(None, 100, None)) == 12
    await journal.close()


async def test_a_capture_that_a_crash_interrupted_keeps_its_owner(tmp_path: Path) -> None:
    root = PhotoRoot(tmp_path, min_free_bytes=0)
    root.check()
    journal = CaptureJournal(root.path / ".photonic" / "captures.sqlite3", time=THIS_MACHINE.time)
    await journal.open()
    for name, content in (("c1", JPEG), ("c2", b"")):
        record = capture(name, CapturePhase.QUEUED, owner=f"session:{name}")
        await journal.intend(CaptureStarted(record, PHOTOS, PurePosixPath("guest", name)))
        if content:
            (root.staging.make(name) / "A.JPG").write_bytes(content)
    await journal.close()

    index = CaptureIndex(
        journal,
        root,
        "relative",
        recover=CrashRecovery(journal, root, CardJournal(journal), time=THIS_MACHINE.time, delete_copies=False).recover,
        clock=THIS_MACHINE.time.monotonic,
    )
    for _run in range(2):
        await index.open()
        records = [await index.find(name) for name in ("c1", "c2")]
        assert [record and (record.phase, record.owner) for record in records] == [
            (CapturePhase.SAVED, "session:c1"),
            (CapturePhase.FAILED, "session:c2"),
        ]
        await journal.close()


def test_an_owner_is_in_no_body() -> None:
    assert "session:1" not in capture("c1", owner="session:1").model_dump_json()
    assert "owner" not in CaptureRecord.model_json_schema(mode="serialization")["properties"]
    assert "owner" not in SequenceRecord.model_json_schema(mode="serialization")["properties"]
