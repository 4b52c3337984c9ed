"""What stands beside the index in a state, and must be able to bring it back: its record, and copies of it."""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.crash.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.crash.models import DiskState

RECORD, COPY = re.compile(r"\.photonic/record/\d+\.jsonl"), re.compile(r"\.photonic/copies/captures-\d+\.sqlite3")
RELATIONS = ("captures", "files", "trash")


def judged(state: DiskState, root: Path, index: Path) -> Iterator[Violation]:
    """What is broken of both; ``root``: where the state was written, ``index``: the file of the index."""
    yield from _unrecorded(state, index)
    for path in state.files:
        if COPY.fullmatch(path) and (why := _damage(root / path)) is not None:
            yield Violation("each copy of the index can be read", f"{path}: {why}")


def _unrecorded(state: DiskState, index: Path) -> Iterator[Violation]:
    """Each row is in the record as it is, or the index notes that it is not."""
    recorded: dict[tuple[str, int], dict[str, Any] | None] = {}
    for path in sorted(filter(RECORD.fullmatch, state.files)):
        for line in state.content(path).split(b"\n"):
            recorded |= {(relation, row): content for relation, row, content in _changes(line)}
    with closing(sqlite3.connect(index)) as connection:
        connection.row_factory = sqlite3.Row
        noted = {tuple(each) for each in connection.execute("SELECT relation, row FROM unrecorded")}
        for relation in RELATIONS:
            for row in connection.execute(f"SELECT rowid AS place, * FROM {relation}"):
                place = (relation, row["place"])
                content = {name: row[name] for name in row.keys() if name != "place"}  # noqa: SIM118 - a Row is no dict
                known = recorded.get(place) or {}
                if place not in noted and not content.items() <= known.items():
                    yield Violation("each row is in the record, or is noted for it", f"{relation} {place[1]}: {known}")


def _changes(line: bytes) -> list[tuple[str, int, dict[str, Any] | None]]:
    checksum, _, body = line.partition(b" ")
    if len(checksum) != 8 or checksum != b"%08x" % zlib.crc32(body):
        return []
    return [(relation, row, content) for relation, row, content in json.loads(body)["changes"]]


def _damage(path: Path) -> str | None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = "; ".join(text for (text,) in connection.execute("PRAGMA integrity_check"))
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else found
