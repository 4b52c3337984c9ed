"""Pictures from files on this computer, repeated endlessly: a JPEG, a folder of JPEGs by name, or an MJPEG file.

A JPEG that is rewritten while it is shown is read again, because another program may be the actual camera.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from photonic.drivers.webcam.frame_schedule import FrameSchedule
from photonic.drivers.webcam.jpegs import PICTURE_LIMIT_BYTES, JpegSplitter
from photonic.drivers.webcam.source import Identity
from photonic.errors import CameraError, FailureKind, ProtocolError
from photonic.model.jpeg import whole_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from photonic.drivers.webcam.control import Control
    from photonic.model.camera_address import SourceAddress

STILL_FPS = 2.0
FILM_FPS = 25.0
FILMS = frozenset({".mjpg", ".mjpeg"})
PICTURES = frozenset({".jpg", ".jpeg"})
CHUNK_BYTES = 64 * 1024
_DIGITS = re.compile(r"(\d+)")


class Files:
    """The pictures at a path. ``clock`` gives seconds of CLOCK_MONOTONIC, ``pause`` waits for some seconds."""

    def __init__(
        self,
        address: SourceAddress,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = Path(address.place).absolute()
        fps = FILM_FPS if self._path.suffix.casefold() in FILMS else STILL_FPS
        self._schedule = FrameSchedule(address.fps or fps, clock, pause)
        self._pictures: Iterator[bytes] | None = None
        self._newest: bytes | None = None

    def open(self) -> Identity:
        """Read the first picture. Raises ``CameraError``: ABSENT if nothing is there, BLOCKED if it is unreadable."""
        self._advance()
        digest = hashlib.blake2s(os.fsencode(self._path), digest_size=4).hexdigest()
        return Identity(serial=f"FILE-{digest}", model=f"Pictures of {self._path.name}", manufacturer="photonic")

    def start(self) -> None:
        """Continue with the next picture."""
        self._schedule.begin()

    def stop(self) -> None:
        """Do nothing: pictures are read only on request."""

    def picture(self, limit_seconds: float) -> bytes | None:
        """The next picture, when it is due. Raises ``CameraError``."""
        return self._advance() if self._schedule.due(limit_seconds) else None

    def still(self, limit_seconds: float) -> bytes:  # noqa: ARG002 - the role's signature
        """The current picture; a single JPEG is read again. Raises ``CameraError``."""
        if self._newest is None or self._path.suffix.casefold() in PICTURES:
            return self._advance()
        return self._newest

    def check(self) -> None:
        """Raise ``CameraError`` if the path no longer exists."""
        if not self._path.exists():
            raise self._absent()

    def controls(self) -> tuple[Control, ...]:
        """Files have no controls."""
        return ()

    def set_controls(self, values: Mapping[str, int]) -> None:
        """Do nothing: files have no controls."""

    def close(self) -> None:
        """Close the file that is being read."""
        self._pictures = self._newest = None

    def _advance(self) -> bytes:
        """The next picture; after the last one, the first."""
        try:
            self._newest = self._next()
        except FileNotFoundError as error:
            raise self._absent() from error
        except OSError as error:
            raise CameraError(
                f"cannot read {error.filename or self._path} ({error.strerror}); check its permissions",
                kind=FailureKind.BLOCKED,
            ) from error
        return self._newest

    def _next(self) -> bytes:
        for _turn in range(2):
            if self._pictures is None:
                self._pictures = self._all()
            for picture in self._pictures:
                return picture
            self._pictures = None
        if self._path.is_dir():
            raise CameraError(
                f"the folder {self._path} contains no complete JPEG; put pictures (.jpg, .jpeg) into it",
                kind=FailureKind.CAMERA_ABSENT,
            )
        raise CameraError(
            f"{self._path} contains no complete JPEG; use a JPEG, an MJPEG file (.mjpg, .mjpeg), or a folder of JPEGs",
            kind=FailureKind.BLOCKED,
        )

    def _all(self) -> Iterator[bytes]:
        """Every picture once, except files that are not complete JPEGs (another program may be writing them)."""
        if self._path.suffix.casefold() in FILMS and not self._path.is_dir():
            yield from _film(self._path)
            return
        for path in _in_order(self._path) if self._path.is_dir() else (self._path,):
            with path.open("rb") as file:
                content = _whole(file)
            if content is not None:
                yield content

    def _absent(self) -> CameraError:
        return CameraError(
            f"{self._path} does not exist; create or mount it, or choose another camera. The service waits for it",
            kind=FailureKind.CAMERA_ABSENT,
        )


def _in_order(folder: Path) -> list[Path]:
    """The JPEGs of a folder by name, with numbers in the names by value: 2 comes before 10."""
    pictures = [path for path in folder.iterdir() if path.suffix.casefold() in PICTURES and path.is_file()]
    return sorted(
        pictures, key=lambda path: [int(part) if part.isdecimal() else part for part in _DIGITS.split(path.name)]
    )


def _whole(file: BinaryIO) -> bytes | None:
    content = file.read(PICTURE_LIMIT_BYTES + 1)
    return whole_jpeg(content) if len(content) <= PICTURE_LIMIT_BYTES else None


def _film(path: Path) -> Iterator[bytes]:
    """The pictures of an MJPEG file, except one cut off at its end. Raises ``CameraError``."""
    splitter = JpegSplitter()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            try:
                yield from splitter.feed(chunk)
            except ProtocolError as error:
                raise CameraError(
                    f"{path} is not an MJPEG file, or is damaged ({error}); choose another file",
                    kind=FailureKind.BLOCKED,
                ) from error
