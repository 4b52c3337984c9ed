"""A process that keeps a command company: started with it, watched, and never left behind."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from photonic.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

PR_SET_PDEATHSIG = 1
STARTS_WITHIN_SECONDS = 30.0
ENDS_WITHIN_SECONDS = 1.5


def _die_with(parent: int) -> Callable[[], None]:
    """What a new child does before it becomes its program: asks the kernel to be killed when its parent ends.

    The look at the parent closes the gap in which it may already have ended (prctl(2), PR_SET_PDEATHSIG).
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask


class Companion:
    """Another photonic command in a process of its own, as an async context manager.

    The process gets ``arguments`` as its command line. It is started on entering, and has to print a first line within
    ``STARTS_WITHIN_SECONDS``: ``first_line``. On leaving it gets SIGTERM, and after ``ENDS_WITHIN_SECONDS`` SIGKILL.
    It lives in a session of its own, so that a Ctrl-C reaches it through us, in order.

    Raises ``CameraError`` on entering when the process ends, or says nothing, instead.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = tuple(arguments)
        self._process: asyncio.subprocess.Process | None = None
        self.first_line = ""

    @property
    def pid(self) -> int:
        """The number of the process; 0 before it was started."""
        return self._process.pid if self._process else 0

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-m", "photonic.cli", *self._arguments]
        process = self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
        try:
            self.first_line = await self._hear(process)
        except BaseException:
            await self._end(process)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            await self._end(self._process)

    async def ended(self) -> int:
        """Waits until the process has ended by itself; its exit code, negative for a signal.

        What it prints meanwhile is read and dropped: a full pipe would stop it.
        """
        if self._process is None or self._process.stdout is None:
            return 0
        while await self._process.stdout.read(65536):
            pass
        return await self._process.wait()

    async def _hear(self, process: asyncio.subprocess.Process) -> str:
        name = f"photonic {self._arguments[0]}"
        if process.stdout is None:
            raise CameraError(f"{name} was started without a pipe to hear it")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), STARTS_WITHIN_SECONDS)
        except TimeoutError as error:
            raise CameraError(f"{name} said nothing for {STARTS_WITHIN_SECONDS:.0f} s after its start") from error
        if not line:
            raise CameraError(f"{name} ended at once, with code {await process.wait()}; its words stand above")
        return line.decode(errors="replace").strip()

    @staticmethod
    async def _end(process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), ENDS_WITHIN_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
