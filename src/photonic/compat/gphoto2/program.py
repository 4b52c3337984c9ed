"""Carries out a whole command line of gphoto2, and returns its exit code."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.client.camera import CameraClient
from photonic.client.live import LiveView
from photonic.client.trust import trusting
from photonic.compat.gphoto2.actions import ACTIONS, OPERAND_ACTIONS, UNAVAILABLE, Workbench
from photonic.compat.gphoto2.arguments import read_arguments
from photonic.compat.gphoto2.camera_choice import chosen_camera
from photonic.compat.gphoto2.console import Console
from photonic.compat.gphoto2.hook_script import EXIT_CODE_OF_INIT, HookScript
from photonic.compat.gphoto2.results import ActionFailed, CannotBeDone, ResultCode, error_line, failed
from photonic.compat.gphoto2.run_options import run_options
from photonic.compat.gphoto2.run_signals import RunSignals
from photonic.compat.gphoto2.texts import help_text, usage_text, version_text
from photonic.errors import AccessRefused, BadInput, ServiceError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from photonic.compat.gphoto2.arguments import CommandLine
    from photonic.compat.gphoto2.run_options import RunOptions
    from photonic.model.api import CameraSummary

DONE, FAILED = 0, 1
BROKEN_PIPE = 128 + 13
FRAMELESS_SECONDS = 10.0


def run_command_line(arguments: Sequence[str]) -> int:
    """Carry out the arguments of a ``gphoto2`` command; return the exit code that gphoto2 would have."""
    line = read_arguments(arguments)
    options = run_options(line, os.environ)
    console = Console(options)
    if not arguments or line.has("usage"):
        console.line(usage_text())
        return DONE
    if line.unknown is not None:
        console.error(usage_text())
        return FAILED
    if line.has("help"):
        console.line(help_text())
        return DONE
    try:
        return asyncio.run(_run(line, options, console))
    except asyncio.CancelledError:
        return FAILED
    except BrokenPipeError:
        # The reader of the output has gone. Python would fail once more when it flushes the output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


async def _run(line: CommandLine, options: RunOptions, console: Console) -> int:
    hook = HookScript(options.hook_script, console)
    if not await hook.run("init"):
        console.error(f'Hook script "{hook.path}" init failed. Aborting.')
        return EXIT_CODE_OF_INIT
    if line.has("version"):
        console.line(version_text())
    for option in line.options:
        if option.name in UNAVAILABLE:
            why = UNAVAILABLE[option.name]
            console.error(f"{error_line(ResultCode.NOT_SUPPORTED).rstrip()} --{option.name}: {why}")
            await hook.run("stop")
            return FAILED
    code = await _reported(_carried_out(line, options, console, hook), console)
    await hook.run("stop")
    return code


async def _reported(work: Coroutine[object, object, None], console: Console) -> int:
    """Do the work; report its failure, and return the exit code."""
    try:
        await work
    except CannotBeDone as error:
        console.error(f"*** Error: No camera found: {error} ***")
        return FAILED
    except BadInput as error:
        console.error(f"photonic: {' '.join(str(error).split())}")
        return FAILED
    except (ActionFailed, ServiceError) as error:
        problem = failed(error) if isinstance(error, ServiceError) else error
        console.reason(problem.reason)
        console.error(f"{error_line(problem.code)}\n")
        return FAILED
    return DONE


async def _carried_out(line: CommandLine, options: RunOptions, console: Console, hook: HookScript) -> None:
    if not any(option.name in ACTIONS for option in line.options):
        await hook.run("start")
        return
    authority = trusting(Path(options.ca)) if options.ca else None
    async with CameraClient(options.url, None, options.token, ssl_context=authority) as service:
        cameras = await _cameras(service)
    chosen = chosen_camera(cameras, options.model, options.port)
    name = None if chosen.default else chosen.id

    def view() -> LiveView:
        return LiveView(
            options.url,
            camera=name,
            token=options.token,
            give_up_after_seconds=FRAMELESS_SECONDS,
            ssl_context=authority,
        )

    signals = RunSignals(console)
    async with CameraClient(options.url, name, options.token, ssl_context=authority) as camera:
        with signals.handled():
            await hook.run("start")
            bench = Workbench(
                camera=camera,
                chosen=chosen,
                cameras=cameras,
                view=view,
                options=options,
                console=console,
                hook=hook,
                signals=signals,
            )
            await _act(line, bench)


async def _cameras(service: CameraClient) -> tuple[CameraSummary, ...]:
    """The service's cameras. Raises ``CannotBeDone`` if there is no service, or if it refuses."""
    try:
        return await service.cameras()
    except AccessRefused as error:
        raise CannotBeDone(f"{error.reason}; give the service's token in PHOTONIC_TOKEN") from error
    except ServiceError as error:
        if error.status is None:
            raise CannotBeDone(f"{error.reason}; start it with `photonic serve`, or set PHOTONIC_URL") from error
        raise


async def _act(line: CommandLine, bench: Workbench) -> None:
    """Carry out the actions in the order in which they were given."""
    for_operands = None
    for option in line.options:
        if option.name in ACTIONS:
            await ACTIONS[option.name](bench, option.value)
        for_operands = OPERAND_ACTIONS.get(option.name, for_operands)
    if for_operands is not None:
        for operand in line.operands:
            await for_operands(bench, operand)
