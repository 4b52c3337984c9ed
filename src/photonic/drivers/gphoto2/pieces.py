"""Large objects, fetched piece by piece: each piece is a call of its own, so that one that makes progress is never
taken for one that hangs, and whoever fetches may do something else between two of them.

libgphoto2 2.5.34 ``read_file_func`` (``camlibs/ptp2/library.c``): ``GetPartialObject``, whose offset has 32 bits; an
MTP device's has 64. Where there is neither, the answer is "not supported", and the object comes in one go.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.exposure import FETCH_BYTES_PER_SECOND
from photonic.errors import CameraError, CaptureError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from photonic.drivers.gphoto2.camera import GphotoCamera

LARGE_BYTES = 64 * 1024 * 1024
"""Up to this an object is fetched in one go: 2.6 s at the 25 MB/s of a USB 2 body. Nearly every RAW file is smaller."""

PIECE_BYTES = 512 * 1024
"""A fiftieth of a second at 25 MB/s; an EOS R does not take requests of 5 MB (a comment in ``library.c``)."""

PIECE_SECONDS = 5.0 + PIECE_BYTES / FETCH_BYTES_PER_SECOND
COMPARED_BYTES = 64 * 1024
_MOST_32_BITS = 0xFFFFFFFF
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Unsupported(CameraError):
    """This camera gives no parts of this object."""


class Pieces:
    """One object on its way into ``path``, from where an earlier try has left off.

    Raises ``CaptureError`` (HOST_STORAGE_FULL, HOST_STORAGE_UNUSABLE), ``CameraError`` where the camera failed, and
    ``Unsupported``.
    """

    def __init__(self, camera: GphotoCamera, folder: str, name: str, size_bytes: int, path: Path) -> None:
        self._camera = camera
        self._folder = folder
        self._name = name
        self._size = size_bytes
        self._path = path
        self._known: int | None = None

    def fetch(self, more: Callable[[], bool] = lambda: True) -> int:
        """Fetch pieces until the object is whole or ``more`` says no, one at the least; how many bytes there are."""
        try:
            with self._path.open("ab") as file:
                done = os.fstat(file.fileno()).st_size
                if not self._continues(done):
                    file.truncate(0)
                    done = 0
                self._check_room(file.fileno(), done)
                for piece in self._rest(done):
                    file.write(piece)
                    done = self._known = done + len(piece)
                    if not more():
                        break
        except OSError as error:
            full = error.errno in _FULL
            raise CaptureError(
                f"cannot write to {self._path.parent}: {error.strerror}; free some space, or check that it is writable",
                kind=FailureKind.HOST_STORAGE_FULL if full else FailureKind.HOST_STORAGE_UNUSABLE,
            ) from error
        return done

    def _continues(self, done: int) -> bool:
        """Whether what is there ends as the object does at that place; its name says that it is of this object."""
        if done in {0, self._known}:
            return True
        if done > self._size:
            return False
        length = min(done, COMPARED_BYTES)
        with self._path.open("rb") as file:
            file.seek(done - length)
            return file.read(length) == self._piece(done - length, length)

    def _rest(self, done: int) -> Iterator[bytes]:
        if done == 0 and self._size > _MOST_32_BITS:
            # Whether it gives what lies beyond is known before four gigabytes of it are here.
            self._piece(self._size - 1, 1)
        while done < self._size:
            piece = self._piece(done, min(PIECE_BYTES, self._size - done))
            if not piece:
                raise CameraError(f"{self._name} ended after {done} bytes of {self._size}; the card may be damaged")
            yield piece
            done += len(piece)

    def _piece(self, offset: int, size_bytes: int) -> bytes:
        try:
            return self._camera.read_part(self._folder, self._name, offset, size_bytes, PIECE_SECONDS)
        except CameraError as error:
            if error.code == faults.NOT_SUPPORTED:
                raise Unsupported(error.reason, code=error.code) from error
            raise

    def _check_room(self, descriptor: int, done: int) -> None:
        room = os.fstatvfs(descriptor)
        if room.f_bavail * room.f_frsize < self._size - done:
            raise CaptureError(
                f"the disk of {self._path.parent} has no room for the {self._size - done} bytes of {self._name}; "
                "free some space. The camera keeps its copy",
                kind=FailureKind.HOST_STORAGE_FULL,
            )
