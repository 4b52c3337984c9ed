"""A child process that is waited for through its pidfd, and reaped by nobody but us.

asyncio's own child watcher reaps in a thread, and ``kill`` may reap before it (cpython, ``subprocess.Popen.poll``): the
exit status is lost then. A pidfd(2) is ready when the process has ended, on any event loop, and can name no other one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from photonic.recurring import Recurring
from photonic.worker.child.printed import Printed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEND_BUFFER_BYTES = 1024 * 1024
"""A few frames: a camera process need not wait for its parent's turn of the loop with each."""


class ChildProcess:
    """A process that has been started; belongs to the event loop in which it was made."""

    def __init__(self, process: subprocess.Popen[bytes], printed: Printed) -> None:
        self._process = process
        self._printed = printed
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._pidfd = os.pidfd_open(process.pid)
        self._loop.add_reader(self._pidfd, self._reap)

    @property
    def pid(self) -> int:
        """The process id; means this process until it has ended."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; ``None`` while the process lives."""
        return self._process.returncode

    async def wait(self, limit_seconds: float | None = None) -> None:
        """Wait until it has ended, ``limit_seconds`` at the most; its end is to be looked for in ``returncode``."""
        await asyncio.wait([self._ended], timeout=limit_seconds)

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone; a cancellation is kept until then."""
        cancelled: asyncio.CancelledError | None = None
        # poll() in Popen.kill may reap it here: the pidfd is ready then, too.
        self._process.kill()
        while not self._ended.done():
            try:
                await asyncio.wait([self._ended])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def describe_end(self) -> str:
        """How it ended, in words that follow on "the camera process"."""
        code = self.returncode
        if code is None:
            return "closed its link, but goes on"
        if code >= 0:
            return f"ended by itself with code {code}; what it printed is in the log"
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"

    def _reap(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._process.wait()
        self._printed.close()
        self._ended.set_result(None)


def spawn(
    driver: str, environment: Mapping[str, str], inherited: Sequence[int] = (), lately: Recurring | None = None
) -> tuple[ChildProcess, socket.socket]:
    """Start ``python -P -m driver`` on one end of a socket pair; the process, and our end.

    ``inherited`` descriptors stay open in it. ``-P``: a ``queue.py`` in the working directory is not the library's.
    ``lately``: what such processes have printed already. Raises ``OSError``: what this computer refuses.
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
                # What the library prints must not stand between the lines of a command, nor raw in the log.
                stdout=writing,
                stderr=writing,
                env=dict(environment),
                pass_fds=(link, *inherited),
                # Ctrl-C goes to the foreground group: the parent decides what it means for the camera.
                start_new_session=True,
            )
        except OSError:
            ours.close()
            os.close(reading)
            raise
        finally:
            os.close(writing)
    printed = Printed(reading, lately or Recurring())
    try:
        return ChildProcess(process, printed), ours
    except BaseException:
        printed.close()
        ours.close()
        process.kill()
        process.wait()
        raise
