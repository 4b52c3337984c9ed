"""The files of the record beside the photos: lines with a checksum each, and how they are read."""

from __future__ import annotations

import json
import os
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "record"
TAIL_BYTES = 65_536
"""How much of the end of a file is read first; the line of a card's first scan can be longer."""
_NAME = re.compile(r"(\d{6})\.jsonl")


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Args:
        position: its place in its file, from 1.
        after: the number of the last change before it.
        number: the number of its own last change.
        version: the schema's version.
        running: the service's running time in seconds.
        changes: relation, rowid, and the row's new content; ``None``: it was deleted.
        whole: everything in the index is in this file up to this line.
    """

    position: int
    after: int
    number: int
    version: int
    running: int
    changes: tuple[tuple[str, int, dict[str, Any] | None], ...]
    whole: bool = False

    def text(self) -> bytes:
        """The line, with its checksum and its end."""
        fields = {
            "line": self.position,
            "after": self.after,
            "number": self.number,
            "version": self.version,
            "running": self.running,
            "changes": self.changes,
            **({"whole": True} if self.whole else {}),
        }
        body = json.dumps(fields, separators=(",", ":")).encode("ascii")
        return b"%08x %s\n" % (zlib.crc32(body), body)

    @classmethod
    def parsed(cls, text: bytes) -> Line | None:
        """The line; ``None`` if it is not as it was written."""
        try:
            checksum, body = text[:8], text[9:].rstrip(b"\n")
            if int(checksum, 16) != zlib.crc32(body):
                return None
            fields = json.loads(body)
            changes = tuple((str(relation), int(row), content) for relation, row, content in fields["changes"])
            return cls(
                fields["line"],
                fields["after"],
                fields["number"],
                fields["version"],
                fields["running"],
                changes,
                fields.get("whole", False),
            )
        except (ValueError, KeyError, TypeError):
            return None


def generations(folder: Path) -> list[tuple[int, Path]]:
    """The record's files, oldest first. Raises ``OSError``."""
    if not folder.is_dir():
        return []
    named = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(found[1]), path) for found, path in named if found is not None)


def lines(path: Path) -> Iterator[Line | None]:
    """The lines of one file; ``None`` for each that is damaged. Raises ``OSError``."""
    with path.open("rb") as content:
        for text in content:
            if text.strip():
                yield Line.parsed(text)


def last_line(path: Path) -> Line | None:
    """The last whole line of a file; ``None``: there is none. Raises ``OSError``."""
    with path.open("rb") as content:
        size = content.seek(0, os.SEEK_END)
        wanted = TAIL_BYTES
        while True:
            content.seek(max(0, size - wanted))
            texts = content.read().split(b"\n")
            if wanted < size:
                texts = texts[1:]  # its beginning is missing
            for text in reversed(texts):
                if (line := Line.parsed(text)) is not None:
                    return line
            if wanted >= size:
                return None
            wanted *= 8
