"""Checks the second disk without creating or changing anything."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, passed
from photonic.model.reason import ReasonCode
from photonic.service.files import disk
from photonic.service.files.second_root import MARKER, SecondDisk, SecondRoot

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.reason import Reason

WHY = "photos are saved on one disk only; their copies are made once this is fixed"
GIGABYTE = 1_000_000_000


def inspect_second_disk(folder: Path, photo_root: Path) -> SecondDisk:
    """Inspect the second folder; a test write shows what the file system does not say by itself. Blocks."""
    root = SecondRoot(folder, "", photo_root)
    # A folder that was in use has the marker, unless its disk is not mounted.
    found = root.state(used=False)
    if found.fault is None:
        try:
            disk.probe(folder, flush=True)
        except OSError as error:
            return SecondDisk(root.explained(error), found.free_bytes)
    return found


def judge_second_disk(folder: Path, found: SecondDisk) -> Finding:
    """Judge the second disk."""
    if found.fault is not None:
        return failed(Check.SECOND_DISK, DoctorCode.SECOND_DISK, found.fault.text, WHY, _mend(folder, found.fault))
    free = "" if found.free_bytes is None else f", {found.free_bytes / GIGABYTE:.1f} GB free"
    unused = "" if (folder / MARKER).is_dir() else ", not used yet"
    return passed(Check.SECOND_DISK, f"{folder}{free}{unused}")


def _mend(folder: Path, fault: Reason) -> str:
    place = shlex.quote(str(folder))
    match fault.code:
        case ReasonCode.SECOND_DISK_FULL:
            return f"df -h {place} && df -i {place}"
        case ReasonCode.SECOND_DISK_READ_ONLY:
            return f"sudo mount -o remount,rw {shlex.quote(str(disk.mount_of(folder)))}"
        case ReasonCode.SECOND_DISK_SAME:
            return f"lsblk; findmnt --target {place}"
        case _:
            return f"findmnt --target {place}; ls -lad {place}"
