"""What there is to look at: sessions, their stills, and the sizes in which a photo is shown small."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from pydantic import BaseModel

from photonic.model.api import CaptureRecord


class ThumbnailSize(IntEnum):
    """Pixels of the longer side, at the most: for lists, for lists on fine screens, for looking at it."""

    SMALL = 320
    MEDIUM = 640
    LARGE = 1600


class SessionSummary(BaseModel):
    """One session's stills; ``cover``: the newest still's photo that shows it best."""

    session_id: str
    photo_count: int
    first_at: datetime
    last_at: datetime
    cover: str


class SessionPage(BaseModel):
    """``GET /sessions``: the session with the newest photo first; ``total``: sessions in all."""

    sessions: tuple[SessionSummary, ...]
    total: int
    next_cursor: str | None = None


class StillPage(BaseModel):
    """Stills, newest first, each with its files (RAW and JPEG of one shot are one still); ``total``: in all."""

    stills: tuple[CaptureRecord, ...]
    total: int
    next_cursor: str | None = None
