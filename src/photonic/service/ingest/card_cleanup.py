"""Deletes recorded photos from the camera's card, if this is configured."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, StorageError
from photonic.recurring import Recurring

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.service.capture.service import CaptureService
    from photonic.service.ingest.camera import CardCamera
    from photonic.service.journal.cards import CardJournal

log = logging.getLogger(__name__)


class CardCleanup:
    """Carries out the journal's pending deletions one by one while the camera is idle; retries when it is opened.

    ``clock`` returns monotonic seconds.
    """

    def __init__(
        self, camera: CardCamera, cards: CardJournal, captures: CaptureService, *, clock: Callable[[], float]
    ) -> None:
        self._camera = camera
        self._cards = cards
        self._captures = captures
        self._clock = clock
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Start a pass: there may be new deletions, or the camera was opened."""
        self._wanted.set()

    async def run(self) -> None:
        """Carry out deletions as they become due, until cancelled."""
        refusals = Recurring(self._clock)
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._carry_out()
            except (CameraError, StorageError) as error:
                level = refusals.level(error.reason, logging.INFO)
                log.log(level, "cannot delete copies from the camera's card yet: %s", error.reason)

    async def _carry_out(self) -> None:
        opened = self._camera.opened
        if opened is None or opened.capture_target != "card":
            return
        await self._captures.idle()
        for deletion in await self._cards.deletions(opened.serial):
            await self._captures.idle()
            if self._camera.opened is not opened:
                return
            wanted = deletion.object
            try:
                await self._camera.delete(wanted)
            except BadInput as error:
                log.warning("%s was not deleted from the camera's card: %s", wanted.name, error.reason)
            await self._cards.deleted(opened.serial, deletion)
