"""A photo's files before and after they have found their place, and what a staging file's name tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.api import CaptureMetadata
from photonic.service.identity import PhotoIdentity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath

    from photonic.model.api import CaptureRecord
    from photonic.model.exif import ExifFacts
    from photonic.worker.messages import Staged

CAPTURE_ID = re.compile(r"[0-9a-f]{32}")
# The drivers': a capture's id, or a word and CLOCK_MONOTONIC's nanoseconds; a count; the camera's name.
_STAGING_NAME = re.compile(r"(?:(?P<capture>[0-9a-f]{32})|[a-z]+-(?P<began_ns>\d+))-\d+-(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One object of a still in the staging directory.

    ``name`` is the camera's; ``size_bytes`` the camera's word, ``None`` when it is not known (after a crash);
    ``identity``: ``None`` for a photo that the camera itself has no copy of.
    """

    path: Path
    name: str
    size_bytes: int | None
    identity: PhotoIdentity | None = None

    @classmethod
    def told(cls, event: Staged, path: Path, serial: str | None) -> StagedFile:
        """The file that the camera process has staged."""
        identity = (
            None if event.in_ram else PhotoIdentity(serial, event.folder, event.name, event.size_bytes, event.taken_at)
        )
        return cls(path, event.name, event.size_bytes, identity)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file in its place; ``path`` is relative to the photo root; ``exif``: ``None`` where it says nothing."""

    path: PurePosixPath
    size_bytes: int
    sha256: str
    media_type: str
    identity: PhotoIdentity | None = None
    exif: ExifFacts | None = None


@dataclass(frozen=True, slots=True)
class Leftover:
    """A staged file that an earlier run left, and the capture that it was staged for (``None``: for none)."""

    file: StagedFile
    capture_id: str | None


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """A camera process has ended; ``at_ns``: of CLOCK_MONOTONIC, which camera processes name their files by."""

    at_ns: int


def name_in_staging(staging_name: str) -> tuple[str | None, str] | None:
    """Capture id (``None``: none) and camera's name in a staging file's name; ``None`` for a name not of ours."""
    found = _STAGING_NAME.fullmatch(staging_name)
    return None if found is None else (found["capture"], found["name"])


def staged_since_ns(staging_name: str) -> int | None:
    """When a file outside every capture's directory was begun, by the monotonic clock; ``None``: not said."""
    found = _STAGING_NAME.fullmatch(staging_name)
    return None if found is None or found["began_ns"] is None else int(found["began_ns"])


def exif_of(files: Iterable[StoredFile]) -> ExifFacts | None:
    """What the files of one still say of how it was taken: the first one's word that says anything."""
    return next((file.exif for file in files if file.exif is not None), None)


def completed(record: CaptureRecord, files: Iterable[StoredFile]) -> CaptureRecord:
    """The record, with the files' word for what the camera did not say of how the photo was taken."""
    metadata = record.metadata or CaptureMetadata(timestamp=record.created_at)
    return record.model_copy(update={"metadata": metadata.completed(exif_of(files))})
