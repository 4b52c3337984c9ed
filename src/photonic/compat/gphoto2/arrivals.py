"""Notices the photos that the service has saved since the command began, whichever client asked for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import CannotBeDone
from photonic.model.api import CaptureStatusAnswer
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from photonic.client.camera import CameraClient
    from photonic.model.api import CaptureRecord, PhotoFile

KNOWN_PAGE = 200
NEW_PAGE = 50
LONGEST_WAIT_SECONDS = 10.0


class Arrivals:
    """New photos of one camera. ``camera`` is its client."""

    def __init__(self, camera: CameraClient) -> None:
        self._camera = camera
        self._seen: set[str] | None = None
        self._status: CaptureStatusAnswer | None = None
        self._looked_at: tuple[str, int] | None = None

    async def begin(self) -> None:
        """From now on, a photo is new; a second call does nothing. Raises ``ServiceError``."""
        if self._seen is None:
            await self._read_status()
            page = await self._camera.captures(limit=KNOWN_PAGE)
            self._seen = {photo.id for record in page.captures for photo in record.files}
            self._looked_at = self._version()

    def mark(self, record: CaptureRecord) -> None:
        """The files of this capture are not new any more."""
        if self._seen is not None:
            self._seen.update(photo.id for photo in record.files)

    async def next(self, seconds: float) -> list[tuple[CaptureRecord, PhotoFile]]:
        """New files, the oldest first, as soon as there are any; an empty list after ``seconds`` without one.

        Raises ``ServiceError``.
        """
        await self.begin()
        now = asyncio.get_running_loop().time
        until = now() + seconds
        while True:
            if self._version() != self._looked_at and (found := await self._look()):
                return found
            remaining = until - now()
            if remaining <= 0:
                return []
            await self._read_status(min(remaining, LONGEST_WAIT_SECONDS))

    async def _look(self) -> list[tuple[CaptureRecord, PhotoFile]]:
        self._looked_at = self._version()
        seen = self._seen or set[str]()
        page = await self._camera.captures(limit=NEW_PAGE)
        saved = [record for record in reversed(page.captures) if record.phase is CapturePhase.SAVED]
        found = [(record, photo) for record in saved for photo in record.files if photo.id not in seen]
        seen.update(photo.id for _, photo in found)
        return found

    def _version(self) -> tuple[str, int] | None:
        return None if self._status is None else (self._status.boot_id, self._status.gallery_rev)

    async def _read_status(self, seconds: float | None = None) -> None:
        if seconds is not None and self._status is not None:
            self._status = await self._camera.wait_status(self._status.boot_id, self._status.rev, seconds)
            return
        status = await self._camera.capture_status()
        if not isinstance(status, CaptureStatusAnswer):
            raise CannotBeDone("the service has no v1 API, which gphoto2's commands need")
        self._status = status
