"""A file as it is on the camera, for gphoto2's users: a photo of the service, with a folder and a name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.model.api import CaptureRecord, PhotoFile

RAM = "/"


@dataclass(frozen=True, slots=True)
class CameraCopy:
    """One file of a photo.

    Args:
        folder: On the camera, without a slash at its end.
        name: On the camera.
        photo: The service's file.
        modified: When it was taken, in local time.
    """

    folder: str
    name: str
    photo: PhotoFile
    modified: datetime

    @property
    def path(self) -> str:
        """Folder and name."""
        return f"{self.folder.removesuffix('/')}/{self.name}"

    @property
    def raw(self) -> bool:
        """Whether ``--keep-raw`` is about it: everything but a JPEG."""
        return ".jpg" not in self.name and ".JPG" not in self.name


def in_gallery(record: CaptureRecord, photo: PhotoFile) -> CameraCopy:
    """A photo under the path that the service gives it, at which it can be found later."""
    path = PurePosixPath("/", photo.path)
    return CameraCopy(str(path.parent), path.name, photo, _modified(record, photo))


def in_memory(record: CaptureRecord, photo: PhotoFile, number: int) -> CameraCopy:
    """A photo under the name that gphoto2 gives to one in the camera's memory: the number counts from 0 in each run."""
    suffix = PurePosixPath(photo.path).suffix
    return CameraCopy(RAM, f"capt{number:04d}{suffix}", photo, _modified(record, photo))


def _modified(record: CaptureRecord, photo: PhotoFile) -> datetime:
    taken = None if photo.exif is None else photo.exif.taken_at
    return (taken or record.created_at).astimezone()


class NewNames:
    """Names for the photos that are taken during one run.

    ``lasting`` is set when the user chooses the card: the names are then those of the gallery.
    """

    def __init__(self) -> None:
        self.lasting = False
        self._count = 0

    def named(self, record: CaptureRecord, photo: PhotoFile) -> CameraCopy:
        """Name one new file."""
        if self.lasting:
            return in_gallery(record, photo)
        self._count += 1
        return in_memory(record, photo, self._count - 1)
