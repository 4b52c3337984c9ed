"""How the rows of captures and files become results."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import PurePosixPath

from photonic.model.api import CaptureRecord
from photonic.model.exif import ExifFacts
from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.photo.staged import StoredFile

ENDED = "+phase IN ('saved', 'failed')"
"""The plus sign keeps SQLite from reading all of them from the index of phases, to sort them."""
UNFINISHED = "phase IN ('queued', 'preparing', 'exposing', 'downloading')"
"""Not ``NOT IN``, which would read every row instead of using the index."""
CAPTURES = (
    "SELECT record, owner, directory, ordinal, running_at, resolved_by, place, "
    "(SELECT deleted_at FROM trash WHERE capture_id = captures.id), "
    "(SELECT json_group_array(json_array(number, path, size_bytes, sha256, media_type, exif)) FROM files "
    "WHERE capture_id = captures.id) FROM captures"
)
"""With their files, as JSON: a statement for each capture would take three times as long for a page."""
Row = tuple[str, str | None, str, int, int | None, str | None, int, int | None, str]
"""A row of ``CAPTURES``."""


def result(row: Row, running_seconds: int) -> CaptureResult:
    """The capture of a row with its files; ``running_seconds``: the running time of the service, for its age."""
    text, owner, directory, ordinal, running_at, resolved_by, place, deleted, stored = row
    files = tuple(
        StoredFile(PurePosixPath(path), size, sha256, media_type, exif=exif(facts))
        for _number, path, size, sha256, media_type, facts in sorted(json.loads(stored))
    )
    deleted_at = None if deleted is None else datetime.fromtimestamp(deleted, UTC)
    found = CaptureRecord.model_validate_json(text).model_copy(update={"owner": owner, "deleted_at": deleted_at})
    age_seconds = None if running_at is None else running_seconds - running_at
    return CaptureResult(found, files, PurePosixPath(directory), ordinal, age_seconds, resolved_by, place)


def record(text: str, owner: str | None) -> CaptureRecord:
    """The record of a capture, from its two columns."""
    return CaptureRecord.model_validate_json(text).model_copy(update={"owner": owner})


def exif(text: str | None) -> ExifFacts | None:
    """The Exif facts in a column of ``files``."""
    return None if text is None else ExifFacts.model_validate_json(text)
