"""Downloads files from the card one at a time, large ones in parts; captures take precedence over each part."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import CameraError
from photonic.model.status import DownloadStatus
from photonic.worker.link.parts import part_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.ingest.camera import CardCamera
    from photonic.worker.link.card_messages import CardObject

PAUSE_SECONDS = 0.1
"""Pause between two parts, about as long as a part takes, so that live view keeps half of the link."""

SPACE_CHECK_SECONDS = 5.0
"""How often the free disk space is checked during a download."""

log = logging.getLogger(__name__)


class Downloads:
    """Downloads files from the card.

    Each step is bounded: a part is short, or its deadline ends the camera process; a part without progress ends the
    download.

    Args:
        camera: Gives access to the card.
        root: Checks the free space.
        captures: Tells when the camera is idle.
        staging: Where the camera process stages files.
        time: The service's clocks.
        on_change: Called when the download of a large file starts or ends.
    """

    def __init__(
        self,
        camera: CardCamera,
        root: PhotoRoot,
        captures: CaptureService,
        *,
        staging: Path,
        time: Timekeeping,
        on_change: Callable[[], object],
    ) -> None:
        self._camera = camera
        self._root = root
        self._captures = captures
        self._staging = staging
        self._clock = time.monotonic
        self._machine_boot = time.machine_boot
        self._on_change = on_change
        self._wanted: CardObject | None = None
        self._began_at = 0.0
        self._began_with = 0
        self._done: int | None = None

    @property
    def status(self) -> DownloadStatus | None:
        """The progress of a large file that is being downloaded; ``None`` if there is none."""
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

    async def fetch(self, wanted: CardObject, proceed: Callable[[], bool]) -> bool:
        """Download a whole file; return whether it is complete.

        It stops between two parts if ``proceed`` returns ``False``; the parts fetched so far are kept. Raises
        ``CameraError``, and ``StorageError`` if the disk does not have enough space.
        """
        check_at = self._clock()
        try:
            while True:
                await self._captures.idle()
                if not proceed():
                    return False
                if self._clock() >= check_at:
                    check_at = self._clock() + SPACE_CHECK_SECONDS
                    missing = await asyncio.to_thread(self._missing, wanted)
                    await asyncio.to_thread(self._root.check, wanted_bytes=missing)
                fetched = await self._camera.fetch([wanted], self._staging)
                if not fetched.unfinished:  # complete, or the camera process has reported why not
                    return True
                self._progress(wanted, fetched.unfinished[0].done_bytes)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._end()

    def _missing(self, wanted: CardObject) -> int:
        try:
            done = part_path(self._staging, wanted, self._machine_boot).stat().st_size
            return max(0, (wanted.size_bytes or 0) - done)
        except OSError:
            return wanted.size_bytes or 0

    def _progress(self, wanted: CardObject, done: int) -> None:
        before = self._done
        self._done = done
        if before is None:
            self._wanted, self._began_at, self._began_with = wanted, self._clock(), done
            log.info("fetching %s (%d MB) from the card while the camera is idle", wanted.name, _mb(wanted))
            self._on_change()
        elif done <= before:
            raise CameraError(f"the download of {wanted.name} makes no progress after {done} bytes")

    def _end(self) -> None:
        if self._done is not None:
            self._wanted = self._done = None
            self._on_change()


def _mb(wanted: CardObject) -> int:
    return round((wanted.size_bytes or 0) / 1e6)
