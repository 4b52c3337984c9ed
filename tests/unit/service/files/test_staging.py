"""The staging area: what is found there, and what is cleared."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support import exif_files
from tests.support.camera_process import JPEG

from photonic.errors import StorageError
from photonic.service.files import disk
from photonic.service.files.exif_reading import read_exif
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.files.staging import StagingArea
from photonic.service.photo.staged import StagedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BLOCK = exif_files.block({0x0110: exif_files.text("EOS R5")}, {0x8827: exif_files.short(800)})


def test_a_file_that_is_gone_or_a_link_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(exif_files.jpeg(BLOCK))
    (tmp_path / "link.jpg").symlink_to(tmp_path / "photo.jpg")
    assert read_exif(tmp_path / "photo.jpg") is not None
    assert read_exif(tmp_path / "link.jpg") is None
    assert read_exif(tmp_path / "gone.jpg") is None


PHOTO = JPEG[:-2] + b"picture" * 50 + JPEG[-2:]


@pytest.fixture
def area(tmp_path: Path) -> StagingArea:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    return root.staging


def test_a_copy_and_a_note_of_files_that_are_gone_are_removed_and_others_stay(area: StagingArea) -> None:
    path = area.path / "body-1-1-A.JPG"
    path.write_bytes(PHOTO)
    (area.path / f".{'0' * 32}.part").write_bytes(PHOTO)
    (area.path / f".{'0' * 32}.claim").write_bytes(b"../A.JPG")
    note = area.path / f".{hashlib.sha256(b'.staging/body-1-1-A.JPG').hexdigest()[:32]}.claim"
    note.write_bytes(b"../A.JPG")
    (leftover,), foreign = area.leftovers()
    assert leftover.file.path == path
    assert foreign == []
    assert sorted(area.path.iterdir()) == sorted([path, note])


def test_the_folders_of_staged_files_are_flushed_in_one_order(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a simulated history is the same in every process: a set of paths has another order in each."""
    folders = [area.make(f"c{number}") for number in range(9)]
    files = [StagedFile(folder / name, name, None) for folder in folders for name in ("A.JPG", "A.CR3")]
    flushed: list[Path] = []
    monkeypatch.setattr(disk, "flush", flushed.append)
    area.keep_names(files)
    assert flushed == [area.path, *folders]


def test_the_folder_is_flushed_after_a_file_is_dropped(area: StagingArea, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file would be back after a power cut, and a photo from RAM would be listed again."""
    path = area.path / "body-1-1-A.JPG"
    path.write_bytes(PHOTO)
    flushed: list[Path] = []
    monkeypatch.setattr(disk, "flush", flushed.append)
    area.drop(StagedFile(path, "A.JPG", len(PHOTO)))
    assert flushed == [area.path]


def files_of_one_capture(area: StagingArea) -> list[StagedFile]:
    return area.files("c1")


@pytest.mark.parametrize("look", [files_of_one_capture, StagingArea.captures, StagingArea.leftovers])
def test_a_staging_area_that_cannot_be_read_is_a_failure_of_the_disk(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch, look: Callable[[StagingArea], object]
) -> None:
    (area.make("c1") / "A.JPG").write_bytes(PHOTO)

    def unreadable(_path: Path) -> Iterator[Path]:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(Path, "iterdir", unreadable)
        with pytest.raises(StorageError, match=os.strerror(errno.EIO)):
            look(area)
        area.clear("c1", ["kept"])  # the photo is on record: what stays is known at the next start


def test_a_test_write_that_could_not_be_removed_is_removed_later_and_is_nobodys_file(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk became read-only in the middle, or the service was killed there."""

    def refused(path: Path, **_fields: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(OSError, match="Read-only"):
        disk.probe(area.path)
    monkeypatch.undo()
    assert len(list(area.path.iterdir())) == 1
    assert area.leftovers() == ([], [])
    assert list(area.path.iterdir()) == []
    disk.probe(area.path, flush=True)
    assert list(area.path.iterdir()) == []
