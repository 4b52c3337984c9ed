"""Stills and sessions of one camera with their places, of which pages of one or several cameras are made.

The newest still is the one that was accepted last. The time of day is only displayed, because the clock may be years
behind after a boot and be set later. See ``journal.session_rows`` for the places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.gallery import SessionSummary
from photonic.service.journal.session_rows import SessionRow

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from photonic.service.journal.session_rows import Place


@dataclass(frozen=True, slots=True)
class PlacedStill:
    """A still as clients see it, its place in the order of acceptance, and the absolute paths of its files."""

    number: int
    record: CaptureRecord
    paths: tuple[Path, ...] = ()

    @property
    def place(self) -> Place:
        """Its place among the stills of all cameras."""
        return self.number, self.record.id


def alone(still: PlacedStill) -> SessionRow:
    """Return a session that has only this still."""
    at = still.record.created_at
    return SessionRow(still.record.session_id, 1, still.place, at, still.place, at, shown_by(still.record))


def summary(session: SessionRow) -> SessionSummary:
    """Return the session as clients see it."""
    return SessionSummary(
        session_id=session.session_id,
        photo_count=session.stills,
        first_at=session.first_at,
        last_at=session.last_at,
        cover=session.cover,
    )


def shown_by(still: CaptureRecord) -> str:
    """Return the id of the file that best represents a still: its first JPEG, otherwise its first file."""
    return next((file.id for file in still.files if file.media_type == "image/jpeg"), still.files[0].id)
