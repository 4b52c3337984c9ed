"""Fetches large objects in pieces.

Each piece is a call of its own: a transfer that makes progress is not mistaken for one that hangs, and the caller can
do something else in between.

libgphoto2 2.5.34 ``read_file_func`` (``camlibs/ptp2/library.c``) uses ``GetPartialObject``, whose offset has 32 bits,
or 64 on an MTP device. A camera with neither answers "not supported", and the object is fetched in one call.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.content import Content
from photonic.drivers.gphoto2.exposure import FETCH_BYTES_PER_SECOND
from photonic.errors import CameraError, CaptureError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO
    from pathlib import Path

    from photonic.drivers.gphoto2.camera import GphotoCamera

LARGE_BYTES = 64 * 1024 * 1024
"""Objects up to this size are fetched in one call: 2.6 s at the 25 MB/s of a USB 2 body, and most RAW files."""

PIECE_BYTES = 512 * 1024
"""20 ms at 25 MB/s; an EOS R refuses requests of 5 MB (a comment in ``library.c``)."""

PIECE_SECONDS = 5.0 + PIECE_BYTES / FETCH_BYTES_PER_SECOND
COMPARED_BYTES = 64 * 1024
_MOST_32_BITS = 0xFFFFFFFF
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def unwritable(path: Path, error: OSError) -> CaptureError:
    """The failure to write an object into ``path``."""
    full = error.errno in _FULL
    return CaptureError(
        f"cannot write to {path.parent}: {error.strerror}; free some space, or check that it is writable",
        kind=FailureKind.HOST_STORAGE_FULL if full else FailureKind.HOST_STORAGE_UNUSABLE,
    )


class Unsupported(CameraError):
    """This camera cannot send this object in parts."""


class Pieces:
    """One object that is fetched into a file, continuing an earlier attempt.

    Its methods raise ``CaptureError`` (HOST_STORAGE_FULL, HOST_STORAGE_UNUSABLE), ``CameraError`` if the camera
    failed, and ``Unsupported``.

    Args:
        camera: The open camera.
        folder: The object's folder.
        name: The object's name.
        size_bytes: The object's size.
        path: The file, which may hold the beginning of the object.
    """

    def __init__(self, camera: GphotoCamera, folder: str, name: str, size_bytes: int, path: Path) -> None:
        self._camera = camera
        self._folder = folder
        self._name = name
        self._size = size_bytes
        self._path = path
        self._length: int = 0
        self._content = Content()

    @property
    def sha256(self) -> str:
        """The hash of the object, once ``fetch`` has returned its size."""
        return self._content.sha256

    def fetch(self, more: Callable[[], bool] = lambda: True) -> int:
        """Fetch at least one piece, until the object is complete or ``more`` is false; return the bytes so far.

        What an earlier process fetched is hashed first, as bytes that have come.
        """
        try:
            with self._path.open("a+b", buffering=0) as file:
                self._begin(file)
                while self._content.size_bytes < self._length:
                    self._content.reread(file.fileno(), self._length - self._content.size_bytes)
                    if not more():
                        return self._content.size_bytes
                for piece in self._rest(self._length):
                    self._content.write(file.fileno(), piece)
                    self._length = self._content.size_bytes
                    if not more():
                        break
        except OSError as error:
            raise unwritable(self._path, error) from error
        return self._content.size_bytes

    def _begin(self, file: FileIO) -> None:
        """Continue where the file ends, if it is the beginning of the object; otherwise start over."""
        there = os.fstat(file.fileno()).st_size
        if there != self._length or there == 0:
            if not self._continues(there):
                file.truncate(0)
                there = 0
            self._length, self._content = there, Content()
        self._check_room(file.fileno(), there)

    def _continues(self, there: int) -> bool:
        """Whether the end of the file matches the object at that offset; its name already identifies the object."""
        if there == 0:
            return True
        if there > self._size:
            return False
        length = min(there, COMPARED_BYTES)
        with self._path.open("rb") as file:
            file.seek(there - length)
            return file.read(length) == self._piece(there - length, length)

    def _rest(self, done: int) -> Iterator[bytes]:
        if done == 0 and self._size > _MOST_32_BITS:
            # Find out whether the camera can send the end before fetching the first four gigabytes.
            self._piece(self._size - 1, 1)
        while done < self._size:
            piece = self._piece(done, min(PIECE_BYTES, self._size - done))
            if not piece:
                raise CameraError(f"{self._name} ended after {done} of {self._size} bytes; the card may be damaged")
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
                f"the disk of {self._path.parent} has no room for {self._size - done} bytes of {self._name}; "
                "free some space. The camera keeps its copy",
                kind=FailureKind.HOST_STORAGE_FULL,
            )
