"""The photo root and its index: looked at, judged, and left as they were."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from photonic.diagnosis.finding import DoctorCode, Outcome
from photonic.diagnosis.photos import (
    IndexFacts,
    PhotoRootFacts,
    judge_index,
    judge_photo_root,
    look_at_index,
    look_at_photo_root,
)

if TYPE_CHECKING:
    from pathlib import Path

GIGABYTE = 10**9


def test_a_root_that_is_not_there_yet_is_left_so(tmp_path: Path) -> None:
    facts = look_at_photo_root(tmp_path / "a" / "b")
    assert (facts.exists, facts.problem) == (False, None)
    assert facts.free_bytes
    assert list(tmp_path.iterdir()) == []
    assert judge_photo_root(facts, 0, "me").outcome in {Outcome.OK, Outcome.WARNING}


@pytest.mark.parametrize("below", ["", "photos"])
def test_a_file_in_the_place_of_the_root_or_above_it_is_a_failure(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    found = judge_photo_root(look_at_photo_root(file / below), 0, "me")
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.PHOTO_ROOT)
    assert "is a file" in found.what
    assert "--photo-root" in (found.mend or "")


def test_a_root_that_cannot_be_written_names_the_command(tmp_path: Path) -> None:
    found = judge_photo_root(PhotoRootFacts(tmp_path, exists=True, problem="Permission denied"), 0, "me")
    assert found.code is DoctorCode.PHOTO_ROOT
    assert (found.mend or "").startswith(f"sudo chown me '{tmp_path}'")


@pytest.mark.parametrize(
    ("free", "left", "outcome"),
    [
        (100 * GIGABYTE, 0, Outcome.OK),
        (100 * GIGABYTE, 2, Outcome.WARNING),
        (1 * GIGABYTE, 0, Outcome.WARNING),
        (GIGABYTE // 10, 0, Outcome.FAILED),
    ],
)
def test_room_and_leftovers(tmp_path: Path, free: int, left: int, outcome: Outcome) -> None:
    facts = PhotoRootFacts(tmp_path, exists=True, free_bytes=free, left_behind=left)
    assert judge_photo_root(facts, GIGABYTE // 2, "me").outcome is outcome


def test_files_that_an_interrupted_capture_left_are_counted(tmp_path: Path) -> None:
    (tmp_path / ".staging" / "c1").mkdir(parents=True)
    (tmp_path / ".staging" / "c1" / "a.jpg").touch()
    (tmp_path / ".staging" / "b.jpg").touch()
    assert look_at_photo_root(tmp_path).left_behind == 2


def index(root: Path) -> Path:
    path = root / ".photonic" / "captures.sqlite3"
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()
    return path


def test_a_sound_index_is_well_and_none_is_no_fault(tmp_path: Path) -> None:
    assert judge_index(look_at_index(tmp_path)).outcome is Outcome.SKIPPED
    index(tmp_path)
    assert judge_index(look_at_index(tmp_path)).outcome is Outcome.OK


def test_a_damaged_index_is_a_failure(tmp_path: Path) -> None:
    path = index(tmp_path)
    path.write_bytes(path.read_bytes()[:100] + b"x" * 8000)
    found = judge_index(look_at_index(tmp_path))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.INDEX)
    assert ".recover" in (found.mend or "")


def test_an_index_that_a_service_has_open_is_well(tmp_path: Path) -> None:
    connection = sqlite3.connect(index(tmp_path), isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        facts = look_at_index(tmp_path)
    finally:
        connection.close()
    assert facts.in_use
    assert judge_index(facts).outcome is Outcome.OK


def test_an_index_that_was_set_aside_is_a_warning(tmp_path: Path) -> None:
    path = index(tmp_path)
    path.with_name("captures.sqlite3.damaged-1700000000").touch()
    facts = look_at_index(tmp_path)
    assert facts == IndexFacts(path, exists=True, damaged=("captures.sqlite3.damaged-1700000000",))
    assert judge_index(facts).outcome is Outcome.WARNING
