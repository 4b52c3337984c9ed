"""Files of the card on their way here: one at a time, a large one in many goes, and a capture before each of them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from photonic.errors import CameraError
from photonic.model.status import DownloadStatus
from photonic.worker.link.parts import part_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.worker.link.card_messages import CardObject, ObjectsFetched

PAUSE_SECONDS = 0.1
"""Between two goes: as long as one of them takes, so that live view keeps half of the link."""

ROOM_EVERY_SECONDS = 5.0
"""How often the room on the disk is looked at meanwhile."""

log = logging.getLogger(__name__)


class FetchingCamera(Protocol):
    """What fetching needs of a camera."""

    async def fetch(self, objects: Sequence[CardObject], staging: Path) -> ObjectsFetched:
        """Have objects of the card staged, of a large one a part. Raises ``CameraError``."""
        ...


class Downloads:
    """Fetches. ``on_change`` is called when one begins or ends.

    Bounded: a go takes a moment, or it is the camera process's end; one that brings nothing ends the download.
    """

    def __init__(
        self,
        camera: FetchingCamera,
        root: PhotoRoot,
        captures: CaptureService,
        *,
        staging: Path,
        clock: Callable[[], float],
        on_change: Callable[[], object],
    ) -> None:
        self._camera = camera
        self._root = root
        self._captures = captures
        self._staging = staging
        self._clock = clock
        self._on_change = on_change
        self._wanted: CardObject | None = None
        self._began_at = 0.0
        self._began_with = 0
        self._done: int | None = None

    @property
    def status(self) -> DownloadStatus | None:
        """The large file that is being fetched; ``None``: none is."""
        wanted, done = self._wanted, self._done
        if wanted is None or done is None or wanted.size_bytes is None:
            return None
        elapsed, got = self._clock() - self._began_at, done - self._began_with
        left = wanted.size_bytes - done
        return DownloadStatus(
            name=wanted.name,
            size_bytes=wanted.size_bytes,
            done_bytes=done,
            remaining_seconds=round(left * elapsed / got, 1) if got > 0 else None,
        )

    async def fetch(self, wanted: CardObject, going_on: Callable[[], bool]) -> bool:
        """Fetch a file, whole; ``False``: ``going_on`` said no in between, and what has come is kept.

        Raises ``CameraError``, and ``StorageError`` where the disk has no room for it.
        """
        room_at = self._clock()
        try:
            while True:
                await self._captures.idle()
                if not going_on():
                    return False
                if self._clock() >= room_at:
                    room_at = self._clock() + ROOM_EVERY_SECONDS
                    missing = await asyncio.to_thread(self._missing, wanted)
                    await asyncio.to_thread(self._root.check, wanted_bytes=missing)
                fetched = await self._camera.fetch([wanted], self._staging)
                if not fetched.unfinished:  # it is whole, or the camera process has said why it cannot be
                    return True
                self._goes_on(wanted, fetched.unfinished[0].done_bytes)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._end()

    def _missing(self, wanted: CardObject) -> int:
        try:
            return max(0, (wanted.size_bytes or 0) - part_path(self._staging, wanted).stat().st_size)
        except OSError:
            return wanted.size_bytes or 0

    def _goes_on(self, wanted: CardObject, done: int) -> None:
        before = self._done
        self._done = done
        if before is None:
            self._wanted, self._began_at, self._began_with = wanted, self._clock(), done
            log.info("fetching %s from the card, %d MB, when nothing else is done", wanted.name, _mb(wanted))
            self._on_change()
        elif done <= before:
            raise CameraError(f"fetching {wanted.name} does not go on: {done} bytes have come")

    def _end(self) -> None:
        if self._done is not None:
            self._wanted = self._done = None
            self._on_change()


def _mb(wanted: CardObject) -> int:
    return round((wanted.size_bytes or 0) / 1e6)
