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
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, PhotonicError, StorageError
from photonic.model.saved import SaveLevel
from photonic.recurring import Recurring
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.ingest.attribution import UNATTRIBUTED, Attribution, Origin
from photonic.service.ingest.damaged_files import DamagedFiles
from photonic.service.ingest.import_queue import ImportQueue
from photonic.service.ingest.imported_record import MAY_HAVE_HOLES, joined, record_of, with_note
from photonic.service.ingest.known_photos import KnownPhotos
from photonic.service.ingest.left_files import left_before
from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
from photonic.service.photo import naming
from photonic.service.photo.saved_level import with_late_file, with_level
from photonic.service.photo.staged import Leftover, ProcessEnded, StagedFile, completed

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

DIRECTORY = PurePosixPath("photos")
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
        self._captures = captures
        self._photo_name = photo_name
        self._time = time
        self._new_id = new_id
        self._on_change = on_change
        self._level = level
        self._delete_copies = delete_copies
        self._damaged = DamagedFiles(root, fetch_again)
        self._repair = repair
        self._all_read = all_read
        self._session = session
        self._queue = ImportQueue()
        self._expected: dict[tuple[str, str], str | None] = {}
        self._last_number: int | None = None
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
        self._expected[wanted.folder, wanted.name] = capture_id

    def expect_no_more(self) -> None:
        """Forget the announced files: no more of them will arrive."""
        self._expected.clear()

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
        check = self._root.staging.verify if suspect else self._root.staging.fault
        if (why := await asyncio.to_thread(check, file)) is not None:
            await self._damaged.set_aside(file, why)
            return
        if recorded[0] or await self._known.holds(file, named, suspect=suspect):
            log.info("%s was already imported", file.name)
            if self._repair is not None:
                await self._repair.offer(file)
        elif not await self._added_to_its_still(file):
            complete = [one for one in others if await asyncio.to_thread(check, one) is None]
            await self._add_record([file, *complete], named, arrival.arrived_at)
            for one in complete:
                await asyncio.to_thread(self._root.staging.drop, one)
            others = [one for one in others if one not in complete]
        await asyncio.to_thread(self._root.staging.drop, file)
        for one in others:
            self._queue.put(Leftover(one, capture_id, arrived_at=arrival.arrived_at, suspect=arrival.suspect))

    async def _added_to_its_still(self, file: StagedFile) -> bool:
        """Store a late file beside the others of its still; return whether there is one."""
        async with self._root.moves:
            still = await self._attribution.still(file)
            if still is not None:
                await self._add_to(still, file)
            return still is not None

    async def _add_to(self, still: CaptureResult, file: StagedFile) -> None:
        await asyncio.to_thread(self._root.staging.keep_names, [file])
        stored = await asyncio.to_thread(self._root.bring_in_beside, file, still.files[0].path)
        release = still.record.release_of
        same_release = release is not None and self._root.staging.is_of_its_shot(file, release)
        note = joined(
            None if same_release else f"{file.name} arrived late",
            f"{file.name}: {MAY_HAVE_HOLES}" if file.may_have_holes else None,
        )
        files = (*still.files, stored)
        record = completed(still.record if note is None else with_note(still, note) or still.record, files)
        record = with_late_file(record, self._level, stored)
        result = replace(still, record=record, files=files)
        await self._capture_index.extend(result, stored, self._effects(file))
        log.info("imported %s as %s, a late file of capture %s", file.name, stored.path, record.id)

    async def _add_record(
        self, files: Sequence[StagedFile], named: CaptureResult | None, arrived_at: int | None
    ) -> None:
        """Store a still and give it a record of its own; the first of ``files`` identifies it."""
        file, identity = files[0], files[0].identity
        place = ("", "") if identity is None else (identity.folder or "", identity.name)
        owner = self._expected.get(place)
        from_card = place in self._expected
        origin = await self._attribution.origin(
            file,
            named,
            from_card=from_card,
            owner=owner,
            has_photo=self._queue.captures_with_photo(other_than=file),
            arrived_at=arrived_at,
        )
        self._expected.pop(place, None)
        capture = origin.capture
        number = await self._next_number() if capture is None else capture.record.sequence_number
        record = record_of(
            file,
            origin,
            record_id=self._new_id(),
            now=self._time.wall(),
            camera=self._camera,
            session=self._session,
            number=number,
            from_card=from_card,
        )
        directory = DIRECTORY if capture is None else capture.directory
        name = self._photo_name.of(record, kind=None if capture is None else capture.record.kind)
        await asyncio.to_thread(self._root.staging.keep_names, files)
        stored = await asyncio.to_thread(self._root.bring_in, files, directory / name)
        record = with_level(completed(record, stored), self._level, stored)
        result = CaptureResult(record, tuple(stored), directory)
        await self._capture_index.add(result, self._effects(file, origin, record.id))
        log.info("imported %s as %s", file.name, stored[0].path)

    def _effects(self, file: StagedFile, origin: Origin = UNATTRIBUTED, record_id: str = "") -> CommitEffects:
        return CommitEffects(
            card_scan=self._cards.present if file.identity is not None else None,
            delete=self._delete_copies,
            serial=self._camera.serial,
            resolves=with_note(origin.failed, f"its photo was imported later, as capture {record_id}"),
            noted=with_note(
                origin.perhaps,
                f"a photo that may belong to it was imported later, as capture {record_id} in session {self._session}",
            ),
        )

    async def _next_number(self) -> int:
        if self._last_number is None:
            self._last_number = await self._capture_index.last_number(self._session)
        self._last_number += 1
        return self._last_number
