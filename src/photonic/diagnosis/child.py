"""Queries a driver's library in a separate process, because importing it may fail and calling it may hang."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.machine.environment import of_child

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWERS_WITHIN_SECONDS = 15.0


async def output_of(
    module: str, within_seconds: float = ANSWERS_WITHIN_SECONDS, arguments: Sequence[str] = ()
) -> bytes:
    """The output of ``python -m module`` with these arguments.

    Raises ``CameraError`` with its last line of stderr, or on timeout.
    """
    command = (sys.executable, "-P", "-m", module, *arguments)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=of_child(os.environ),
        )
    except OSError as error:
        raise CameraError(str(error)) from error
    try:
        async with asyncio.timeout(within_seconds):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise CameraError(f"no answer within {within_seconds:g} s", kind=FailureKind.TIMEOUT) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise CameraError(lines[-1] if lines else f"exit code {process.returncode}")
    return output
