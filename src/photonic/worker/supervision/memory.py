"""How much memory a camera process holds, and when that is too much.

libgphoto2 keeps every event that nobody drains, and every folder that it has listed: a camera process that runs for
weeks may grow. It holds nothing that a new one would not have within a second.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

MEBIBYTE = 2**20
LOOK_SECONDS = 5.0


class Verdict(Enum):
    """What a process's size calls for."""

    FINE = "leave it alone"
    RECYCLE = "start it anew when no capture runs"
    KILL = "start it anew now"


@dataclass(frozen=True, slots=True)
class MemoryLimits:
    """In bytes. A camera process with live view and a 24-megapixel body holds 26 MB (seen after five captures); a photo
    that is fetched out of the camera's RAM is in memory once more."""

    recycle_bytes: int = 256 * MEBIBYTE
    kill_bytes: int = 1024 * MEBIBYTE

    def verdict(self, resident_bytes: int) -> Verdict:
        """What to do about a process of that size."""
        if resident_bytes >= self.kill_bytes:
            return Verdict.KILL
        return Verdict.RECYCLE if resident_bytes >= self.recycle_bytes else Verdict.FINE


def resident_bytes(pid: int, proc: Path = Path("/proc")) -> int | None:
    """The resident set of a process (proc_pid_statm(5)); ``None`` when it is gone."""
    try:
        fields = (proc / str(pid) / "statm").read_text(encoding="ascii").split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return None
