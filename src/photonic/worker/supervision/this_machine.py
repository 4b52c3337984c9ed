"""The machine that the service really runs on."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.worker.supervision import memory
from photonic.worker.supervision.home import private_home
from photonic.worker.supervision.lock import runtime_directory
from photonic.worker.supervision.spawn import spawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from signal import Signals

    from photonic.recurring import Recurring
    from photonic.worker.supervision.spawn import ChildProcess


class ThisMachine:
    """See ``Host``; ``locks``: the folder of the camera locks, ``None``: the user's runtime directory."""

    def __init__(self, locks: Path | None = None) -> None:
        self._locks = locks

    async def start(
        self,
        driver: str,
        protocol: asyncio.BufferedProtocol,
        *,
        environment: Mapping[str, str],
        inherited: Sequence[int],
        printed: Recurring,
    ) -> ChildProcess:
        """See ``Host``."""
        child, link = spawn(driver, environment, inherited, printed)
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: protocol, sock=link)
        except BaseException:
            link.close()
            await child.kill()
            raise
        return child

    def home(self) -> AbstractContextManager[Path]:
        """See ``Host``."""
        return private_home()

    def lock_directory(self) -> Path:
        """See ``Host``."""
        return self._locks or runtime_directory()

    def resident_bytes(self, pid: int) -> int | None:
        """See ``Host``."""
        return memory.resident_bytes(pid)

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
        """See ``Host``."""
        return await asyncio.create_subprocess_exec(
            *arguments,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )

    def signal_group(self, process: asyncio.subprocess.Process, number: Signals) -> None:
        """See ``Host``."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
