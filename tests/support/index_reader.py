"""The index of a stopped service, read by statements of the judge's own."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """One file of a record; ``path``: below the photo root."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class IndexedCapture:
    """One capture as the index has it.

    Args:
        id: Of the capture.
        camera: The number of its camera.
        key: The idempotency key; ``None``: it has none.
        phase: As in the API.
        session: Of the photo.
        kind: ``error_type`` of a failed capture; ``None``: it is saved.
        reason: The same for people.
        warning: Of the record.
        origin: ``kind`` of the record: ``still``, ``body``, ``reconciled``.
        release_of: The capture whose release took this photo, too.
        created_at: Unix seconds.
        ended_at: Unix seconds at which its client was told; ``None``: unknown.
        files: In the order of the record.
        trashed: Whether it is in the trash.
    """

    id: str
    camera: int
    key: str | None
    phase: str
    session: str
    kind: str | None
    reason: str | None
    warning: str
    origin: str
    release_of: str | None
    created_at: float
    ended_at: float | None
    files: tuple[IndexedFile, ...] = ()
    trashed: bool = False

    def __str__(self) -> str:
        """For people."""
        files = ", ".join(file.path for file in self.files)
        why = f" ({self.kind}: {self.reason})" if self.kind else ""
        return f"capture {self.id[:8]} [{self.key or self.origin}] {self.phase}{why} in {self.session}: {files}"


@dataclass(slots=True)
class Index:
    """The indexes of all cameras together."""

    captures: dict[str, IndexedCapture] = field(default_factory=dict[str, IndexedCapture])
    sequences: dict[str, str] = field(default_factory=dict[str, str])
    """The phase of each sequence by its key."""
    first_scans: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    """When each card (serial number of the camera, name of the card) was first scanned, in unix seconds."""
    deliveries: int = 0
    """How many notifications were not delivered."""
    undelivered: set[str] = field(default_factory=set[str])
    """The captures that they are of."""
    staged: set[str] = field(default_factory=set[str])
    """The SHA-256 of each file that was reported for an unfinished capture."""
    deletions: int = 0
    """How many copies on cards are still to be deleted."""

    @property
    def by_key(self) -> dict[str, list[IndexedCapture]]:
        """The captures of each key."""
        found: dict[str, list[IndexedCapture]] = {}
        for capture in self.captures.values():
            if capture.key is not None:
                found.setdefault(capture.key, []).append(capture)
        return found


def read(roots: dict[int, Path]) -> Index:
    """The index of a stopped service; ``roots``: the photo root of each camera. Raises ``sqlite3.Error``."""
    index = Index()
    for camera, root in roots.items():
        path = root / ".photonic" / "captures.sqlite3"
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            _read(index, camera, connection)
        finally:
            connection.close()
    return index


def camera_names(root: Path) -> dict[str, str]:
    """The SHA-256 of each file that was imported from a card, by its name there. Raises ``sqlite3.Error``."""
    connection = sqlite3.connect(root / ".photonic" / "captures.sqlite3")
    try:
        return dict(connection.execute("SELECT name, sha256 FROM objects"))
    finally:
        connection.close()


def _read(index: Index, camera: int, connection: sqlite3.Connection) -> None:
    files: dict[str, list[IndexedFile]] = {}
    for capture_id, *row in connection.execute(
        "SELECT capture_id, path, size_bytes, sha256 FROM files ORDER BY capture_id, number"
    ):
        files.setdefault(capture_id, []).append(IndexedFile(*row))
    trashed = {capture_id for (capture_id,) in connection.execute("SELECT capture_id FROM trash")}
    rows = connection.execute("SELECT id, phase, idempotency_key, record FROM captures ORDER BY ordinal")
    for capture_id, phase, key, text in rows:
        record: dict[str, Any] = json.loads(text)
        created_at = datetime.fromisoformat(record["created_at"]).timestamp()
        took = record["capture_time_ms"]
        index.captures[capture_id] = IndexedCapture(
            id=capture_id,
            camera=camera,
            key=key,
            phase=phase,
            session=record["session_id"],
            kind=record["error_type"],
            reason=record["error"],
            warning=record["warning"] or "",
            origin=record["kind"],
            release_of=record.get("release_of"),
            created_at=created_at,
            ended_at=None if took is None else created_at + took / 1000,
            files=tuple(files.get(capture_id, ())),
            trashed=capture_id in trashed,
        )
    for key, phase in connection.execute("SELECT idempotency_key, phase FROM sequences"):
        index.sequences[key] = phase
    for serial, card, seen_at in connection.execute("SELECT serial, card, min(seen_at) FROM sights GROUP BY 1, 2"):
        index.first_scans[serial, card] = seen_at
    waiting = [capture_id for (capture_id,) in connection.execute("SELECT capture_id FROM deliveries")]
    index.deliveries += len(waiting)
    index.undelivered.update(waiting)
    index.staged.update(sha256 for (sha256,) in connection.execute("SELECT sha256 FROM staged") if sha256 is not None)
    index.deletions += connection.execute("SELECT count(*) FROM deletions").fetchone()[0]
