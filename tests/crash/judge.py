"""What holds on a disk right after a loss of power, before the service has started again.

Only what no recovery could mend, or must not have to, is a violation: a photo may still be staged, or have its name in
the folder without a record as long as the staged file of the same content, or the row of that file in the index, shows
recovery whose it is.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash.promises import Said
from tests.support import index_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.crash.models import DiskState
    from tests.crash.promises import Told
    from tests.support.index_reader import Index

INDEX = ".photonic/captures.sqlite3"
TRASH = ".photonic/trash/"
STAGING = ".staging/"
PART = ".part"


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that this state breaks; ``rule``: the promise, in the same words each time."""

    rule: str
    text: str


def judge(state: DiskState, told: Told, root: Path, *, notifies: bool) -> list[Violation]:
    """Every broken promise of a state that was written to ``root``; the index there is changed by being read.

    Args:
        state: What is on the disk.
        told: What clients knew.
        root: Where the state was written.
        notifies: Whether each photo has a receiver, which gets nothing: every notification has to be in the outbox.
    """
    try:
        index = _index(root)
    except sqlite3.DatabaseError as error:
        return [Violation("the index can be read", str(error))]
    if index is None:
        return [Violation("the index is there", f"{len(told.last)} photos were promised")] if told.last else []
    return [
        *_promised(state, told, index, notifies=notifies),
        *_recorded(state, index),
        *_once(state, index),
        *_orphans(state, index),
    ]


def _index(root: Path) -> Index | None:
    """The index of this root; ``None``: it has no tables yet. Raises ``sqlite3.DatabaseError``: it is damaged."""
    path = root / INDEX
    if not path.exists():
        return None
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA synchronous = OFF")  # this copy of the state is needed for a moment only
        found = [text for (text,) in connection.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise sqlite3.DatabaseError("; ".join(found))
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "running" not in tables:  # of a late migration
            return None
    finally:
        connection.close()
    return index_reader.read({0: root})


def _promised(state: DiskState, told: Told, index: Index, *, notifies: bool) -> Iterator[Violation]:
    for promise in told.last.values():
        capture = index.captures.get(promise.capture_id)
        if capture is None or capture.phase != "saved":
            yield Violation("a promised photo has its record", f"{promise.capture_id}: {capture}")
            continue
        if missing := promise.hashes - {file.sha256 for file in capture.files}:
            yield Violation("a promised photo has its record", f"{capture} lacks {sorted(missing)}")
        if missing := promise.hashes - set(_hashes(state)):
            yield Violation("a promised photo is on the disk, whole", f"{capture} lacks {sorted(missing)}")
        settled = promise.capture_id not in told.open
        if settled and capture.trashed != (promise.said is Said.DELETED):
            yield Violation("what was deleted or restored stays so", f"{capture} was said to be {promise.said.value}")
        if notifies and promise.capture_id not in index.undelivered | told.deleted:
            yield Violation("each photo has its notification in the outbox", str(capture))


def _recorded(state: DiskState, index: Index) -> Iterator[Violation]:
    there = _hashes(state)
    for capture in index.captures.values():
        for file in capture.files:
            if file.sha256 not in there:
                yield Violation("each recorded file is on the disk, whole", f"{file.path}: {capture}")


def _once(state: DiskState, index: Index) -> Iterator[Violation]:
    records = Counter(file.sha256 for capture in index.captures.values() for file in capture.files)
    for sha256, count in records.items():
        if count > 1:
            yield Violation("each photo is in the index once", f"{sha256} is there {count} times")
    for paths in _hashes(state).values():
        nodes = {state.files[path] for path in paths if _is_photo(path) or path.startswith(TRASH)}
        if len(nodes) > 1:
            yield Violation("each photo is on the disk once", ", ".join(sorted(paths)))


def _orphans(state: DiskState, index: Index) -> Iterator[Violation]:
    recorded = {file.sha256 for capture in index.captures.values() for file in capture.files}
    places = {file.path for capture in index.captures.values() for file in capture.files}
    staged_nodes = {node for path, node in state.files.items() if path.startswith(STAGING)}
    staged_hashes = {_sha256(state.contents[node]) for node in staged_nodes}
    known = recorded | staged_hashes | index.staged
    for path, node in state.files.items():
        if path in places or not (_is_photo(path) or path.startswith(TRASH)):
            continue
        if node not in staged_nodes and (sha256 := _sha256(state.contents[node])) not in known:
            yield Violation("no file is in no record", f"{path}, {len(state.contents[node])} bytes, {sha256[:8]}")


def _is_photo(path: str) -> bool:
    """A file outside the service's own folders; what is hidden and ends so is a copy that was not finished."""
    return not path.startswith((".photonic/", STAGING)) and not path.endswith(PART)


def _hashes(state: DiskState) -> dict[str, list[str]]:
    """The paths in the folder and in the trash by their content."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, node in state.files.items():
        if _is_photo(path) or path.startswith(TRASH):
            found[_sha256(state.contents[node])].append(path)
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
