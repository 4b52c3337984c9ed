"""Names for files on a disk that other programs write to as well: claimed, never overwritten, withdrawn.

Theory of operation
-------------------
**A name is claimed by creating it.** ``claim`` makes a hard link from the staged file to the final name. The kernel
refuses an existing name atomically, so no file is ever overwritten, even if other programs write there. The staged file
stays until the photo is on record (``StagingArea.drop``); until then one file has two names.

**Where hard links are impossible** (another file system, FAT, exFAT, some network file systems), an empty file of our
own reserves the name until a complete copy, made beside it under a hidden name, replaces it by a rename
(``copied_claims``). A note beside the staged file (``.claim``) contains that path, and is written before the name is
created. The staged file and its note are flushed first, with their names: what a crash leaves in the folder is always
known by them.

**After a crash** between claiming and recording, the same still is imported again. ``withdraw`` first removes the name
that the crashed run had claimed: a second link to the same inode, or the file that the note names, wherever that is,
provided that it is empty or has the staged file's content. Any other file under that name belongs to another program
and stays. So a photo is never in place twice, and no foreign file is removed. A leftover whose photo is recorded is not
imported again: its names and its hash are compared with the index first (``ingest.photo_import``).

**Power cuts.** A copy is flushed before its rename, a note before the claim, and each new directory in its parent. The
caller flushes the directory of the claimed names once, after the last one (``disk.flush``).

**Interleaving.** Other programs may create and delete files at any time, and other captures claim names in the same
directory. The names of one still are claimed all or none: if ``claim_all`` finds one of them taken, it withdraws the
others and tries the next stem; if the disk refuses one of them, it withdraws the others and fails. A caller that cannot
use the names does the same (``give_up``): a name that no record mentions would be a photo that nobody knows.
"""

from __future__ import annotations

import errno
import filecmp
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.service.files import copied_claims, disk
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.photo.staged import StagedFile

# The errors that mean: no hard links here.
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


def claim_all(files: Sequence[StagedFile], directory: Path, stem: str) -> list[Path]:
    """Claim names for the files of one still, under the first stem that is free for all of them.

    Args:
        files: the staged files.
        directory: where the names are claimed.
        stem: the wanted stem; ``stem_2``, ``stem_3`` ... are tried after it.

    Returns:
        The new paths, in the order of ``files``.

    Raises:
        OSError: the disk refuses, or every stem is taken. None of the names is claimed then.
    """
    placed: list[Path] = []
    try:
        for candidate in naming.stems(stem):
            for file, name in zip(files, naming.siblings(candidate, [file.name for file in files]), strict=True):
                if not claim(file.path, directory / name):
                    break
                placed.append(directory / name)
            else:
                return placed
            while placed:
                placed[-1].unlink()
                placed.pop()
    except OSError:
        give_up(files, placed)
        raise
    raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} files of that name exist", stem)


def give_up(files: Sequence[StagedFile], places: Sequence[Path]) -> None:
    """Withdraw names that ``files`` have just got and that no record will mention; the staged files stay.

    A name that the disk refuses to withdraw is left to ``withdraw``, when the file is imported again.
    """
    for file, place in zip(files, places, strict=False):
        with suppress(OSError):
            place.unlink()
            copied_claims.forget(file.path)


def claim_beside(file: StagedFile, directory: Path, stem: str) -> Path:
    """Claim a name for a late file of a still: the still's stem, with a number if that is taken. Raises ``OSError``."""
    suffix = naming.extension(file.name)
    for number in range(1, naming.CLASH_LIMIT):
        place = directory / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        if claim(file.path, place):
            return place
    raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} files of that name exist", stem)


def claim(staged: Path, place: Path) -> bool:
    """Claim ``place`` for the staged file. Returns whether the name was free. Raises ``OSError``."""
    try:
        place.hardlink_to(staged)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return copied_claims.claim(staged, place)
    return True


def same_content(staged: Path, directory: Path) -> Path | None:
    """A file in ``directory`` that has the staged file's content; ``None`` if none has. Raises ``OSError``."""
    size = staged.stat().st_size
    with os.scandir(directory) as entries:
        alike = [
            Path(entry.path)
            for entry in entries
            if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size == size
        ]
    return next((path for path in alike if filecmp.cmp(staged, path, shallow=False)), None)


def withdraw(staged: Path, directory: Path) -> None:
    """Remove the name in ``directory`` that a staged file got before a crash; the staged file stays.

    Must not be called for a photo that is recorded already. Raises ``OSError``.
    """
    copied_claims.withdraw(staged, directory)
    for link in links(staged, directory):
        link.unlink()


def links(file: Path, directory: Path) -> list[Path]:
    """The names that a file has in ``directory`` besides its own. Raises ``OSError``."""
    status = file.stat()
    if status.st_nlink == 1:
        return []
    with os.scandir(directory) as entries:
        return [
            directory / entry.name
            for entry in entries
            if entry.inode() == status.st_ino and entry.stat(follow_symlinks=False).st_dev == status.st_dev
        ]


def take_name(part: Path, place: Path) -> bool:
    """Give a complete, flushed file its name, on the same file system; ``part`` is gone then.

    Returns whether the name was free, or an empty file of an earlier try had it. Raises ``OSError``.
    """
    try:
        place.hardlink_to(part)
    except FileExistsError:
        if place.is_symlink() or not place.is_file() or place.stat().st_size > 0:
            return False
        part.replace(place)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        try:
            place.touch(exist_ok=False)
        except FileExistsError:
            if place.is_symlink() or not place.is_file() or place.stat().st_size > 0:
                return False
        part.replace(place)
    else:
        part.unlink()
    return True


def move(source: Path, target: Path) -> None:
    """Rename a file, also to another file system. At every moment one of the two paths holds the complete file.

    If the process is killed while both exist, ``withdraw(target, source.parent)`` removes the other one. Raises
    ``OSError``.
    """
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    part = copied_claims.copy(source, target.parent)
    try:
        copied_claims.note(target, source)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    disk.flush(target.parent)
    source.unlink()
    copied_claims.forget(target)


def rewrite(staged: Path) -> None:
    """Write a staged file again, to other places of the disk, and flush it.

    Its name is flushed first: a loss of power could take that, and leave the copy, which nobody knows. Raises
    ``OSError``; the file is unchanged then.
    """
    disk.flush(staged.parent)
    part = copied_claims.copy(staged, staged.parent)
    try:
        part.replace(staged)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    disk.flush(staged.parent)
