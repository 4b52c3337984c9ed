"""What is believed of a staged file, and how it is flushed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from tests.support.camera_process import JPEG

from photonic.errors import CaptureError, StorageError
from photonic.service.base.unexpected import Unexpected
from photonic.service.files import claims, disk
from photonic.service.files.directories import Directories
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.files.staging import StagingArea
from photonic.service.photo.staged import StagedFile

PHOTO = JPEG[:-2] + b"picture" * 50 + JPEG[-2:]


@pytest.fixture
def area(tmp_path: Path) -> StagingArea:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    return root.staging


def staged(area: StagingArea, content: bytes = PHOTO) -> StagedFile:
    """A file that the camera sent as ``PHOTO``; on the disk is ``content``."""
    path = area.make("c1") / "c1-0-A.JPG"
    path.write_bytes(content)
    return StagedFile(path, "A.JPG", len(PHOTO), sha256=hashlib.sha256(PHOTO).hexdigest())


def with_hole(photo: bytes) -> bytes:
    """What a power cut leaves of a photo: size, beginning and end are right."""
    return photo[:100] + bytes(len(photo) - 200) + photo[-100:]


def failing_flushes(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """The first flushes of plain files fail; returns the inodes of all."""
    flush, seen = os.fsync, list[int]()

    def refuse(descriptor: int) -> None:
        facts = os.fstat(descriptor)
        if stat.S_ISREG(facts.st_mode):
            seen.append(facts.st_ino)
            if len(seen) <= times:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    return seen


def test_a_hole_is_noticed_by_the_hash_and_by_nothing_else(area: StagingArea) -> None:
    file = staged(area, with_hole(PHOTO))
    assert area.content.fault(file) is None
    assert area.content.verify(file) == "its content is not what the camera sent"
    assert area.content.differs(file)
    with pytest.raises(CaptureError, match="not what the camera sent"):
        area.content.flush_whole(file)
    assert file.path.exists()


def test_a_file_without_a_hash_is_judged_by_its_structure_and_hashed(area: StagingArea) -> None:
    file = replace(staged(area), sha256=None)
    assert area.content.verify(file) is None
    assert area.content.flush_whole(file) == area.content.sha256(file) == hashlib.sha256(PHOTO).hexdigest()
    assert not area.content.differs(file)


def test_a_hash_shows_the_length_where_the_structure_does_not(area: StagingArea) -> None:
    """As after the death of both processes: of the file, only its name is known, with the hash in it."""
    raw = b"RAW of a kind that nobody knows"
    path = area.make("c1") / f"{hashlib.sha256(raw).hexdigest()}.{'c1' * 16}-0-A.RAW"
    path.write_bytes(raw)
    (file,) = area.files("c1")
    assert area.content.verify(file) is None
    path.write_bytes(raw[:-1])
    assert area.content.verify(file) == "its content is not what the camera sent"
    assert area.content.verify(replace(file, sha256=None)) is not None


def test_after_a_flush_that_failed_the_file_is_written_again(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = staged(area)
    seen = failing_flushes(monkeypatch, 1)
    assert area.content.flush_whole(file) == hashlib.sha256(PHOTO).hexdigest()
    assert seen[1] != seen[0]
    assert file.path.stat().st_ino == seen[1]
    assert file.path.read_bytes() == PHOTO
    assert [one.name for one in file.path.parent.iterdir()] == [file.path.name]


def test_a_disk_that_goes_on_failing_refuses_and_the_file_stays(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = staged(area)
    failing_flushes(monkeypatch, 2)
    with pytest.raises(OSError, match="Input/output error"):
        area.content.flush_whole(file)
    assert [one.path for one in area.files("c1")] == [file.path]
    assert file.path.read_bytes() == PHOTO
    # The kernel reports an error once: the next flush of these pages would succeed, and prove nothing.
    monkeypatch.undo()
    before = file.path.stat().st_ino
    assert area.content.flush_whole(file)
    assert file.path.stat().st_ino != before


def test_a_file_of_an_earlier_run_is_written_again_before_it_is_believed(area: StagingArea, tmp_path: Path) -> None:
    """A flush of it may have failed, which this run does not know, and its own would prove nothing."""
    file = staged(area)
    before, begun_at = file.path.stat(), area.begun_at("c1")
    assert begun_at is not None
    os.utime(file.path.parent, (begun_at, begun_at + 60.0))
    os.utime(file.path, (begun_at, begun_at))
    assert StagingArea(tmp_path / "root", Unexpected(), 0o640, Directories()).content.verify(file) is None
    assert file.path.stat().st_ino != before.st_ino
    assert file.path.read_bytes() == PHOTO
    # Whose photo it is depends on this time.
    assert area.begun_at("c1") == pytest.approx(begun_at)


def test_the_name_of_a_file_is_on_the_disk_before_its_copy_is(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss of power could take the one and leave the other, which nobody knows."""
    file = staged(area)
    before = file.path.stat().st_ino
    flushed: list[tuple[Path, bool]] = []

    def noted(folder: Path) -> None:
        flushed.append((folder, file.path.stat().st_ino == before))

    monkeypatch.setattr(disk, "flush", noted)
    assert area.content.verify(file) is None
    assert flushed == [(file.path.parent, True), (file.path.parent, False)]


def test_a_file_that_has_its_name_in_the_folder_already_keeps_it(area: StagingArea, tmp_path: Path) -> None:
    """It was flushed before it got that name, which would no longer be known as its own."""
    file = staged(area)
    (tmp_path / "root/A.JPG").hardlink_to(file.path)
    assert area.content.verify(file) is None
    assert claims.links(file.path, tmp_path / "root") == [tmp_path / "root/A.JPG"]


def test_a_file_that_the_full_disk_has_no_room_to_write_again_is_judged_all_the_same(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_staged: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = staged(area)
    monkeypatch.setattr(claims, "rewrite", full)
    assert area.content.verify(file) is None
    file.path.write_bytes(with_hole(PHOTO))
    assert area.content.verify(file) == "its content is not what the camera sent"


def test_a_file_that_the_disk_refuses_to_write_again_is_not_believed(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = staged(area)
    failing_flushes(monkeypatch, 1)
    with pytest.raises(StorageError, match="Input/output error"):
        area.content.verify(file)
    assert file.path.read_bytes() == PHOTO


def test_an_incomplete_copy_is_no_staged_file_and_goes_with_it(
    area: StagingArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(_part: Path, _target: Path) -> None:
        raise Killed

    file = staged(area)
    with monkeypatch.context() as killing:
        killing.setattr(type(file.path), "replace", kill)
        failing_flushes(killing, 1)
        with pytest.raises(Killed):
            area.content.flush_whole(file)
    assert len(list(file.path.parent.iterdir())) == 2
    assert [one.path for one in area.files("c1")] == [file.path]
    area.drop(file)
    assert area.captures() == []


def test_a_photo_is_on_the_disk_before_it_gets_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = PhotoRoot(tmp_path, min_free_bytes=0)
    root.check()
    path = root.staging.make("c1") / "A.JPG"
    path.write_bytes(JPEG)
    flushed: list[tuple[int, int]] = []
    flush = os.fsync

    def noted(descriptor: int) -> None:
        status = os.fstat(descriptor)
        flushed.append((status.st_ino, status.st_nlink))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    root.bring_in([StagedFile(path, "A.JPG", len(JPEG))], PurePosixPath("photos/s"))
    assert (path.stat().st_ino, 1) in flushed
