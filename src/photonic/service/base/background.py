"""Lets work finish even if its caller stops waiting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from photonic.errors import CaptureError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

_Result = TypeVar("_Result")

STARTING_SECONDS = 2.0
"""How long work waits for a service that accepts requests already, and has not begun everything yet."""


def leaf(error: BaseException) -> BaseException:
    """The first error inside nested exception groups, as task groups raise them."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


class BackgroundTasks:
    """A task group for work that runs to its end even if its caller stops waiting.

    Its owner enters it (``async with``); leaving it waits for all work. Work that comes before that, or
    while the owner starts again after a failure, waits for that. ``closed``: the reason that callers get when that
    takes too long, and once the owner was cancelled.
    """

    def __init__(self, closed: str) -> None:
        self._closed = closed
        self._tasks: asyncio.TaskGroup | None = None
        self._entered = asyncio.Event()
        self._ended = False

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._entered.set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.clear()
        self._ended = isinstance(error, asyncio.CancelledError)
        tasks, self._tasks = self._tasks, None
        if tasks is not None:
            await tasks.__aexit__(kind, error, trace)

    async def outcome(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """The result of ``work``, or its exception. Raises ``CaptureError`` (``shutting_down``) if it is not begun."""
        try:
            if self._tasks is None and not self._ended:
                async with asyncio.timeout(STARTING_SECONDS):
                    await self._entered.wait()
        except TimeoutError:
            pass  # refused below
        except asyncio.CancelledError:
            work.close()
            raise
        if self._tasks is None:
            work.close()
            raise CaptureError(self._closed, kind=FailureKind.SHUTTING_DOWN)

        async def caught() -> tuple[_Result] | Exception:
            try:
                return (await work,)
            except Exception as error:  # noqa: BLE001 - raised to the caller; other work continues
                return error

        result = await asyncio.shield(self._tasks.create_task(caught()))
        if isinstance(result, Exception):
            raise result
        return result[0]
