"""The files of a shot, fetched from the camera into staging files and checked against the reported size."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.content import Content
from photonic.drivers.gphoto2.exposure import fetch_seconds
from photonic.drivers.gphoto2.pieces import LARGE_BYTES, Pieces, Unsupported, unwritable
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.machine.timekeeping import boot_mark
from photonic.model.camera_file import of_one_exposure
from photonic.worker.link.messages import Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import GphotoCamera, ObjectAdded

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class CardFile:
    """An object with the camera's details of it (``model.camera_file``)."""

    folder: str
    name: str
    size_bytes: int | None
    taken_at: int | None
    in_memory: bool

    @classmethod
    def of(cls, camera: GphotoCamera, added: ObjectAdded) -> CardFile:
        """Query the camera for the details. Raises ``CameraError`` if the connection broke."""
        details = camera.details(added.folder, added.name)
        # The library gives an object from RAM the time at which it was fetched (2.5.34 ``library.c``).
        taken_at = None if added.in_memory else details.taken_at
        return cls(added.folder, added.name, details.size_bytes, taken_at, added.in_memory)


@dataclass
class ShotFiles:
    """The objects of one capture.

    ``expected``: the files of each still. ``files``: those that have arrived. ``several``: with this drive mode one
    release may take several stills. ``stills``: the number of stills begun so far. ``released_at``: when the camera was
    asked to fire, on the driver's clock. ``owed``: earlier releases whose still has not arrived and may be among these.
    """

    capture_id: str
    staging: Path
    expected: int
    files: list[CardFile] = field(default_factory=list[CardFile])
    several: bool = False
    stills: int = 0
    released_at: float = 0.0
    owed: int = 0

    def add(self, file: CardFile) -> int:
        """Add an object that has arrived, and return its number among them."""
        if not self.has_twin(file):
            self.stills += 1
        self.files.append(file)
        return len(self.files) - 1

    @property
    def missing(self) -> int:
        """The number of objects still to arrive for the stills begun so far."""
        return max(0, self.expected * max(1, self.stills) - len(self.files))

    @property
    def awaits_still(self) -> bool:
        """Whether its own still may not be among those that have begun: a camera reports them in order."""
        return self.stills <= self.owed

    def has_twin(self, file: CardFile) -> bool:
        """Whether this is another file of a still that has begun to arrive.

        The library renames objects from RAM, so there a file of the missing kind counts as the twin; the photos'
        content decides once they are fetched.
        """
        if file.in_memory:
            newest = self.files[self.missing - self.expected :] if self.stills and self.missing else []
            return bool(newest) and PurePosixPath(file.name).suffix not in {
                PurePosixPath(one.name).suffix for one in newest
            }
        return any(of_one_exposure(file, known) for known in self.files)


@dataclass(frozen=True, slots=True)
class FetchedObject:
    """An object that is complete in the file ``path``; ``sha256``: of its bytes as they came."""

    path: Path
    size_bytes: int
    sha256: str
    taken_at: int | None


def stage(
    camera: GphotoCamera, added: ObjectAdded, path: Path, begun: Callable[[int | None], None] = lambda _size_bytes: None
) -> FetchedObject:
    """Fetch an object into a file, hash it on the way, and put the hash into the file's name (``named_by_hash``).

    The file is not flushed to the disk: the parent does that, so that live view goes on meanwhile. An object from RAM
    is deleted in the library afterwards; nothing on a card is deleted. After an error no file is left, unless the disk
    refuses that, too.

    Args:
        camera: The open camera.
        added: The object.
        path: The file, which must not exist.
        begun: Called with the object's size (``None``: unknown) before it is fetched.

    Raises:
        CaptureError: HOST_STORAGE_FULL or HOST_STORAGE_UNUSABLE.
        CameraError: The camera failed; ``LostTrack`` if the library does not find the object.
    """
    details = camera.details(added.folder, added.name)
    size = details.size_bytes
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        _reserve(path, descriptor, size)
        begun(size)
        try:
            sha256 = _transfer(camera, added, path, descriptor, size)
        except CameraError as error:
            if error.code not in faults.NOT_FOUND:
                raise
            path_on_camera = f"{added.folder.rstrip('/')}/{added.name}"
            raise faults.LostTrack(f"the camera has reported {path_on_camera}, but it is not found", error) from error
        except OSError as error:
            raise unwritable(path, error) from error
        got = os.fstat(descriptor).st_size
        _check(path, descriptor, got, size)
        complete = named_by_hash(path, path, sha256)
    except BaseException:
        # On a disk that fails the file may have to stay; the service removes it when this process has ended.
        with suppress(OSError):
            path.unlink()
        raise
    finally:
        os.close(descriptor)
    if added.in_memory:
        camera.forget(added.folder, added.name)
    return FetchedObject(complete, got, sha256, details.taken_at)


def named_by_hash(file: Path, path: Path, sha256: str) -> Path:
    """Rename a complete file to ``<sha256>.<name of path>``, and return its new path.

    So a file that nobody reported shows that it is complete, and what it has to contain. Raises ``CaptureError``.
    """
    complete = path.with_name(f"{sha256}.{path.name}")
    try:
        file.rename(complete)
    except OSError as error:
        raise unwritable(path, error) from error
    return complete


def staged(capture_id: str | None, added: ObjectAdded, fetched: FetchedObject) -> Staged:
    """The message for an object that is complete."""
    return Staged(
        capture_id=capture_id,
        path=str(fetched.path),
        folder=added.folder,
        name=added.name,
        size_bytes=fetched.size_bytes,
        sha256=fetched.sha256,
        taken_at=fetched.taken_at,
        in_ram=added.in_memory,
    )


def staging_path(staging: Path, capture_id: str, index: int, name: str) -> Path:
    """``<staging>/<capture_id>-<index>-<name>``, with unsafe characters replaced."""
    return staging / f"{_UNSAFE.sub('_', capture_id)}-{index}-{_UNSAFE.sub('_', name)[-80:]}"


def unasked_path(staging: Path, word: str, began: float, index: int, name: str, *, boot: str) -> Path:
    """Like ``staging_path``, for an object that no capture waits for.

    Instead of the capture's id, ``word`` and the time at which its download ``began``, in seconds of the monotonic
    clock of this ``boot`` of the machine: in a file from before a loss of power there may be holes.
    """
    mark = boot_mark(boot)
    return staging_path(staging, f"{word}-{round(began * 1e9)}" + (f".{mark}" if mark else ""), index, name)


def _transfer(camera: GphotoCamera, added: ObjectAdded, path: Path, descriptor: int, size: int | None) -> str:
    """Fetch a large object in pieces if the camera supports it, so that a hanging call is noticed within seconds.

    Returns the object's SHA-256.
    """
    if size is not None and size > LARGE_BYTES and not added.in_memory:
        with suppress(Unsupported):
            pieces = Pieces(camera, added.folder, added.name, size, path)
            pieces.fetch()
            return pieces.sha256
    content = Content()
    camera.fetch(added.folder, added.name, lambda block: content.write(descriptor, block), fetch_seconds(size))
    return content.sha256


def _reserve(path: Path, descriptor: int, size: int | None) -> None:
    # A write that fails during a transfer leaves the library out of step with the camera (2.5.34 ptpip.c stops
    # reading there), and the next calls fail without a reason: so the space is reserved first.
    if not size:
        return
    try:
        os.posix_fallocate(descriptor, 0, size)
        os.ftruncate(descriptor, 0)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise _unusable(path, error) from error
        raise CaptureError(
            f"the disk of {path.parent} has no room for {size} bytes ({error.strerror}); free some space. "
            "A camera with a card keeps its copy",
            kind=FailureKind.HOST_STORAGE_FULL,
        ) from error


def _check(path: Path, descriptor: int, got: int, size: int | None) -> None:
    # A camera that ends a transfer early is not always an error for the library.
    if got and size in (None, got):
        return
    room = os.fstatvfs(descriptor)
    due = f"{size} bytes" if size is not None else "a photo"
    if room.f_bavail * room.f_frsize < (size or 1):
        raise CaptureError(
            f"the disk of {path.parent} is full: {got} bytes of {due} were written; free some space. "
            "A camera with a card keeps its copy",
            kind=FailureKind.HOST_STORAGE_FULL,
        )
    raise CameraError(f"fetching {path.name} returned {got} bytes instead of {due}; check the connection")


def _unusable(path: Path, error: OSError) -> CaptureError:
    return CaptureError(
        f"cannot write to {path.parent}: {error.strerror}; check that it exists, is writable and has room",
        kind=FailureKind.HOST_STORAGE_UNUSABLE,
    )
