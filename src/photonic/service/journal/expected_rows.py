"""The captures that expect a photo in the journal, those that were given one, and the photos that are nobody's."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.exif import ExifFacts
from photonic.model.film import is_film
from photonic.service.journal.card_rows import ExpectedPhoto, RivalCapture
from photonic.service.photo.staged import exif_seconds

if TYPE_CHECKING:
    import sqlite3

    from photonic.service.journal.capture_rows import CommitEffects

INTERRUPTED_MS = 120_000
"""A capture that a crash interrupted did not record how long it took: at most this long."""
RESOLVED_CAPTURES = 20
"""Of how many captures that were given a photo a new card may hold another one."""
SEARCHED_BEFORE = 20
"""How many captures before one are searched for the last photo before it; others failed, or are of another camera."""
SEARCHED_AFTER = 10
"""How many captures after one are searched for one that may have been given somebody else's photo."""
_IS_NOBODYS = (
    "json_extract(record, '$.kind') IN ('body', 'reconciled') "
    "AND ordinal > (SELECT ordinal FROM captures WHERE id = ?2) "
    "AND captures.id NOT IN (SELECT resolved_by FROM captures WHERE resolved_by IS NOT NULL)"
)
"""The condition that a record is of a photo that was imported after a capture, and attributed to no capture."""


def expect(connection: sqlite3.Connection, capture_id: str, effects: CommitEffects) -> None:
    """Within a transaction, record that the photo of a failed capture is expected, from its end on."""
    values = (capture_id, effects.serial, effects.failed_at, effects.failed_running_at, effects.exposed_at)
    connection.execute("INSERT OR REPLACE INTO owed VALUES (?, ?, ?, ?, ?)", values)


def expected(connection: sqlite3.Connection, serial: str | None, now: int) -> tuple[ExpectedPhoto, ...]:
    """See ``CardJournal.expected``; ``now``: the service's running time in seconds."""
    statement = (
        "SELECT capture_id, since, json_extract(record, '$.created_at'), json_extract(record, '$.bulb_seconds'), "
        "owed.running_at, began_at, json_extract(record, '$.error_type') = ?2, ordinal "
        "FROM owed CROSS JOIN captures ON captures.id = capture_id "
        "WHERE ?1 IS NULL OR owed.serial = ?1 OR owed.serial IS NULL ORDER BY ordinal"
    )
    rows = connection.execute(statement, (serial, FailureKind.SHUTTING_DOWN.value)).fetchall()
    return tuple(
        ExpectedPhoto(
            capture_id,
            since,
            began_at or unix(created_at),
            bulb or 0.0,
            now - ran,
            bool(interrupted),
            None if serial is None else _photo_before(connection, serial, ordinal),
            () if serial is None else _rivals(connection, serial, ordinal),
        )
        for capture_id, since, created_at, bulb, ran, began_at, interrupted, ordinal in rows
    )


def _photo_before(connection: sqlite3.Connection, serial: str, ordinal: int) -> float | None:
    """When the newest photo was taken that a camera's captures before ``ordinal`` took, by the time on its card.

    Captures of a camera run one after the other, so that photo was on the card before the next one began. One that was
    recovered after a crash (no capture_time_ms) may have come later.
    """
    statement = (
        "SELECT taken_at FROM (SELECT ordinal AS number, id FROM captures "
        "WHERE ordinal < ?2 AND json_extract(record, '$.capture_time_ms') IS NOT NULL "
        "AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled') ORDER BY ordinal DESC LIMIT ?3) AS timed "
        "CROSS JOIN objects ON objects.capture_id = timed.id "
        "WHERE +objects.serial = ?1 AND taken_at IS NOT NULL ORDER BY number DESC LIMIT 1"
    )
    found = connection.execute(statement, (serial, ordinal, SEARCHED_BEFORE)).fetchone()
    return None if found is None else found[0]


def _rivals(connection: sqlite3.Connection, serial: str, ordinal: int) -> tuple[RivalCapture, ...]:
    """The captures of a camera that follow ``ordinal`` and have a photo whose time on the card is known."""
    statement = (
        "SELECT json_extract(record, '$.metadata.timestamp'), max(taken_at) FROM (SELECT ordinal AS number, id, record "
        "FROM captures WHERE ordinal > ?2 AND json_extract(record, '$.capture_time_ms') IS NOT NULL "
        "AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled') ORDER BY ordinal LIMIT ?3) AS timed "
        "CROSS JOIN objects ON objects.capture_id = timed.id "
        "WHERE +objects.serial = ?1 AND taken_at IS NOT NULL AND json_extract(record, '$.release_of') IS NULL "
        "AND json_extract(record, '$.metadata.timestamp') IS NOT NULL GROUP BY number"
    )
    rows = connection.execute(statement, (serial, ordinal, SEARCHED_AFTER))
    return tuple(RivalCapture(unix(began), taken_at) for began, taken_at in rows)


def resolved(connection: sqlite3.Connection, serial: str) -> tuple[ExpectedPhoto, ...]:
    """The newest captures of this camera that failed and were given a photo later."""
    statement = (
        "SELECT id, json_extract(record, '$.created_at'), json_extract(record, '$.capture_time_ms'), "
        "json_extract(record, '$.bulb_seconds') FROM captures WHERE resolved_by IS NOT NULL "
        "AND (serial = ? OR serial IS NULL) ORDER BY ordinal DESC LIMIT ?"
    )
    return tuple(
        ExpectedPhoto(
            capture_id, int(unix(created_at) + (took_ms or INTERRUPTED_MS) / 1000.0), unix(created_at), bulb or 0.0
        )
        for capture_id, created_at, took_ms, bulb in connection.execute(statement, (serial, RESOLVED_CAPTURES))
    )


def unattributed(connection: sqlite3.Connection, serial: str, capture_id: str) -> tuple[float | None, ...]:
    """See ``CardJournal.unattributed``."""
    statement = (
        "SELECT objects.name, max(taken_at) FROM captures CROSS JOIN objects ON captures.id = capture_id "  # noqa: S608 - our own words
        f"WHERE (+objects.serial = ?1 OR +objects.serial IS NULL) AND {_IS_NOBODYS} GROUP BY capture_id"
    )
    rows = connection.execute(statement, (serial, capture_id))
    # A capture never records a film.
    return tuple(taken_at for name, taken_at in rows if not is_film(name))


def unattributed_by_exif(connection: sqlite3.Connection, serial: str, capture_id: str) -> tuple[float | None, ...]:
    """See ``CardJournal.unattributed``."""
    statement = (
        "SELECT path, exif FROM captures CROSS JOIN files ON captures.id = capture_id "  # noqa: S608 - our own words
        f"WHERE number = 1 AND (captures.serial = ?1 OR captures.serial IS NULL) AND {_IS_NOBODYS}"
    )
    rows = connection.execute(statement, (serial, capture_id))
    return tuple(
        None if exif is None else exif_seconds(ExifFacts.model_validate_json(exif))
        for path, exif in rows
        if not is_film(path)
    )


def unix(moment: str) -> float:
    """The unix seconds of a moment that a record contains."""
    return datetime.fromisoformat(moment).timestamp()
