"""The second disk: inspected, judged, and left unchanged."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from tests.support.second_disks import on_two_devices

from photonic.diagnosis.finding import DoctorCode, Outcome
from photonic.diagnosis.second_disk import inspect_second_disk, judge_second_disk
from photonic.service.files import disk, second_root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "second"
    place.mkdir()
    monkeypatch.setattr(second_root, "same_device", on_two_devices)
    return place


def test_a_disk_that_takes_copies_is_left_as_it_is(folder: Path, tmp_path: Path) -> None:
    found = judge_second_disk(folder, inspect_second_disk(folder, tmp_path / "photos"))
    assert (found.outcome, "not used yet" in found.what) == (Outcome.OK, True)
    assert list(folder.iterdir()) == []
    (folder / second_root.MARKER).mkdir()
    assert "not used yet" not in judge_second_disk(folder, inspect_second_disk(folder, tmp_path / "photos")).what


def test_a_folder_that_is_not_there_is_not_created(folder: Path, tmp_path: Path) -> None:
    folder.rmdir()
    found = judge_second_disk(folder, inspect_second_disk(folder, tmp_path / "photos"))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.SECOND_DISK)
    assert "does not exist" in found.what
    assert not folder.exists()


def test_the_same_device_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    found = judge_second_disk(tmp_path / "second", inspect_second_disk(tmp_path / "second", tmp_path / "photos"))
    assert (found.outcome, "on the same device" in found.what) == (Outcome.FAILED, True)


@pytest.mark.parametrize(
    ("number", "mend"), [(errno.ENOSPC, "df -h"), (errno.EROFS, "remount,rw"), (errno.EIO, "findmnt")]
)
def test_what_a_test_write_meets_has_its_own_remedy(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, mend: str
) -> None:
    def refuse(_place: Path, *, flush: bool) -> None:
        assert flush
        raise OSError(number, "refused")

    monkeypatch.setattr(disk, "probe", refuse)
    found = judge_second_disk(folder, inspect_second_disk(folder, tmp_path / "photos"))
    assert (found.outcome, mend in (found.mend or "")) == (Outcome.FAILED, True)
