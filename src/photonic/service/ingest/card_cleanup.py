"""Deletes recorded photos from the camera's card, if this is configured.

A copy is deleted only after the stored photo was read from the disk and is what the camera sent. A copy without such a
photo stays on the card: somebody has changed or removed the photo, or the disk has damaged it. Where photos get a copy
on a second disk, the copy on the card waits for that one, too.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, StorageError
from photonic.recurring import Recurring

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.ingest.camera import CardCamera
    from photonic.service.journal.card_rows import Deletion
    from photonic.service.journal.cards import CardJournal
    from photonic.worker.link.card_messages import CardObject

PAGE = 25

log = logging.getLogger(__name__)


class CardCleanup:
    """Carries out the journal's pending deletions one by one while the camera is idle; retries when it is opened.

    ``waits`` returns whether a stored photo waits for its copy on the second disk, by its SHA-256; ``None``: there is
    no second disk. ``all_read`` waits until no photo has to be read after an unclean stop of the machine; ``clock``
    returns monotonic seconds.
    """

    def __init__(
        self,
        camera: CardCamera,
        root: PhotoRoot,
        cards: CardJournal,
        captures: CaptureService,
        *,
        waits: Callable[[str], Awaitable[bool]] | None = None,
        all_read: Callable[[], Awaitable[None]] | None = None,
        clock: Callable[[], float],
    ) -> None:
        self._camera = camera
        self._root = root
        self._cards = cards
        self._captures = captures
        self._waits = waits
        self._all_read = all_read
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
        if self._all_read is not None:
            await self._all_read()
        await self._captures.idle()
        after = 0
        while page := await self._cards.deletions(opened.serial, after, PAGE):
            for deletion in page:
                await self._carry_out_one(opened.serial, deletion)
                if self._camera.opened is not opened:
                    return
            after = page[-1].number

    async def _carry_out_one(self, serial: str, deletion: Deletion) -> None:
        wanted = deletion.object
        if await self._waits_for_copy(serial, wanted):
            return
        if await self._is_stored(serial, wanted):
            await self._captures.idle()
            opened = self._camera.opened
            if opened is None or opened.serial != serial:
                return
            try:
                await self._camera.delete(wanted)
            except BadInput as error:
                log.warning("%s was not deleted from the camera's card: %s", wanted.name, error.reason)
        else:
            log.error(
                "%s stays on the camera's card: the stored photo is missing, or is not what the camera sent",
                wanted.name,
            )
        await self._cards.settle(deletion)

    async def _waits_for_copy(self, serial: str, copied: CardObject) -> bool:
        if self._waits is None:
            return False
        for photo in await self._cards.stored(serial, copied):
            if await self._waits(photo.sha256):
                return True
        return False

    async def _is_stored(self, serial: str, copied: CardObject) -> bool:
        for photo in await self._cards.stored(serial, copied):
            if await asyncio.to_thread(self._root.holds, photo.path, photo.sha256):
                return True
        return False
