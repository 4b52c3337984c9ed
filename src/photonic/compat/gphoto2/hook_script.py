"""The program of ``--hook-script``, which runs at the begin, after each download and at the end."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.compat.gphoto2.console import Console

EXIT_CODE_OF_INIT = 3
"""How gphoto2 exits if its hook script fails at the begin."""


class HookScript:
    """Runs one program with ACTION and ARGUMENT in its environment.

    Args:
        path: The program; ``None``: every ``run`` does nothing.
        console: Where its failures are reported.
    """

    def __init__(self, path: str | None, console: Console) -> None:
        self.path = path
        self._console = console

    async def run(self, action: str, argument: str | None = None) -> bool:
        """Run the program and wait for its end; a failure is reported. Returns whether it succeeded.

        Args:
            action: ``init``, ``start``, ``download`` or ``stop``.
            argument: The downloaded file; ``None``: none.
        """
        if self.path is None:
            return True
        environment = {name: value for name, value in os.environ.items() if name not in {"ACTION", "ARGUMENT"}}
        environment["ACTION"] = action
        if argument is not None:
            environment["ARGUMENT"] = argument
        try:
            process = await asyncio.create_subprocess_exec(self.path, env=environment)
            code = await process.wait()
        except OSError as error:
            self._console.error(f"{self.path}: {error.strerror or error}")
            code = -1
        if code:
            self._console.error(f"Hook script returned error code {code} ({code & 0xFFFFFFFF:#x})")
        return code == 0
