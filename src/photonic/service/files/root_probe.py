"""Whether the photo root takes a photo now, for probes: found by writing to it, never by asking who may write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.service.files import disk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DEADLINE_SECONDS = 3.0
PHOTOS = "photos"
"""Where photos go whose request names no directory; it may be another mount."""


class RootProbe:
    """Of one photo root, with the folders in it of several ``cameras``.

    One look at a time, however many ask: a disk that hangs costs one thread.
    """

    def __init__(
        self,
        root: Path,
        *,
        min_free_bytes: int,
        cameras: Sequence[str] = (),
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._root = root
        self._min_free_bytes = min_free_bytes
        self._cameras = cameras
        self._deadline_seconds = deadline_seconds
        self._look: asyncio.Future[StorageError | None] | None = None

    async def refusal(self) -> StorageError | None:
        """What stands in the way of a photo; ``None``: nothing. Answers within the deadline."""
        if self._look is None or self._look.done():
            self._look = asyncio.get_running_loop().run_in_executor(None, self._probed)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await asyncio.shield(self._look)
        except TimeoutError:
            return StorageError(
                f"the photo root {self._root} did not take a few bytes within {self._deadline_seconds:g} s: "
                "check the disk, or the network that it is reached by"
            )

    def _probed(self) -> StorageError | None:
        folders = [self._root, *(self._root / camera for camera in self._cameras)]
        seen: set[Path] = set()
        for place in (*folders, *(folder / PHOTOS for folder in folders)):
            if place != self._root and not place.is_dir():
                continue  # made with the first photo
            mount = disk.mount_of(place)
            if mount in seen:
                continue
            seen.add(mount)
            if (refusal := self._refusal_at(place)) is not None:
                first = "the photo root: " if place == self._root else ""
                return StorageError(f"{first}{refusal.reason}", kind=refusal.kind)
        return None

    def _refusal_at(self, place: Path) -> StorageError | None:
        try:
            disk.probe(place, flush=True)
            disk.free_bytes(place, self._min_free_bytes)
        except StorageError as error:
            return error
        except OSError as error:
            return disk.refusal(error, place)
        return None
