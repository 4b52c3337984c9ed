"""Checks the photo index: which process has it open, and whether it is intact. Reads a copy, so that SQLite creates no
files beside the original.
"""

from __future__ import annotations

import fcntl
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
from photonic.service.journal.schema import VERSION
from photonic.service.photo import naming
from photonic.worker.supervision.holders import Holder, named

INDEX_NAME = "captures.sqlite3"
LOCK_BYTES = (0x40000000, 512)
"""Start and length of the range that SQLite locks in a database file (``PENDING_BYTE`` and following, ``src/os.h``)."""

FLOCK = "hhqqi"
"""``struct flock`` of fcntl(2) on Linux: type, whence, start, length, owner."""


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What was found at ``path``.

    ``held_by``: the process that has the index open. ``problem``: the damage that SQLite found. ``unreadable``: why it
    could not be read. ``version``: its schema version. ``damaged``: earlier indexes that were set aside.
    """

    path: Path
    exists: bool
    held_by: Holder | None = None
    problem: str | None = None
    unreadable: str | None = None
    version: int | None = None
    damaged: tuple[str, ...] = ()


def inspect_index(root: Path) -> IndexFacts:
    """Check the index of this photo root.

    SQLite creates files beside a database even to read it. They would belong to the user who runs the doctor, and the
    service might be unable to open them. So the database and its log are copied, and the copy is checked.
    """
    path = root / naming.INDEX / INDEX_NAME
    try:
        damaged = tuple(sorted(one.name for one in path.parent.glob(f"{INDEX_NAME}.damaged-*")))
        if not path.is_file():
            return IndexFacts(path, exists=False, damaged=damaged)
        holder = _holder(path)
        if holder is not None:
            return IndexFacts(path, exists=True, held_by=holder, damaged=damaged)
        problem, version = _checked_copy(path)
    except OSError as error:
        return IndexFacts(path, exists=True, unreadable=error.strerror or str(error))
    return IndexFacts(path, exists=True, problem=problem, version=version, damaged=damaged)


def judge_index(facts: IndexFacts) -> Finding:
    """Judge the index."""
    if (failure := _failure(facts)) is not None:
        return failure
    if facts.damaged:
        aside = shlex.quote(str(facts.path.parent / facts.damaged[-1]))
        return warning(
            Check.INDEX,
            f"damaged photo indexes set aside beside {facts.path}: {len(facts.damaged)}",
            "their photos are on the disk but not listed",
            f"sqlite3 {aside} .recover > recovered.sql",
        )
    if facts.held_by is not None:
        return passed(Check.INDEX, f"{facts.path} is in use by {facts.held_by}")
    if not facts.exists:
        return skipped(Check.INDEX, "none yet: the first start creates it")
    return passed(Check.INDEX, f"{facts.path} is intact")


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
    path = shlex.quote(str(facts.path))
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
            "the next start sets it aside and creates a new one; no photo is lost, but old ones are no longer listed",
            f"cp {path} {shlex.quote(f'{facts.path}.kept')} && sqlite3 {path} .recover > recovered.sql",
        )
    if facts.version is not None and facts.version > VERSION:
        return failed(
            Check.INDEX,
            DoctorCode.INDEX,
            f"the photo index {facts.path} has version {facts.version}; this photonic supports up to {VERSION}",
            "captures are refused: a newer version of photonic wrote it",
            "pip install --upgrade photonic",
        )
    return None


def _holder(path: Path) -> Holder | None:
    """The process that has locked the database, according to the kernel (``F_GETLK`` does not take the lock)."""
    start, length = LOCK_BYTES
    with path.open("rb") as file:
        query = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
        kind, _, _, _, pid = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, query))
    return None if kind == fcntl.F_UNLCK else named(pid)


def _checked_copy(path: Path) -> tuple[str | None, int | None]:
    """The damage in the database (``None``: it is intact), and its schema version. Raises ``OSError``."""
    with tempfile.TemporaryDirectory(prefix="photonic-doctor-") as directory:
        copy = Path(directory) / path.name
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.is_file():
            shutil.copyfile(log, copy.with_name(log.name))
        try:
            with closing(sqlite3.connect(copy)) as connection:
                messages = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
                version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.DatabaseError as error:
            return str(error), None
    return (None if messages == ["ok"] else "; ".join(messages)), version
