"""What the journal is given for a capture, and what it returns: start, staged files, result, and its effects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from photonic.model.api import CaptureRecord
    from photonic.service.journal.sequences import FrameBegun
    from photonic.service.photo.identity import PhotoIdentity
    from photonic.service.photo.staged import StoredFile


@dataclass(frozen=True, slots=True)
class CaptureStarted:
    """A capture that has started.

    Args:
        record: its record so far.
        directory: the requested directory, below the photo root.
        stem: path of its files below ``directory``, without extension; recorded because the template of names may
            change before the next start.
        serial: its camera's serial number; ``None``: unknown at that time.
        frame: the frame of a sequence; ``None`` for a single capture.
        machine_boot: the boot in which it was accepted, as the journal records it; ``None``: unknown.
        lived_until: the last moment, in unix seconds, at which the service that accepted it is known to have run;
            ``None``: unknown.
    """

    record: CaptureRecord
    directory: PurePosixPath
    stem: PurePosixPath
    serial: str | None = None
    frame: FrameBegun | None = None
    machine_boot: str | None = None
    lived_until: float | None = None

    @property
    def place(self) -> PurePosixPath:
        """The path of its files below the photo root, without extension."""
        return self.directory / self.stem


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One staged file as the camera process reported it.

    ``name`` is its name in the staging directory; ``sha256`` is ``None`` if an earlier version recorded it.
    """

    name: str
    camera_name: str
    size_bytes: int
    identity: PhotoIdentity | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """A capture that has ended, with the files of its still (empty if it failed).

    Args:
        record: its final record.
        files: the files of its still.
        directory: the requested directory, below the photo root.
        ordinal: its position in the order of acceptance, independent of the clock; 0 before it is recorded.
        age_seconds: how long the service has run since it was accepted; ``None``: unknown.
        resolved_by: the capture as which its photo was imported after it had failed; ``None``: there is none.
        place: its position in the order of acceptance, comparable between cameras; 0 before it is recorded.
    """

    record: CaptureRecord
    files: tuple[StoredFile, ...]
    directory: PurePosixPath
    ordinal: int = field(default=0, compare=False)
    age_seconds: int | None = field(default=None, compare=False)
    resolved_by: str | None = None
    place: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CommitEffects:
    """What else the transaction that ends a capture records.

    Args:
        card_scan: the scan of the card that holds the photo; ``None``: unknown.
        delete: delete the copies on the card.
        expects_photo: the shutter may have fired, but there is no photo yet.
        exposed_at: unix seconds; the exposure began no earlier; ``None``: unknown.
        failed_at: unix seconds of the capture's end; ``None``: now.
        failed_running_at: the service's running time in seconds at the capture's end; ``None``: now.
        serial: the camera's serial number; ``None``: unknown.
        resolves: updated record of the capture whose expected photo this is.
        noted: updated record of a capture whose photo this may be.
        kept: staged files of other stills of the release, which are imported afterwards.
        copies: where the copies of the new files are on the second disk; ``None``, or none at all: yet to be made.
    """

    card_scan: int | None = None
    delete: bool = False
    expects_photo: bool = False
    exposed_at: float | None = None
    failed_at: int | None = None
    failed_running_at: int | None = None
    serial: str | None = None
    resolves: CaptureRecord | None = None
    noted: CaptureRecord | None = None
    kept: tuple[str, ...] = ()
    copies: tuple[PurePosixPath | None, ...] = ()
