"""Every rule of the judge: a state that keeps it, and one that does not."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from tests.crash import replay
from tests.crash.beside import RELATIONS
from tests.crash.judge import INDEX, PENDING_RESTORE, judge
from tests.crash.models import DiskState
from tests.crash.promises import Promise, Said, Told

from photonic.service.journal.schema import upgrade

PHOTO = b"a photo"
SHA256 = hashlib.sha256(PHOTO).hexdigest()
PLACE = "photos/a.jpg"
TRASHED = ".photonic/trash/c1/a.jpg"
RECORD = ".photonic/record/000001.jsonl"


class Disk:
    """A state that is written step by step, and its index."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._index = folder / "index"
        self.files: dict[str, bytes] = {}
        self.links: dict[str, str] = {}
        self.told = Told()
        self.notes = True
        with sqlite3.connect(self._index) as connection:
            upgrade(self._index, connection)
        connection.close()

    def execute(self, statement: str, *values: object) -> None:
        connection = sqlite3.connect(self._index)
        with connection:
            connection.execute(statement, values)
        connection.close()

    @property
    def index(self) -> bytes:
        """The file."""
        return self._index.read_bytes()

    def rows(self, relation: str) -> list[dict[str, object]]:
        """The content of each row."""
        connection = sqlite3.connect(self._index)
        connection.row_factory = sqlite3.Row
        columns = ", ".join(name for _number, name, *_rest in connection.execute(f"PRAGMA table_info({relation})"))
        found = [dict(row) for row in connection.execute(f"SELECT {columns} FROM {relation}")]
        connection.close()
        return found

    def record(self, capture_id: str = "c1", path: str = PLACE, sha256: str = SHA256) -> None:
        """A saved capture with one file and its notification."""
        record = {
            "created_at": "2026-01-01T00:00:00+00:00", "capture_time_ms": 1, "session_id": "s", "error_type": None,
            "error": None, "warning": None, "kind": "still",
        }  # fmt: skip
        self.execute(
            "INSERT INTO captures (id, phase, directory, stem, record) VALUES (?, 'saved', 'photos', 'a', ?)",
            capture_id,
            json.dumps(record),
        )
        self.execute("INSERT INTO files VALUES (?, 1, ?, 7, ?, 'image/jpeg', NULL)", capture_id, path, sha256)
        self.execute(
            "INSERT INTO deliveries (target, event, capture_id, first_file, since) VALUES ('t', 'e', ?, 1, 0)",
            capture_id,
        )

    def promise(self, said: Said = Said.SAVED) -> None:
        self.told.last["c1"] = Promise(said, "c1", frozenset({SHA256}), b"{}")

    def rules(self) -> set[str]:
        """What the judge finds."""
        for relation in RELATIONS if self.notes else ():
            self.execute(f"INSERT OR IGNORE INTO unrecorded (relation, row) SELECT '{relation}', rowid FROM {relation}")
        contents = {INDEX: self.index} | self.files
        nodes = {path: number for number, path in enumerate(contents)}
        files = nodes | {path: nodes[other] for path, other in self.links.items()}
        folders = {str(parent) for path in files for parent in Path(path).parents} - {"."}
        state = DiskState(frozenset(folders), files, {nodes[path]: data for path, data in contents.items()})
        replay.write(state, self.root)
        return {each.rule for each in judge(state, self.told, self.root, notifies=True)}


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """One photo, saved and promised."""
    disk = Disk(tmp_path)
    disk.record()
    disk.promise()
    disk.files[PLACE] = PHOTO
    return disk


def test_a_photo_that_is_there_breaks_nothing(disk: Disk) -> None:
    assert disk.rules() == set()


@pytest.mark.parametrize("content", [None, b"", b"a ph", bytes(7)])
def test_a_promised_photo_is_on_the_disk_whole(disk: Disk, content: bytes | None) -> None:
    del disk.files[PLACE]
    if content is not None:
        disk.files[PLACE] = content
    assert {"a promised photo is on the disk, whole", "each recorded file is on the disk, whole"} <= disk.rules()


def test_a_recorded_photo_that_nobody_was_told_of_has_to_be_there_too(disk: Disk) -> None:
    disk.told = Told()
    disk.files.clear()
    assert disk.rules() == {"each recorded file is on the disk, whole"}


def test_a_promised_photo_has_its_record(disk: Disk) -> None:
    disk.told.last["c2"] = replace(disk.told.last["c1"], capture_id="c2")
    assert disk.rules() == {"a promised photo has its record"}


def test_the_index_is_readable_whatever_was_promised(disk: Disk) -> None:
    disk.told = Told()
    disk.files[INDEX] = b"SQLite format 3\0" + bytes(5000)
    assert disk.rules() == {"the index can be read"}


def test_an_index_without_tables_is_an_index_as_long_as_nothing_was_promised(disk: Disk) -> None:
    disk.files = {INDEX: b""}
    assert disk.rules() == {"the index is there"}
    disk.told = Told()
    assert disk.rules() == set()


def test_no_photo_is_there_twice(disk: Disk) -> None:
    disk.files["photos/a_2.jpg"] = PHOTO
    assert disk.rules() == {"each photo is on the disk once"}
    disk.record("c2", "photos/a_2.jpg")
    assert disk.rules() == {"each photo is on the disk once", "each photo is in the index once"}


def test_a_file_without_a_record_is_one_that_recovery_knows(disk: Disk) -> None:
    """By the staged file, its second name or one of the same content, or by the row of that file."""
    disk.files["photos/b.jpg"] = b"another"
    assert disk.rules() == {"no file is in no record"}
    disk.files[".staging/c2/b.jpg"] = b"another"
    assert disk.rules() == set()
    del disk.files[".staging/c2/b.jpg"]
    disk.links[".staging/c2/b.jpg"] = "photos/b.jpg"
    assert disk.rules() == set()
    disk.links.clear()
    disk.execute(
        "INSERT INTO staged (capture_id, name, camera_name, size_bytes, sha256) VALUES ('c1', 'x', 'b.jpg', 7, ?)",
        hashlib.sha256(b"another").hexdigest(),
    )
    assert disk.rules() == set()


def test_a_copy_that_was_not_finished_is_no_photo(disk: Disk) -> None:
    disk.files["photos/.b.jpg.part"] = b"anot"
    assert disk.rules() == set()


def test_what_was_deleted_or_restored_stays_so(disk: Disk) -> None:
    disk.promise(Said.DELETED)
    disk.told.deleted.add("c1")
    assert disk.rules() == {"what was deleted or restored stays so"}
    disk.told.open.add("c1")
    assert disk.rules() == set(), "a restore may be under way"
    disk.told.open.clear()
    disk.execute("INSERT INTO trash (capture_id, parent, deleted_at) VALUES ('c1', 'photos', 0)")
    disk.execute("UPDATE files SET path = ?", TRASHED)
    assert disk.rules() == set(), "the file is moved at the next start"
    disk.files = {TRASHED: PHOTO}
    assert disk.rules() == set()
    disk.promise(Said.RESTORED)
    assert disk.rules() == {"what was deleted or restored stays so"}


def test_each_photo_has_its_notification_until_it_is_deleted(disk: Disk) -> None:
    disk.execute("DELETE FROM deliveries")
    assert disk.rules() == {"each photo has its notification in the outbox"}
    disk.told.deleted.add("c1")
    assert disk.rules() == set()


@pytest.mark.parametrize("record", [None, b"", bytes(30), b'{"back": {}}'])
def test_what_has_to_be_restored_on_the_camera_is_on_record(disk: Disk, record: bytes | None) -> None:
    disk.told.lends = True
    disk.files[PENDING_RESTORE] = b'{"back": {"iso": "100"}}'
    assert disk.rules() == set()
    if record is None:
        del disk.files[PENDING_RESTORE]
    else:
        disk.files[PENDING_RESTORE] = record
    assert disk.rules() == {"what has to be restored on the camera is on record"}
    disk.told.lends = False
    assert disk.rules() == set()


def test_a_copy_on_the_card_is_deleted_only_if_its_photo_is_here(disk: Disk) -> None:
    disk.told.only_here = [SHA256]
    assert disk.rules() == set()
    disk.told.only_here.append(hashlib.sha256(b"another").hexdigest())
    assert disk.rules() == {
        "a photo is on the disk, whole, before its copy on the card is deleted",
        "a photo is on record before its copy on the card is deleted",
    }


def test_files_of_others_stay_and_are_no_photos(disk: Disk) -> None:
    disk.told.foreign = frozenset({hashlib.sha256(b"another").hexdigest()})
    assert disk.rules() == {"files of others stay"}
    disk.files["photos/holiday.jpg"] = b"another"
    assert disk.rules() == set()


def test_a_copy_without_a_record_is_known_by_the_note_beside_its_source(disk: Disk) -> None:
    """On a disk without hard links."""
    disk.files["photos/b.jpg"] = b""
    assert disk.rules() == {"no file is in no record"}
    disk.files[".staging/c2/x"] = b"another"
    disk.files[".staging/c2/.k.claim"] = b"../../photos/b.jpg"
    assert disk.rules() == set()
    disk.files["photos/b.jpg"] = b"another"
    assert disk.rules() == set()
    disk.files["photos/b.jpg"] = b"something else"
    assert disk.rules() == {"no file is in no record"}


def test_a_restored_copy_may_be_beside_the_one_in_the_trash_until_that_is_removed(disk: Disk) -> None:
    disk.files[TRASHED] = PHOTO
    assert disk.rules() == set(), "the record says that it is restored"
    disk.execute("INSERT INTO trash (capture_id, parent, deleted_at) VALUES ('c1', 'photos', 0)")
    disk.execute("UPDATE files SET path = ?", TRASHED)
    disk.told.open.add("c1")
    assert disk.rules() == {"each photo is on the disk once"}
    disk.files[".photonic/trash/c1/.k.claim"] = b"../../../photos/a.jpg"
    assert disk.rules() == set(), "it is being restored"


def line(*changes: tuple[str, int, dict[str, object] | None]) -> bytes:
    """A line of the record beside the photos."""
    body = json.dumps({"line": 1, "changes": changes}).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def test_each_row_is_in_the_record_as_it_is_or_noted_for_it(disk: Disk) -> None:
    rule = {"each row is in the record, or is noted for it"}
    disk.notes = False
    assert disk.rules() == rule
    rows = [(relation, row) for relation in RELATIONS for row in disk.rows(relation)]
    whole = line(*((relation, 1, row) for relation, row in rows))
    disk.files[RECORD] = whole
    assert disk.rules() == set()
    disk.files[RECORD] = bytes(len(whole))
    assert disk.rules() == rule
    disk.files[RECORD] = whole + line(("files", 1, None))
    assert disk.rules() == rule
    disk.notes = True
    assert disk.rules() == set()


def test_each_copy_of_the_index_can_be_read(disk: Disk) -> None:
    disk.files[".photonic/copies/captures-000000000007.sqlite3"] = disk.index
    assert disk.rules() == set()
    disk.files[".photonic/copies/captures-000000000007.sqlite3"] = disk.index[:5000] + bytes(len(disk.index) - 5000)
    assert disk.rules() == {"each copy of the index can be read"}
