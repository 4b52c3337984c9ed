"""Finds another photonic that holds a camera, from its lock and without taking the lock."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.worker.supervision.holders import PROC, Holder, named
from photonic.worker.supervision.lock import lock_file, lock_name
from photonic.worker.supervision.ownership import AUTO

if TYPE_CHECKING:
    from pathlib import Path

DRIVERS = "photonic.drivers"


def owner(address: str, directory: Path, proc: Path = PROC) -> Holder | None:
    """The process that holds the lock of the camera at ``address`` in ``directory``.

    ``None``: no process holds it, or this is unknown because ``auto`` identifies no camera. The lock is a flock(2) on a
    file that contains the owner's process id; ``/proc/locks`` (proc_locks(5)) shows whether it is still held.
    """
    if address == AUTO:
        return None
    path = lock_file(directory, lock_name(address))
    try:
        inode = path.stat().st_ino
        pid = path.read_text(encoding="ascii", errors="replace").strip()
        lines = (proc / "locks").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    held = any(fields[1] == "FLOCK" and _inode(fields) == inode for fields in map(str.split, lines) if len(fields) > 5)
    return named(int(pid), proc) if held and pid.isdecimal() else None


def process_to_stop(holder: Holder, proc: Path = PROC) -> Holder:
    """The process to stop so that ``holder`` releases the camera: its service if it is a camera process.

    The service would only start another camera process.
    """
    with suppress(OSError, ValueError, IndexError):
        command = (proc / str(holder.pid) / "cmdline").read_bytes().decode(errors="replace")
        # proc_pid_stat(5): state and parent follow the name, which may contain any character.
        parent = int((proc / str(holder.pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        if DRIVERS in command and parent > 1:
            return named(parent, proc)
    return holder


def _inode(fields: list[str]) -> int:
    """The inode in a line ``1: FLOCK ADVISORY WRITE 812 08:02:131 0 EOF``; -1 for another format (a blocked lock)."""
    tail = fields[5].rpartition(":")[2]
    return int(tail) if tail.isdecimal() else -1
