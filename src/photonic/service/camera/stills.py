"""The station's stills: where photos go, what is on record, and everything that brings them in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.service.base.timekeeping import Timekeeping
from photonic.service.base.unexpected import Where
from photonic.service.capture.service import CaptureService
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.files.space import Space
from photonic.service.ingest.card_cleanup import CardCleanup
from photonic.service.ingest.card_import import CardImporter
from photonic.service.ingest.crash_recovery import CrashRecovery
from photonic.service.ingest.photo_import import PhotoImporter
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.sequences import SequenceJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.library.gallery import Gallery
from photonic.service.library.index import CaptureIndex
from photonic.service.library.thumbnails import Thumbnails
from photonic.service.library.trash import Trash
from photonic.service.notify.outbox import Outbox, targets
from photonic.service.photo import naming
from photonic.service.sequence.lens_travel import LensTravel
from photonic.service.sequence.service import SequenceService

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from photonic.service.base.unexpected import Unexpected
    from photonic.service.camera.connection import CameraConnection
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.camera.settings import CameraSettings
    from photonic.service.live.waiter import FrameWaiter
    from photonic.service.photo.staged import StagedFile


class Stills:
    """Made once a station; ``work`` are the tasks that it lives by, ``close`` comes after them.

    ``on_change`` is called whenever anything that can be asked for has changed. ``watch``: live view, for what needs
    it.
    """

    def __init__(
        self,
        settings: ControllerSettings,
        camera: CameraConnection,
        camera_settings: CameraSettings,
        *,
        clock: Callable[[], float],
        on_change: Callable[[], object],
        watch: Callable[[], AbstractContextManager[FrameWaiter]],
        unexpected: Unexpected,
    ) -> None:
        self._on_change = on_change
        delete_copies = settings.delete_after_download
        root = self.root = PhotoRoot(
            settings.photo_root,
            min_free_bytes=settings.min_free_bytes,
            foreign=settings.foreign_folders,
            unexpected=unexpected,
        )
        told = targets(settings.hooks, settings.webhooks)
        self.journal = CaptureJournal(root.path / naming.INDEX / "captures.sqlite3", told, clock=clock)
        cards = CardJournal(self.journal)
        self.space = Space(root, low_bytes=settings.low_space_bytes, on_change=self._changed)
        recovery = CrashRecovery(self.journal, root, delete_copies=delete_copies)
        self.capture_index = CaptureIndex(self.journal, root, settings.image_path, recover=recovery.recover)
        self.captures = CaptureService(
            camera,
            root,
            self.journal,
            self.capture_index,
            cards=cards,
            space=self.space,
            photo_name=settings.photo_name,
            queue_length=settings.queue_length,
            clock=clock,
            on_change=self._changed,
            on_other=self._take_other,
            capture_seconds=settings.capture_seconds,
            retry_without_autofocus=settings.retry_without_autofocus,
            delete_copies=delete_copies,
            unexpected=unexpected,
        )
        self.photo_importer = PhotoImporter(
            camera,
            root,
            cards,
            self.capture_index,
            captures=self.captures,
            photo_name=settings.photo_name,
            session=settings.body_session,
            on_change=self._changed,
            delete_copies=delete_copies,
            unexpected=unexpected,
        )
        self.card_importer = CardImporter(
            camera,
            root,
            cards,
            self.capture_index,
            captures=self.captures,
            photo_importer=self.photo_importer,
            staging=self.staging,
            clock=clock,
            on_change=self._changed,
            films=settings.fetch_films,
        )
        self.sequences = SequenceService(
            self.captures,
            root,
            SequenceJournal(self.journal),
            self.capture_index,
            camera_id=lambda: camera.camera_id,
            settings=camera_settings,
            time=Timekeeping(clock),
            on_change=self._changed,
            travel=lambda positions, size: LensTravel(camera, watch, positions, size),
        )
        self.thumbnails = Thumbnails(root.path / naming.THUMBNAILS, unexpected=unexpected)
        self.trash = Trash(
            root,
            TrashJournal(self.journal),
            self.capture_index,
            self.thumbnails,
            on_change=self._changed,
            keep_seconds=settings.trash_seconds,
        )
        self.gallery = Gallery(self.capture_index, self.thumbnails, self.trash)
        self.outbox = Outbox(
            settings.hooks, settings.webhooks, self.journal, self.capture_index, root, unexpected=unexpected
        )
        # What was to be deleted when that was set is not deleted when it is not.
        self.removal = CardCleanup(camera, cards, self.captures) if delete_copies else None

    @property
    def staging(self) -> Path:
        """Where camera processes put what no capture waits for."""
        return self.root.path / naming.STAGING

    @property
    def pending_restore(self) -> Path:
        """Where camera processes keep which settings they have to set back."""
        return self.root.path / naming.INDEX / "borrowed.json"

    def work(self) -> Mapping[Where, Callable[[], Coroutine[None, None, None]]]:
        """What the station's task group has to run, each until it is cancelled."""
        removal = {} if self.removal is None else {Where.CARD_COPIES: self.removal.run}
        return {
            Where.CAPTURES: self.captures.run,
            Where.SEQUENCES: self.sequences.run,
            Where.UNASKED_PHOTOS: self.photo_importer.run,
            Where.CARD: self.card_importer.run,
            Where.DISK: self.space.run,
            Where.TRASH: self.trash.run,
            Where.DELIVERIES: self.outbox.run,
            Where.INDEX: self._open,
            **removal,
        }

    def camera_changed(self) -> None:
        """The camera may be there now to delete copies from."""
        if self.removal is not None:
            self.removal.wake()

    async def close(self) -> None:
        """Close the journal, and end the threads."""
        await asyncio.to_thread(self.thumbnails.close)
        await self.journal.close()

    def _take_other(self, still: Sequence[StagedFile], capture_id: str) -> None:
        self.photo_importer.ingest_still(still, capture_id)

    def _changed(self) -> None:
        self.outbox.wake()
        self.camera_changed()
        self._on_change()

    async def _open(self) -> None:
        with suppress(StorageError):  # the catalogue says it
            await self.capture_index.open()
        self._on_change()
