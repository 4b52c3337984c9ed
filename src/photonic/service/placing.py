"""Names for files on a disk that others write to as well: claimed, never replaced, given back."""

from __future__ import annotations

import errno
import filecmp
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.service import names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BufferedReader

    from photonic.service.staged import StagedFile

# File systems without hard links (FAT, exFAT, some network ones).
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


def claim_all(files: Sequence[StagedFile], directory: Path, stem: str) -> list[Path]:
    """Give the files of one still the first stem that is free for all of them. Raises ``OSError``."""
    for candidate in names.stems(stem):
        placed: list[Path] = []
        for file, name in zip(files, names.siblings(candidate, [file.name for file in files]), strict=True):
            if not claim(file.path, directory / name):
                break
            placed.append(directory / name)
        else:
            return placed
        for file, place in zip(files, placed, strict=False):
            _unclaim(file.path, place)
    raise FileExistsError(errno.EEXIST, f"{names.CLASH_LIMIT} names are taken", stem)


def claim_beside(file: StagedFile, directory: Path, stem: str) -> Path:
    """Give a late file of a still the still's stem, with a number where that name is taken. Raises ``OSError``."""
    suffix = names.extension(file.name)
    for number in range(1, names.CLASH_LIMIT):
        place = directory / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        if claim(file.path, place):
            return place
    raise FileExistsError(errno.EEXIST, f"{names.CLASH_LIMIT} names are taken", stem)


def claim(staged: Path, place: Path) -> bool:
    """Give the staged file this name, if it is free, whoever else writes there; whether it was. Raises ``OSError``."""
    try:
        place.hardlink_to(staged)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _claim_by_creation(staged, place)
    return True


def same_content(staged: Path, directory: Path) -> Path | None:
    """A file in ``directory`` with the staged file's very content; ``None``: there is none. Raises ``OSError``."""
    size = staged.stat().st_size
    with os.scandir(directory) as entries:
        alike = [
            Path(entry.path)
            for entry in entries
            if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size == size
        ]
    return next((path for path in alike if filecmp.cmp(staged, path, shallow=False)), None)


def withdraw(staged: Path, directory: Path) -> None:
    """Take back the name that a staged file was given before a crash; its content stays in staging."""
    status = staged.stat()
    if status.st_nlink == 1:
        return
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.inode() == status.st_ino and entry.stat(follow_symlinks=False).st_dev == status.st_dev:
                (directory / entry.name).unlink()


def opened(path: Path) -> BufferedReader:
    """The file itself, never what a link leads to. Raises ``OSError``."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")


def flush(directory: Path) -> None:
    """Have the names in ``directory`` survive a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directories(wanted: Path) -> None:
    """Make a directory and those above it, so that they survive a power cut. Raises ``OSError``."""
    missing = [place for place in (wanted, *wanted.parents) if not place.exists()]
    wanted.mkdir(parents=True, exist_ok=True)
    for place in missing:
        with suppress(PermissionError):  # a directory may take names and not be readable
            flush(place.parent)


def _unclaim(staged: Path, place: Path) -> None:
    if staged.exists():
        place.unlink()
    else:
        place.rename(staged)


def _claim_by_creation(staged: Path, place: Path) -> bool:
    """As a link does where there are none: an empty file of our own holds the name until the photo replaces it."""
    try:
        place.touch(exist_ok=False)
    except FileExistsError:
        return False
    try:
        staged.replace(place)
    except OSError:
        place.unlink()
        raise
    return True
