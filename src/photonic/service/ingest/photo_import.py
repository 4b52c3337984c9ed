"""Imports photos that no running capture expects: from the camera's own button, from the card, or late.

Theory of operation. One task, ``run``, imports one photo after the other; camera events, card import and crash recovery
only put files into the queue. So while a photo is compared with the index, only a capture can change the index, and a
photo that names a running capture waits for that capture to end first.

Each file is handled as follows: an incomplete file is set aside; a photo that was imported before is dropped, judged by
the camera's facts about it and, if in doubt, by its sha256; a file whose twin is stored is added to that still; any
other file gets a new record. The capture that the camera process names is only a hint: for a photo that is neither a
twin of that capture's still nor part of its release, ``attribution`` decides, and without proof it names no capture.

A staged file is removed only after its photo is recorded. If a crash happens in between, the file is imported again and
recognized as known. A file that the disk refuses stays staged and is retried every ``RETRY_SECONDS``.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, PhotonicError, StorageError
from photonic.model.saved import SaveLevel
from photonic.recurring import Recurring
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.ingest.attribution import Attribution
from photonic.service.ingest.damaged_files import DamagedFiles
from photonic.service.ingest.import_queue import ImportQueue
from photonic.service.ingest.import_recorder import ImportRecorder
from photonic.service.ingest.known_photos import KnownPhotos
from photonic.service.ingest.left_files import left_before
from photonic.service.photo import naming
from photonic.service.photo.staged import Leftover, ProcessEnded, StagedFile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.cards import CardJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.library.repair import Repair
    from photonic.service.photo.template import PhotoName
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import Staged

JPEG = ".jpg"
RETRY_SECONDS = 30.0
"""Delay before the next try after the disk has refused something."""

log = logging.getLogger(__name__)


class PhotoImporter:
    """Imports staged photos, one after the other.

    Args:
        camera: The camera that took the photos.
        root: Where photos are staged and stored.
        cards: Knows which photos were imported from the cards, and which captures expect one.
        capture_index: Captures that have ended.
        captures: Captures that have not ended.
        photo_name: Names the photos.
        session: The session of photos that belong to no capture; its numbering continues after a restart.
        time: The clocks.
        new_id: Makes the id of a record.
        on_change: Called after each photo.
        level: When a photo counts as saved.
        delete_copies: Whether to delete the copies on the card once the photos are recorded.
        fetch_again: Called with the camera's copy of a file that is not on the disk as the camera sent it.
        repair: Offered each photo that is on record before it is dropped; ``None``: nothing is repaired.
        all_read: Waits until no photo has to be read after an unclean stop of the machine; ``None``: there is none.
        unexpected: Counts unexpected errors; ``None``: use a new counter.
    """

    def __init__(
        self,
        camera: CaptureCamera,
        root: PhotoRoot,
        cards: CardJournal,
        capture_index: CaptureIndex,
        *,
        captures: CaptureService,
        photo_name: PhotoName,
        session: str,
        time: Timekeeping,
        new_id: Callable[[], str],
        on_change: Callable[[], object],
        level: SaveLevel = SaveLevel.DISK,
        delete_copies: bool = False,
        fetch_again: Callable[[CardObject], object] = lambda _wanted: None,
        repair: Repair | None = None,
        all_read: Callable[[], Awaitable[None]] | None = None,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._camera = camera
        self._root = root
        self._cards = cards
        self._capture_index = capture_index
        self._attribution = Attribution(camera, root, cards, capture_index)
        self._known = KnownPhotos(root, cards, capture_index, delete_copies=delete_copies)
        self._recorder = ImportRecorder(
            camera,
            root,
            cards,
            capture_index,
            self._attribution,
            photo_name=photo_name,
            session=session,
            time=time,
            new_id=new_id,
            level=level,
            delete_copies=delete_copies,
        )
        self._captures = captures
        self._time = time
        self._on_change = on_change
        self._damaged = DamagedFiles(root, fetch_again)
        self._repair = repair
        self._all_read = all_read
        self._queue = ImportQueue()
        self._refusals = Recurring(time.monotonic)

    def ingest(self, event: Staged) -> None:
        """Queue a staged file that no running capture expects. Does not block."""
        file = StagedFile.reported(event, Path(event.path), self._camera.serial)
        self._queue.put(Leftover(file, event.capture_id, arrived_at=self._cards.running_seconds))

    def ingest_still(self, still: Sequence[StagedFile], capture_id: str | None) -> None:
        """Queue the staged files of a further still that arrived during a capture. Does not block.

        ``capture_id``: the capture whose release took it; ``None``: it is of an earlier release.
        """
        first, *others = sorted(still, key=lambda file: naming.extension(file.name) != JPEG)
        self._queue.put(Leftover(first, capture_id, tuple(others)))

    async def is_of_another(self, file: StagedFile, exposed_at: float, *, unless_proven: bool) -> bool:
        """See ``Attribution.is_of_another``."""
        return await self._attribution.is_of_another(file, exposed_at, unless_proven=unless_proven)

    def process_ended(self) -> None:
        """Queue the files that the ended camera process staged but did not report. Does not block."""
        self._queue.put(ProcessEnded(self._time.now_ns()))

    def expect(self, wanted: CardObject, capture_id: str | None) -> None:
        """Announce a file that will be fetched from the card; ``capture_id``: the failed capture that took it."""
        self._recorder.expect(wanted, capture_id)

    def expect_no_more(self) -> None:
        """Forget the announced files: no more of them will arrive."""
        self._recorder.expect_no_more()

    @property
    def has_refused(self) -> bool:
        """Whether a photo that has arrived waits because the disk refused it."""
        return self._queue.has_refused

    async def drained(self) -> None:
        """Wait until every file that has arrived is imported or refused."""
        await self._queue.drained()

    async def run(self) -> None:
        """Import files that an earlier run left and files that arrive, until cancelled."""
        opened = False
        while True:
            if not opened and (opened := await self._open()):
                for leftover in self._capture_index.leftovers:
                    self._queue.put(leftover)
            try:
                async with asyncio.timeout(RETRY_SECONDS if self._queue.has_refused or not opened else None):
                    arrival = await self._queue.next()
            except TimeoutError:
                self._queue.retry()
                continue
            try:
                # A photo that fails stays staged until the next start and does not hold up the others.
                with self._unexpected.survived(Where.UNASKED_PHOTOS):
                    match arrival:
                        case ProcessEnded(at_ns):
                            await self._gather(at_ns)
                        case Leftover():
                            await self._import(arrival)
            finally:
                self._queue.item_done()
            self._on_change()

    async def _gather(self, ended_at_ns: int) -> None:
        try:
            left = await asyncio.to_thread(left_before, self._root, ended_at_ns, self._time.machine_boot)
        except StorageError as error:
            log.warning("cannot list the files that the camera process left; they stay until the next start: %s", error)
            return
        for leftover in left:
            self._queue.put(leftover)

    async def _import(self, arrival: Leftover) -> None:
        file = arrival.file
        try:
            await self._store(arrival)
        except (StorageError, CaptureError) as error:
            if await asyncio.to_thread(file.path.exists):
                level = self._refusals.level(f"{file.path} {error}")
                text = "cannot import %s yet; it stays in %s (%s): next try in %.0f s"
                log.log(level, text, file.name, file.path, error, RETRY_SECONDS)
                # The disk may hold something else by now than what was written.
                self._queue.refuse(replace(arrival, suspect=True))
                return
            log.warning("%s has disappeared from %s: %s", file.name, file.path, error)
        except PhotonicError as error:
            log.warning("%s could not be imported and stays in %s: %s", file.name, file.path, error)
        else:
            self._queue.retry()
        self._queue.done(arrival)

    async def _open(self) -> bool:
        try:
            await self._capture_index.open()
        except PhotonicError as error:
            log.log(self._refusals.level(str(error), logging.INFO), "cannot import photos yet: %s", error)
            return False
        return True

    async def _store(self, arrival: Leftover) -> None:
        file, capture_id, others = arrival.file, arrival.capture_id, arrival.twins
        if arrival.suspect and self._all_read is not None:
            await self._all_read()
        if capture_id is not None and (running := self._captures.job(capture_id)) is not None:
            await running.ended()
        # The disk may have refused that end.
        await self._capture_index.open_complete()
        named = None if capture_id is None else await self._capture_index.result(capture_id)
        # Of a failed capture, this is a photo that the disk could not store.
        failed = named is not None and not named.files and self._root.staging.is_of_its_shot(file, named.record.id)
        suspect = arrival.suspect or failed
        async with self._root.moves:  # a name that is being restored is not on record yet
            recorded = [await self._known.has_recorded_name(one) for one in (file, *others)]
        check = self._root.staging.content.verify if suspect else self._root.staging.content.fault
        if (why := await asyncio.to_thread(check, file)) is not None:
            await self._damaged.set_aside(file, why)
            return
        if recorded[0] or await self._known.holds(file, named, suspect=suspect):
            log.info("%s was already imported", file.name)
            if self._repair is not None:
                await self._repair.offer(file)
        elif not await self._recorder.added_to_its_still(file):
            complete = [one for one in others if await asyncio.to_thread(check, one) is None]
            has_photo = self._queue.captures_with_photo(other_than=file)
            await self._recorder.add_record(
                [file, *complete], named, has_photo=has_photo, arrived_at=arrival.arrived_at
            )
            for one in complete:
                await asyncio.to_thread(self._root.staging.drop, one)
            others = [one for one in others if one not in complete]
        await asyncio.to_thread(self._root.staging.drop, file)
        for one in others:
            self._queue.put(Leftover(one, capture_id, arrived_at=arrival.arrived_at, suspect=arrival.suspect))
