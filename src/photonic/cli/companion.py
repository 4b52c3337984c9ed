"""A child process that starts and ends with a command."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from photonic.errors import CameraError
from photonic.machine.environment import of_child
from photonic.machine.with_parent import ends_with_parent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

STARTS_WITHIN_SECONDS = 30.0
ENDS_WITHIN_SECONDS = 1.5


class Companion:
    """Another photonic command in a process of its own, as an async context manager.

    ``arguments`` is its command line. Entering starts it and waits up to ``STARTS_WITHIN_SECONDS`` for its first line
    of output, ``first_line``. Leaving sends SIGTERM, and SIGKILL after ``ENDS_WITHIN_SECONDS``. It runs in its own
    session, so that Ctrl-C on the terminal reaches only this process, which then ends the other one properly.

    Raises ``CameraError`` on entering if the process ends or prints nothing in that time.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = tuple(arguments)
        self._process: asyncio.subprocess.Process | None = None
        self.first_line = ""

    @property
    def pid(self) -> int:
        """Process id; 0 before the start."""
        return self._process.pid if self._process else 0

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-m", "photonic.cli", *self._arguments]
        process = self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env=of_child(os.environ),
            start_new_session=True,
            preexec_fn=ends_with_parent(signal.SIGKILL),
        )
        try:
            self.first_line = await self._read_first_line(process)
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
        """Wait until the process ends; return its exit code, negative for a signal.

        Its output is read and discarded, because a full pipe would block it.
        """
        if self._process is None or self._process.stdout is None:
            return 0
        while await self._process.stdout.read(65536):
            pass
        return await self._process.wait()

    async def _read_first_line(self, process: asyncio.subprocess.Process) -> str:
        name = f"photonic {self._arguments[0]}"
        if process.stdout is None:
            raise CameraError(f"{name} was started without an output pipe")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), STARTS_WITHIN_SECONDS)
        except TimeoutError as error:
            raise CameraError(f"{name} printed nothing within {STARTS_WITHIN_SECONDS:.0f} s of its start") from error
        if not line:
            raise CameraError(f"{name} ended at once with exit code {await process.wait()}; see its output above")
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
