"""A command for each photo: no shell, its own process group, a time limit, the end of what it says kept for the log."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from photonic.model.hook import fields_of
from photonic.service.notify.notification import Delivered, DeliveryFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from photonic.model.hook import Hook
    from photonic.service.notify.notification import Notification, Verdict

GRACE_SECONDS = 2.0
"""Between asking a command to end and ending it."""
KEPT_BYTES = 4096
SAID_LIMIT = 300
PREFIX = "PHOTONIC_"
"""Of the variables that a command finds the facts in. The service's own, which hold secrets, are not passed on."""


class HookCommand:
    """Runs one hook's command in the folder ``place``. A command that fails is not run again."""

    def __init__(self, hook: Hook, place: Path) -> None:
        self._hook = hook
        self._place = place

    async def tell(self, notice: Notification) -> Verdict:
        """See ``Messenger``."""
        facts = _facts(notice)
        words = LastWords()
        try:
            arguments = _arguments(self._hook.command, facts, [str(path) for path in notice.paths])
            process = await self._start(arguments, _environment(facts), words)
        except (OSError, ValueError) as error:
            words.close()
            return DeliveryFailed(f"could not be started: {error}")
        try:
            async with asyncio.timeout(self._hook.seconds):
                code = await process.wait()
        except TimeoutError:
            code = None
        finally:
            await asyncio.shield(_end(process, words))
        if code == 0:
            return Delivered()
        ended = f"did not end within {self._hook.seconds:g} s" if code is None else _said_code(code)
        return DeliveryFailed(f"{ended}; it said last: {words}" if str(words) else ended)

    async def _start(
        self, arguments: list[str], environment: dict[str, str], words: LastWords
    ) -> asyncio.subprocess.Process:
        """Cancelled, it ends what it has started: asyncio would kill the command, and leave its children."""
        starting = asyncio.create_task(_started(arguments, environment, self._place, words))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            if not starting.exception():
                await asyncio.shield(_end(starting.result(), words))
            raise


async def _started(
    arguments: list[str], environment: dict[str, str], place: Path, words: LastWords
) -> asyncio.subprocess.Process:
    async with words.pipe() as pipe:
        return await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            cwd=place,
            env=environment,
            start_new_session=True,
        )


def _facts(notice: Notification) -> dict[str, str]:
    record = notice.record
    return {
        "path": str(notice.paths[0]),
        "session": record.session_id,
        "sequence": str(record.sequence_number),
        "camera": record.camera_id,
        "capture_id": record.id,
        "photo_id": notice.photo_ids[0],
        "event": notice.event.value,
    }


def _arguments(command: tuple[str, ...], facts: dict[str, str], paths: list[str]) -> list[str]:
    """The command with its fields filled in. Raises ``ValueError`` for one that would be taken for an option."""
    found: list[str] = []
    for argument in command:
        if argument == "{paths}":
            found += paths
            continue
        filled = "".join(text + ("" if field is None else facts[field]) for text, field in fields_of(argument))
        # A session may be called -rf.
        if filled.startswith("-") and not argument.startswith("-"):
            raise ValueError(f"{filled!r} would be taken for an option")
        found.append(filled)
    return found


def _environment(facts: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, **{f"{PREFIX}{name.upper()}": value for name, value in facts.items()}}


class LastWords(asyncio.Protocol):
    """Takes all that a command says, so that a full pipe never stops it, and keeps the end.

    A pipe of our own: asyncio's wait for a process may also wait for all who hold its pipe (CPython issue 119710).
    """

    def __init__(self) -> None:
        self._kept = b""
        self._transport: asyncio.BaseTransport | None = None
        self._all = asyncio.Event()

    @asynccontextmanager
    async def pipe(self) -> AsyncGenerator[int]:
        """The end to write to, for as long as the context lasts. Raises ``OSError``."""
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
        """Hear what was said to the end, and listen no more: who has left the command's group may hold the pipe."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._all.wait()
        self.close()

    def close(self) -> None:
        """Listen no more."""
        if self._transport is not None:
            self._transport.close()

    def __str__(self) -> str:
        """The last line, without what would act on a terminal."""
        lines = self._kept.decode(errors="replace").strip().splitlines()
        last = "".join(character if character.isprintable() else " " for character in lines[-1]) if lines else ""
        return last.strip()[-SAID_LIMIT:]


async def _end(process: asyncio.subprocess.Process, words: LastWords) -> None:
    """End what is left of a command, its children too: first asked, then made to."""
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await process.wait()
    _signal_group(process.pid, signal.SIGKILL)
    await process.wait()
    await words.end()


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _said_code(code: int) -> str:
    return f"ended with exit code {code}" if code > 0 else f"was ended by signal {signal.Signals(-code).name}"
