"""The files of a photo, staged and in their final place, and the names of staged files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
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
# As drivers write it: the hash, once the file is complete; capture id, or a word and CLOCK_MONOTONIC in nanoseconds; a
# count; the name on the camera.
_STAGING_NAME = re.compile(
    r"(?:(?P<sha256>[0-9a-f]{64})\.)?(?:(?P<capture>[0-9a-f]{32})|[a-z]+-(?P<began_ns>\d+))-\d+-(?P<name>.+)"
)
_NAMED_BY_LIBRARY = re.compile(r"capt\d{4,}\.")


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One file of a still in the staging area.

    Args:
        path: where it is.
        name: its name on the camera.
        size_bytes: the size that the camera reported; ``None``: unknown, as after a crash.
        sha256: of the bytes that the camera sent; ``None``: unknown, as for a file that is not complete.
        identity: its identity on the camera; ``None``: the camera has no copy, or it is unknown.
        may_have_holes: whether a loss of power may have damaged it, and no hash shows that it has not.
    """

    path: Path
    name: str
    size_bytes: int | None
    identity: PhotoIdentity | None = None
    sha256: str | None = None
    may_have_holes: bool = False

    @property
    def from_ram(self) -> bool:
        """Whether the camera held it in RAM only; libgphoto2 makes up the name then (2.5.34 ``library.c``)."""
        return self.identity is None or (
            self.identity.folder is None and _NAMED_BY_LIBRARY.match(self.name) is not None
        )

    @classmethod
    def reported(cls, event: Staged, path: Path, serial: str | None) -> StagedFile:
        """The file that the camera process reports as staged."""
        identity = (
            None if event.in_ram else PhotoIdentity(serial, event.folder, event.name, event.size_bytes, event.taken_at)
        )
        return cls(path, event.name, event.size_bytes, identity, event.sha256)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file in its final place, ``path`` below the photo root.

    ``sha256``: of the bytes that the camera sent, with which the file was compared when it was stored. ``exif``:
    ``None`` if it contains no Exif facts.
    """

    path: PurePosixPath
    size_bytes: int
    sha256: str
    media_type: str
    identity: PhotoIdentity | None = None
    exif: ExifFacts | None = None


@dataclass(frozen=True, slots=True)
class Leftover:
    """A staged file that nothing has imported.

    ``capture_id``: the capture that it was staged for, if any; ``twins``: the other files of its still. ``suspect``: an
    earlier run or camera process left it, or the disk has failed to store it: it is read from the disk and compared
    with what the camera sent, and may be a photo that is in the index already. ``arrived_at``: the service's running
    time in seconds when it arrived; ``None``: unknown, or in an earlier run.
    """

    file: StagedFile
    capture_id: str | None
    twins: tuple[StagedFile, ...] = ()
    suspect: bool = False
    arrived_at: int | None = None


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """A camera process has ended; ``at_ns``: CLOCK_MONOTONIC in nanoseconds, as in the names of staged files."""

    at_ns: int


SAME_EXPOSURE_SECONDS = 0.05
"""RAW and JPEG of one exposure have the same time, including the fraction if the camera writes it."""


def one_exposure(one: ExifFacts | None, other: ExifFacts | None) -> bool | None:
    """Whether two files are of one exposure, by their Exif times; ``None``: one of them has no time."""
    times = [None if facts is None or facts.taken_at is None else facts.taken_at for facts in (one, other)]
    if times[0] is None or times[1] is None:
        return None
    # One of them may lack the offset from UTC; both are local times of the camera's clock.
    apart = abs((times[0].replace(tzinfo=None) - times[1].replace(tzinfo=None)).total_seconds())
    return apart <= (SAME_EXPOSURE_SECONDS if times[0].microsecond and times[1].microsecond else 1.0)


def exif_seconds(exif: ExifFacts | None) -> float | None:
    """When a photo was taken, in seconds on the camera's clock as if that showed UTC; ``None``: unknown."""
    if exif is None or exif.taken_at is None:
        return None
    return exif.taken_at.replace(tzinfo=UTC).timestamp()


def by_still(files: Sequence[StagedFile], read: Callable[[StagedFile], ExifFacts | None]) -> list[list[StagedFile]]:
    """Group the files of one release into stills, in the order in which they were taken.

    The identity on the camera decides. Files from the camera's RAM have none; for them, ``read`` returns the Exif facts
    that decide.
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
    """Whether two files belong to one still.

    After a crash only the names of files are known, and names from RAM are not even the camera's. Then the Exif times
    decide; without times, two files from RAM of different types count as one exposure, as in the driver.
    """
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
    """The identity of a staged file that no camera process has reported: its name, and its size on the disk.

    Blocks; raises ``OSError``.
    """
    return PhotoIdentity(None, None, file.name, file.path.stat().st_size, None)


def name_in_staging(staging_name: str) -> tuple[str | None, str] | None:
    """The capture id (``None``: without) and the name on the camera, from a staged file's name; ``None``: not ours."""
    found = _STAGING_NAME.fullmatch(staging_name)
    return None if found is None else (found["capture"], found["name"])


def hash_in_staging(staging_name: str) -> str | None:
    """The hash of what the camera sent, from a staged file's name; ``None``: the name does not say."""
    found = _STAGING_NAME.fullmatch(staging_name)
    return None if found is None else found["sha256"]


def without_hash(staging_name: str) -> str:
    """The name that a staged file has until it is complete, and that a loss of power may have given it back."""
    sha256 = hash_in_staging(staging_name)
    return staging_name if sha256 is None else staging_name.removeprefix(f"{sha256}.")


def staged_since_ns(staging_name: str) -> int | None:
    """When the download of a file without a capture began, by CLOCK_MONOTONIC; ``None``: the name does not say."""
    found = _STAGING_NAME.fullmatch(staging_name)
    return None if found is None or found["began_ns"] is None else int(found["began_ns"])


def exif_of(files: Iterable[StoredFile]) -> ExifFacts | None:
    """How a still was taken, from the first of its files that contains Exif facts."""
    return next((file.exif for file in files if file.exif is not None), None)


def completed(record: CaptureRecord, files: Iterable[StoredFile]) -> CaptureRecord:
    """The record, with metadata that the camera did not report taken from the files."""
    metadata = record.metadata or CaptureMetadata(timestamp=record.created_at)
    return record.model_copy(update={"metadata": metadata.completed(exif_of(files))})
