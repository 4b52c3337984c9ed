"""Photos that no running capture waits for: of the body's own button, and files that came after their capture's end.

They are staged beside the captures' directories, brought into the photo root, and put on record like every capture.
What could not be brought in stays staged, and is tried again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError
from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service import names
from photonic.service.catalogue import stem_of
from photonic.service.journal import Intent
from photonic.service.storage import StagedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.service.catalogue import Catalogue
    from photonic.service.journal import Journal
    from photonic.service.shot import Shutter
    from photonic.service.storage import PhotoRoot
    from photonic.worker.messages import Staged

SESSION = "body"
"""The session of photos that nobody asked the service for."""
KIND = "body"
DIRECTORY = PurePosixPath("photos")

log = logging.getLogger(__name__)


class Strays:
    """Brings in what comes unasked, one file after the other. ``on_change`` is called after each."""

    def __init__(
        self,
        shutter: Shutter,
        root: PhotoRoot,
        journal: Journal,
        catalogue: Catalogue,
        *,
        on_change: Callable[[], object],
    ) -> None:
        self._shutter = shutter
        self._root = root
        self._journal = journal
        self._catalogue = catalogue
        self._on_change = on_change
        self._waiting: asyncio.Queue[tuple[StagedFile, str | None]] = asyncio.Queue()
        self._count = 0

    def take(self, event: Staged) -> None:
        """The camera process has staged a file that belongs to no running capture; never waits."""
        self._waiting.put_nowait((StagedFile(Path(event.path), event.name, event.size_bytes), event.capture_id))

    async def run(self) -> None:
        """Bring in what an earlier run left and what comes, until cancelled."""
        await self._take_up()
        while True:
            file, capture_id = await self._waiting.get()
            try:
                await self._bring_in(file, capture_id)
            except PhotonicError as error:
                log.warning("%s could not be brought in, and stays as %s: %s", file.name, file.path, error)
            self._on_change()

    async def _take_up(self) -> None:
        for file in await asyncio.to_thread(self._root.strays):
            # Only a JPEG shows by itself that it is whole.
            if names.extension(file.name) == ".jpg":
                self._waiting.put_nowait((file, None))
            else:
                log.warning("%s was left by an earlier run, and may not be whole: it stays there", file.path)

    async def _bring_in(self, file: StagedFile, capture_id: str | None) -> None:
        await self._catalogue.open()
        record = self._record(capture_id)
        stored = await asyncio.to_thread(self._root.bring_in, [file], DIRECTORY, stem_of(record))
        begun = record.model_copy(update={"phase": CapturePhase.DOWNLOADING})
        await self._journal.intend(Intent(begun, DIRECTORY))
        await self._catalogue.end(record, stored)
        await asyncio.to_thread(self._root.drop, file)
        log.info("brought in %s of the camera as %s", file.name, stored[0].path)

    def _record(self, capture_id: str | None) -> CaptureRecord:
        now = datetime.now(UTC)
        earlier = None if capture_id is None else self._catalogue.record(capture_id)
        self._count += 1
        return CaptureRecord(
            id=uuid.uuid4().hex,
            camera_id=self._shutter.camera_id,
            kind=KIND,
            phase=CapturePhase.SAVED,
            session_id=SESSION if earlier is None else earlier.session_id,
            sequence_number=self._count if earlier is None else earlier.sequence_number,
            created_at=now if earlier is None else earlier.created_at,
            metadata=CaptureMetadata(timestamp=now, model=self._shutter.model),
            warning=None if earlier is None else f"came after the end of capture {earlier.id}",
        )
