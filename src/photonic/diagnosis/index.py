"""The photo index: who has it open, and whether it is intact. Checks a copy, so no file appears beside the original."""

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

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, skipped, warning, well
from photonic.service.journal.schema import VERSION
from photonic.service.photo import naming
from photonic.worker.supervision.holders import Holder, named

INDEX_NAME = "captures.sqlite3"
LOCK_BYTES = (0x40000000, 512)
"""Where SQLite locks a database file, and how much of it (``PENDING_BYTE`` and what follows, ``src/os.h``)."""

FLOCK = "hhqqi"
"""``struct flock`` of fcntl(2) on Linux: type, whence, start, length, owner."""


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """``problem``: what the check said; ``unreadable``: why it could not be looked at; ``held_by``: who has it open;
    ``version``: of its schema; ``damaged``: earlier ones that were set aside."""

    path: Path
    exists: bool
    held_by: Holder | None = None
    problem: str | None = None
    unreadable: str | None = None
    version: int | None = None
    damaged: tuple[str, ...] = ()


def look_at_index(root: Path) -> IndexFacts:
    """Look at the index below this photo root.

    SQLite makes files beside a database that it only reads, with the reader's own rights, and its owner may not be able
    to open them then: so the file and its log are copied, and the copy is read.
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
            f"{len(facts.damaged)} damaged index set aside beside {facts.path}",
            "its photos are on the disk but not listed",
            f"sqlite3 {aside} .recover > recovered.sql",
        )
    if facts.held_by is not None:
        return well(Check.INDEX, f"{facts.path} is in use by {facts.held_by}")
    if not facts.exists:
        return skipped(Check.INDEX, "none yet: the first start creates it")
    return well(Check.INDEX, f"{facts.path} is intact")


def judge_sharing(facts: IndexFacts, *, served_here: bool) -> Finding | None:
    """A failure where another service than the one at our port has this photo root; ``None``: no such thing."""
    if facts.held_by is None or served_here:
        return None
    return failed(
        Check.INDEX,
        DoctorCode.INDEX_IN_USE,
        f"the photo root is in use by {facts.held_by}",
        "only one service at a time can use a photo root; or choose another folder with --photo-root",
        facts.held_by.remedy,
    )


def _failure(facts: IndexFacts) -> Finding | None:
    path = shlex.quote(str(facts.path))
    if facts.unreadable is not None:
        return failed(
            Check.INDEX,
            DoctorCode.INDEX,
            f"the index of photos {facts.path} cannot be read: {facts.unreadable}",
            "captures are refused until it can be opened",
            f'sudo chown -R "$(id -u)" {shlex.quote(str(facts.path.parent))}',
        )
    if facts.problem is not None:
        return failed(
            Check.INDEX,
            DoctorCode.INDEX,
            f"the index of photos {facts.path} is damaged: {facts.problem}",
            "the next start sets it aside and creates a new one; no photo is lost, but old ones are no longer listed",
            f"cp {path} {shlex.quote(f'{facts.path}.kept')} && sqlite3 {path} .recover > recovered.sql",
        )
    if facts.version is not None and facts.version > VERSION:
        return failed(
            Check.INDEX,
            DoctorCode.INDEX,
            f"the index of photos {facts.path} has version {facts.version}, this photonic knows {VERSION}",
            "captures are refused: a newer version of photonic wrote it",
            "pip install --upgrade photonic",
        )
    return None


def _holder(path: Path) -> Holder | None:
    """Who has locked the database, asked of the kernel (``F_GETLK`` takes no lock)."""
    start, length = LOCK_BYTES
    with path.open("rb") as file:
        asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
        kind, _, _, _, pid = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
    return None if kind == fcntl.F_UNLCK else named(pid)


def _checked_copy(path: Path) -> tuple[str | None, int | None]:
    """What is wrong with the database (``None``: nothing), and its version. Raises ``OSError``."""
    with tempfile.TemporaryDirectory(prefix="photonic-doctor-") as directory:
        copy = Path(directory) / path.name
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.is_file():
            shutil.copyfile(log, copy.with_name(log.name))
        try:
            with closing(sqlite3.connect(copy)) as connection:
                said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
                version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.DatabaseError as error:
            return str(error), None
    return (None if said == ["ok"] else "; ".join(said)), version
