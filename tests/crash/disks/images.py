"""Real file systems in images: made, mounted, and copied at a moment as a loss of power leaves them."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.absent import absent, program

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

MEBIBYTE = 2**20
LONGEST_SECONDS = 60.0
TRIES = 20


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One kind.

    Args:
        name: Of the kind, as the kernel calls it.
        maker: The command that makes one in a file.
        package: Debian's, which has it.
        size_bytes: Of the image.
        options: For mounting a copy whose original may still be known to the kernel.
        driver: A program that mounts it; ``None``: the kernel does.
    """

    name: str
    maker: tuple[str, ...]
    package: str
    size_bytes: int
    options: tuple[str, ...] = ()
    driver: str | None = None


FILE_SYSTEMS = (
    FileSystem("ext4", ("mkfs.ext4", "-q"), "e2fsprogs", 64 * MEBIBYTE),
    FileSystem("xfs", ("mkfs.xfs", "-q"), "xfsprogs", 320 * MEBIBYTE, ("-o", "nouuid")),
    FileSystem("btrfs", ("mkfs.btrfs", "-q"), "btrfs-progs", 160 * MEBIBYTE),
    FileSystem("exfat", ("mkfs.exfat",), "exfatprogs", 64 * MEBIBYTE, driver="mount.exfat-fuse"),
)


def make(kind: FileSystem, image: Path) -> None:
    """A new, empty file system in a file."""
    tool = program(kind.maker[0], kind.package)
    if kind.driver is not None:
        program(kind.driver, "exfat-fuse")
    with image.open("wb") as file:
        file.truncate(kind.size_bytes)
    _run(tool, *kind.maker[1:], str(image))


@contextmanager
def mounted(kind: FileSystem, image: Path, place: Path, options: Sequence[str] = ()) -> Generator[None]:
    """The file system at ``place``; the test is skipped, with the reason, where that is not possible."""
    place.mkdir(exist_ok=True)
    device = _loop(image)
    try:
        if kind.driver is None:
            command = [program("mount"), "-t", kind.name, *options, device, str(place)]
        else:
            command = [program(kind.driver, "exfat-fuse"), device, str(place)]
        if (refused := _refusal(command)) is not None:
            absent(f"this machine cannot mount {kind.name}: {refused}", promised=False)
        try:
            yield
        finally:
            _run(program("umount"), str(place))
    finally:
        _run(program("losetup"), "--detach", device)


def copied(image: Path, copy: Path) -> None:
    """Copy an image at one moment, as the disk has it: twice, until nothing was written meanwhile."""
    other = copy.with_suffix(".other")
    for _try in range(TRIES):
        for place in (copy, other):
            _run(program("cp"), "--sparse=always", str(image), str(place))
        if subprocess.run([program("cmp"), "--silent", copy, other], check=False).returncode == 0:
            other.unlink()
            return
    raise AssertionError(f"{image} changed all the time")


def _loop(image: Path) -> str:
    found = subprocess.run(
        [program("losetup"), "--find", "--show", str(image)],
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    if found.returncode != 0:
        absent(f"this user may not make loop devices: {found.stderr.strip()}", promised=False)
    return found.stdout.strip()


def _refusal(command: Sequence[str]) -> str | None:
    found = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    return None if found.returncode == 0 else found.stderr.strip().splitlines()[-1]


def _run(*command: str) -> None:
    subprocess.run(command, capture_output=True, timeout=LONGEST_SECONDS, check=True)
