"""The queue of staged photos to import, which contains each file only once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.service.photo import naming
from photonic.service.photo.identity import Likeness, likeness, twins
from photonic.service.photo.staged import Leftover, ProcessEnded

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.service.photo.staged import StagedFile


class ImportQueue:
    """Staged photos in the order of arrival, with markers where a camera process ended.

    A photo is known from ``put`` to ``done`` and cannot be queued twice. A photo that was passed to ``refuse`` stays
    known and waits for ``retry``.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Leftover | ProcessEnded] = asyncio.Queue()
        self._known: dict[Path, Leftover] = {}
        self._refused: list[Leftover] = []

    @property
    def has_refused(self) -> bool:
        """Whether a photo waits for ``retry``."""
        return bool(self._refused)

    def put(self, item: Leftover | ProcessEnded) -> None:
        """Append an item, unless it is a photo that is already known. Does not block."""
        if isinstance(item, Leftover):
            if item.file.path in self._known:
                return
            self._known[item.file.path] = item
        self._waiting.put_nowait(item)

    async def next(self) -> Leftover | ProcessEnded:
        """Wait for the oldest item; the caller must call ``item_done`` for it."""
        return await self._waiting.get()

    def item_done(self) -> None:
        """Finish the item that ``next`` returned: it was processed or refused."""
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
        """Forget a photo that was imported or that cannot be imported."""
        self._known.pop(photo.file.path, None)

    def captures_with_photo(self, other_than: StagedFile) -> frozenset[str]:
        """Return the captures in whose directory a photo waits here that is a different one than ``other_than``.

        That one lies elsewhere: which of two photos in a capture's directory is its own cannot be told from this.
        """
        return frozenset(
            one.capture_id
            for one in self._known.values()
            if one.capture_id is not None
            and one.file.path.parent.name == one.capture_id
            and one.file.path.parent != other_than.path.parent
            and not _may_be_one_still(one.file, other_than)
        )

    async def drained(self) -> None:
        """Wait until every item has been processed or refused."""
        await self._waiting.join()


def _may_be_one_still(one: StagedFile, other: StagedFile) -> bool:
    if one.from_ram and other.from_ram and naming.extension(one.name) != naming.extension(other.name):
        # The library gives RAW and JPEG names of their own there, and only their content would tell.
        return True
    if one.identity is None or other.identity is None:
        return one.path == other.path
    return twins(one.identity, other.identity) or likeness(one.identity, other.identity) is not Likeness.OTHER
