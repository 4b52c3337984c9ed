"""The staged files in the journal: what the camera process reported of each, until its capture is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.service.journal.capture_rows import StagedRow
from photonic.service.photo.identity import PhotoIdentity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from photonic.service.photo.staged import StagedFile


def put(connection: sqlite3.Connection, capture_id: str, files: Sequence[StagedFile]) -> None:
    """Record the staged files of a capture: sizes, hashes, and identities on the camera."""
    rows = [
        (capture_id, file.path.name, file.name, file.size_bytes, file.sha256, *_where(file.identity)) for file in files
    ]
    columns = "capture_id, name, camera_name, size_bytes, sha256, in_ram, serial, folder, taken_at"
    statement = f"INSERT OR REPLACE INTO staged ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own names
    connection.executemany(statement, rows)


def of(connection: sqlite3.Connection, capture_id: str) -> list[StagedRow]:
    """The staged files on record for a capture, in the order of their names."""
    statement = (
        "SELECT name, camera_name, size_bytes, sha256, in_ram, serial, folder, taken_at FROM staged "
        "WHERE capture_id = ? ORDER BY name"
    )
    return [
        StagedRow(
            name,
            camera_name,
            size,
            None if in_ram else PhotoIdentity(serial, folder, camera_name, size, taken_at),
            sha256,
        )
        for name, camera_name, size, sha256, in_ram, serial, folder, taken_at in connection.execute(
            statement, (capture_id,)
        )
    ]


def drop(connection: sqlite3.Connection, capture_id: str) -> None:
    """Forget the staged files of a capture, which is saved."""
    connection.execute("DELETE FROM staged WHERE capture_id = ?", (capture_id,))


def _where(identity: PhotoIdentity | None) -> tuple[bool, str | None, str | None, int | None]:
    """Whether the file was only in the camera's RAM, and what is known of its copy on the card otherwise."""
    if identity is None:
        return True, None, None, None
    return False, identity.serial, identity.folder, identity.taken_at
