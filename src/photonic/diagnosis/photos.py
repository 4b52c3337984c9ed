"""The place for photos and its index: looked at without making or changing anything."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, skipped, warning, well
from photonic.service import names

if TYPE_CHECKING:
    from pathlib import Path

LOW_BYTES = 2_000_000_000
INDEX_NAME = "captures.sqlite3"
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class PhotoRootFacts:
    """``exists``: it, or what stands in its place, is there; ``problem``: why nothing can be written there.

    ``free_bytes``: on its disk, or on that of the nearest folder above it. ``left_behind``: files in the staging
    directory.
    """

    path: Path
    exists: bool
    problem: str | None = None
    free_bytes: int | None = None
    left_behind: int = 0


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """``problem``: what the check of the index said; ``in_use``: another process has it open; ``damaged``: earlier ones
    that were set aside."""

    path: Path
    exists: bool
    in_use: bool = False
    problem: str | None = None
    damaged: tuple[str, ...] = ()


def look_at_photo_root(root: Path) -> PhotoRootFacts:
    """Look at the photo root."""
    there = next(place for place in (root, *root.parents) if place.exists())
    if not there.is_dir():
        return PhotoRootFacts(root, root.exists(), f"{there} is a file, not a folder")
    try:
        with tempfile.TemporaryFile(dir=there, buffering=0) as probe:
            probe.write(b"photonic")
        free = shutil.disk_usage(there).free
    except OSError as error:
        return PhotoRootFacts(root, root.exists(), f"{there}: {error.strerror or error}")
    staging = root / names.STAGING
    left = sum(1 for path in staging.rglob("*") if path.is_file()) if staging.is_dir() else 0
    return PhotoRootFacts(root, root.exists(), None, free, left)


def judge_photo_root(facts: PhotoRootFacts, min_free_bytes: int, user: str) -> Finding:
    """What follows from it; ``user`` is who photonic runs as."""
    place = str(facts.path)
    if facts.problem is not None:
        is_file = "is a file" in facts.problem
        return failed(
            Check.PHOTO_ROOT,
            DoctorCode.PHOTO_ROOT,
            f"nothing can be written to the photo root: {facts.problem}",
            "captures are refused before the shutter fires",
            f"photonic serve --photo-root ANOTHER_FOLDER (or: mv '{place}' '{place}.old')"
            if is_file
            else f"sudo chown {user} '{place}' && chmod u+rwx '{place}' (and mount it writable)",
        )
    free = facts.free_bytes or 0
    room = f"{free / MEGABYTE / 1000:.1f} GB free"
    if free < min_free_bytes:
        return failed(
            Check.PHOTO_ROOT,
            DoctorCode.PHOTO_ROOT,
            f"the disk of {place} is full: {free // MEGABYTE} MB free, {min_free_bytes // MEGABYTE} MB are wanted",
            "captures are refused before the shutter fires",
            f"du -sh '{place}'/* | sort -h (and move what is large to another disk)",
        )
    if free < LOW_BYTES:
        return warning(
            Check.PHOTO_ROOT,
            f"{place}, {room}",
            "it will be full after a few hundred photos",
            f"du -sh '{place}'/* | sort -h (and move what is large to another disk)",
        )
    if facts.left_behind:
        return warning(
            Check.PHOTO_ROOT,
            f"{place}, {room}, {facts.left_behind} file(s) in {names.STAGING}",
            "a capture was interrupted; what is whole is brought in at the next start",
            f"photonic serve --photo-root '{place}' (then look again: ls -la '{facts.path / names.STAGING}')",
        )
    return well(Check.PHOTO_ROOT, f"{place}, {room}" + ("" if facts.exists else ", made at the first start"))


def look_at_index(root: Path) -> IndexFacts:
    """Look at the index of photos, reading only."""
    path = root / names.INDEX / INDEX_NAME
    damaged = tuple(sorted(one.name for one in path.parent.glob(f"{INDEX_NAME}.damaged-*")))
    if not path.is_file():
        return IndexFacts(path, exists=False, damaged=damaged)
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.5)
        try:
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return IndexFacts(path, exists=True, in_use=True, damaged=damaged)
        return IndexFacts(path, exists=True, problem=str(error), damaged=damaged)
    except sqlite3.DatabaseError as error:
        return IndexFacts(path, exists=True, problem=str(error), damaged=damaged)
    return IndexFacts(path, exists=True, problem=None if said == ["ok"] else "; ".join(said), damaged=damaged)


def judge_index(facts: IndexFacts) -> Finding:
    """What follows from it."""
    if facts.problem is not None:
        return failed(
            Check.INDEX,
            DoctorCode.INDEX,
            f"the index of photos {facts.path} is damaged: {facts.problem}",
            "the next start sets it aside and begins a new one; no photo is lost, old ones are no longer listed",
            f"cp '{facts.path}' '{facts.path}.kept' && sqlite3 '{facts.path}.kept' .recover > recovered.sql",
        )
    if facts.damaged:
        return warning(
            Check.INDEX,
            f"{len(facts.damaged)} damaged index set aside beside {facts.path}",
            "its photos are on the disk, and not listed",
            f"sqlite3 '{facts.path.parent / facts.damaged[-1]}' .recover > recovered.sql",
        )
    if facts.in_use:
        return well(Check.INDEX, f"{facts.path} is in use by a running service")
    if not facts.exists:
        return skipped(Check.INDEX, "there is none yet: it begins with the first start")
    return well(Check.INDEX, f"{facts.path} is sound")


def user_name() -> str:
    """Who photonic runs as, for a command line."""
    return os.environ.get("USER") or str(os.getuid())
