"""Checks the photo root without creating or changing anything."""

from __future__ import annotations

import errno
import itertools
import os
import pwd
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, passed, skipped, warning
from photonic.service.files import disk
from photonic.service.files.staging import INCOMPLETE
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 1_000_000
FOLDERS_LIMIT = 1000
REFUSED = "captures are refused before the shutter fires"


@dataclass(frozen=True, slots=True)
class PhotoRootFacts:
    """The state of the photo root.

    ``place``: the nearest existing path: the root itself, or one above it. ``mount``: the mount point of its disk.
    ``free_bytes``: on that disk. ``refusal``: ``errno`` and text of the error when writing; ``ENOTDIR``: ``place`` is a
    file. ``folders``: folders in the root that are on another disk, or that are links out of the root.
    """

    path: Path
    place: Path
    mount: Path
    free_bytes: int = 0
    refusal: tuple[int, str] | None = None
    folders: tuple[FolderFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """A folder in the photo root that is on another disk, or that is a link out of the root.

    ``leads_to``: the target of such a link. ``mount``, ``free_bytes`` and ``refusal``: as in ``PhotoRootFacts``.
    """

    path: Path
    mount: Path
    leads_to: Path | None = None
    free_bytes: int = 0
    refusal: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class LeftoverFacts:
    """Left-over files: ``staged`` by interrupted captures, and ``incomplete`` photos that were set aside."""

    root: Path
    staged: int = 0
    incomplete: int = 0


def inspect_photo_root(root: Path) -> PhotoRootFacts:
    """Inspect the photo root. Raises ``OSError`` if that is impossible."""
    place = next(path for path in (root, *root.parents) if os.access(path, os.F_OK))
    mount = disk.mount_of(place)
    folders = tuple(_folders_elsewhere(root, mount)) if place == root and root.is_dir() else ()
    return PhotoRootFacts(root, place, mount, shutil.disk_usage(place).free, _refusal_at(place), folders)


def _folders_elsewhere(root: Path, mount: Path) -> Iterator[FolderFacts]:
    """The folders directly in the root that are elsewhere, so that photos cannot simply be renamed into them."""
    with os.scandir(root) as entries:
        found = sorted(Path(entry.path) for entry in itertools.islice(entries, FOLDERS_LIMIT))
    real = root.resolve()
    for path in found:
        if path.is_symlink() and not path.resolve().is_relative_to(real):
            yield FolderFacts(path, mount, leads_to=path.resolve())
        elif path.is_dir() and (other := disk.mount_of(path)) != mount:
            yield FolderFacts(path, other, None, shutil.disk_usage(path).free, _refusal_at(path))


def _refusal_at(place: Path) -> tuple[int, str] | None:
    try:
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "a file, not a folder")
        disk.probe(place, flush=True)
    except OSError as error:
        return error.errno or 0, error.strerror or str(error)
    return None


def judge_photo_root(facts: PhotoRootFacts, *, min_free_bytes: int, low_bytes: int, user: str) -> Finding:
    """Judge the photo root; ``user``: the user that photonic runs as."""
    if facts.refusal is not None:
        return _refused(facts, user)
    for folder in facts.folders:
        if (found := _of_folder(folder, min_free_bytes, user)) is not None:
            return found
    room = f"{facts.path}, {facts.free_bytes / MEGABYTE / 1000:.1f} GB free"
    wanted = f"{min_free_bytes // MEGABYTE} MB are required before each capture"
    large = f"du -xh --max-depth=2 {_quoted(facts.mount)} | sort -h | tail"
    if facts.free_bytes < min_free_bytes:
        what = f"the disk of {facts.path} is full: {facts.free_bytes // MEGABYTE} MB free, {wanted}"
        return failed(Check.PHOTO_ROOT, DoctorCode.PHOTO_ROOT, what, f"{REFUSED}; free some space", large)
    if facts.free_bytes < low_bytes:
        why = f"less than {low_bytes // MEGABYTE} MB is left; free some space"
        return warning(Check.PHOTO_ROOT, room, why, large)
    room += "".join(f"; {folder.path.name} is another disk, mounted at {folder.mount}" for folder in facts.folders)
    return passed(Check.PHOTO_ROOT, room + ("" if facts.place == facts.path else ", created at the first start"))


def inspect_leftovers(root: Path) -> LeftoverFacts:
    """Count the left-over files. Raises ``OSError`` if that is impossible."""
    return LeftoverFacts(root, _files(root / naming.STAGING), _files(root / naming.INDEX / INCOMPLETE))


def judge_leftovers(facts: LeftoverFacts, *, served: bool) -> Finding:
    """Judge the left-over files; ``served``: a running service uses this photo root."""
    if served:
        return skipped(Check.LEFTOVERS, "the running service handles them")
    aside = facts.root / naming.INDEX / INCOMPLETE
    found = [f"{facts.staged} file(s) of interrupted captures in {naming.STAGING}"] if facts.staged else []
    found += [f"{facts.incomplete} incomplete photo file(s) in {aside}"] if facts.incomplete else []
    if facts.staged:
        why = "the next start imports the complete ones and sets the rest aside"
        mend = f"photonic serve --photo-root {_quoted(facts.root)}"
        return warning(Check.LEFTOVERS, ", ".join(found), why, mend)
    if facts.incomplete:
        why = "their transfer from the camera broke off; the card may still have the complete files"
        return warning(Check.LEFTOVERS, ", ".join(found), why, f"ls -la {_quoted(aside)}")
    return passed(Check.LEFTOVERS, "no leftover files")


def user_name() -> str:
    """The user that photonic runs as, for use in a command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may lack an entry for the user
        return str(os.getuid())


def _of_folder(folder: FolderFacts, min_free_bytes: int, user: str) -> Finding | None:
    """The failure of a folder that is elsewhere; ``None`` if photos can be stored there."""
    if folder.leads_to is not None:
        return failed(
            Check.PHOTO_ROOT,
            DoctorCode.PHOTO_ROOT,
            f"{folder.path} is a symbolic link out of the photo root, to {folder.leads_to}",
            f"for its photos, {REFUSED}; set photo_root to {folder.leads_to}, or mount the disk at a folder there",
            f"photonic serve --photo-root {_quoted(folder.leads_to)}",
        )
    as_root = PhotoRootFacts(folder.path, folder.path, folder.mount, folder.free_bytes, folder.refusal)
    if folder.refusal is not None:
        return _refused(as_root, user)
    if folder.free_bytes < min_free_bytes:
        what = f"the disk of {folder.path}, mounted at {folder.mount}, is full: {folder.free_bytes // MEGABYTE} MB free"
        large = f"du -xh --max-depth=2 {_quoted(folder.mount)} | sort -h | tail"
        return failed(Check.PHOTO_ROOT, DoctorCode.PHOTO_ROOT, what, f"{REFUSED}; free some space", large)
    return None


def _refused(facts: PhotoRootFacts, user: str) -> Finding:
    number, text = facts.refusal or (0, "")
    place, path = _quoted(facts.place), _quoted(facts.path)
    what = f"cannot write to {facts.path}: {facts.place}: {text}"
    why = f"{REFUSED}; alternatively, choose another folder with --photo-root"
    match number:
        case errno.ENOTDIR:
            mend = f"mv {place} {_quoted(facts.place.with_name(f'{facts.place.name}.old'))}"
        case errno.EROFS:
            mend = f"sudo mount -o remount,rw {_quoted(facts.mount)}"
        case errno.EACCES | errno.EPERM:
            create = "" if facts.place == facts.path else f"sudo mkdir -p {path} && "
            mend = f"{create}sudo chown {user} {path} && sudo chmod u+rwx {path}"
        case errno.ENOSPC | errno.EDQUOT:
            mend = f"df -h {place} && df -i {place}"
        case _:
            mend = f"findmnt --target {place}"
    return failed(Check.PHOTO_ROOT, DoctorCode.PHOTO_ROOT, what, why, mend)


def _files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) if folder.is_dir() else 0


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
