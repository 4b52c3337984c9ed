"""Ends long waits: all of them when the service stops, or those of one viewer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from photonic.errors import EndOfStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class ShutdownScope:
    """Bounds long waits: ``end`` ends all of them; later ones end immediately.

    ``error``: the exception that a wait ends with.
    """

    def __init__(self, error: type[EndOfStream] = EndOfStream) -> None:
        self._error = error
        self._limits: set[asyncio.Timeout] = set()
        self._reason: str | None = None

    @property
    def begun(self) -> bool:
        """Whether ``end`` was called."""
        return self._reason is not None

    @asynccontextmanager
    async def bound(self) -> AsyncGenerator[None]:
        """Cancel the body when ``end`` is called, and raise ``EndOfStream``; until then it may wait without limit."""
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
            raise self._error(self._reason or "ended") from None
        finally:
            self._limits.discard(limit)

    def end(self, reason: str) -> None:
        """End every bound wait, current and future; ``reason`` is shown to users."""
        self._reason = self._reason or reason
        now = asyncio.get_running_loop().time()
        for limit in self._limits:
            limit.reschedule(now)
