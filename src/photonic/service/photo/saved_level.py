"""The level of "saved" that a photo has reached, and why it is lower than configured. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.reason import ReasonCode, reason
from photonic.model.saved import SaveLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.api import CaptureRecord
    from photonic.model.reason import Reason
    from photonic.service.photo.staged import StoredFile

WAITING = reason(ReasonCode.SECOND_COPY_WAITING, "the copy on the second disk is yet to be made")
NO_CARD_COPY = reason(ReasonCode.NO_CARD_COPY, "the camera's card has no copy of this photo")


def with_level(
    record: CaptureRecord, wanted: SaveLevel, files: Sequence[StoredFile], *, second: Reason | None = WAITING
) -> CaptureRecord:
    """Return the record of a saved photo with the level that it has reached.

    Args:
        record: Of the photo.
        wanted: The configured level.
        files: The files that were stored, as the camera process reported them.
        second: Why a file has no copy on the second disk; ``None``: each has one.
    """
    short: Reason | None = None
    match wanted:
        case SaveLevel.DISK:
            pass
        case SaveLevel.CARD:
            short = None if all(map(_on_card, files)) else NO_CARD_COPY
        case SaveLevel.SECOND:
            short = second
    return record.model_copy(
        update={
            "saved": wanted if short is None else SaveLevel.DISK,
            "saved_reason": None if short is None else short.text,
            "saved_reason_code": None if short is None else short.code.value,
        }
    )


def with_late_file(record: CaptureRecord, wanted: SaveLevel, late: StoredFile) -> CaptureRecord:
    """Return the record of a saved photo that a late file was added to: its level is that of all its files."""
    before = record.saved_reason_code
    if before is None or wanted is SaveLevel.SECOND:
        return with_level(record, wanted, [late])
    return record


def _on_card(file: StoredFile) -> bool:
    return file.identity is not None and file.identity.folder is not None
