"""A long-running photonic command as a process, heard line by line."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    from collections.abc import Generator

SAYS_WITHIN_SECONDS = 90.0
ENDS_WITHIN_SECONDS = 20.0
LAST_WORDS_SECONDS = 2.0
ADDRESS = re.compile(r"https?://127\.0\.0\.1:\d+")


class Command:
    """One running command; stdout and stderr are one text, ``said``.

    A thread reads it all the time: a service that nobody reads would block in the write of a log line.
    """

    def __init__(self, process: subprocess.Popen[bytes], output: int) -> None:
        self._process = process
        self._output = output
        self.said = ""
        self._ended = False
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        # EIO: nobody has the terminal any more.
        with os.fdopen(self._output, "rb", buffering=0) as output, suppress(OSError):
            while piece := output.read(65536):
                with self._more:
                    self.said += decoder.decode(piece)
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Waits until the pattern has been said; fails with what was said instead."""
        with self._more:
            self._more.wait_for(lambda: self._ended or re.search(pattern, self.said), SAYS_WITHIN_SECONDS)
            found = re.search(pattern, self.said)
        assert found is not None, f"{pattern!r} was not said within {SAYS_WITHIN_SECONDS:.0f} s: {self.said}"
        return found

    def url(self) -> str:
        """The service's address, as soon as it has been printed."""
        return self.wait_for(ADDRESS.pattern)[0]

    def type(self, line: str) -> None:
        """Types a line, if the command was started with ``typed``."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def send(self, number: signal.Signals) -> None:
        """A signal to the process."""
        self._process.send_signal(number)

    def exit_code(self) -> int:
        """Waits for the end, and hears what was said until then."""
        code = self._process.wait(ENDS_WITHIN_SECONDS)
        # Not for ever: a child of the command may hold the pipe open for longer.
        self._reader.join(LAST_WORDS_SECONDS)
        return code


@contextmanager
def running(
    *arguments: str, cwd: Path | None = None, columns: int | None = None, typed: bool = False
) -> Generator[Command]:
    """``photonic`` with these arguments; killed on leaving if it still runs.

    ``columns``: of the terminal that its output is; ``None``: a pipe. ``typed``: its input is ``Command.type``.
    """
    ours, theirs = os.pipe() if columns is None else pty.openpty()
    if columns is not None:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "photonic.cli", *arguments],
        stdin=subprocess.PIPE if typed else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    os.close(theirs)
    try:
        yield Command(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "photonic.cli", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def children_of(pid: int) -> list[int]:
    """The living processes that this one has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
