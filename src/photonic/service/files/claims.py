"""Names for files on a disk that other programs write to as well: claimed, never overwritten, withdrawn.

Theory of operation
-------------------
**A name is claimed by creating it.** ``claim`` makes a hard link from the staged file to the final name. The kernel
refuses an existing name atomically, so no file is ever overwritten, even if other programs write there. The staged file
stays until the photo is on record (``StagingArea.drop``); until then one file has two names.

**Where hard links are impossible** (another file system, FAT, exFAT, some network file systems), an empty file of our
own reserves the name until a complete copy, made beside it under a hidden name, replaces it by a rename. A note beside
the staged file (``.claim``) contains that path, and is written before the name is created. The staged file and its note
are flushed first, with their names: what a crash leaves in the folder is always known by them.

**After a crash** between claiming and recording, the same still is imported again. ``withdraw`` first removes the name
that the crashed run had claimed: a second link to the same inode, or the file that the note names, wherever that is,
provided that it is empty or has the staged file's content. Any other file under that name belongs to another program
and stays. So a photo is never in place twice, and no foreign file is removed. A leftover whose photo is recorded is not
imported again: its names and its hash are compared with the index first (``ingest.photo_import``).

**Power cuts.** A copy is flushed before its rename, a note before the claim, and each new directory in its parent. The
caller flushes the directory of the claimed names once, after the last one (``flush``).

**Interleaving.** Other programs may create and delete files at any time, and other captures claim names in the same
directory. The names of one still are claimed all or none: if ``claim_all`` finds one of them taken, it withdraws the
others and tries the next stem; if the disk refuses one of them, it withdraws the others and fails. A caller that cannot
use the names does the same (``give_up``): a name that no record mentions would be a photo that nobody knows.
"""

from __future__ import annotations

import errno
import filecmp
import hashlib
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.service.files import disk
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BufferedReader

    from photonic.service.photo.staged import StagedFile

# The errors that mean: no hard links here.
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_CLAIM = ".claim"
_PART = ".part"
COPY_BYTES = 1024 * 1024


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
            forget_claim(file.path)


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
        return _claim_by_copy(staged, place)
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
    withdraw_copy(staged, directory)
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


def copied_to(staged: Path, directory: Path | None = None) -> Path | None:
    """The copy of a staged file that an import made and that may not be on record. Raises ``OSError``.

    It is empty if the service was killed between claiming the name and filling it. ``directory``: where it is if the
    note, of an earlier version, has its name only.
    """
    try:
        noted = _claim_of(staged).read_bytes()
    except FileNotFoundError:
        return None
    where = staged.parent if directory is None or b"/" in noted else directory
    place = Path(os.path.normpath(where / os.fsdecode(noted)))
    if b"\0" in noted or not place.is_file() or place.is_symlink():
        return None
    return place if place.stat().st_size == 0 or filecmp.cmp(staged, place, shallow=False) else None


def opened(path: Path) -> BufferedReader:
    """Open a file for reading, but not through a symbolic link. Raises ``OSError``."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")


def holds(path: Path, sha256: str) -> bool:
    """Whether a file has this content, read from the disk; a missing one has not. Raises ``OSError``."""
    with suppress(FileNotFoundError), opened(path) as content:
        disk.drop_cached(content.fileno())
        return hashlib.file_digest(content, "sha256").hexdigest() == sha256
    return False


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


def flush(directory: Path) -> None:
    """Make the names in ``directory`` survive a power cut. Raises ``OSError``."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
    part = _copied(source, target.parent)
    try:
        _note_claim(target, source)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    flush(target.parent)
    source.unlink()
    forget_claim(target)


def rewrite(staged: Path) -> None:
    """Write a staged file again, to other places of the disk, and flush it.

    Its name is flushed first: a loss of power could take that, and leave the copy, which nobody knows. Raises
    ``OSError``; the file is unchanged then.
    """
    flush(staged.parent)
    part = _copied(staged, staged.parent)
    try:
        part.replace(staged)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    flush(staged.parent)


def is_own(path: Path) -> bool:
    """Whether this file is a note about a claim, or an incomplete copy, not a staged file."""
    return path.name.startswith(".") and path.name.endswith((_CLAIM, _PART))


def forget_claim(staged: Path) -> None:
    """Delete the note about a claim, and an incomplete copy, once the photo is on record. Raises ``OSError``."""
    _claim_of(staged).unlink(missing_ok=True)
    _part_of(staged, staged.parent).unlink(missing_ok=True)


def forget_others(directory: Path, staged: Sequence[Path]) -> None:
    """Delete the notes and incomplete copies in a directory, but those of these staged files. Raises ``OSError``."""
    kept = {name for path in staged for name in (_claim_of(path).name, _part_of(path, directory).name)}
    for path in list(directory.iterdir()):
        if is_own(path) and path.name not in kept:
            path.unlink(missing_ok=True)


def _claim_by_copy(staged: Path, place: Path) -> bool:
    """Claim a name where hard links are impossible, as described at the head of this file.

    The copy is made in the directory of ``place``, so that its last step is a rename within one file system.
    """
    flush(staged.parent)
    flush(staged.parent.parent)
    part = _copied(staged, place.parent)
    try:
        _note_claim(staged, place)
        place.touch(exist_ok=False)
    except FileExistsError:
        part.unlink()
        forget_claim(staged)
        return False
    except OSError:
        part.unlink(missing_ok=True)
        forget_claim(staged)
        raise
    try:
        part.replace(place)
    except OSError:
        part.unlink(missing_ok=True)
        place.unlink()
        forget_claim(staged)
        raise
    return True


def withdraw_copy(staged: Path, directory: Path) -> None:
    """Remove what an import without hard links has left of a staged file in ``directory``. Raises ``OSError``."""
    _part_of(staged, directory).unlink(missing_ok=True)
    if (place := copied_to(staged, directory)) is not None:
        _part_of(staged, place.parent).unlink(missing_ok=True)
        place.unlink()
    _claim_of(staged).unlink(missing_ok=True)


def _copied(staged: Path, directory: Path) -> Path:
    """Copy the file into ``directory`` under a hidden name, and flush the copy. Returns its path."""
    part = _part_of(staged, directory)
    try:
        with opened(staged) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, COPY_BYTES)
            target.flush()
            with suppress(PermissionError):  # this file system has no permissions
                os.fchmod(target.fileno(), stat.S_IMODE(os.fstat(source.fileno()).st_mode))
            os.fsync(target.fileno())
        status = staged.stat()
        with suppress(OSError):  # some file systems store no times
            os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def _note_claim(staged: Path, place: Path) -> None:
    with _claim_of(staged).open("wb") as note:
        # Relative: the disk may be mounted elsewhere after a crash.
        note.write(os.fsencode(os.path.relpath(place, staged.parent)))
        note.flush()
        os.fsync(note.fileno())
    flush(staged.parent)


def _claim_of(staged: Path) -> Path:
    return staged.with_name(f".{_key(staged)}{_CLAIM}")


def _part_of(staged: Path, directory: Path) -> Path:
    return directory / f".{_key(staged)}{_PART}"


def _key(staged: Path) -> str:
    """A short unique key for a staged file, whose own name may already have the maximum length."""
    return hashlib.sha256(os.fsencode(f"{staged.parent.name}/{staged.name}")).hexdigest()[:32]
