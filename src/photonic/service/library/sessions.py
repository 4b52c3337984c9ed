"""Stills and sessions of one camera with their places, of which pages of one or several cameras are made.

The newest still is the one that was accepted last. The time of day is only displayed, because the clock may be years
behind after a boot and be set later. See ``journal.lists`` for the places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.gallery import SessionSummary

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from photonic.service.journal.lists import Place


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


@dataclass(frozen=True, slots=True)
class PlacedSession:
    """A session of one camera: the number of its stills, the first and the last one of them."""

    stills: int
    oldest: PlacedStill
    newest: PlacedStill

    @property
    def place(self) -> Place:
        """Its place among the sessions of all cameras: that of its newest still."""
        return self.newest.number, self.newest.record.session_id

    def with_others(self, other: PlacedSession) -> PlacedSession:
        """Return the session together with further stills: those of another camera."""
        return PlacedSession(
            self.stills + other.stills,
            min(self.oldest, other.oldest, key=lambda still: still.place),
            max(self.newest, other.newest, key=lambda still: still.place),
        )

    def summary(self) -> SessionSummary:
        """Return the session as clients see it."""
        newest = self.newest.record
        return SessionSummary(
            session_id=newest.session_id,
            photo_count=self.stills,
            first_at=self.oldest.record.created_at,
            last_at=newest.created_at,
            cover=shown_by(newest),
        )


def shown_by(still: CaptureRecord) -> str:
    """Return the id of the file that best represents a still: its first JPEG, otherwise its first file."""
    return next((file.id for file in still.files if file.media_type == "image/jpeg"), still.files[0].id)
