"""Readiness of the photo root, found by a test write instead of from permissions."""

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
"""The default directory of photos; it may be on another mount."""


class RootProbe:
    """Probes one photo root.

    Callers share one probe at a time, so a disk that hangs blocks one thread only.

    Args:
        root: the photo root.
        min_free_bytes: space that must be free before a capture.
        cameras: the folders of named cameras in the root.
        deadline_seconds: how long ``refusal`` waits for the disk.
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
        self._probe: asyncio.Future[StorageError | None] | None = None

    async def refusal(self) -> StorageError | None:
        """Why a photo cannot be stored; ``None``: it can. Returns within the deadline."""
        if self._probe is None or self._probe.done():
            self._probe = asyncio.get_running_loop().run_in_executor(None, self._probed)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await asyncio.shield(self._probe)
        except TimeoutError:
            return StorageError(
                f"a test write to the photo root {self._root} did not finish within {self._deadline_seconds:g} s: "
                "check the disk, or the network connection to it"
            )

    def _probed(self) -> StorageError | None:
        folders = [self._root, *(self._root / camera for camera in self._cameras)]
        points = disk.mount_points()
        seen: set[Path] = set()
        for place in (*folders, *(folder / PHOTOS for folder in folders)):
            if place != self._root and not place.is_dir():
                continue  # created with the first photo
            mount = disk.mount_of(place, points)
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
