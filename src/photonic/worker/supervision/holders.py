"""Which processes hold a camera's device file, and the command that stops each: from ``/proc`` (proc_pid_fd(5))."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROC = Path("/proc")

_SERVICES = {
    "gvfs-gphoto2-volume-monitor": "systemctl --user stop gvfs-gphoto2-volume-monitor.service",
    "gvfsd-gphoto2": "gio mount -s gphoto2",
}
"""Desktop programs that claim every camera, and how to stop them without ending the desktop session."""

OUR_COMMANDS = "photonic.cli"
_COMMAND = re.compile(r"[a-z]{2,16}")

_SHORT_NAME = 15
"""The kernel truncates process names to this length (proc_pid_comm(5))."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has the camera open."""

    pid: int
    name: str

    @property
    def remedy(self) -> str:
        """The command that makes the process release the camera."""
        return _SERVICES.get(self.name, f"kill {self.pid}")

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def holders(nodes: Iterable[Path], proc: Path = PROC) -> tuple[Holder, ...]:
    """The other processes that have one of these device files open, sorted by process id.

    The kernel shows only processes of the same user, which covers nearly all cases.
    """
    # A program that runs in a container or under another root has the same file under a longer name.
    wanted = tuple(str(node) for node in nodes)
    own = os.getpid()
    found = (
        pid
        for pid in _processes(proc)
        if pid != own and any(file.endswith(wanted) for file in _open_files(proc / str(pid) / "fd"))
    )
    return tuple(named(pid, proc) for pid in sorted(found))


def named(pid: int, proc: Path = PROC) -> Holder:
    """The process with this id, under the name that people know it by."""
    return Holder(pid, _name(proc / str(pid)))


def claimed(held_by: Iterable[Holder]) -> str:
    """Text for people: which program holds the camera, and what to do about it."""
    known = tuple(held_by)
    if not known:
        return (
            "another program holds the camera; close it (on a desktop, usually: "
            "systemctl --user stop gvfs-gphoto2-volume-monitor.service)"
        )
    who = ", ".join(map(str, known))
    how = " && ".join(dict.fromkeys(holder.remedy for holder in known))
    return f"another program holds the camera: {who}; stop it with: {how}"


def _processes(proc: Path) -> Iterator[int]:
    try:
        yield from [int(path.name) for path in proc.iterdir() if path.name.isdigit()]
    except OSError:
        return


def _open_files(descriptors: Path) -> Iterator[str]:
    try:
        links = list(descriptors.iterdir())
    except OSError:
        return  # the process has exited, or belongs to another user
    for link in links:
        try:
            yield str(link.readlink())
        except OSError:
            continue


def _name(process: Path) -> str:
    try:
        short = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
        command, *arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "a process that has just ended"
    whole = Path(command).name
    if whole.startswith("python"):
        return _script(whole, arguments)
    return whole if len(short) >= _SHORT_NAME and whole.startswith(short) else short


def _script(interpreter: str, arguments: list[str]) -> str:
    """The program that Python runs, such as ``python3 -m http.server`` or ``python3 booth.py``.

    Never one of the program's own arguments, which may contain a secret; only photonic's commands are named.
    """
    for number, argument in enumerate(arguments):
        if argument == "-m":
            module, command = (*arguments[number + 1 : number + 3], "", "")[:2]
            ours = module == OUR_COMMANDS and _COMMAND.fullmatch(command) is not None
            return " ".join(filter(None, (interpreter, "-m", module, command if ours else "")))
        if argument == "-c" or not argument:
            break
        if not argument.startswith("-"):
            return f"{interpreter} {Path(argument).name}"
    return interpreter
