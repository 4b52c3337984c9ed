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
        noted = set(connection.execute("SELECT relation, row FROM unrecorded"))
        for relation in RELATIONS:
            # Without those that are computed from others.
            columns = [name for _number, name, *_rest in connection.execute(f"PRAGMA table_info({relation})")]
            found = connection.execute(f"SELECT rowid, {', '.join(columns)} FROM {relation}")
            for row, *values in found:
                known, content = recorded.get((relation, row)) or {}, dict(zip(columns, values, strict=True))
                if (relation, row) not in noted and not content.items() <= known.items():
                    yield Violation("each row is in the record, or is noted for it", f"{relation} {row}: {known}")


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
