"""The photo index: which process holds it, whether it is intact; and no file is created beside it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

import pytest
from tests.support.fake_controller import JPEG
from tests.support.surroundings import THIS_MACHINE

from photonic.diagnosis.finding import DoctorCode, Outcome
from photonic.diagnosis.index import IndexContent, IndexFacts, inspect_index, judge_index, judge_sharing
from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.model.verification import VerificationReport
from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.schema import VERSION
from photonic.service.photo.staged import StoredFile
from photonic.worker.supervision.holders import Holder

PATH = Path("/photos/.photonic/captures.sqlite3")
SERVICE = """
import asyncio, os, sys
from pathlib import Path
from photonic.machine.timekeeping import Timekeeping
from photonic.service.journal.captures import CaptureJournal

async def serve():
    journal = CaptureJournal(Path(sys.argv[1]), time=Timekeeping.of_this_machine())
    await journal.open()
    await journal.write(lambda connection: connection.execute("CREATE TABLE extra (name TEXT)"))
    print("open", flush=True)
    sys.stdin.read()
    os._exit(9)

asyncio.run(serve())
"""


async def index(root: Path) -> Path:
    """An index as a service leaves it after an orderly end."""
    path = root / ".photonic" / "captures.sqlite3"
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    await journal.open()
    await journal.close()
    return path


async def test_an_intact_index_passes_and_a_missing_one_is_skipped(tmp_path: Path) -> None:
    assert judge_index(inspect_index(tmp_path)).outcome is Outcome.SKIPPED
    path = await index(tmp_path)
    facts = inspect_index(tmp_path)
    assert facts == IndexFacts(path, exists=True, version=VERSION, content=IndexContent())
    assert judge_index(facts).outcome is Outcome.OK


async def test_the_check_creates_no_file_beside_the_index(tmp_path: Path) -> None:
    path = await index(tmp_path)
    before = {one.name: one.read_bytes() for one in path.parent.rglob("*") if one.is_file()}
    inspect_index(tmp_path)
    assert {one.name: one.read_bytes() for one in path.parent.rglob("*") if one.is_file()} == before


def test_a_service_that_has_it_open_is_named_and_a_killed_one_leaves_it_intact(tmp_path: Path) -> None:
    path = tmp_path / ".photonic" / "captures.sqlite3"
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == b"open\n"
        held = inspect_index(tmp_path)
    assert held.held_by is not None
    assert held.held_by.pid == service.pid
    assert f"process {service.pid}" in judge_index(held).what
    # The log beside the file contains what the killed service had written; it is read, too.
    names = {one.name for one in path.parent.iterdir()}
    assert "captures.sqlite3-wal" in names
    facts = inspect_index(tmp_path)
    assert (facts.held_by, facts.problem, facts.version) == (None, None, VERSION)
    assert {one.name for one in path.parent.iterdir()} == names


async def test_a_damaged_index_is_a_failure(tmp_path: Path) -> None:
    path = await index(tmp_path)
    path.write_bytes(path.read_bytes()[:100] + b"x" * 8000)
    found = judge_index(inspect_index(tmp_path))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.INDEX)
    assert found.mend == f"photonic reindex --photo-root {tmp_path}"


async def test_damage_in_the_middle_is_said_in_one_line(tmp_path: Path) -> None:
    path = await index(tmp_path)
    with path.open("r+b") as content:
        content.seek(path.stat().st_size // 2)
        content.write(b"x" * 12_000)
    found = judge_index(inspect_index(tmp_path))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.INDEX)
    assert "\n" not in found.what


@pytest.mark.parametrize("there", [True, False])
async def test_an_empty_index_over_a_folder_full_of_photos_is_a_warning(tmp_path: Path, *, there: bool) -> None:
    if there:
        await index(tmp_path)
    (tmp_path / "photos").mkdir()
    for number in range(3):
        (tmp_path / "photos" / f"{number}.jpg").touch()
    (tmp_path / "photos" / "notes.txt").touch()
    found = judge_index(inspect_index(tmp_path))
    assert (found.outcome, found.mend) == (Outcome.WARNING, f"photonic reindex --photo-root {tmp_path}")
    assert "3 or more" in found.what


@pytest.mark.parametrize(("open_count", "outcome"), [(0, Outcome.OK), (2, Outcome.WARNING)])
async def test_the_last_check_of_the_photos_is_told(tmp_path: Path, open_count: int, outcome: Outcome) -> None:
    path = await index(tmp_path)
    began_at = THIS_MACHINE.time.wall()
    report = VerificationReport(began_at=began_at, ended_at=began_at, open_count=open_count)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO verification VALUES ('last', ?)", (report.model_dump_json(),))
        connection.execute("INSERT INTO verification VALUES ('clean', ?)", (began_at.isoformat(),))
        connection.commit()
    found = judge_index(inspect_index(tmp_path))
    assert found.outcome is outcome
    assert ("2 stored photos" if open_count else began_at.date().isoformat()) in found.what


async def test_an_index_of_a_newer_photonic_is_a_failure(tmp_path: Path) -> None:
    path = await index(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    found = judge_index(inspect_index(tmp_path))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.INDEX)
    assert found.mend == "pip install --upgrade photonic-camera"


async def test_the_newest_copy_that_this_version_can_open_is_named_with_the_way_back(tmp_path: Path) -> None:
    """The command is run: afterwards, this version has an index again, with the photos in the folder."""
    root = tmp_path / "photo root"
    path = await index(root)
    await add_capture(path, "before")
    copies = path.parent / "copies"
    copies.mkdir()
    made = {
        copies / "captures-000000000003.sqlite3": (VERSION + 1, 3_000_000),
        copies / "captures-000000000002.sqlite3": (VERSION, 2_000_000),
        path.with_name(f"{path.name}.version-{VERSION - 1}"): (VERSION - 1, 1_000_000),
    }
    for copy, (version, seconds) in made.items():
        shutil.copyfile(path, copy)
        give_version(copy, version)
        os.utime(copy, (seconds, seconds))
    (copies / "captures-000000000004.sqlite3").write_bytes(b"damaged")
    await add_capture(path, "since")
    give_version(path, VERSION + 1)
    (root / "guest_2_1700000001.jpg").write_bytes(JPEG)
    before = sorted(path.parent.rglob("*"))
    found = judge_index(inspect_index(root))
    assert sorted(path.parent.rglob("*")) == before
    newest = copies / "captures-000000000002.sqlite3"
    assert f"{newest} (version {VERSION}, of 1970-01-2" in (found.why or "")
    assert found.mend is not None
    programs = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    run = partial(subprocess.run, shell=True, check=True, env=os.environ | programs, timeout=100)
    await asyncio.to_thread(run, found.mend)
    assert judge_index(inspect_index(root)).outcome is Outcome.OK
    with closing(sqlite3.connect(path)) as connection:
        ids = {name for (name,) in connection.execute("SELECT id FROM captures")}
        assert ("before" in ids, "since" in ids, len(ids)) == (True, False, 2)
    assert (path.parent / "newer" / path.name).exists()


async def test_a_newer_index_without_a_usable_copy_says_so(tmp_path: Path) -> None:
    path = await index(tmp_path)
    give_version(path, VERSION + 1)
    found = judge_index(inspect_index(tmp_path))
    assert "no copy of it is there that this version can open" in (found.why or "")
    assert found.mend == "pip install --upgrade photonic-camera"


def give_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


async def add_capture(path: Path, capture_id: str) -> None:
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    await journal.open()
    record = CaptureRecord(
        id=capture_id,
        camera_id="main",
        phase=CapturePhase.SAVED,
        session_id="guest",
        sequence_number=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    file = StoredFile(PurePosixPath(f"{capture_id}.jpg"), 5, capture_id, "image/jpeg")
    await journal.add(CaptureResult(record, (file,), PurePosixPath()), CommitEffects())
    await journal.close()


async def test_an_index_that_was_set_aside_is_a_warning(tmp_path: Path) -> None:
    path = await index(tmp_path)
    path.with_name("captures.sqlite3.damaged-1700000000").touch()
    facts = inspect_index(tmp_path)
    assert facts.damaged == ("captures.sqlite3.damaged-1700000000",)
    assert judge_index(facts).outcome is Outcome.WARNING


def test_an_unreadable_index_differs_from_a_damaged_one() -> None:
    found = judge_index(IndexFacts(PATH, exists=True, unreadable="Permission denied"))
    assert found.code is DoctorCode.INDEX
    assert found.mend == 'sudo chown -R "$(id -u)" /photos/.photonic'


@pytest.mark.parametrize(
    ("holder", "served_here", "code"),
    [
        (None, False, None),
        (Holder(812, "photonic"), True, None),
        (Holder(812, "photonic"), False, DoctorCode.INDEX_IN_USE),
    ],
)
def test_another_service_on_the_same_photo_root_is_a_failure(
    holder: Holder | None, served_here: bool, code: DoctorCode | None
) -> None:
    found = judge_sharing(IndexFacts(PATH, exists=True, held_by=holder), served_here=served_here)
    assert (None if found is None else found.code) == code
    assert found is None or (found.mend or "").startswith("kill 812")
