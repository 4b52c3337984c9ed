"""A second disk on real, tiny file systems: full, read-only, unmounted, mounted again. Only root may mount them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.support.absent import absent
from tests.support.controllers import ControllerHarnesses
from tests.support.second_disks import SecondSettings, caught_up, copies
from tests.support.trash import taken

from photonic.diagnosis.finding import Outcome
from photonic.diagnosis.second_disk import inspect_second_disk, judge_second_disk
from photonic.model.reason import ReasonCode
from photonic.model.saved import SaveLevel
from photonic.service.library import second_copies

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DISK_BYTES = 4_194_304


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, timeout=20, check=False).returncode == 0


def unmount(place: Path) -> None:
    subprocess.run(["umount", "--lazy", str(place)], timeout=20, check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk that can be unmounted and mounted again, since it is a file with ext2 if that can be made."""
    image, place = tmp_path / "image", tmp_path / "second"
    place.mkdir()
    if shutil.which("mkfs.ext2") is None:
        absent("e2fsprogs is not installed")
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    subprocess.run(["mkfs.ext2", "-q", "-F", str(image)], capture_output=True, timeout=20, check=True)
    if not mount("-o", "loop", str(image), str(place)):
        absent("this user may not mount a disk")
    try:
        yield place
    finally:
        if place.is_mount():
            unmount(place)


@pytest.fixture
def harnesses(tmp_path: Path) -> ControllerHarnesses:
    return ControllerHarnesses(tmp_path / "root")


@pytest.fixture
def second(disk: Path, monkeypatch: pytest.MonkeyPatch) -> SecondSettings:
    monkeypatch.setattr(second_copies, "RETRY_SECONDS", 0.0)
    return SecondSettings(saved=SaveLevel.SECOND, second_root=disk)


def stored(harnesses: ControllerHarnesses) -> dict[str, bytes]:
    root = harnesses.photo_root
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / "photos").iterdir()}


def copied(disk: Path) -> dict[str, bytes]:
    return {name: content for name, content in copies(disk).items() if name.startswith("photos/")}


def doctor(disk: Path, harnesses: ControllerHarnesses) -> Outcome:
    return judge_second_disk(disk, inspect_second_disk(disk, harnesses.photo_root)).outcome


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def make(place: Path) -> None:
    place.mkdir()


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(65536))
    return filler


def mount_again(disk: Path) -> None:
    assert mount("-o", "loop", str(disk.parent / "image"), str(disk))


async def test_a_disk_that_is_unmounted_gets_nothing_in_its_mount_point_and_everything_when_it_is_back(
    harnesses: ControllerHarnesses, second: SecondSettings, disk: Path
) -> None:
    async with harnesses.running(**second) as harness:
        assert (await taken(harness, 1)).saved is SaveLevel.SECOND
        assert doctor(disk, harnesses) is Outcome.OK
        unmount(disk)
        record = await taken(harness, 2)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_GONE)
        assert names(disk) == []
        assert doctor(disk, harnesses) is Outcome.FAILED
    # The service is started again while the disk is away.
    async with harnesses.running(**second) as harness:
        record = await taken(harness, 3)
        assert record.saved_reason_code == ReasonCode.SECOND_DISK_GONE
        assert names(disk) == []
        mount_again(disk)
        await caught_up(harness)
        assert copied(disk) == stored(harnesses)
        assert len(stored(harnesses)) == 3


async def test_a_disk_that_is_full_is_said_and_used_again_when_there_is_room(
    harnesses: ControllerHarnesses, second: SecondSettings, disk: Path
) -> None:
    async with harnesses.running(**second) as harness:
        filler = fill(disk)
        record = await taken(harness, 1)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_FULL)
        assert doctor(disk, harnesses) is Outcome.FAILED
        filler.unlink()
        await caught_up(harness)
        assert copied(disk) == stored(harnesses)


async def test_a_disk_that_fills_up_in_the_middle_of_a_copy_keeps_no_part_of_it(
    harnesses: ControllerHarnesses, second: SecondSettings, disk: Path
) -> None:
    large = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 16_000 + b"\xff\xd9"
    async with harnesses.running(**second) as harness:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("photonic.service.files.second_root.SPARE_BYTES", -(1 << 40))
            await harness.until_ready()
            harness.process.photos = {"IMG_0001.JPG": large}
            record = await taken(harness, 1)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_FULL)
        assert copied(disk) == {}
        assert names(disk / ".photonic-second") == []


async def test_a_disk_that_becomes_read_only_is_said_and_used_again_when_it_is_writable(
    harnesses: ControllerHarnesses, second: SecondSettings, disk: Path
) -> None:
    async with harnesses.running(**second) as harness:
        assert mount("-o", "remount,ro", str(disk))
        record = await taken(harness, 1)
        assert (record.saved, record.saved_reason_code) == (SaveLevel.DISK, ReasonCode.SECOND_DISK_READ_ONLY)
        assert doctor(disk, harnesses) is Outcome.FAILED
        assert mount("-o", "remount,rw", str(disk))
        await caught_up(harness)
        assert copied(disk) == stored(harnesses)


async def test_a_folder_of_the_same_disk_takes_no_copies(harnesses: ControllerHarnesses, tmp_path: Path) -> None:
    place = tmp_path / "second"
    make(place)
    async with harnesses.running(saved=SaveLevel.SECOND, second_root=place) as harness:
        record = await taken(harness, 1)
        assert record.saved_reason_code == ReasonCode.SECOND_DISK_SAME
        assert names(place) == []
