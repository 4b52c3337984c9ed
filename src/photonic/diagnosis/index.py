"""Checks the photo index: which process has it open, and whether it is intact. Reads a copy, so that SQLite creates no
files beside the original.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shlex
import shutil
import sqlite3
import struct
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, passed, skipped, warning
from photonic.diagnosis.index_copies import IndexCopy, newest_usable, way_back
from photonic.model.verification import VerificationReport
from photonic.service.files.found_files import FoundFiles
from photonic.service.journal.schema import VERSION
from photonic.service.journal.verification import CLEAN, LAST
from photonic.service.photo import naming
from photonic.worker.supervision.holders import Holder, named

FOLDERS_COUNTED = 100
LOCK_BYTES = (0x40000000, 512)
"""Start and length of the range that SQLite locks in a database file (``PENDING_BYTE`` and following, ``src/os.h``)."""

FLOCK = "hhqqi"
"""``struct flock`` of fcntl(2) on Linux: type, whence, start, length, owner."""


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What was found at ``path``.

    ``held_by``: the process that has the index open. ``problem``: the damage that SQLite found. ``unreadable``: why it
    could not be read. ``version``: its schema version. ``damaged``: earlier indexes that were set aside. ``content``:
    what it says; ``None``: unknown. ``unlisted``: photos in the folder of an empty index, as far as they were counted.
    ``usable``: of an index that a newer version has written, the newest copy that this one can open.
    """

    path: Path
    exists: bool
    held_by: Holder | None = None
    problem: str | None = None
    unreadable: str | None = None
    version: int | None = None
    damaged: tuple[str, ...] = ()
    content: IndexContent | None = None
    unlisted: int = 0
    usable: IndexCopy | None = None


@dataclass(frozen=True, slots=True)
class IndexContent:
    """What an index says: how many captures, the last check of the photos, and when one last ended clean."""

    captures: int = 0
    last: VerificationReport | None = None
    clean_at: str | None = None


def inspect_index(root: Path) -> IndexFacts:
    """Check the index of this photo root.

    SQLite creates files beside a database even to read it. They would belong to the user who runs the doctor, and the
    service might be unable to open them. So the database and its log are copied, and the copy is checked.
    """
    path = root / naming.INDEX_FILE
    try:
        damaged = tuple(sorted(one.name for one in path.parent.glob(f"{path.name}.damaged-*")))
        if not path.is_file():
            return IndexFacts(path, exists=False, damaged=damaged, unlisted=_photos_in(root))
        holder = _holder(path)
        if holder is not None:
            return IndexFacts(path, exists=True, held_by=holder, damaged=damaged)
        problem, version, content = _checked_copy(path)
        usable = newest_usable(path) if version is not None and version > VERSION else None
    except OSError as error:
        return IndexFacts(path, exists=True, unreadable=error.strerror or str(error))
    unlisted = _photos_in(root) if content is not None and not content.captures else 0
    return IndexFacts(
        path,
        exists=True,
        problem=problem,
        version=version,
        damaged=damaged,
        content=content,
        unlisted=unlisted,
        usable=usable,
    )


def judge_index(facts: IndexFacts) -> Finding:
    """Judge the index."""
    if (failure := _failure(facts)) is not None:
        return failure
    if (warned := _warning(facts)) is not None:
        return warned
    if facts.held_by is not None:
        return passed(Check.INDEX, f"{facts.path} is in use by {facts.held_by}")
    if not facts.exists:
        return skipped(Check.INDEX, "none yet: the first start creates it")
    verified = None if facts.content is None else facts.content.clean_at
    date = "photos not verified yet" if verified is None else f"all photos verified on {verified[:10]}"
    return passed(Check.INDEX, f"{facts.path} is intact; {date}")


def _warning(facts: IndexFacts) -> Finding | None:
    if facts.unlisted:
        return warning(
            Check.INDEX,
            f"the index lists no photo, but the folder has {facts.unlisted} or more",
            "if they were taken with photonic, its index is lost; a start makes it again if its record is there",
            f"photonic reindex --photo-root {shlex.quote(str(facts.path.parent.parent))}",
        )
    if facts.content is not None and facts.content.last is not None and not facts.content.last.clean:
        return warning(
            Check.INDEX,
            f"{facts.content.last.open_count} stored photos are missing or not what the camera sent",
            "the last check of the photos found them",
            "photonic verify --repair",
        )
    if facts.damaged:
        aside = shlex.quote(str(facts.path.parent / facts.damaged[-1]))
        return warning(
            Check.INDEX,
            f"damaged photo indexes set aside beside {facts.path}: {len(facts.damaged)}",
            "a start has made the index again from its record and its copies; if every photo is listed, delete them",
            f"photonic verify && rm {aside}",
        )
    return None


def judge_sharing(facts: IndexFacts, *, served_here: bool) -> Finding | None:
    """The failure if another service than the one at the configured port uses this photo root; otherwise ``None``."""
    if facts.held_by is None or served_here:
        return None
    return failed(
        Check.INDEX,
        DoctorCode.INDEX_IN_USE,
        f"the photo root is in use by {facts.held_by}",
        "only one service at a time can use a photo root; alternatively, choose another folder with --photo-root",
        facts.held_by.remedy,
    )


def _failure(facts: IndexFacts) -> Finding | None:
    if facts.unreadable is not None:
        return failed(
            Check.INDEX,
            DoctorCode.INDEX,
            f"the photo index {facts.path} cannot be read: {facts.unreadable}",
            "captures are refused until it can be opened",
            f'sudo chown -R "$(id -u)" {shlex.quote(str(facts.path.parent))}',
        )
    if facts.problem is not None:
        return failed(
            Check.INDEX,
            DoctorCode.INDEX,
            f"the photo index {facts.path} is damaged: {facts.problem}",
            "the next start sets it aside, and makes it again from its record and its copies",
            f"photonic reindex --photo-root {shlex.quote(str(facts.path.parent.parent))}",
        )
    if facts.version is not None and facts.version > VERSION:
        return _newer(facts, facts.version)
    return None


def _newer(facts: IndexFacts, version: int) -> Finding:
    what = f"the photo index {facts.path} has version {version}; this photonic supports up to {VERSION}"
    why = "captures are refused: a newer version of photonic wrote it"
    upgrade = "pip install --upgrade photonic-camera"
    copy = facts.usable
    if copy is None:
        why = f"{why}, and no copy of it is there that this version can open"
        return failed(Check.INDEX, DoctorCode.INDEX, what, why, upgrade)
    made = f"{copy.made_at.astimezone():%Y-%m-%d %H:%M}"
    why = (
        f"{why}. `{upgrade}` loses nothing. To go on with this version instead, go back to the newest copy that it can "
        f"open, {copy.path} (version {copy.version}, of {made}): it lacks the captures since, whose photos are listed "
        "again by their names; the newer index is kept"
    )
    return failed(Check.INDEX, DoctorCode.INDEX, what, why, way_back(copy, facts.path))


def _holder(path: Path) -> Holder | None:
    """The process that has locked the database, according to the kernel (``F_GETLK`` does not take the lock)."""
    start, length = LOCK_BYTES
    with path.open("rb") as file:
        query = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
        kind, _, _, _, pid = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, query))
    return None if kind == fcntl.F_UNLCK else named(pid)


def _photos_in(root: Path) -> int:
    """How many photos are in the folder; the first folders are counted."""
    found = FoundFiles(root)
    return sum(len(files) for files in itertools.islice(iter(found.next, None), FOLDERS_COUNTED))


def _content(connection: sqlite3.Connection) -> IndexContent:
    (captures,) = connection.execute("SELECT count(*) FROM captures").fetchone()
    try:
        kept = dict(connection.execute("SELECT name, report FROM verification"))
        last = VerificationReport.model_validate_json(kept[LAST]) if LAST in kept else None
    except (sqlite3.Error, ValueError):  # another version has written it
        return IndexContent(captures)
    return IndexContent(captures, last, kept.get(CLEAN))


def _checked_copy(path: Path) -> tuple[str | None, int | None, IndexContent | None]:
    """The damage in the database (``None``: it is intact), its schema version, and what it says. Raises ``OSError``."""
    with tempfile.TemporaryDirectory(prefix="photonic-doctor-") as directory:
        copy = Path(directory) / path.name
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.is_file():
            shutil.copyfile(log, copy.with_name(log.name))
        try:
            with closing(sqlite3.connect(copy)) as connection:
                rows = connection.execute("PRAGMA quick_check(3)")
                messages = [" ".join(str(row[0]).split()) for row in rows]  # a message can have several lines
                version = int(connection.execute("PRAGMA user_version").fetchone()[0])
                content = _content(connection) if messages == ["ok"] and version > 0 else None
        except sqlite3.DatabaseError as error:
            return str(error), None, None
    return (None if messages == ["ok"] else "; ".join(messages)), version, content
