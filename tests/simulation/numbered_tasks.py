"""What asyncio and anyio keep in sets, in an order that is the same in every process.

Both iterate over sets of tasks, futures and scopes, and CPython hashes those by their address. Here tasks and futures
are hashed by number. Scopes all have one hash, so that they come in the order in which they were added.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import anyio.to_thread
from anyio._backends import _asyncio as anyio_asyncio

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator


class NumberedFuture(asyncio.Future[Any]):
    """A future whose hash is a number of its loop, which the loop sets at once: it makes too many for ``__init__``."""

    __slots__ = ("number",)
    number: int

    def __hash__(self) -> int:
        return self.number


class NumberedTask(asyncio.Task[Any]):
    """A task whose hash is a number of its loop."""

    def __init__(self, number: int, coro: Generator[Any, None, Any] | Coroutine[Any, Any, Any], **how: Any) -> None:
        self.number = number  # asyncio puts the task into a set while it is made
        super().__init__(coro, **how)  # pyright: ignore[reportArgumentType] - a generator, too, as asyncio says itself

    def __hash__(self) -> int:
        return self.number


@contextlib.contextmanager
def inline_threads() -> Generator[None]:
    """While this holds, anyio's worker threads are jobs of the loop, and its scopes have an order."""

    async def run_sync(func: Callable[..., Any], *args: Any, abandon_on_cancel: bool = False, **_how: object) -> Any:
        await anyio.lowlevel.checkpoint()
        with anyio.CancelScope(shield=not abandon_on_cancel):
            return await asyncio.to_thread(func, *args)

    run_sync_before, hash_before = anyio.to_thread.run_sync, anyio_asyncio.CancelScope.__hash__
    anyio.to_thread.run_sync = run_sync
    # anyio iterates over sets of scopes, too. Of one hash, they come in the order in which they were added.
    anyio_asyncio.CancelScope.__hash__ = lambda self: 0
    try:
        yield
    finally:
        anyio.to_thread.run_sync, anyio_asyncio.CancelScope.__hash__ = run_sync_before, hash_before
