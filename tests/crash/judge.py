"""What holds on a disk right after a loss of power, before the service has started again.

Only what no recovery could mend, or must not have to, is a violation: a photo may still be staged, or have its name in
the folder without a record as long as the staged file of the same content, or the row of that file in the index, shows
recovery whose it is. On a disk without hard links, a note beside the staged (or deleted) file names the copy, which may
still be empty.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import sqlite3
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.crash import beside
from tests.crash.promises import Said
from tests.crash.violation import Violation
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
PENDING_RESTORE = ".photonic/borrowed.json"
PART, NOTE = ".part", ".claim"


def judge(state: DiskState, told: Told, root: Path, *, notifies: bool) -> list[Violation]:
    """Every broken promise of a state that was written to ``root``; the index there is changed by being read.

    Args:
        state: What is on the disk.
        told: What clients knew.
        root: Where the state was written.
        notifies: Whether each photo has a receiver, which gets nothing: every notification has to be in the outbox.
    """
    found = [*_lent(state, told), *_foreign(state, told)]
    try:
        index = _index(root)
    except sqlite3.DatabaseError as error:
        return [*found, Violation("the index can be read", str(error))]
    if index is None:
        missing = [Violation("the index is there", f"{len(told.last)} photos were promised")] if told.last else []
        return found + missing
    return [
        *found,
        *beside.judged(state, root, root / INDEX),
        *_only_here(state, told, index),
        *_promised(state, told, index, notifies=notifies),
        *_recorded(state, index),
        *_once(state, index),
        *_orphans(state, told, index),
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
        if "unrecorded" not in tables:  # of the latest migration
            return None
    finally:
        connection.close()
    return index_reader.read({0: root})


def _lent(state: DiskState, told: Told) -> Iterator[Violation]:
    if not told.lends:
        return
    try:
        record = json.loads(state.content(PENDING_RESTORE))
    except (KeyError, ValueError) as error:
        yield Violation("what has to be restored on the camera is on record", repr(error))
    else:
        if not record["back"]:
            yield Violation("what has to be restored on the camera is on record", str(record))


def _foreign(state: DiskState, told: Told) -> Iterator[Violation]:
    for sha256 in told.foreign - set(_hashes(state)):
        yield Violation("files of others stay", sha256)


def _only_here(state: DiskState, told: Told, index: Index) -> Iterator[Violation]:
    there = _hashes(state)
    recorded = {file.sha256 for capture in index.captures.values() for file in capture.files}
    for sha256 in told.only_here:
        if sha256 not in there:
            yield Violation("a photo is on the disk, whole, before its copy on the card is deleted", sha256)
        if sha256 not in recorded:
            yield Violation("a photo is on record before its copy on the card is deleted", sha256)


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
    noted = _noted(state)
    deleted = {capture.id for capture in index.captures.values() if capture.trashed}
    for paths in _hashes(state).values():
        # What the trash has of a still that is not deleted is removed at the next start.
        left = {path for path in paths if path.startswith(TRASH) and path.split("/")[2] not in deleted}
        nodes = {
            state.files[path] for path in paths if path not in noted and (path not in left or len(left) == len(paths))
        }
        if len(nodes) > 1:
            yield Violation("each photo is on the disk once", ", ".join(sorted(paths)))


def _orphans(state: DiskState, told: Told, index: Index) -> Iterator[Violation]:
    recorded = {file.sha256 for capture in index.captures.values() for file in capture.files}
    places = {file.path for capture in index.captures.values() for file in capture.files}
    staged_nodes = {node for path, node in state.files.items() if path.startswith(STAGING)}
    staged_hashes = {_sha256(state.contents[node]) for node in staged_nodes}
    known = recorded | staged_hashes | index.staged | told.foreign
    noted = _noted(state)
    for path, node in state.files.items():
        if path in places or not _is_photo(path):
            continue
        if path in noted and state.contents[node] in noted[path]:
            continue
        if node not in staged_nodes and (sha256 := _sha256(state.contents[node])) not in known:
            yield Violation("no file is in no record", f"{path}, {len(state.contents[node])} bytes, {sha256[:8]}")


def _noted(state: DiskState) -> dict[str, set[bytes]]:
    """The copies that notes name, each with its possible contents: of the files beside the note, or none yet."""
    found: dict[str, set[bytes]] = {}
    for path, node in state.files.items():
        if path.endswith(NOTE) and (noted := state.contents[node].decode(errors="replace")):
            folder = posixpath.dirname(path)
            beside = {state.content(each) for each in state.files if posixpath.dirname(each) == folder and each != path}
            found[posixpath.normpath(posixpath.join(folder, noted))] = beside | {b""}
    return found


def _is_photo(path: str) -> bool:
    """A file in the trash or outside the service's own folders, and no note or copy that was not finished."""
    own = path.startswith((".photonic/", STAGING)) and not path.startswith(TRASH)
    return not own and not path.endswith((PART, NOTE))


def _hashes(state: DiskState) -> dict[str, list[str]]:
    """The paths in the folder and in the trash by their content."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, node in state.files.items():
        if _is_photo(path):
            found[_sha256(state.contents[node])].append(path)
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
