"""The photos of a session as a ZIP file, which is read from the index and from the disk while it is sent."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import PurePath
from typing import TYPE_CHECKING

from starlette.concurrency import iterate_in_threadpool

from photonic.service.library.zip_archive import Entry, EntryNames, ZipArchive

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from photonic.service.library.sessions import PlacedStill

BATCH_STILLS = 100
"""Stills of several cameras come one by one, and small files are not worth a thread's attention each."""


class SessionArchive:
    """One download. ``begin`` and then iterate over ``pieces``.

    Args:
        stills: The stills of the session, oldest first, piece by piece.
        session_id: Names the folder in the archive.
    """

    def __init__(self, stills: AsyncIterator[Sequence[PlacedStill]], session_id: str) -> None:
        self._stills = stills
        self._first: Sequence[PlacedStill] = ()
        self._names = EntryNames()
        self.folder = EntryNames().unique(session_id)

    async def begin(self) -> bool:
        """Read the first stills; return whether there are any. Raises ``StorageError``."""
        async for stills in self._stills:
            self._first = stills
            return True
        return False

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the archive. Raises ``StorageError`` and ``OSError`` in the middle of it."""
        archive = await asyncio.to_thread(ZipArchive, self.folder)
        try:
            async with aclosing(self._batches()) as batches:
                async for entries in batches:
                    async for piece in iterate_in_threadpool(archive.add(entries)):
                        yield piece
            async for piece in iterate_in_threadpool(archive.end()):
                yield piece
        finally:
            archive.close()

    async def _batches(self) -> AsyncGenerator[Sequence[Entry]]:
        batch = self._entries(self._first)
        async for stills in self._stills:
            if len(batch) >= BATCH_STILLS:
                yield batch
                batch = []
            batch += self._entries(stills)
        yield batch

    def _entries(self, stills: Sequence[PlacedStill]) -> list[Entry]:
        return [
            Entry(self._names.unique(PurePath(path).name), path, still.record.created_at.timestamp(), file.sha256)
            for still in stills
            for file, path in zip(still.record.files, still.paths, strict=True)
        ]
