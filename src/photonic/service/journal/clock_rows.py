"""By how many seconds a camera's clock is ahead of ours, as the captures in the journal show."""

from __future__ import annotations

from datetime import datetime
from statistics import median_low
from typing import TYPE_CHECKING

from photonic.model.exif import ExifFacts
from photonic.service.journal.expected_rows import unix
from photonic.service.photo.staged import exif_seconds

if TYPE_CHECKING:
    import sqlite3

CLOCK_CAPTURES = 5
"""How many captures say how far the camera's clock is ahead: after it was set, the third one says so."""
EXACT_CAPTURES, EXACT_SECONDS = 3, 3600.0
"""How many captures, and how new ones, show the camera's clock to a fraction of a second."""
CLOCK_SEARCHED = 200
"""How many of the newest captures are searched for these; further ones are of another camera, or without times."""


def ahead(connection: sqlite3.Connection, serial: str) -> float | None:
    """By how many seconds a camera's clock was ahead of ours: the median of its newest captures, the lower one of two.

    A capture can have been given a photo that somebody took with the camera's own button while it waited for its own:
    that photo, and one after slow focusing, is later than the capture's time says.
    """
    # The recorded time of an unrequested still, or of a further still of a release, is the camera's own; that of a
    # capture that was recovered after a crash (no capture_time_ms) is when it was accepted.
    statement = (
        "SELECT objects.taken_at, json_extract(record, '$.metadata.timestamp') FROM ("
        "SELECT ordinal AS number, id, record FROM captures "
        "WHERE json_extract(record, '$.capture_time_ms') IS NOT NULL "
        "AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled') ORDER BY ordinal DESC LIMIT ?) AS timed "
        "CROSS JOIN objects ON objects.capture_id = timed.id "
        "WHERE +objects.serial = ? AND objects.taken_at IS NOT NULL "
        "AND json_extract(record, '$.release_of') IS NULL AND json_extract(record, '$.metadata.timestamp') IS NOT NULL "
        "GROUP BY number ORDER BY number DESC LIMIT ?"
    )
    # The plus sign: each capture's objects are looked up, instead of all of the camera.
    rows = connection.execute(statement, (CLOCK_SEARCHED, serial, CLOCK_CAPTURES)).fetchall()
    return median_low(taken_at - unix(timestamp) for taken_at, timestamp in rows) if rows else None


def ahead_by_exif(connection: sqlite3.Connection, serial: str, since: float = 0.0) -> list[float]:
    """By how many seconds the clock was ahead at each of the captures that ``ahead`` counts, ``since`` then."""
    statement = (
        "SELECT json_extract(exif, '$.taken_at'), json_extract(record, '$.metadata.timestamp') FROM ("
        "SELECT ordinal, id, serial, record FROM captures WHERE json_extract(record, '$.capture_time_ms') IS NOT NULL "
        "AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled') ORDER BY ordinal DESC LIMIT ?) AS timed "
        "CROSS JOIN files ON capture_id = timed.id AND number = 1 "
        "WHERE serial = ? AND json_extract(exif, '$.taken_at') IS NOT NULL "
        "AND json_extract(record, '$.release_of') IS NULL AND json_extract(record, '$.metadata.timestamp') IS NOT NULL "
        "ORDER BY ordinal DESC LIMIT ?"
    )
    rows = connection.execute(statement, (CLOCK_SEARCHED, serial, CLOCK_CAPTURES)).fetchall()
    times = [(exif_seconds(ExifFacts(taken_at=datetime.fromisoformat(at))), unix(stamp)) for at, stamp in rows]
    return [at - timestamp for at, timestamp in times if at is not None and timestamp >= since]
