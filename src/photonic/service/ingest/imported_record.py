"""The record of a photo that was imported rather than captured on request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.ingest.attribution import Origin
    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.photo.staged import StagedFile

BODY = "body"
"""Taken with the camera's own button."""
RECONCILED = "reconciled"
"""Fetched from the card, or late from the camera."""
MAY_HAVE_HOLES = (
    "parts of it may be damaged: the machine stopped before it was safe on the disk, and there is no other copy"
)
"""The warning of a photo from the camera's RAM."""


def record_of(
    file: StagedFile,
    origin: Origin,
    *,
    record_id: str,
    now: datetime,
    camera: CaptureCamera,
    session: str,
    number: int,
    from_card: bool,
) -> CaptureRecord:
    """Return the record of an imported photo.

    Args:
        file: The photo's first file.
        origin: Where the photo comes from.
        record_id: The id of the record.
        now: The time of day.
        camera: The camera that took it.
        session: The session for a photo that is attributed to no capture.
        number: Its number in the session.
        from_card: Whether it was fetched from the card.
    """
    taken_at = None if file.identity is None else file.identity.taken_at
    capture = origin.capture
    kind = RECONCILED if from_card or origin.failed is not None else BODY
    return CaptureRecord(
        id=record_id,
        camera_id=camera.camera_id,
        owner=None if capture is None else capture.record.owner,
        kind=kind if origin.release_of is None else origin.release_of.record.kind,
        phase=CapturePhase.SAVED,
        session_id=session if capture is None else capture.record.session_id,
        sequence_number=number,
        release_of=None if origin.release_of is None else origin.release_of.record.id,
        created_at=now,
        metadata=CaptureMetadata(timestamp=now if taken_at is None else _moment(taken_at) or now, model=camera.model),
        warning=joined(origin.warning(from_card=from_card), MAY_HAVE_HOLES if file.may_have_holes else None),
    )


def with_note(result: CaptureResult | None, note: str) -> CaptureRecord | None:
    """Return the capture's record with a note added to its warning; ``None`` if ``result`` is ``None``."""
    if result is None:
        return None
    return result.record.model_copy(update={"warning": joined(result.record.warning, note)})


def joined(*notes: str | None) -> str | None:
    """Return all notes but ``None`` as one warning; ``None`` if there is no other."""
    return "; ".join(filter(None, notes)) or None


def _moment(seconds: int) -> datetime | None:
    """Return the time on the camera's clock; ``None`` if ``datetime`` cannot represent it."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
