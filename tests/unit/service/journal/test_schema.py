"""The journal's schema: every earlier version is upgraded to exactly the schema that databases have today.

``schemas/NNNN.sql`` holds what SQLite says of a database of each version (``sqlite_master``), written down when the
migrations were still part of ``database.py``.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import StorageError
from photonic.service.journal import schema
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.database import JournalFile

WITH_RUNNING_TIME = 8
"""Since this version there is a row that a schema does not show."""
WITH_RECORD = 15
"""Since this version there is another one."""
BEFORE_IN_RAM = 10
SCHEMAS = Path(__file__).with_name("schemas")


def recorded(version: int) -> str:
    return (SCHEMAS / f"{version:04}.sql").read_text("utf-8") if version else ""


def statements(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid")
        return "".join(f"{row[0]};\n" for row in rows)


@pytest.mark.parametrize("version", range(schema.VERSION + 1))
async def test_each_version_is_upgraded_to_the_same_schema(tmp_path: Path, version: int) -> None:
    path = tmp_path / "journal"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(f"{recorded(version)} PRAGMA user_version = {version};")
        if version >= WITH_RUNNING_TIME:
            old.execute("INSERT INTO running (seconds) VALUES (7)")
        if version >= WITH_RECORD:
            old.execute("INSERT INTO record VALUES (0, NULL, 0)")
        old.commit()
    journal = JournalFile(path, time=THIS_MACHINE.time)
    await journal.open()
    await journal.close()
    assert statements(path) == recorded(schema.VERSION)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert connection.execute("SELECT count(*) FROM running").fetchone() == (1,)


@pytest.mark.parametrize("version", range(1, schema.VERSION + 1))
def test_each_migration_makes_the_schema_of_its_version(tmp_path: Path, version: int) -> None:
    path = tmp_path / "journal"
    with closing(sqlite3.connect(path)) as connection:
        for step in range(1, version + 1):
            connection.executescript(schema.migration(step))
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
    assert statements(path) == recorded(version)


def test_there_is_one_migration_for_each_version() -> None:
    folder = Path(schema.__file__).with_name("migrations")
    assert sorted(path.stem for path in folder.iterdir()) == [f"{n:04}" for n in range(1, schema.VERSION + 1)]


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with closing(sqlite3.connect(path)) as old:
        # In the way of version 4: the first new table is rolled back, too.
        old.executescript(f"{recorded(2)} CREATE TABLE trash (x); PRAGMA user_version = 2;")
        old.commit()
    before = statements(path)
    journal = JournalFile(path, time=THIS_MACHINE.time)
    with pytest.raises(StorageError, match="trash already exists"):
        await journal.open()
    await journal.close()
    assert statements(path) == before


async def test_a_staged_file_without_a_folder_of_an_earlier_version_was_in_ram(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with closing(sqlite3.connect(path)) as old:
        for version in range(1, BEFORE_IN_RAM + 1):
            old.executescript(schema.migration(version))
        columns = "capture_id, name, camera_name, size_bytes, folder"
        rows = [("c1", "1", "capt0000.jpg", 5, None), ("c1", "2", "IMG_1.JPG", 5, "/store/DCIM")]
        old.executemany(f"INSERT INTO staged ({columns}) VALUES (?, ?, ?, ?, ?)", rows)
        old.commit()
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    await journal.open()
    assert [row.identity is None for row in await journal.staged("c1")] == [True, False]
    await journal.close()


async def test_an_index_is_copied_before_it_is_upgraded_and_an_older_program_names_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    with closing(sqlite3.connect(path)) as old:
        for version in range(1, 8):
            old.executescript(schema.migration(version))
        old.execute("INSERT INTO captures (id, phase, directory, record) VALUES ('c1', 'saved', 'photos', '{}')")
        old.commit()
    before = statements(path)
    journal = JournalFile(path, time=THIS_MACHINE.time)
    await journal.open()
    await journal.close()
    copy = tmp_path / "journal.version-7"
    assert statements(copy) == before
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (7,)
        assert connection.execute("SELECT id FROM captures").fetchall() == [("c1",)]
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not copy.with_name(f"{copy.name}.part").exists()
    # A program of the version that is copied meets the upgraded index.
    monkeypatch.setattr(schema, "VERSION", 7)
    with pytest.raises(StorageError) as refused:
        await journal.open()
    assert f"go back to the copy {copy}" in str(refused.value)
    assert "\n" not in str(refused.value)
    await journal.close()


async def test_without_a_copy_nothing_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with closing(sqlite3.connect(path)) as old:
        for version in range(1, 8):
            old.executescript(schema.migration(version))
        old.commit()
    before = statements(path)
    (tmp_path / "journal.version-7").mkdir()
    journal = JournalFile(path, time=THIS_MACHINE.time)
    with pytest.raises(StorageError, match="cannot open the photo index"):
        await journal.open()
    await journal.close()
    assert statements(path) == before
    (tmp_path / "journal.version-7").rmdir()
    await journal.open()
    await journal.close()
    assert statements(path) == recorded(schema.VERSION)
