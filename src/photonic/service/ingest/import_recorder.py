"""Stores and records imported photos: each still under a record of its own, a late file with the others of its still.

A record of its own needs to know whether the photo was announced by the card import, from which capture it comes
(``attribution``), and the next number in the session of photos that belong to no capture.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.service.ingest.attribution import UNATTRIBUTED, Attribution, Origin
from photonic.service.ingest.imported_record import MAY_HAVE_HOLES, joined, record_of, with_note
from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
from photonic.service.photo.saved_level import with_late_file, with_level
from photonic.service.photo.staged import StagedFile, completed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.saved import SaveLevel
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.cards import CardJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.template import PhotoName
    from photonic.worker.link.card_messages import CardObject

DIRECTORY = PurePosixPath("photos")

log = logging.getLogger(__name__)


class ImportRecorder:
    """Gives imported photos their places and records; see ``PhotoImporter`` for the arguments."""

    def __init__(
        self,
        camera: CaptureCamera,
        root: PhotoRoot,
        cards: CardJournal,
        capture_index: CaptureIndex,
        attribution: Attribution,
        *,
        photo_name: PhotoName,
        session: str,
        time: Timekeeping,
        new_id: Callable[[], str],
        level: SaveLevel,
        delete_copies: bool,
    ) -> None:
        self._camera = camera
        self._root = root
        self._cards = cards
        self._capture_index = capture_index
        self._attribution = attribution
        self._photo_name = photo_name
        self._session = session
        self._time = time
        self._new_id = new_id
        self._level = level
        self._delete_copies = delete_copies
        self._expected: dict[tuple[str, str], str | None] = {}
        self._last_number: int | None = None

    def expect(self, wanted: CardObject, capture_id: str | None) -> None:
        """Announce a file that will be fetched from the card; ``capture_id``: the failed capture that took it."""
        self._expected[wanted.folder, wanted.name] = capture_id

    def expect_no_more(self) -> None:
        """Forget the announced files: no more of them will arrive."""
        self._expected.clear()

    async def added_to_its_still(self, file: StagedFile) -> bool:
        """Store a late file beside the others of its still; return whether there is one.

        Raises ``StorageError``, ``CaptureError``.
        """
        async with self._root.moves:  # the still may be deleted or restored
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

    async def add_record(
        self,
        files: Sequence[StagedFile],
        named: CaptureResult | None,
        *,
        has_photo: Collection[str],
        arrived_at: int | None,
    ) -> None:
        """Store a still and give it a record of its own. Raises ``StorageError``, ``CaptureError``.

        Args:
            files: The still; the first file identifies it.
            named: The ended capture that the camera process names; ``None``: it names none.
            has_photo: Failed captures whose own photo is known to wait for its import.
            arrived_at: The service's running time in seconds when the photo arrived; ``None``: unknown.
        """
        file, identity = files[0], files[0].identity
        place = ("", "") if identity is None else (identity.folder or "", identity.name)
        owner = self._expected.get(place)
        from_card = place in self._expected
        origin = await self._attribution.origin(
            file,
            named,
            from_card=from_card,
            owner=owner,
            has_photo=has_photo,
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
