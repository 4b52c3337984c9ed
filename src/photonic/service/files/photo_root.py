"""The photo root: checked before the shutter fires; no file in it is overwritten, and no photo is stored outside it.

A photo is downloaded into the staging area on the same disk, checked for size and structure, flushed, hashed, and
linked into place under a free name; then the directory is flushed.

Stills are placed one at a time. A caller that has waited for too long may pass the same files on while its thread still
hangs on the disk: they are then placed after it, and get the one name that is recorded.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import BadInput, StorageError
from photonic.machine.private_folder import PRIVATE
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.files import claims, copied_claims, disk
from photonic.service.files.directories import Directories
from photonic.service.files.exif_reading import read_exif
from photonic.service.files.staging import StagingArea
from photonic.service.photo import naming
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from photonic.model.exif import ExifFacts
    from photonic.service.photo.staged import StagedFile

MIN_FREE_BYTES = 200 * 1024 * 1024
PHOTO_MODE = 0o640
"""The owner reads and writes a photo, the owner's group reads it."""


class PhotoRoot:
    """One directory for photos.

    Args:
        root: its path.
        min_free_bytes: space that must be free before a capture.
        foreign: folders in it that are the photo roots of other cameras.
        unexpected: counts files that cannot be read; ``None``: without counting.
        photo_mode: the permissions of a photo.

    ``staging`` is its staging area; ``directories`` creates directories in it. ``moves`` is held by those who move a
    photo that is on record, put a file beside it or in its place, or remove names that are not on record: from reading
    the record to writing it.
    """

    def __init__(
        self,
        root: Path,
        *,
        min_free_bytes: int = MIN_FREE_BYTES,
        foreign: Sequence[str] = (),
        unexpected: Unexpected | None = None,
        photo_mode: int = PHOTO_MODE,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._root = root.absolute()
        self._min_free_bytes = min_free_bytes
        self._foreign = foreign
        self._placing = threading.Lock()
        self.directories = Directories()
        self.moves = asyncio.Lock()
        self.staging = StagingArea(self._root, self._unexpected, photo_mode, self.directories)

    @property
    def path(self) -> Path:
        """The root, absolute."""
        return self._root

    def check(self, below: PurePosixPath | None = None, *, wanted_bytes: int = 0) -> int:
        """Make sure that a photo can be stored: create missing directories, write a few bytes, check the space.

        Args:
            below: the photo's directory in the root; checked too, since it may be on another disk; ``None``: only
                the root.
            wanted_bytes: space that a file needs in addition to the minimum.

        Returns:
            The free bytes.

        Raises:
            StorageError: the root is not a directory, is not writable, or has too little space.
            BadInput: as ``directory``.
        """
        with disk.translated(self._root):
            self.directories.make(self.staging.path)
            self.directories.make(self._root / naming.INDEX)
            for reserved in naming.RESERVED:
                _keep_private(self._root / reserved)
            disk.probe(self.staging.path)
            free = disk.free_bytes(self._root, self._min_free_bytes, wanted_bytes)
        return free if below is None else self._check_directory(below, free)

    def _check_directory(self, below: PurePosixPath, free: int) -> int:
        directory = self.directory(below)
        points = disk.mount_points()
        if disk.mount_of(directory, points) == disk.mount_of(self._root, points):
            return free
        try:
            disk.probe(directory)
            return min(free, disk.free_bytes(directory, self._min_free_bytes))
        except OSError as error:
            raise disk.refusal(error, directory) from error

    def free_bytes(self) -> int:
        """The free space on the root's disk, or on the disk that it will be created on.

        Raises ``StorageError``, also for a file system that is read-only or out of inodes.
        """
        place = next(path for path in (self._root, *self._root.parents) if path.exists())
        with disk.translated(self._root):
            return disk.free_without_writing(place)

    def directory(self, below: PurePosixPath) -> Path:
        """The directory ``below`` in the root, created if missing; symbolic links are followed.

        Raises:
            BadInput: it is not a directory, or belongs to the service or to another camera.
            StorageError: it cannot be created, or a symbolic link leads out of the root.
        """
        root = self._root.resolve()
        wanted = self._inside(root, below)
        try:
            self.directories.make(wanted)
        except (FileExistsError, NotADirectoryError) as error:
            raise _refused(below, "is not a directory") from error
        except OSError as error:
            raise disk.refusal(error, wanted) from error
        return self._inside(root, below)

    def _inside(self, root: Path, below: PurePosixPath) -> Path:
        try:
            resolved = (root / below).resolve()
        except (OSError, RuntimeError) as error:  # a loop of symbolic links
            raise _refused(below, f"cannot be followed: {error}") from error
        if not resolved.is_relative_to(root):
            raise _leads_out(root, below)
        if any(resolved.is_relative_to(root / reserved) for reserved in naming.RESERVED):
            raise _refused(below, "leads to a folder that the service uses itself")
        if any(resolved.is_relative_to(root / camera) for camera in self._foreign):
            raise _refused(below, "leads to the photos of another camera")
        return resolved

    def bring_in(self, files: Sequence[StagedFile], place: PurePosixPath) -> list[StoredFile]:
        """Move the staged files of one still to their final place, JPEG first.

        All files are checked before the first one is placed. May be called again after a crash: no photo is placed
        twice. If it fails, no file is placed.

        Args:
            files: of one still.
            place: their path below the root, without extension.

        Raises:
            CaptureError: a file is incomplete; it stays in the staging area.
            StorageError, BadInput: as ``directory``.
        """
        directory = self.directory(place.parent)
        ordered = sorted(files, key=lambda file: naming.extension(file.name) != ".jpg")
        return self._placed(ordered, directory, lambda: claims.claim_all(ordered, directory, place.name))

    def bring_in_beside(self, file: StagedFile, sibling: PurePosixPath) -> StoredFile:
        """Move a still's late file to a place beside its ``sibling`` (below the root), with the same stem.

        Raises as ``bring_in``.
        """
        # The files of a still in the trash stay together: they are restored or deleted as one.
        trashed = sibling.is_relative_to(naming.TRASH)
        directory = self._root / sibling.parent if trashed else self.directory(sibling.parent)
        return self._placed([file], directory, lambda: [claims.claim_beside(file, directory, sibling.stem)])[0]

    def holds(self, place: PurePosixPath, sha256: str) -> bool:
        """Whether the photo at a place below the root has this content, read from the disk. Raises ``StorageError``."""
        with self.translated():
            return disk.holds(self._root / place, sha256)

    def has(self, place: PurePosixPath) -> bool:
        """Whether there is a file at a place below the root. Raises ``StorageError``."""
        with self.translated():
            return (self._root / place).is_file()

    def named(self, place: PurePosixPath) -> list[PurePosixPath]:
        """The files below the root that ``bring_in`` may have given this place. Raises ``StorageError``."""
        directory = self.directory(place.parent)
        with self.translated():
            found = [path for path in directory.iterdir() if path.name.startswith(place.name) and path.is_file()]
        return sorted(place.parent / path.name for path in found)

    def take_back(self, place: PurePosixPath, capture_id: str, name: str) -> None:
        """Move a photo that no record mentions back to a capture's staging directory. Raises ``StorageError``."""
        staged = self.staging.make(capture_id) / name
        with self.translated():
            claims.move(self.directory(place.parent) / place.name, staged)

    def names_of(self, file: StagedFile) -> list[PurePosixPath]:
        """The names that a staged file has below the root, outside the staging area: from an import that did not end.

        Searches the whole root for links, but only if there is one. Raises ``StorageError``.
        """
        found: list[PurePosixPath] = []
        with self.translated():
            if (copy := copied_claims.copied_to(file.path)) is not None and copy.resolve().is_relative_to(
                self._root.resolve()
            ):
                found.append(PurePosixPath(copy.resolve().relative_to(self._root.resolve())))
            status = file.path.stat()
            for place, folders, names in os.walk(self._root, onerror=_unless_private) if status.st_nlink > 1 else ():
                if Path(place) == self._root and naming.STAGING in folders:
                    folders.remove(naming.STAGING)
                for path in map(Path(place).joinpath, names):
                    here = path.lstat()
                    if (here.st_ino, here.st_dev) == (status.st_ino, status.st_dev):
                        found.append(PurePosixPath(path.relative_to(self._root)))
        return sorted(found)

    def withdraw(self, name: PurePosixPath) -> None:
        """Remove a name that ``names_of`` returned and no record mentions. Raises ``StorageError``."""
        with self.translated():
            (self._root / name).unlink(missing_ok=True)

    def translated(self) -> AbstractContextManager[None]:
        """Raise an ``OSError`` of the body as a ``StorageError`` about this photo root."""
        return disk.translated(self._root)

    def _placed(
        self, files: Sequence[StagedFile], directory: Path, claim: Callable[[], list[Path]]
    ) -> list[StoredFile]:
        """Move whole staged files to the names that ``claim`` claims for them. Raises as ``bring_in``."""
        try:
            with self._placing:
                digests = [self.staging.content.flush_whole(file) for file in files]
                for file in files:
                    claims.withdraw(file.path, directory)
                return self._flushed(files, claim(), digests)
        except OSError as error:
            raise disk.refusal(error, directory) from error

    def _flushed(self, files: Sequence[StagedFile], places: Sequence[Path], digests: Sequence[str]) -> list[StoredFile]:
        """Flush the claimed names, and return what is to be recorded of them; without it, nobody has the names."""
        try:
            disk.flush(places[0].parent)
            return [self._stored(*parts) for parts in zip(files, places, digests, strict=True)]
        except OSError:
            claims.give_up(files, places)
            raise

    def _stored(self, file: StagedFile, place: Path, digest: str) -> StoredFile:
        below = PurePosixPath(place.resolve().relative_to(self._root.resolve()))
        size = place.stat().st_size
        facts: ExifFacts | None = None
        refused: OSError | None = None
        # The photo is safe: a bug in our Exif reader must not fail the capture.
        with self._unexpected.survived(Where.PHOTO_FACTS):
            try:
                facts = read_exif(place)
            except OSError as error:
                refused = error
        if refused is not None:
            raise refused
        return StoredFile(below, size, digest, naming.media_type(place.suffix), file.identity, facts)


def _unless_private(error: OSError) -> None:
    """Raise the error, unless the folder belongs to somebody else or is gone: it may hold a name that is looked for."""
    if not isinstance(error, PermissionError | FileNotFoundError):
        raise error


def _keep_private(folder: Path) -> None:
    """Keep other users out of the service's own files: the index, and pictures made from photos."""
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        with suppress(PermissionError):  # no permissions on this file system, or a folder shared between users
            folder.chmod(PRIVATE)


def _refused(below: PurePosixPath, why: str) -> BadInput:
    return BadInput(f"output_directory {below} {why}", field="output_directory")


def _leads_out(root: Path, below: PurePosixPath) -> StorageError:
    """Name the link and the remedy: the client may have requested the photo without naming a directory."""
    steps = [root.joinpath(*below.parts[:count]) for count in range(1, len(below.parts) + 1)]
    link = next(step for step in steps if not step.resolve().is_relative_to(root))
    target = link.resolve()
    return StorageError(
        f"{link} is a symbolic link that leads out of the photo root {root}, to {target}: set photo_root to {target}, "
        f"or replace the link by a directory and mount the disk there"
    )
