"""Claims on a disk without hard links: by a copy of the staged file, and a note that says where the copy is.

``claims`` says what a claim is, and what a crash may leave of one.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.service.files import disk

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLAIM = ".claim"
_PART = ".part"
COPY_BYTES = 1024 * 1024


def claim(staged: Path, place: Path) -> bool:
    """Claim a name where hard links are impossible, as described at the head of ``claims``.

    The copy is made in the directory of ``place``, so that its last step is a rename within one file system. Returns
    whether the name was free. Raises ``OSError``.
    """
    disk.flush(staged.parent)
    disk.flush(staged.parent.parent)
    part = copy(staged, place.parent)
    try:
        note(staged, place)
        place.touch(exist_ok=False)
    except FileExistsError:
        part.unlink()
        forget(staged)
        return False
    except OSError:
        part.unlink(missing_ok=True)
        forget(staged)
        raise
    try:
        part.replace(place)
    except OSError:
        part.unlink(missing_ok=True)
        place.unlink()
        forget(staged)
        raise
    return True


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


def withdraw(staged: Path, directory: Path) -> None:
    """Remove what an import without hard links has left of a staged file in ``directory``. Raises ``OSError``."""
    _part_of(staged, directory).unlink(missing_ok=True)
    if (place := copied_to(staged, directory)) is not None:
        _part_of(staged, place.parent).unlink(missing_ok=True)
        place.unlink()
    _claim_of(staged).unlink(missing_ok=True)


def copy(staged: Path, directory: Path) -> Path:
    """Copy the file into ``directory`` under a hidden name, and flush it. Returns its path. Raises ``OSError``."""
    part = _part_of(staged, directory)
    try:
        with disk.opened(staged) as source, part.open("wb") as target:
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


def note(staged: Path, place: Path) -> None:
    """Write and flush the note that ``place`` is being claimed for a staged file. Raises ``OSError``."""
    with _claim_of(staged).open("wb") as content:
        # Relative: the disk may be mounted elsewhere after a crash.
        content.write(os.fsencode(os.path.relpath(place, staged.parent)))
        content.flush()
        os.fsync(content.fileno())
    disk.flush(staged.parent)


def is_own(path: Path) -> bool:
    """Whether this file is a note about a claim, or an incomplete copy, not a staged file."""
    return path.name.startswith(".") and path.name.endswith((_CLAIM, _PART))


def forget(staged: Path) -> None:
    """Delete the note about a claim, and an incomplete copy, once the photo is on record. Raises ``OSError``."""
    _claim_of(staged).unlink(missing_ok=True)
    _part_of(staged, staged.parent).unlink(missing_ok=True)


def forget_others(directory: Path, staged: Sequence[Path]) -> None:
    """Delete the notes and incomplete copies in a directory, but those of these staged files. Raises ``OSError``."""
    kept = {name for path in staged for name in (_claim_of(path).name, _part_of(path, directory).name)}
    for path in list(directory.iterdir()):
        if is_own(path) and path.name not in kept:
            path.unlink(missing_ok=True)


def _claim_of(staged: Path) -> Path:
    return staged.with_name(f".{_key(staged)}{_CLAIM}")


def _part_of(staged: Path, directory: Path) -> Path:
    return directory / f".{_key(staged)}{_PART}"


def _key(staged: Path) -> str:
    """A short unique key for a staged file, whose own name may already have the maximum length."""
    return hashlib.sha256(os.fsencode(f"{staged.parent.name}/{staged.name}")).hexdigest()[:32]
