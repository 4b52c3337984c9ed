"""The second folder: which disk it is on, what a copy goes through, and what no copy touches."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import pytest
from tests.support.second_disks import on_one_device, on_two_devices

from photonic.errors import StorageError
from photonic.model.reason import ReasonCode
from photonic.service.files import claims, devices, disk, second_copy, second_root
from photonic.service.files.second_root import MARKER, SecondRoot
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    from photonic.service.files.disk_thread import InPieces

_Result = TypeVar("_Result")

CONTENT = bytes(range(256)) * 40
NAME = PurePosixPath("photos/guest_1.jpg")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "photos").mkdir(parents=True)
    (root / NAME).write_bytes(CONTENT)
    return root


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "second"
    place.mkdir()
    monkeypatch.setattr(second_root, "same_device", on_two_devices)
    return place


def photo(content: bytes = CONTENT) -> StoredFile:
    return StoredFile(NAME, len(content), hashlib.sha256(content).hexdigest(), "image/jpeg")


def ended(work: InPieces[_Result]) -> _Result:
    while (result := work.advance()) is None:
        pass
    return result


def made(root: SecondRoot, file: StoredFile | None = None) -> PurePosixPath:
    assert root.check(used=False).fault is None
    return ended(root.copy(file or photo(), "queue"))


def test_a_copy_is_the_photo_with_its_time_and_permissions_in_the_same_place(first: Path, second: Path) -> None:
    (first / NAME).chmod(0o640)
    os.utime(first / NAME, (1_700_000_000, 1_700_000_001))
    assert made(SecondRoot(second, "", first)) == NAME
    status = (second / NAME).stat()
    assert ((second / NAME).read_bytes(), status.st_mode & 0o777, status.st_mtime) == (CONTENT, 0o640, 1_700_000_001)
    assert (status.st_nlink, list((second / MARKER).iterdir())) == (1, [])
    assert disk.holds(second / NAME, photo().sha256)


def test_each_camera_has_its_own_folder(first: Path, second: Path) -> None:
    made(SecondRoot(second, "left", first))
    assert (second / "left" / NAME).read_bytes() == CONTENT


def test_a_copy_is_flushed_and_read_back_before_it_has_its_name_and_the_folder_is_flushed_after_it(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    flush, fsync, take_name, opened = disk.flush, os.fsync, claims.take_name, disk.opened

    def note(what: str, path: object) -> None:
        done.append(f"{what} {Path(str(path)).name}")

    def flushing(directory: Path) -> None:
        note("flush", directory)
        flush(directory)

    def syncing(descriptor: int) -> None:
        note("fsync", Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    def taking(part: Path, place: Path) -> bool:
        note("name", place)
        return take_name(part, place)

    def opening(path: Path):
        note("read", path)
        return opened(path)

    root = SecondRoot(second, "", first)
    root.check(used=False)
    copy = root.copy(photo(), "queue")
    monkeypatch.setattr(disk, "flush", flushing)
    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(claims, "take_name", taking)
    monkeypatch.setattr(disk, "opened", opening)
    ended(copy)
    part = "photos-queue.part"
    start = done.index(f"fsync {part}")
    steps = [f"fsync {part}", f"read {part}", f"name {NAME.name}", "flush photos", "fsync photos"]
    assert done[start:] == steps


def test_what_the_disk_does_not_give_back_is_no_copy(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rot(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        path.write_bytes(bytes(len(CONTENT)))

    monkeypatch.setattr("photonic.service.files.disk.drop_cached", rot)
    root = SecondRoot(second, "", first)
    with pytest.raises(OSError, match="does not return what was written") as raised:
        made(root)
    assert root.explained(raised.value).code is ReasonCode.SECOND_DISK_FAILING
    assert not (second / NAME).exists()
    assert list((second / MARKER).iterdir()) == []


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_a_photo_that_is_not_what_was_stored_is_not_copied(first: Path, second: Path, change: str) -> None:
    if change == "changed":
        (first / NAME).write_bytes(CONTENT[:-1] + b"x")
    else:
        (first / NAME).unlink()
    with pytest.raises(StorageError):
        made(SecondRoot(second, "", first))
    assert not (second / NAME).exists()


def test_a_name_that_is_taken_gets_a_number_and_an_earlier_copy_counts(first: Path, second: Path) -> None:
    root = SecondRoot(second, "", first)
    (second / "photos").mkdir()
    (second / NAME).write_bytes(b"somebody's")
    assert made(root) == PurePosixPath("photos/guest_1_2.jpg")
    assert made(root) == PurePosixPath("photos/guest_1_2.jpg")
    assert (second / NAME).read_bytes() == b"somebody's"
    assert len(list((second / "photos").iterdir())) == 2


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_link_or_a_folder_that_has_the_name_of_a_copy_stays_and_the_copy_gets_another_name(
    first: Path, second: Path, kind: str
) -> None:
    (second / "photos").mkdir()
    if kind == "link":
        (second / NAME).symlink_to(first / NAME)
    else:
        (second / NAME).mkdir()
    place = made(SecondRoot(second, "", first))
    assert place != NAME
    assert (second / place).read_bytes() == CONTENT
    assert not disk.holds(second / NAME, photo().sha256)
    assert (second / NAME).is_symlink() == (kind == "link")


def test_without_hard_links_a_copy_still_gets_only_a_free_name(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_place: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    root = SecondRoot(second, "", first)
    (second / "photos").mkdir()
    (second / NAME).write_bytes(b"somebody's")
    assert made(root) == PurePosixPath("photos/guest_1_2.jpg")
    (second / "photos" / "guest_1_2.jpg").write_bytes(b"")  # of a try that a crash ended
    assert made(root) == PurePosixPath("photos/guest_1_2.jpg")
    assert (second / "photos" / "guest_1_2.jpg").read_bytes() == CONTENT
    assert (second / NAME).read_bytes() == b"somebody's"


def test_a_part_that_a_crash_left_with_two_names_is_not_written_over(first: Path, second: Path) -> None:
    root = SecondRoot(second, "", first)
    made(root)
    (second / MARKER / "photos-queue.part").hardlink_to(second / NAME)
    (first / "photos" / "other.jpg").write_bytes(b"other")
    other = StoredFile(PurePosixPath("photos/other.jpg"), 5, hashlib.sha256(b"other").hexdigest(), "image/jpeg")
    made(root, other)
    assert (second / NAME).read_bytes() == CONTENT


def test_only_an_unchanged_copy_is_removed(first: Path, second: Path) -> None:
    root = SecondRoot(second, "", first)
    made(root)
    assert ended(root.removed(NAME, "0" * 64)) is False
    assert (second / NAME).exists()
    assert ended(root.removed(NAME, photo().sha256)) is True
    assert ended(root.removed(NAME, photo().sha256)) is False
    assert not (second / NAME).exists()


@pytest.mark.parametrize(("change", "whole"), [("none", True), ("changed", False), ("gone", False), ("link", False)])
def test_only_a_whole_copy_is_fetched(first: Path, second: Path, tmp_path: Path, change: str, whole: bool) -> None:
    root = SecondRoot(second, "", first)
    made(root)
    match change:
        case "changed":
            (second / NAME).write_bytes(bytes(len(CONTENT)))
        case "gone":
            (second / NAME).unlink()
        case "link":
            (second / NAME).rename(second / "other")
            (second / NAME).symlink_to(second / "other")
        case _:
            pass
    target = tmp_path / "fetched"
    target.write_bytes(b"left by a crash")
    assert ended(root.fetched(NAME, photo().sha256, target)) is whole
    if whole:
        assert (target.read_bytes(), target.stat().st_mtime) == (CONTENT, (second / NAME).stat().st_mtime)


def test_a_large_copy_is_flushed_while_it_is_written(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise, the flush at the end would take minutes on a slow disk, and it would seem to hang."""
    flushed: list[int] = []

    def flush(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(second_copy, "PIECE_BYTES", 1000)
    monkeypatch.setattr(second_copy, "FLUSHED_BYTES", 4000)
    monkeypatch.setattr(os, "fdatasync", flush)
    assert made(SecondRoot(second, "", first)) == NAME
    assert flushed == [4000, 8000]


def test_a_copy_that_is_given_up_leaves_nothing(first: Path, second: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_copy, "PIECE_BYTES", 1000)
    root = SecondRoot(second, "", first)
    root.check(used=False)
    copy = root.copy(photo(), "capture")
    assert copy.advance() is None
    assert list((second / MARKER).iterdir()) != []
    copy.close()
    assert list((second / MARKER).iterdir()) == []


def test_a_piece_of_a_copy_that_was_given_up_before_does_nothing(first: Path, second: Path) -> None:
    """Who gives a copy up does not wait for the thread that is to work on its next piece."""
    root = SecondRoot(second, "", first)
    root.check(used=False)
    copy = root.copy(photo(), "capture")
    copy.close()
    assert copy.advance() is None
    assert list((second / MARKER).iterdir()) == []


def test_which_folder_is_the_second_disk(first: Path, second: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = SecondRoot(second, "", first)

    def code(*, used: bool = False, wanted_bytes: int = 0) -> ReasonCode | None:
        fault = root.state(used=used, wanted_bytes=wanted_bytes).fault
        return None if fault is None else fault.code

    assert code() is None
    assert code(wanted_bytes=1 << 60) is ReasonCode.SECOND_DISK_FULL
    mounts = [Path("/")]

    def mounted(_place: Path) -> Path:
        return mounts[-1]

    monkeypatch.setattr("photonic.service.files.disk.mount_of", mounted)
    # A mount point without its disk: a folder without the mark, on the system's disk or on that of the photos.
    assert code(used=True) is ReasonCode.SECOND_DISK_GONE
    mounts.append(second)
    assert code(used=True) is None
    monkeypatch.setattr(second_root, "same_device", on_one_device)
    assert code(used=True) is ReasonCode.SECOND_DISK_GONE
    assert code() is ReasonCode.SECOND_DISK_SAME
    second.rmdir()
    assert code() is ReasonCode.SECOND_DISK_GONE
    assert not second.exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ReasonCode.SECOND_DISK_FULL),
        (errno.EDQUOT, ReasonCode.SECOND_DISK_FULL),
        (errno.EROFS, ReasonCode.SECOND_DISK_READ_ONLY),
        (errno.ENODEV, ReasonCode.SECOND_DISK_GONE),
        (errno.ESTALE, ReasonCode.SECOND_DISK_GONE),
        (errno.EIO, ReasonCode.SECOND_DISK_FAILING),
        (errno.EACCES, ReasonCode.SECOND_DISK_FAILING),
    ],
)
def test_every_error_of_the_disk_has_a_code(first: Path, second: Path, number: int, code: ReasonCode) -> None:
    assert SecondRoot(second, "", first).explained(OSError(number, "refused")).code is code


def test_two_folders_of_one_disk_are_on_the_same_device(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert devices.same_device(tmp_path, tmp_path / "a")
    assert not devices.same_device(tmp_path, Path("/proc"))


def test_partitions_of_one_disk_are_the_same_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, blocks = tmp_path / "devices" / "sda", tmp_path / "block"
    blocks.mkdir()
    for name, number in (("sda1", 1), ("sda2", 2)):
        (disk / name).mkdir(parents=True)
        (disk / name / "partition").touch()
        (blocks / f"8:{number}").symlink_to(disk / name)
    (tmp_path / "devices" / "sdb").mkdir()
    (blocks / "8:16").symlink_to(tmp_path / "devices" / "sdb")
    monkeypatch.setattr(devices, "_BLOCK_DEVICES", blocks)
    numbers = {"one": 1, "two": 2, "other": 16, "network": 99}

    class Place:
        def __init__(self, name: str) -> None:
            self.number = os.makedev(8, numbers[name])

        def stat(self) -> object:
            return type("Status", (), {"st_dev": self.number})

    def same(one: str, other: str) -> bool:
        return devices.same_device(Place(one), Place(other))  # pyright: ignore[reportArgumentType]

    assert same("one", "two")
    assert not same("one", "other")
    assert not same("one", "network")
    assert same("network", "network")
