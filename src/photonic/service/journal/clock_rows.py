"""By how many seconds a camera's clock is ahead of ours, as the captures in the journal show.

Theory of operation. A capture's photo was taken after the exposure began and before the capture ended: so the capture
shows by how much the clock is ahead at least and at most. Mostly these are less than a second apart. A capture that
waits long for its photo, and is then given one that somebody takes with the camera's own button, shows little, and is
in no contradiction to the others. Captures that contradict each other were taken before and after the clock was set, or
one of them has another one's photo. What the most of them agree on counts (Marzullo 1984).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from photonic.model.exif import ExifFacts
from photonic.service.journal.expected_rows import unix
from photonic.service.photo.staged import exif_seconds

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

CLOCK_CAPTURES = 5
"""How many captures say how far the camera's clock is ahead: after it was set, the third one says so."""
EXACT_CAPTURES, EXACT_SECONDS = 3, 3600.0
"""How many captures, and how new ones, show the camera's clock to a fraction of a second."""
ROUNDING_SECONDS = 2.0
"""By how much the camera, or a FAT card, rounds the time of a photo."""
CLOCK_SEARCHED = 200
"""How many of the newest captures are searched for these; further ones are of another camera, or without times."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What one capture shows: by how many seconds the camera's clock was ahead, ``least`` and ``most``.

    ``most``: as if the photo was taken when the exposure began, which all but slow releases are; ``least``: as if it
    was taken when the capture ended.
    """

    least: float
    most: float

    @classmethod
    def of(cls, taken_at: float, exposed_at: str, accepted_at: str, took_ms: int) -> ClockReading:
        """From the photo's time on the camera's clock in seconds, and the moments in the capture's record."""
        return cls(taken_at - unix(accepted_at) - took_ms / 1000.0, taken_at - unix(exposed_at))

    def allows(self, seconds: float) -> bool:
        """Whether the clock may have been so far ahead."""
        return self.least - ROUNDING_SECONDS <= seconds <= self.most + ROUNDING_SECONDS


def agreed(readings: Sequence[ClockReading]) -> float | None:
    """By how many seconds the camera's clock is ahead according to most of the readings; ``None``: there is none.

    Of several answers with as many readings, that of the newest one; ``readings``: newest first.
    """

    def supporters(one: ClockReading) -> int:
        return sum(other.allows(one.most + ROUNDING_SECONDS) for other in readings)

    return max(readings, key=supporters).most if readings else None


def ahead(connection: sqlite3.Connection, serial: str) -> float | None:
    """By how many seconds a camera's clock was ahead of ours at its newest captures; ``None``: unknown."""
    # The recorded time of an unrequested still, or of a further still of a release, is the camera's own; that of a
    # capture that was recovered after a crash (no capture_time_ms) is when it was accepted.
    statement = (
        "SELECT objects.taken_at, json_extract(record, '$.metadata.timestamp'), json_extract(record, '$.created_at'), "
        "json_extract(record, '$.capture_time_ms') FROM ("
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
    return agreed([ClockReading.of(*row) for row in rows])


def ahead_by_exif(connection: sqlite3.Connection, serial: str, since: float = 0.0) -> list[ClockReading]:
    """What each of the captures that ``ahead`` counts shows, ``since`` then, by the times in the photos; newest first.

    ``since`` is in unix seconds.
    """
    statement = (
        "SELECT json_extract(exif, '$.taken_at'), json_extract(record, '$.metadata.timestamp'), "
        "json_extract(record, '$.created_at'), json_extract(record, '$.capture_time_ms') FROM ("
        "SELECT ordinal, id, serial, record FROM captures WHERE json_extract(record, '$.capture_time_ms') IS NOT NULL "
        "AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled') ORDER BY ordinal DESC LIMIT ?) AS timed "
        "CROSS JOIN files ON capture_id = timed.id AND number = 1 "
        "WHERE serial = ? AND json_extract(exif, '$.taken_at') IS NOT NULL "
        "AND json_extract(record, '$.release_of') IS NULL AND json_extract(record, '$.metadata.timestamp') IS NOT NULL "
        "ORDER BY ordinal DESC LIMIT ?"
    )
    rows = connection.execute(statement, (CLOCK_SEARCHED, serial, CLOCK_CAPTURES)).fetchall()
    times = [(exif_seconds(ExifFacts(taken_at=datetime.fromisoformat(at))), *rest) for at, *rest in rows]
    return [
        ClockReading.of(at, exposed_at, *rest)
        for at, exposed_at, *rest in times
        if at is not None and unix(exposed_at) >= since
    ]
