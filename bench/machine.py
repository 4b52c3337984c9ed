"""The machine that figures are made on: cores to pin to, descriptors, and what a process has used."""

from __future__ import annotations

import os
import platform
import resource
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from photonic.errors import BadInput
from photonic.version import __version__

SPARE_DESCRIPTORS = 64
_CPU_CLOCK = 2


@dataclass(frozen=True, slots=True)
class Cores:
    """``server``: the core of the measured server; ``others``: those of viewers and camera. Both empty: unpinned."""

    server: frozenset[int]
    others: frozenset[int]

    @property
    def pinned(self) -> bool:
        """Whether server and viewers have cores of their own."""
        return bool(self.server)

    @classmethod
    def of_this_machine(cls) -> Cores:
        """One core for the server, the rest for the others; nothing is pinned where there is only one."""
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            return cls(frozenset(), frozenset())
        return cls(frozenset(cores[:1]), frozenset(cores[1:]))


def pin(pid: int, cores: frozenset[int]) -> None:
    """Every thread of the process to these cores; empty: leaves them alone."""
    for thread in Path(f"/proc/{pid}/task").iterdir() if cores else ():
        os.sched_setaffinity(int(thread.name), cores)


def allow_descriptors(viewers: int) -> None:
    """Room for so many connections in this process and its children. Raises ``BadInput`` when there is not enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = viewers + SPARE_DESCRIPTORS
    if soft < wanted:
        if hard < wanted:
            raise BadInput(f"{viewers} viewers need {wanted} open files, and {hard} are allowed", field="viewers")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, to the nanosecond (clock_getcpuclockid(3), Linux)."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


def resident_mb(pid: int) -> float:
    """The process's resident memory in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def children(pid: int) -> list[int]:
    """The processes that this one has started and that live."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def facts() -> dict[str, str]:
    """What the figures were measured on, so that runs of different days can be told apart."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "gphoto2": version("gphoto2"),
        "photonic": __version__,
    }
