"""Directories survive a power cut, whatever became of the run that created them."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from photonic.service.files import directories as directories_module
from photonic.service.files.directories import REMEMBERED, Directories

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The directories that were flushed."""
    found: list[Path] = []
    monkeypatch.setattr(directories_module, "flush", found.append)
    return found


def test_the_parents_of_what_is_created_are_flushed_once(tmp_path: Path, flushed: list[Path]) -> None:
    directories = Directories()
    directories.make(tmp_path / "root" / "photos")
    assert {tmp_path, tmp_path / "root"} <= set(flushed)
    flushed.clear()
    directories.make(tmp_path / "root" / "photos")
    assert flushed == []
    directories.make(tmp_path / "root" / "portraits")
    assert flushed == [tmp_path / "root"]


def test_what_another_run_has_created_may_not_have_been_flushed(tmp_path: Path, flushed: list[Path]) -> None:
    (tmp_path / "root" / "photos").mkdir(parents=True)
    Directories().make(tmp_path / "root" / "photos")
    assert {tmp_path, tmp_path / "root"} <= set(flushed)


def test_what_is_missing_again_is_flushed_again(tmp_path: Path, flushed: list[Path]) -> None:
    directories = Directories()
    directories.make(tmp_path / "photos")
    (tmp_path / "photos").rmdir()
    flushed.clear()
    directories.make(tmp_path / "photos")
    assert flushed == [tmp_path]


def test_a_flush_that_failed_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def fails_once(place: Path) -> None:
        seen.append(place)
        if len(seen) == 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(directories_module, "flush", fails_once)
    directories = Directories()
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        directories.make(tmp_path / "photos")
    directories.make(tmp_path / "photos")
    assert seen[:2] == [tmp_path, tmp_path]


@pytest.mark.parametrize("reason", [errno.EACCES, errno.EROFS, errno.EINVAL])
def test_a_parent_that_cannot_be_flushed_at_all_is_no_reason_to_store_no_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def refused(_place: Path) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(directories_module, "flush", refused)
    Directories().make(tmp_path / "photos")
    assert (tmp_path / "photos").is_dir()


def test_the_memory_of_what_was_flushed_is_bounded(tmp_path: Path, flushed: list[Path]) -> None:
    directories = Directories()
    for number in range(REMEMBERED + 10):
        directories.make(tmp_path / str(number))
    assert len(directories._flushed) <= REMEMBERED


@pytest.mark.usefixtures("flushed")
def test_the_permissions_are_those_of_the_directory_itself(tmp_path: Path) -> None:
    Directories().make(tmp_path / "root" / "index", mode=0o700)
    assert (tmp_path / "root" / "index").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "root").stat().st_mode & 0o777 != 0o700
