"""The gallery: sessions, their stills, and the sizes of thumbnails."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from pydantic import BaseModel

from photonic.model.api import CaptureRecord


class ThumbnailSize(IntEnum):
    """The most pixels of the longer side: for lists, for lists on high-resolution screens, and for viewing."""

    SMALL = 320
    MEDIUM = 640
    LARGE = 1600


class SessionSummary(BaseModel):
    """One session; ``cover``: the photo of its newest still that is best suited for display."""

    session_id: str
    photo_count: int
    first_at: datetime
    last_at: datetime
    cover: str


class SessionPage(BaseModel):
    """``GET /sessions``: the session with the newest photo first; ``total``: the number of all sessions."""

    sessions: tuple[SessionSummary, ...]
    total: int
    next_cursor: str | None = None


class StillPage(BaseModel):
    """Stills, newest first, each with its files (RAW and JPEG of one shot are one still); ``total``: of all stills."""

    stills: tuple[CaptureRecord, ...]
    total: int
    next_cursor: str | None = None


def capture_of(photo_id: str) -> str:
    """Return the id of the still to which a file belongs; a file's id is that id with a number appended."""
    return photo_id.rpartition("-")[0]
