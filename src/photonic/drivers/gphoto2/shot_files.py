"""Photos on their way from the camera into staging files, each checked against the camera's word."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.exposure import fetch_seconds
from photonic.drivers.gphoto2.pieces import LARGE_BYTES, Pieces, Unsupported
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.camera_file import of_one_exposure
from photonic.worker.link.messages import Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import Details, GphotoCamera, ObjectAdded

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class CardFile:
    """An object with what the camera says of it (``model.camera_file``)."""

    folder: str
    name: str
    size_bytes: int | None
    taken_at: int | None
    in_memory: bool

    @classmethod
    def of(cls, camera: GphotoCamera, added: ObjectAdded) -> CardFile:
        """Ask the camera. Raises ``CameraError`` where the connection broke."""
        details = camera.details(added.folder, added.name)
        # The library dates what comes out of the RAM itself, when it has fetched it (2.5.34 ``library.c``).
        taken_at = None if added.in_memory else details.taken_at
        return cls(added.folder, added.name, details.size_bytes, taken_at, added.in_memory)


@dataclass
class ShotFiles:
    """The objects that belong to one capture: how many a still has (``expected``), and which came.

    ``several``: one release may take several stills, as the drive mode is set; ``stills``: how many the files are of.
    ``released_at``: when the shutter was asked to fire, on the driver's clock.
    """

    capture_id: str
    staging: Path
    expected: int
    files: list[CardFile] = field(default_factory=list[CardFile])
    several: bool = False
    stills: int = 0
    released_at: float = 0.0

    def add(self, file: CardFile) -> int:
        """An object of this capture has come; its number among them."""
        if not self.has_twin(file):
            self.stills += 1
        self.files.append(file)
        return len(self.files) - 1

    @property
    def missing(self) -> int:
        """How many objects of the stills that have begun to arrive have not come yet."""
        return max(0, self.expected * max(1, self.stills) - len(self.files))

    def has_twin(self, file: CardFile) -> bool:
        """Whether this is another file of a still that is here.

        The library gives objects out of the RAM names of its own: there, the one kind of file that is missing may be
        it. The photos themselves tell, once they are fetched.
        """
        if file.in_memory:
            newest = self.files[self.missing - self.expected :] if self.stills and self.missing else []
            return bool(newest) and PurePosixPath(file.name).suffix not in {
                PurePosixPath(one.name).suffix for one in newest
            }
        return any(of_one_exposure(file, known) for known in self.files)


def stage(
    camera: GphotoCamera, added: ObjectAdded, path: Path, begun: Callable[[int | None], None] = lambda _size_bytes: None
) -> Details:
    """Fetch an object into ``path``, which must not exist, and answer its details, with the size that the file has.

    ``begun`` hears the object's size before it is fetched.

    Not flushed to the disk: the parent does that, so that live view goes on meanwhile. An object that came from RAM is
    let go of afterwards; on a card nothing is deleted. On failure no file is left.

    Raises ``CaptureError``: HOST_STORAGE_FULL or HOST_STORAGE_UNUSABLE; and ``CameraError`` where the camera failed.
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
        _transfer(camera, added, path, descriptor, size)
        got = os.fstat(descriptor).st_size
        _check(path, descriptor, got, size)
    except BaseException:
        with suppress(FileNotFoundError):
            path.unlink()
        raise
    finally:
        os.close(descriptor)
    if added.in_memory:
        camera.forget(added.folder, added.name)
    return replace(details, size_bytes=got)


def staged(capture_id: str | None, added: ObjectAdded, path: Path, details: Details) -> Staged:
    """The message for an object that is whole in ``path``."""
    return Staged(
        capture_id=capture_id,
        path=str(path),
        folder=added.folder,
        name=added.name,
        size_bytes=details.size_bytes or 0,
        taken_at=details.taken_at,
        in_ram=added.in_memory,
    )


def staging_path(staging: Path, capture_id: str, index: int, name: str) -> Path:
    """``<staging>/<capture_id>-<index>-<name>``, whatever characters the camera put into the name."""
    return staging / f"{_UNSAFE.sub('_', capture_id)}-{index}-{_UNSAFE.sub('_', name)[-80:]}"


def _transfer(camera: GphotoCamera, added: ObjectAdded, path: Path, descriptor: int, size: int | None) -> None:
    """A large object comes in pieces, where the camera gives them: a call that hangs is known after seconds then."""
    if size is not None and size > LARGE_BYTES and not added.in_memory:
        with suppress(Unsupported):
            Pieces(camera, added.folder, added.name, size, path).fetch()
            return
    camera.fetch(added.folder, added.name, descriptor, fetch_seconds(size))


def _reserve(path: Path, descriptor: int, size: int | None) -> None:
    # A write that fails in the middle of a transfer leaves the library out of step with the camera (2.5.34 ptpip.c
    # stops reading there), and the next calls fail for no reason that could be told: so there has to be room before.
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
            "The camera keeps its copy where it has a card",
            kind=FailureKind.HOST_STORAGE_FULL,
        ) from error


def _check(path: Path, descriptor: int, got: int, size: int | None) -> None:
    # The library reports success whether its writes succeeded or not (gphoto2-file.c, ptp2 library.c).
    if got and size in (None, got):
        return
    room = os.fstatvfs(descriptor)
    due = f"{size} bytes" if size is not None else "a photo"
    if room.f_bavail * room.f_frsize < (size or 1):
        raise CaptureError(
            f"the disk of {path.parent} is full: {got} bytes of {due} were written; free some space. "
            "The camera keeps its copy where it has a card",
            kind=FailureKind.HOST_STORAGE_FULL,
        )
    raise CameraError(f"fetching {path.name} brought {got} bytes instead of {due}; the connection may be bad")


def _unusable(path: Path, error: OSError) -> CaptureError:
    return CaptureError(
        f"cannot write to {path.parent}: {error.strerror}; check that it exists, is writable and has room",
        kind=FailureKind.HOST_STORAGE_UNUSABLE,
    )
