"""How the rows of captures and files become results."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.api import CaptureRecord
from photonic.model.exif import ExifFacts
from photonic.service.journal import trash
from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    import sqlite3

ENDED = "+phase IN ('saved', 'failed')"
"""The plus sign keeps SQLite from reading all of them from the index of phases, to sort them."""
UNFINISHED = "phase IN ('queued', 'preparing', 'exposing', 'downloading')"
"""Not ``NOT IN``, which would read every row instead of using the index."""
CAPTURES = "SELECT record, owner, directory, ordinal, running_at, resolved_by, place FROM captures"
Row = tuple[str, str | None, str, int, int | None, str | None, int]
"""A row of ``CAPTURES``."""


def result(connection: sqlite3.Connection, row: Row, running_seconds: int) -> CaptureResult:
    """The capture of a row with its files; ``running_seconds``: the running time of the service, for its age."""
    text, owner, directory, ordinal, running_at, resolved_by, place = row
    found = record(text, owner)
    statement = "SELECT path, size_bytes, sha256, media_type, exif FROM files WHERE capture_id = ? ORDER BY number"
    files = tuple(
        StoredFile(PurePosixPath(path), size, sha256, media_type, exif=exif(facts))
        for path, size, sha256, media_type, facts in connection.execute(statement, (found.id,))
    )
    found = found.model_copy(update={"deleted_at": trash.deleted_at(connection, found.id)})
    age_seconds = None if running_at is None else running_seconds - running_at
    return CaptureResult(found, files, PurePosixPath(directory), ordinal, age_seconds, resolved_by, place)


def record(text: str, owner: str | None) -> CaptureRecord:
    """The record of a capture, from its two columns."""
    return CaptureRecord.model_validate_json(text).model_copy(update={"owner": owner})


def exif(text: str | None) -> ExifFacts | None:
    """The Exif facts in a column of ``files``."""
    return None if text is None else ExifFacts.model_validate_json(text)
