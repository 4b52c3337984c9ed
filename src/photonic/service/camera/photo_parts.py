"""Builds the parts of one camera that import, store and serve its photos, and connects them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.service.camera.verification_parts import VerificationParts, assemble_verification
from photonic.service.capture.service import CaptureService
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.files.second_root import SecondRoot
from photonic.service.files.space import Space
from photonic.service.ingest.card_cleanup import CardCleanup
from photonic.service.ingest.card_import import CardImporter
from photonic.service.ingest.crash_recovery import CrashRecovery
from photonic.service.ingest.photo_import import PhotoImporter
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.second_copies import SecondCopyJournal
from photonic.service.journal.sequences import SequenceJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.library.gallery import Gallery
from photonic.service.library.index import CaptureIndex
from photonic.service.library.index_upkeep import IndexUpkeep
from photonic.service.library.second_copies import SecondCopies
from photonic.service.library.thumbnails import Thumbnails
from photonic.service.library.trash import Trash
from photonic.service.notify.outbox import Outbox, targets
from photonic.service.photo import naming
from photonic.service.sequence.lens_travel import LensTravel
from photonic.service.sequence.service import SequenceService

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.base.unexpected import Unexpected
    from photonic.service.camera.connection import CameraConnection
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.camera.settings import CameraSettings
    from photonic.service.live.hub import Hub
    from photonic.service.photo.staged import StagedFile
    from photonic.worker.link.card_messages import CardObject


@dataclass(frozen=True, slots=True)
class PhotoParts:
    """The photo root, its index, and everything that adds photos to them.

    ``card_cleanup`` is ``None`` unless photos are deleted from the card after download, ``second_copies`` unless they
    are copied to a second disk.
    """

    root: PhotoRoot
    journal: CaptureJournal
    space: Space
    capture_index: CaptureIndex
    captures: CaptureService
    photo_importer: PhotoImporter
    card_importer: CardImporter
    card_cleanup: CardCleanup | None
    second_copies: SecondCopies | None
    sequences: SequenceService
    thumbnails: Thumbnails
    trash: Trash
    gallery: Gallery
    outbox: Outbox
    upkeep: IndexUpkeep
    verified: VerificationParts


def assemble_photos(
    settings: ControllerSettings,
    camera: CameraConnection,
    camera_settings: CameraSettings,
    hub: Hub,
    *,
    surroundings: Surroundings,
    on_change: Callable[[], object],
    unexpected: Unexpected,
) -> PhotoParts:
    """Build the parts that handle photos.

    Args:
        settings: The settings of this camera.
        camera: Takes the photos, and gives access to the card.
        camera_settings: The settings for captures, for the reports of sequences.
        hub: Live view, for sequences that move the lens.
        surroundings: Its clocks, ids and processes.
        on_change: Called whenever part of the status may have changed.
        unexpected: Counts failures.
    """

    def changed() -> None:
        outbox.wake()
        if card_cleanup is not None:
            card_cleanup.wake()
        if second_copies is not None:
            second_copies.wake()
        on_change()

    def fetch_again(wanted: CardObject) -> None:
        card_importer.fetch_again(wanted)

    def fetch_for_repair(serial: str, wanted: CardObject) -> bool:
        return camera.serial == serial and card_importer.fetch_again(wanted)

    async def idle() -> None:
        await captures.idle()

    def ingest_still(files: Sequence[StagedFile], capture_id: str | None) -> None:
        photo_importer.ingest_still(files, capture_id)

    async def is_of_another(file: StagedFile, exposed_at: float, *, unless_proven: bool) -> bool:
        return await photo_importer.is_of_another(file, exposed_at, unless_proven=unless_proven)

    time, clock = surroundings.time, surroundings.time.monotonic
    delete_copies = settings.delete_after_download
    root = PhotoRoot(
        settings.photo_root,
        min_free_bytes=settings.min_free_bytes,
        foreign=settings.foreign_folders,
        unexpected=unexpected,
        photo_mode=settings.photo_mode,
    )
    journal = CaptureJournal(
        root.path / naming.INDEX_FILE,
        targets(settings.hooks, settings.webhooks),
        copies=settings.second_root is not None,
        time=time,
    )
    cards = CardJournal(journal)
    space = Space(root, low_bytes=settings.low_space_bytes, on_change=changed)
    recovery = CrashRecovery(journal, root, cards, time=time, level=settings.saved, delete_copies=delete_copies)
    capture_index = CaptureIndex(journal, root, settings.image_path, recover=recovery.recover, clock=clock)
    copy_journal, second_root, second_copies = SecondCopyJournal(journal), None, None
    if settings.second_root is not None:
        second_root = SecondRoot(settings.second_root, settings.second_folder, root.path)
        second_copies = SecondCopies(
            second_root,
            copy_journal,
            capture_index,
            idle=idle,
            clock=clock,
            on_change=changed,
        )
    verified = assemble_verification(
        settings,
        root,
        journal,
        second_root,
        camera_id=lambda: camera.camera_id,
        fetch=fetch_for_repair,
        idle=idle,
        open_index=capture_index.open,
        reread=capture_index.reread,
        bytes_a_second=settings.verify_bytes_a_second,
        surroundings=surroundings,
        on_change=changed,
    )
    all_read = verified.unclean_stop.all_read
    captures = CaptureService(
        camera,
        root,
        journal,
        capture_index,
        cards=cards,
        space=space,
        photo_name=settings.photo_name,
        queue_length=settings.queue_length,
        time=time,
        new_id=surroundings.new_id,
        on_change=changed,
        on_other=ingest_still,
        is_of_another=is_of_another,
        capture_seconds=settings.capture_seconds,
        retry_without_autofocus=settings.retry_without_autofocus,
        level=settings.saved,
        copy=None if second_copies is None else second_copies.copy,
        delete_copies=delete_copies,
        unexpected=unexpected,
    )
    photo_importer = PhotoImporter(
        camera,
        root,
        cards,
        capture_index,
        captures=captures,
        photo_name=settings.photo_name,
        session=settings.body_session,
        time=time,
        new_id=surroundings.new_id,
        on_change=changed,
        level=settings.saved,
        delete_copies=delete_copies,
        fetch_again=fetch_again,
        repair=verified.repair,
        all_read=all_read,
        unexpected=unexpected,
    )
    card_importer = CardImporter(
        camera,
        root,
        cards,
        capture_index,
        captures=captures,
        photo_importer=photo_importer,
        staging=root.staging.path,
        time=time,
        on_change=changed,
        films=settings.fetch_films,
    )
    sequences = SequenceService(
        captures,
        root,
        SequenceJournal(journal),
        capture_index,
        camera_id=lambda: camera.camera_id,
        settings=camera_settings,
        time=time,
        new_id=surroundings.new_id,
        on_change=changed,
        travel=lambda positions, size: LensTravel(camera, lambda: hub.join("sequence"), positions, size),
    )
    thumbnails = Thumbnails(root.path / naming.THUMBNAILS, clock=clock, unexpected=unexpected)
    trash = Trash(
        root,
        TrashJournal(journal),
        capture_index,
        thumbnails,
        time=time,
        on_change=changed,
        all_read=all_read,
        keep_seconds=settings.trash_seconds,
    )
    outbox = Outbox(
        settings.hooks,
        settings.webhooks,
        journal,
        capture_index,
        root,
        surroundings=surroundings,
        unexpected=unexpected,
    )
    # While the setting is off, deletions recorded earlier are not carried out.
    waits = None if second_copies is None else copy_journal.waits
    card_cleanup = None
    if delete_copies:
        card_cleanup = CardCleanup(camera, root, cards, captures, waits=waits, all_read=all_read, clock=clock)
    return PhotoParts(
        root=root,
        journal=journal,
        space=space,
        capture_index=capture_index,
        captures=captures,
        photo_importer=photo_importer,
        card_importer=card_importer,
        card_cleanup=card_cleanup,
        second_copies=second_copies,
        sequences=sequences,
        thumbnails=thumbnails,
        trash=trash,
        gallery=Gallery(capture_index, thumbnails, trash),
        outbox=outbox,
        upkeep=IndexUpkeep(
            journal, copies=settings.index_copies, open_index=capture_index.open, idle=captures.idle, clock=clock
        ),
        verified=verified,
    )
