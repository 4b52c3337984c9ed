"""Records the file-system calls of a command and its children with strace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.crash.interpreter import TRACED
from tests.support.absent import program

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_STRING = 1 << 26
"""Bytes of one write that are recorded; the interpreter refuses one that was longer."""


def strace_command(trace: Path, *, hard_links: bool = True) -> list[str]:
    """What stands before a command so that its calls are written to ``trace``; or no hard link can be made."""
    calls = ",".join(f"?{name}" for name in TRACED)
    options = ["-f", "-y", "-xx", "-s", str(LONGEST_STRING), "--seccomp-bpf", "-e", "signal=none"]
    if not hard_links:
        options += ["-e", "inject=link,linkat:error=EPERM"]
    return [program("strace"), *options, "-e", f"trace={calls}", "-o", str(trace)]
