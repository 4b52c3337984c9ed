"""Runs the program that sees simulated devices; it ends with the simulation, and the simulation with it."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.machine.with_parent import ends_with_parent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONTROL_VARIABLE = "PHOTONIC_SIMULATOR_CONTROL"
"""The environment variable that tells the program where the device is controlled, as host:port."""

LAST_WORDS_SECONDS = 10.0
"""How long a program may take to end after SIGTERM; then it is killed."""


async def run_program(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command; return its exit code, negative for the signal that ended it.

    If it is cancelled, the command gets SIGTERM first, and also if this process is killed. Raises ``BadInput`` if the
    command is missing.
    """
    try:
        program = await asyncio.create_subprocess_exec(
            *command, env=environment, preexec_fn=ends_with_parent(signal.SIGTERM)
        )
    except OSError as error:
        raise BadInput(f"cannot start {command[0]}: {error.strerror}", field="command") from error
    try:
        return await program.wait()
    finally:
        await _end(program)


async def _end(program: asyncio.subprocess.Process) -> None:
    if program.returncode is not None:
        return
    program.terminate()
    try:
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            await program.wait()
    except TimeoutError:
        program.kill()
        await program.wait()
