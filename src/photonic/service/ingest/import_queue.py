"""The queue of staged photos that are to be imported, each file once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.service.photo.staged import Leftover, ProcessEnded

if TYPE_CHECKING:
    from pathlib import Path


class ImportQueue:
    """Staged photos in the order in which they arrived, and the ends of camera processes between them.

    A photo stays known from ``put`` to ``done`` and cannot be queued a second time until then. ``refused`` keeps it
    aside, known, until ``retry``.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Leftover | ProcessEnded] = asyncio.Queue()
        self._known: set[Path] = set()
        self._refused: list[Leftover] = []

    @property
    def has_refused(self) -> bool:
        """Whether a photo waits for ``retry``."""
        return bool(self._refused)

    def put(self, item: Leftover | ProcessEnded) -> None:
        """Append an item, unless it is a photo that is already known; never waits."""
        if isinstance(item, Leftover):
            if item.file.path in self._known:
                return
            self._known.add(item.file.path)
        self._waiting.put_nowait(item)

    async def next(self) -> Leftover | ProcessEnded:
        """Wait for the oldest item; ``taken_care_of`` must follow."""
        return await self._waiting.get()

    def taken_care_of(self) -> None:
        """The item that ``next`` returned needs no more work, or was refused."""
        self._waiting.task_done()

    def refuse(self, photo: Leftover) -> None:
        """Keep a photo that the disk refused for ``retry``."""
        self._refused.append(photo)

    def retry(self) -> None:
        """Queue the refused photos again."""
        refused, self._refused = self._refused, []
        for photo in refused:
            self._waiting.put_nowait(photo)

    def done(self, photo: Leftover) -> None:
        """Forget a photo: it is imported, or it cannot be."""
        self._known.discard(photo.file.path)

    async def settled(self) -> None:
        """Wait until every item has been imported or refused."""
        await self._waiting.join()
