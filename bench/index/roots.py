"""Photo roots with many photos: their index is filled in bulk as an earlier version left it, and then upgraded."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.journal import schema
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Row = tuple[object, ...]

LARGE_SESSION = "large"
LARGE_SESSION_STILLS = 20_000
STILLS_A_SESSION = 40
NAMES_A_CAMERA = 10_000
"""A camera numbers its files from 1 to 9999 and begins again."""
FILLED_VERSION = 12
"""The version before lists came from the index."""
SERIAL = "0123456789"
CONTENT = b"\xff\xd8" + b"x" * 4092 + b"\xff\xd9"
EXIF = '{"width_pixels":6000,"height_pixels":4000,"iso":400,"exposure_seconds":0.008,"f_number":5.6,"model":"EOS R5"}'
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


def make_root(root: Path, photos: int, *, content: bytes = CONTENT, large: int | None = None) -> tuple[float, float]:
    """Make a root with so many stills, each of one file; only those of the large session, the newest, are on the disk.

    Args:
        root: The photo root to be made.
        photos: How many stills there are.
        content: What each file on the disk contains.
        large: How many stills the large session has; ``None``: half of them, at most ``LARGE_SESSION_STILLS``.

    Returns how many seconds the filling took, and the upgrade of the index.
    """
    large = min(LARGE_SESSION_STILLS, photos // 2) if large is None else large
    (root / "photos" / LARGE_SESSION).mkdir(parents=True)
    for number in range(photos - large, photos):
        (root / _path(number, photos - large)).write_bytes(content)
    index = root / naming.INDEX / "captures.sqlite3"
    index.parent.mkdir(mode=0o700)
    began = time.monotonic()
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA cache_size = -1000000")
        connection.execute("PRAGMA temp_store = MEMORY")
        for version in range(1, FILLED_VERSION + 1):
            connection.executescript(schema.migration(version))
        captures = "id, owner, phase, directory, stem, record, serial, running_at"
        connection.executemany(
            f"INSERT INTO captures ({captures}) VALUES (?, ?, 'saved', 'photos', ?, ?, ?, ?)",
            _captures(photos, photos - large),
        )
        connection.executemany(
            "INSERT INTO files VALUES (?, 1, ?, ?, ?, 'image/jpeg', ?)", _files(photos, large, content)
        )
        connection.execute("INSERT INTO sights VALUES (1, ?, 'card', 0)", (SERIAL,))
        connection.executemany("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 0)", _objects(photos))
        connection.execute("UPDATE running SET seconds = ?", (photos,))
        connection.commit()
        filled = time.monotonic()
        for version in range(FILLED_VERSION + 1, schema.VERSION + 1):
            connection.executescript(f"BEGIN; {schema.migration(version)} COMMIT;")
    upgraded = time.monotonic()
    os.sync()  # what the disk still has to write would be measured as the flushes of captures
    return filled - began, upgraded - filled


def capture_id(number: int) -> str:
    """The id of a still."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def _path(number: int, first_large: int) -> str:
    folder = LARGE_SESSION if number >= first_large else f"s{number // STILLS_A_SESSION:06}"
    return f"photos/{folder}/{number:07}.jpg"


def _captures(photos: int, first_large: int) -> Iterator[Row]:
    for number in range(photos):
        taken_at = BEGAN + timedelta(seconds=20 * number)
        session = LARGE_SESSION if number >= first_large else f"s{number // STILLS_A_SESSION:06}"
        owner = "operator:local" if number % 4 else f"session:{number // STILLS_A_SESSION}"
        record = CaptureRecord(
            id=capture_id(number),
            camera_id="booth",
            phase=CapturePhase.SAVED,
            session_id=session,
            sequence_number=number % 1000,
            created_at=taken_at,
            metadata=CaptureMetadata(timestamp=taken_at, model="EOS R5", iso="400", aperture="5.6"),
            capture_time_ms=1200,
        )
        text = record.model_dump_json(exclude={"files", "deleted_at"})
        yield record.id, owner, f"{session}/{number:07}", text, SERIAL, number


def _files(photos: int, large: int, content: bytes) -> Iterator[Row]:
    stored = hashlib.sha256(content).hexdigest()
    for number in range(photos):
        sha256 = stored if number >= photos - large else hashlib.sha256(str(number).encode()).hexdigest()
        yield capture_id(number), _path(number, photos - large), len(content), sha256, EXIF


def _objects(photos: int) -> Iterator[Row]:
    began = int(BEGAN.timestamp())
    for number in range(photos):
        name = f"IMG_{number % NAMES_A_CAMERA:04}"
        folder = f"/store_00010001/DCIM/{100 + number // NAMES_A_CAMERA}CANON"
        taken_at = began + 20 * number
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        yield SERIAL, folder, f"{name}.JPG", name, len(CONTENT), taken_at, digest, capture_id(number)
