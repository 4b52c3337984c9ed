"""A photo's files before and after they have found their place, and what a staging file's name tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.api import CaptureMetadata
from photonic.service.photo.identity import PhotoIdentity, twins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from photonic.model.exif import ExifFacts
    from photonic.worker.link.messages import Staged

CAPTURE_ID = re.compile(r"[0-9a-f]{32}")
# The drivers': a capture's id, or a word and CLOCK_MONOTONIC's nanoseconds; a count; the camera's name.
_STAGING_NAME = re.compile(r"(?:(?P<capture>[0-9a-f]{32})|[a-z]+-(?P<began_ns>\d+))-\d+-(?P<name>.+)")
_NAMED_BY_LIBRARY = re.compile(r"capt\d{4,}\.")


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

    @property
    def from_ram(self) -> bool:
        """Whether the camera had it in its RAM only: the library has named it then (2.5.34 ``library.c``)."""
        return self.identity is None or (
            self.identity.folder is None and _NAMED_BY_LIBRARY.match(self.name) is not None
        )

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
    """A staged file, and the capture that it was staged for (``None``: for none); ``twins``: others of its still."""

    file: StagedFile
    capture_id: str | None
    twins: tuple[StagedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """A camera process has ended; ``at_ns``: of CLOCK_MONOTONIC, which camera processes name their files by."""

    at_ns: int


SAME_EXPOSURE_SECONDS = 0.05
"""RAW and JPEG of one exposure carry one time, to the fraction where the camera writes one."""


def one_exposure(one: ExifFacts | None, other: ExifFacts | None) -> bool | None:
    """Whether two files say themselves that they are of one exposure; ``None``: one of them says no time."""
    times = [None if facts is None or facts.taken_at is None else facts.taken_at for facts in (one, other)]
    if times[0] is None or times[1] is None:
        return None
    # One of them may be without its offset from UTC: both are the time on the camera's clock.
    apart = abs((times[0].replace(tzinfo=None) - times[1].replace(tzinfo=None)).total_seconds())
    return apart <= (SAME_EXPOSURE_SECONDS if times[0].microsecond and times[1].microsecond else 1.0)


def by_still(files: Sequence[StagedFile], read: Callable[[StagedFile], ExifFacts | None]) -> list[list[StagedFile]]:
    """The files of one release as stills, in the order in which they were taken.

    What the camera says of a file decides; of a photo out of the camera's RAM it says nothing, there ``read`` (what the
    file says itself) does.
    """
    stills: list[list[StagedFile]] = []
    for file in files:
        still = next((still for still in stills if all(_are_twins(file, other, read) for other in still)), None)
        if still is None:
            stills.append([file])
        else:
            still.append(file)
    return sorted(stills, key=_taken)


def _are_twins(one: StagedFile, other: StagedFile, read: Callable[[StagedFile], ExifFacts | None]) -> bool:
    """Of files that were found after a crash no more is known than their names, and of those out of RAM not even that
    is the camera's: they are told apart by what they say themselves, and without a word they count as the two kinds of
    file of one exposure, as the driver took them for."""
    named = one.identity is not None and other.identity is not None and twins(one.identity, other.identity)
    if all(file.identity is not None and file.identity.folder is not None for file in (one, other)):
        return named
    if PurePosixPath(one.name).suffix == PurePosixPath(other.name).suffix:
        return False
    same = one_exposure(read(one), read(other))
    return named or one.from_ram if same is None else same


def _taken(still: Sequence[StagedFile]) -> tuple[int, str]:
    first = still[0]
    return (first.identity and first.identity.taken_at) or 0, first.name


def found_identity(file: StagedFile) -> PhotoIdentity:
    """What is known of a staged file that no camera process reported: its name, and the size that it has on the disk.

    Blocks; raises ``OSError``.
    """
    return PhotoIdentity(None, None, file.name, file.path.stat().st_size, None)


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
