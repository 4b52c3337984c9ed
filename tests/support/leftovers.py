"""Who is still alive that a test has started: its processes, found by a mark in their environment or by descent."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Every child process keeps variables that begin with LD_, whose other names mean nothing to the loader.
MARK = "LD_LEFTOVER_MARK"
PROC = Path("/proc")
# Helpers that the standard library and coverage keep for the whole run.
LASTING = (b"multiprocessing.resource_tracker", b"multiprocessing.forkserver")
# A process without any environment is looked at this often, a millisecond apart.
EXEC_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Process:
    """One process as ``/proc`` shows it; ``started`` tells two bearers of one number apart (clock ticks)."""

    pid: int
    parent: int
    started: int
    command: str


def _read(pid: int) -> Process | None:
    """The process, or ``None`` when it has ended (a zombie has)."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return None
    if fields[0] in "ZX" or any(name in command for name in LASTING):
        return None
    return Process(pid, int(fields[1]), int(fields[19]), command.replace(b"\0", b" ").decode(errors="replace").strip())


def running() -> frozenset[int]:
    """The numbers of all processes. ``/proc`` is only listed: a test asks for this twice, and few take that long."""
    with os.scandir(PROC) as entries:
        return frozenset(int(entry.name) for entry in entries if entry.name.isdigit())


def _since(before: frozenset[int]) -> set[Process]:
    """The living processes whose numbers are not in ``before``."""
    found = (_read(pid) for pid in running() - before)
    return {process for process in found if process is not None}


def _environment(pid: int) -> bytes:
    """Its environment as the kernel shows it: for a moment of ``exec`` nothing, and of a kernel thread for ever.

    A parent hears of the ``exec`` (its pipe closes) before the new environment is in place.
    """
    entry = PROC / str(pid)
    for _ in range(EXEC_LOOKS):
        if found := (entry / "environ").read_bytes():
            return found
        (entry / "exe").readlink()  # A kernel thread has none: ``OSError``.
        time.sleep(0.001)
    return b""


def _bears(mark: str, pid: int) -> bool:
    try:
        return f"{MARK}={mark}".encode() in _environment(pid).split(b"\0")
    except OSError:
        return False


def started(before: frozenset[int]) -> set[Process]:
    """Whom this process has started since ``running`` returned ``before``, and whom those have started.

    Not whom a process of ``before`` has started: a browser or a service that tests share.
    """
    new = _since(before)
    family = {os.getpid()}
    found: set[Process] = set()
    while fresh := {process for process in new if process.parent in family and process not in found}:
        found |= fresh
        family |= {process.pid for process in fresh}
    return found


def _marked(mark: str, before: frozenset[int]) -> set[Process]:
    """Every new process that inherited ``mark``, whoever its parent is by now."""
    return {process for process in _since(before) if _bears(mark, process.pid)}


def left(mark: str, before: frozenset[int], *, within_seconds: float) -> set[Process]:
    """The processes that a test started and that still live ``within_seconds`` after it; killed before the return.

    ``before``: what ``running`` returned before the test.
    """
    deadline = time.monotonic() + within_seconds
    while remaining := started(before) | _marked(mark, before):
        if time.monotonic() > deadline:
            for process in remaining:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.02)
    return remaining
