"""What the service needs of the machine that it runs on: processes, folders for them, and their size.

One implementation is the real machine (``supervision.this_machine``); the other one is part of a simulation, in which
the whole service runs without a process, a clock or a disk of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from signal import Signals

    from photonic.recurring import Recurring


class Child(Protocol):
    """A camera process that was started; belongs to the event loop in which it was started."""

    @property
    def pid(self) -> int:
        """The process id; valid until the process has ended."""
        ...

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; ``None`` while the process is running."""
        ...

    async def wait(self, limit_seconds: float | None = None) -> None:
        """Wait for the process to end, for at most ``limit_seconds`` (``None``: no limit); then see ``returncode``."""
        ...

    async def kill(self) -> None:
        """Kill the process and wait until it is gone; a cancellation is delivered afterwards."""
        ...

    def describe_end(self) -> str:
        """How the process ended; completes the sentence "the camera process ..."."""
        ...


class Host(Protocol):
    """The machine; used from one event loop."""

    async def start(
        self,
        driver: str,
        protocol: asyncio.BufferedProtocol,
        *,
        environment: Mapping[str, str],
        inherited: Sequence[int],
        printed: Recurring,
    ) -> Child:
        """Start a camera process and connect ``protocol`` to its link; if cancelled meanwhile, no process is left.

        Args:
            driver: Module to run.
            protocol: The parent's end of the link; its ``connection_made`` has been called when this returns.
            environment: The process's environment, complete.
            inherited: Further descriptors that stay open in the process.
            printed: The lines that earlier processes of this camera have printed.

        Raises:
            OSError: The system refused a descriptor or the process.
        """
        ...

    def home(self) -> AbstractContextManager[Path]:
        """An empty home directory for one camera process, as long as the context lasts. Raises ``OSError``."""
        ...

    def lock_directory(self) -> Path:
        """The folder of this user's camera locks."""
        ...

    def resident_bytes(self, pid: int) -> int | None:
        """The memory that a process uses; ``None`` if the process is gone."""
        ...

    async def command(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path | None = None,
        stdin: int,
        stdout: int,
        stderr: int,
    ) -> asyncio.subprocess.Process:
        """Start a command without a shell, in a process group of its own.

        Args:
            arguments: The program and its arguments.
            environment: The command's environment, complete.
            folder: Where it runs; ``None``: where the service does.
            stdin: A descriptor, ``PIPE`` or ``DEVNULL`` of ``asyncio.subprocess``; so are ``stdout`` and ``stderr``.

        Raises:
            OSError: The system refused a descriptor or the process.
            ValueError: An argument contains a NUL.
        """
        ...

    def signal_group(self, process: asyncio.subprocess.Process, number: Signals) -> None:
        """Send a signal to a command and its children, as far as they are still there."""
        ...
