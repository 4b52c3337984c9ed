"""Starts a child process, and waits for it through its pidfd.

asyncio's child watcher reaps in a thread, and ``kill`` may reap before it does (CPython, ``subprocess.Popen.poll``),
which loses the exit status. A pidfd(2) becomes readable when the process ends, works with any event loop, and never
refers to another process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from photonic.worker.child.printed import Printed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from photonic.recurring import Recurring

SEND_BUFFER_BYTES = 1024 * 1024
"""Room for a few frames, so that a camera process need not wait for its parent's event loop after each one."""


async def uninterrupted(ended: asyncio.Future[None]) -> None:
    """Wait for a process to end, whatever happens meanwhile; a cancellation is delivered afterwards."""
    cancelled: asyncio.CancelledError | None = None
    while not ended.done():
        try:
            await asyncio.wait([ended])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


def described_end(code: int | None) -> str:
    """How a process with this exit code ended (see ``Child``); completes the sentence "the camera process ..."."""
    if code is None:
        return "closed its link but is still running"
    if code >= 0:
        return f"exited with code {code}; see the log for its output"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


class ChildProcess:
    """A running child process; belongs to the event loop in which it was created."""

    def __init__(self, process: subprocess.Popen[bytes], printed: Printed) -> None:
        self._process = process
        self._printed = printed
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._pidfd = os.pidfd_open(process.pid)
        self._loop.add_reader(self._pidfd, self._reap)

    @property
    def pid(self) -> int:
        """The process id; valid until the process has ended."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; ``None`` while the process is running."""
        return self._process.returncode

    async def wait(self, limit_seconds: float | None = None) -> None:
        """Wait for the process to end, for at most ``limit_seconds`` (``None``: no limit); then see ``returncode``."""
        await asyncio.wait([self._ended], timeout=limit_seconds)

    async def kill(self) -> None:
        """Kill the process and wait until it is gone; a cancellation is delivered afterwards."""
        # Popen.kill polls, and may reap the process here; its pidfd becomes readable all the same.
        self._process.kill()
        await uninterrupted(self._ended)

    def describe_end(self) -> str:
        """How the process ended; completes the sentence "the camera process ..."."""
        return described_end(self.returncode)

    def _reap(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._process.wait()
        self._printed.close()
        self._ended.set_result(None)


def spawn(
    driver: str, environment: Mapping[str, str], inherited: Sequence[int], recurring: Recurring
) -> tuple[ChildProcess, socket.socket]:
    """Start ``python -P -m driver`` at one end of a socket pair.

    ``-P`` keeps a ``queue.py`` in the working directory from shadowing the standard library's.

    Args:
        driver: Module to run.
        environment: The process's environment, complete.
        inherited: Further descriptors that stay open in the process.
        recurring: The lines that earlier processes have printed.

    Returns: The process, and our end of the socket pair.

    Raises:
        OSError: The system refused a descriptor or the process.
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        ours, theirs = socket.socketpair()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    with theirs:
        try:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            ours.setblocking(False)
            link = theirs.fileno()
            process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [sys.executable, "-P", "-m", driver, "--fd", str(link), "--parent", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                # Library output must not mix with the output of a command, nor reach the log unformatted.
                stdout=writing,
                stderr=writing,
                env=dict(environment),
                pass_fds=(link, *inherited),
                # Ctrl-C goes to the whole foreground group; the parent decides what it means for the camera.
                start_new_session=True,
            )
        except OSError:
            ours.close()
            os.close(reading)
            raise
        finally:
            os.close(writing)
    printed = Printed(reading, recurring)
    try:
        return ChildProcess(process, printed), ours
    except BaseException:
        printed.close()
        ours.close()
        process.kill()
        process.wait()
        raise
