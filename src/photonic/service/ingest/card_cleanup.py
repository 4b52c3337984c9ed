"""The camera's copies of photos that are safe here: deleted from its card, where the user asked for that."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from photonic.errors import BadInput, CameraError, StorageError
from photonic.recurring import Recurring

if TYPE_CHECKING:
    from photonic.service.capture.service import CaptureService
    from photonic.service.journal.cards import CardJournal
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import CameraOpened

log = logging.getLogger(__name__)


class DeletingCamera(Protocol):
    """What deleting needs of a camera."""

    @property
    def opened(self) -> CameraOpened | None:
        """What the camera said when it was opened; ``None`` while it is not open."""
        ...

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` when another one lies there, ``CameraError``."""
        ...


class CardCleanup:
    """Carries out the journal's deletions, one at a time, when nothing is captured; again at each opening."""

    def __init__(self, camera: DeletingCamera, cards: CardJournal, captures: CaptureService) -> None:
        self._camera = camera
        self._cards = cards
        self._captures = captures
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Something may be there to delete, or to delete it with."""
        self._wanted.set()

    async def run(self) -> None:
        """Delete what is to be deleted, until cancelled."""
        refusals = Recurring()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._carry_out()
            except (CameraError, StorageError) as error:
                level = refusals.level(error.reason, logging.INFO)
                log.log(level, "copies stay on the camera's card for now: %s", error.reason)

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
