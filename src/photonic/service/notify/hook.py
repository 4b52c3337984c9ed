"""Runs a command for each photo: no shell, its own process group, a time limit; keeps the last output."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from photonic.machine.environment import PREFIX, of_hook
from photonic.model.hook import fields_of
from photonic.service.notify.notification import Delivered, DeliveryFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from photonic.model.hook import Hook
    from photonic.service.notify.notification import Notification, Verdict
    from photonic.worker.host import Host

GRACE_SECONDS = 2.0
"""Between SIGTERM and SIGKILL."""
KEPT_BYTES = 4096
OUTPUT_LIMIT = 300


class HookCommand:
    """Runs one hook's command in ``folder``, on ``host``. A failed command is not retried."""

    def __init__(self, hook: Hook, folder: Path, host: Host) -> None:
        self._hook = hook
        self._folder = folder
        self._host = host

    async def deliver(self, notification: Notification) -> Verdict:
        """See ``Notifier``."""
        facts = _facts(notification)
        output = OutputTail()
        try:
            arguments = _arguments(self._hook.command, facts, [str(path) for path in notification.paths])
            process = await self._start(arguments, _environment(facts), output)
        except (OSError, ValueError) as error:
            output.close()
            return DeliveryFailed(f"could not start: {error}")
        try:
            async with asyncio.timeout(self._hook.seconds):
                code = await process.wait()
        except TimeoutError:
            code = None
        finally:
            await asyncio.shield(self._end(process, output))
        if code == 0:
            return Delivered()
        ended = f"did not finish within {self._hook.seconds:g} s" if code is None else _exit_text(code)
        return DeliveryFailed(f"{ended}; last output: {output}" if str(output) else ended)

    async def _start(
        self, arguments: list[str], environment: dict[str, str], output: OutputTail
    ) -> asyncio.subprocess.Process:
        """Start the command; if cancelled meanwhile, end it with its children, which asyncio would leave running."""
        starting = asyncio.create_task(self._started(arguments, environment, output))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            if not starting.exception():
                await asyncio.shield(self._end(starting.result(), output))
            raise

    async def _started(
        self, arguments: list[str], environment: dict[str, str], output: OutputTail
    ) -> asyncio.subprocess.Process:
        async with output.pipe() as pipe:
            return await self._host.command(
                arguments,
                environment=environment,
                folder=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
            )

    async def _end(self, process: asyncio.subprocess.Process, output: OutputTail) -> None:
        """Terminate a command and its children: SIGTERM first, then SIGKILL."""
        if process.returncode is None:
            self._host.signal_group(process, signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await process.wait()
        self._host.signal_group(process, signal.SIGKILL)
        await process.wait()
        await output.end()


def _facts(notification: Notification) -> dict[str, str]:
    record = notification.record
    return {
        "path": str(notification.paths[0]),
        "session": record.session_id,
        "sequence": str(record.sequence_number),
        "camera": record.camera_id,
        "capture_id": record.id,
        "photo_id": notification.photo_ids[0],
        "sha256": notification.hashes[0],
        "event": notification.event.value,
    }


def _arguments(command: tuple[str, ...], facts: dict[str, str], paths: list[str]) -> list[str]:
    """The command with its fields filled in. Raises ``ValueError`` if a value would be parsed as an option."""
    found: list[str] = []
    for argument in command:
        if argument == "{paths}":
            found += paths
            continue
        filled = "".join(text + ("" if field is None else facts[field]) for text, field in fields_of(argument))
        # A session may be called -rf.
        if filled.startswith("-") and not argument.startswith("-"):
            raise ValueError(f"{filled!r} would be read as an option")
        found.append(filled)
    return found


def _environment(facts: dict[str, str]) -> dict[str, str]:
    return {**of_hook(os.environ), **{f"{PREFIX}{name.upper()}": value for name, value in facts.items()}}


class OutputTail(asyncio.Protocol):
    """Reads all output of a command, so that a full pipe never blocks it, and keeps the end.

    It uses its own pipe: with asyncio's, waiting for a process may also wait for every other process that has inherited
    the pipe (CPython issue 119710).
    """

    def __init__(self) -> None:
        self._kept = b""
        self._transport: asyncio.BaseTransport | None = None
        self._all = asyncio.Event()

    @asynccontextmanager
    async def pipe(self) -> AsyncGenerator[int]:
        """The write end of the pipe, while the context lasts. Raises ``OSError``."""
        ours, theirs = os.pipe()
        try:
            await asyncio.get_running_loop().connect_read_pipe(lambda: self, os.fdopen(ours, "rb", 0))
            yield theirs
        finally:
            os.close(theirs)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        self._kept = (self._kept + data)[-KEPT_BYTES:]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base class names it
        """See ``asyncio.Protocol``."""
        self._all.set()

    async def end(self) -> None:
        """Read the rest and close; a process outside the command's group may keep the pipe open longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._all.wait()
        self.close()

    def close(self) -> None:
        """Stop reading."""
        if self._transport is not None:
            self._transport.close()

    def __str__(self) -> str:
        """The last line, without control characters."""
        lines = self._kept.decode(errors="replace").strip().splitlines()
        last = "".join(character if character.isprintable() else " " for character in lines[-1]) if lines else ""
        return last.strip()[-OUTPUT_LIMIT:]


def _exit_text(code: int) -> str:
    return f"exited with code {code}" if code > 0 else f"was killed by {signal.Signals(-code).name}"
