"""Waits that would outlast the service end when it stops."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from photonic.errors import EndOfStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


def leaf(error: BaseException) -> BaseException:
    """The first error in a group of groups: what a task group wraps around what went wrong."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


class Endings:
    """Long waits register here; ``end`` ends them all, and every later one at once."""

    def __init__(self) -> None:
        self._limits: set[asyncio.Timeout] = set()
        self._reason: str | None = None

    @property
    def begun(self) -> bool:
        """Whether ``end`` was called."""
        return self._reason is not None

    @asynccontextmanager
    async def bound(self) -> AsyncGenerator[None]:
        """The body may wait without limit: it is cancelled, and this raises ``EndOfStream``, when the service stops."""
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._limits.add(limit)
                if self._reason is not None:
                    limit.reschedule(0)
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            raise EndOfStream(self._reason or "ended") from None
        finally:
            self._limits.discard(limit)

    def end(self, reason: str) -> None:
        """End every wait that is bound here, now and from now on."""
        self._reason = self._reason or reason
        now = asyncio.get_running_loop().time()
        for limit in self._limits:
            limit.reschedule(now)
