"""The photo root: checked before the shutter fires, never overwritten, never left.

A photo's way: staging directory on the same disk, size and structure checked, flushed, hashed, linked into place under
a name that was free, directory flushed. The staged file goes only after the index has the photo (``clear``), so that a
crash between the two leaves the means to finish.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.model.frame import EOI, SOI
from photonic.service import names

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_FREE_BYTES = 200 * 1024 * 1024
TAIL_BYTES = 64 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# File systems without hard links (FAT, exFAT, some network ones).
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One object of a still in the staging directory.

    ``name`` is the camera's; ``size_bytes`` the camera's word, ``None`` when it is not known (after a crash).
    """

    path: Path
    name: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file in its place; ``path`` is relative to the photo root."""

    path: PurePosixPath
    size_bytes: int
    sha256: str
    media_type: str


class PhotoRoot:
    """One directory for photos; ``min_free_bytes`` is what must be left before a shutter may fire."""

    def __init__(self, root: Path, *, min_free_bytes: int = MIN_FREE_BYTES) -> None:
        self._root = root.absolute()
        self._min_free_bytes = min_free_bytes

    @property
    def path(self) -> Path:
        """The root, absolute."""
        return self._root

    def check(self) -> None:
        """Make the root and its staging directory where they are missing, and write there once.

        Raises ``StorageError`` saying what is in the way: not a directory, not writable, too little space.
        """
        staging = self._root / names.STAGING
        try:
            staging.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=staging, buffering=0) as probe:
                probe.write(b"photonic")
            free = shutil.disk_usage(self._root).free
        except OSError as error:
            raise self._unusable(error) from error
        if free < self._min_free_bytes:
            raise StorageError(
                f"the photo root {self._root} has {free // 2**20} MB free, "
                f"and {self._min_free_bytes // 2**20} MB are wanted before a capture: free some space",
                kind=FailureKind.HOST_STORAGE_FULL,
            )

    def directory(self, below: PurePosixPath) -> Path:
        """The directory ``below`` in the root, made if missing, symbolic links followed.

        Raises ``BadInput`` when it is no directory or a link leads out of the root, ``StorageError`` when it cannot be
        made.
        """
        root = self._root.resolve()
        wanted = self._inside(root, below)
        try:
            wanted.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise BadInput(f"output_directory {below} is no directory", field="output_directory") from error
        except OSError as error:
            raise self._unusable(error) from error
        return self._inside(root, below)

    def _inside(self, root: Path, below: PurePosixPath) -> Path:
        try:
            resolved = (root / below).resolve()
        except (OSError, RuntimeError) as error:  # a loop of symbolic links
            raise BadInput(f"output_directory {below} cannot be followed: {error}", field="output_directory") from error
        if not resolved.is_relative_to(root):
            raise BadInput(f"output_directory {below} leads out of the photo root", field="output_directory")
        if any(resolved.is_relative_to(root / reserved) for reserved in names.RESERVED):
            raise BadInput(
                f"output_directory {below} leads to where the service keeps its own files", field="output_directory"
            )
        return resolved

    def staging(self, capture_id: str) -> Path:
        """A new, empty staging directory for one capture, on the root's own disk. Raises ``StorageError``."""
        place = self._staging(capture_id)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        return place

    def staged(self, capture_id: str) -> list[StagedFile]:
        """What a capture has left in its staging directory, oldest name first; sizes are not known."""
        place = self._staging(capture_id)
        if not place.is_dir():
            return []
        return [StagedFile(path, path.name, None) for path in sorted(place.iterdir()) if path.is_file()]

    def staged_captures(self) -> list[str]:
        """The ids of all captures that have a staging directory."""
        place = self._root / names.STAGING
        return sorted(path.name for path in place.iterdir() if path.is_dir()) if place.is_dir() else []

    def strays(self) -> list[StagedFile]:
        """What was staged for no capture and not brought in, oldest name first; sizes are not known."""
        place = self._root / names.STAGING
        if not place.is_dir():
            return []
        return [StagedFile(path, path.name, None) for path in sorted(place.iterdir()) if path.is_file()]

    def drop(self, file: StagedFile) -> None:
        """Take away a stray's staged file, once its photo is in its place and in the index."""
        with suppress(FileNotFoundError):
            file.path.unlink()

    def is_whole(self, file: StagedFile) -> bool:
        """Whether a staged file's size and structure say that it is whole. Raises ``StorageError``."""
        try:
            _check_whole(file)
        except CaptureError:
            return False
        except OSError as error:
            raise self._unusable(error) from error
        return True

    def bring_in(self, files: Sequence[StagedFile], below: PurePosixPath, stem: str) -> list[StoredFile]:
        """Put the staged files of one still into their place under one stem, JPEG first.

        All are checked before the first one is placed. Raises ``CaptureError`` for a file that is not whole (it stays
        in staging), ``StorageError`` and ``BadInput`` as ``directory`` does. After a crash between this and the index
        it may be called again: no photo is there twice.
        """
        directory = self.directory(below)
        ordered = sorted(files, key=lambda file: names.extension(file.name) != ".jpg")
        try:
            digests = [_check_whole(file) for file in ordered]
            for file in ordered:
                _withdraw(file.path, directory)
            places = _claim_all(ordered, directory, stem)
            _flush(directory)
            return [self._stored(place, digest) for place, digest in zip(places, digests, strict=True)]
        except OSError as error:
            raise self._unusable(error) from error

    def _stored(self, place: Path, digest: str) -> StoredFile:
        below = PurePosixPath(place.relative_to(self._root.resolve()))
        return StoredFile(below, place.stat().st_size, digest, names.media_type(place.suffix))

    def clear(self, capture_id: str) -> None:
        """Take away a capture's staging directory, once its photo is in its place and in the index."""
        shutil.rmtree(self._staging(capture_id), ignore_errors=True)

    def clear_empty(self, capture_id: str) -> None:
        """Take away the staging directory of a capture that has left nothing; what has arrived is kept."""
        with suppress(OSError):  # it holds something, or was never made
            self._staging(capture_id).rmdir()

    def _staging(self, capture_id: str) -> Path:
        return self._root / names.STAGING / capture_id

    def _unusable(self, error: OSError) -> StorageError:
        if error.errno in _FULL:
            return StorageError(
                f"the disk of the photo root {self._root} is full: free some space", kind=FailureKind.HOST_STORAGE_FULL
            )
        return StorageError(
            f"the photo root {self._root} cannot be written ({error.strerror or error}): "
            "check that it is a directory, mounted, and writable for this user"
        )


def _check_whole(file: StagedFile) -> str:
    """The file's sha256, flushed to the disk; ``CaptureError`` when size or structure say that it is not whole.

    libgphoto2 reports success for a download to a full disk, so the size is compared with the camera's word.
    """
    with file.path.open("rb") as content:
        os.fsync(content.fileno())
        size = os.fstat(content.fileno()).st_size
        if size == 0 or (file.size_bytes is not None and size != file.size_bytes):
            expected = "a photo" if file.size_bytes is None else f"{file.size_bytes} bytes"
            raise _not_whole(file, f"{size} bytes arrived instead of {expected}")
        if names.extension(file.name) == ".jpg":
            head = content.read(len(SOI))
            content.seek(max(0, size - TAIL_BYTES))
            # Cameras pad the file after its end marker with zeros or ones.
            if head != SOI or not content.read().rstrip(b"\x00\xff").endswith(EOI):
                raise _not_whole(file, "it does not begin and end as a JPEG does")
            content.seek(0)
        return hashlib.file_digest(content, "sha256").hexdigest()


def _not_whole(file: StagedFile, why: str) -> CaptureError:
    return CaptureError(
        f"the photo {file.name} is not whole ({why}); what has arrived is kept as {file.path}",
        kind=FailureKind.CAMERA_FAULT,
    )


def _withdraw(staged: Path, directory: Path) -> None:
    """Take back the name that a staged file was given before a crash; its content stays in staging."""
    status = staged.stat()
    if status.st_nlink == 1:
        return
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.inode() == status.st_ino and entry.stat(follow_symlinks=False).st_dev == status.st_dev:
                (directory / entry.name).unlink()


def _claim_all(files: Sequence[StagedFile], directory: Path, stem: str) -> list[Path]:
    """Give the files of one still the first stem that is free for all of them; never replaces anything."""
    for candidate in names.stems(stem):
        placed: list[Path] = []
        for file, name in zip(files, names.siblings(candidate, [file.name for file in files]), strict=True):
            if not _claim(file.path, directory / name):
                break
            placed.append(directory / name)
        else:
            return placed
        for file, place in zip(files, placed, strict=False):
            _unclaim(file.path, place)
    raise FileExistsError(errno.EEXIST, f"{names.CLASH_LIMIT} names are taken", stem)


def _claim(staged: Path, place: Path) -> bool:
    """Give the staged file this name, if it is free, whoever else writes there; whether it was."""
    try:
        place.hardlink_to(staged)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _claim_by_creation(staged, place)
    return True


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


def _flush(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
