"""Names for files on a disk that others write to as well: claimed, never replaced, given back."""

from __future__ import annotations

import errno
import filecmp
import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BufferedReader

    from photonic.service.photo.staged import StagedFile

# No hard link can be made: another file system, or one without them (FAT, exFAT, some network ones).
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_CLAIM = ".claim"
_PART = ".part"
COPY_BYTES = 1024 * 1024


def claim_all(files: Sequence[StagedFile], directory: Path, stem: str) -> list[Path]:
    """Give the files of one still the first stem that is free for all of them. Raises ``OSError``."""
    for candidate in naming.stems(stem):
        placed: list[Path] = []
        for file, name in zip(files, naming.siblings(candidate, [file.name for file in files]), strict=True):
            if not claim(file.path, directory / name):
                break
            placed.append(directory / name)
        else:
            return placed
        for place in placed:
            place.unlink()
    raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} names are taken", stem)


def claim_beside(file: StagedFile, directory: Path, stem: str) -> Path:
    """Give a late file of a still the still's stem, with a number where that name is taken. Raises ``OSError``."""
    suffix = naming.extension(file.name)
    for number in range(1, naming.CLASH_LIMIT):
        place = directory / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        if claim(file.path, place):
            return place
    raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} names are taken", stem)


def claim(staged: Path, place: Path) -> bool:
    """Give the staged file this name, if it is free, whoever else writes there; whether it was. Raises ``OSError``."""
    try:
        place.hardlink_to(staged)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _claim_by_copy(staged, place)
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
    _withdraw_copy(staged, directory)
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


def move(source: Path, target: Path) -> None:
    """Rename a file, to another file system as well: it is whole at one of the two, whatever is killed meanwhile.

    Of a move that was cut off between the two ``withdraw(target, source.parent)`` takes away the other one. Raises
    ``OSError``.
    """
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    part = _copied(source, target.parent)
    try:
        _note_claim(target, source.name)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    flush(target.parent)
    source.unlink()
    forget_claim(target)


def is_claim(path: Path) -> bool:
    """Whether this is a note of ``claim`` about a staged file, and no staged file itself."""
    return path.name.startswith(".") and path.name.endswith(_CLAIM)


def forget_claim(staged: Path) -> None:
    """What the staged file is called elsewhere is on record now. Raises ``OSError``."""
    _claim_of(staged).unlink(missing_ok=True)


def _claim_by_copy(staged: Path, place: Path) -> bool:
    """As a link does where there can be none: an empty file of our own holds the name until a copy replaces it.

    The copy is made beside the place, so that its last step is a rename within one file system. A note beside the
    staged file says which name that is before it is taken: after a crash ``withdraw`` tells our file from others'.
    """
    part = _copied(staged, place.parent)
    try:
        _note_claim(staged, place.name)
        place.touch(exist_ok=False)
    except FileExistsError:
        part.unlink()
        forget_claim(staged)
        return False
    except OSError:
        part.unlink(missing_ok=True)
        raise
    try:
        part.replace(place)
    except OSError:
        part.unlink(missing_ok=True)
        place.unlink()
        raise
    return True


def _withdraw_copy(staged: Path, directory: Path) -> None:
    _part_of(staged, directory).unlink(missing_ok=True)
    note = _claim_of(staged)
    try:
        place = directory / note.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return
    plain = place.parent == directory and place.is_file() and not place.is_symlink()
    # Empty: the service was killed between taking the name and filling it.
    if plain and (place.stat().st_size == 0 or filecmp.cmp(staged, place, shallow=False)):
        place.unlink()
    note.unlink()


def _copied(staged: Path, directory: Path) -> Path:
    """A copy in ``directory`` that is on the disk, under a hidden name."""
    part = _part_of(staged, directory)
    try:
        with opened(staged) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, COPY_BYTES)
            target.flush()
            os.fsync(target.fileno())
        status = staged.stat()
        with suppress(OSError):  # some file systems keep no times
            os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def _note_claim(staged: Path, name: str) -> None:
    with _claim_of(staged).open("w", encoding="utf-8") as note:
        note.write(name)
        note.flush()
        os.fsync(note.fileno())
    flush(staged.parent)


def _claim_of(staged: Path) -> Path:
    return staged.with_name(f".{_key(staged)}{_CLAIM}")


def _part_of(staged: Path, directory: Path) -> Path:
    return directory / f".{_key(staged)}{_PART}"


def _key(staged: Path) -> str:
    """Short, and another one for each file: names may be as long as a file system takes them already."""
    return hashlib.sha256(os.fsencode(f"{staged.parent.name}/{staged.name}")).hexdigest()[:32]
