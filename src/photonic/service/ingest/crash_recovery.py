"""What an earlier run of the service left half done: captures without an end, and staged files that nobody awaits."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.status import CapturePhase
from photonic.service.journal.captures import CaptureResult, CommitEffects
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import CAPTURE_ID, Leftover, StagedFile, by_still, completed, staged_since_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureJournal, CaptureStarted, StagedRow
    from photonic.service.photo.staged import StoredFile

STOPPED = "service stopped during the capture"
OWED = f"{STOPPED}; a photo that was taken comes in from the card, one that was in the camera's memory only is lost"

log = logging.getLogger(__name__)


class CrashRecovery:
    """Ends what is unfinished and gathers what is left over. ``delete_copies``: the card's copies are to go."""

    def __init__(self, journal: CaptureJournal, root: PhotoRoot, *, delete_copies: bool) -> None:
        self._journal = journal
        self._root = root
        self._delete_copies = delete_copies

    async def recover(self) -> list[Leftover]:
        """End what is unfinished, then return the staged files that are left over. Raises ``StorageError``.

        Called once a start, when the journal is open and before any capture; again when it failed.
        """
        await self.finish()
        return await self.leftovers()

    async def finish(self) -> None:
        """End every capture during which the service stopped: bring in what is whole, else say that it failed.

        One that may have been exposed is owed its photo. Captures are taken one at a time and in order: of each camera
        only the oldest can have been. Raises ``StorageError``.
        """
        exposed: set[str | None] = set()
        for intent, rows in await self._journal.unfinished():
            await self._finish(intent, rows, may_have_fired=intent.serial not in exposed)
            exposed.add(intent.serial)

    async def leftovers(self) -> list[Leftover]:
        """Staged files of captures that have ended, and of none. Raises ``StorageError``; asked before any capture."""
        outside, foreign = await asyncio.to_thread(self._root.staging.leftovers)
        found = [replace(one, file=_told(one.file, None)) for one in outside]
        for path in foreign:
            log.warning("%s is nothing that a camera process has staged: it is left alone", path)
        for capture_id in await asyncio.to_thread(self._root.staging.captures):
            if CAPTURE_ID.fullmatch(capture_id) is None and await self._journal.of_id(capture_id) is None:
                continue
            known = {row.name: row for row in await self._journal.staged(capture_id)}
            files = await asyncio.to_thread(self._root.staging.files, capture_id)
            found += [Leftover(_told(file, known.get(file.path.name)), capture_id) for file in files]
            if not files:
                await asyncio.to_thread(self._root.staging.clear_empty, capture_id)
        return found

    async def _finish(self, intent: CaptureStarted, rows: Sequence[StagedRow], *, may_have_fired: bool) -> None:
        record = intent.record
        begun_at = await asyncio.to_thread(self._root.staging.begun_at, record.id)
        stored, kept, refused = await asyncio.to_thread(self._bring_in_whole, intent, rows)
        if stored:
            others = "; other files of the shot were not whole" if refused else ""
            others += "; its release took more photos, which follow in the same session" if kept else ""
            record = completed(record, stored)
            update = {
                "phase": CapturePhase.SAVED,
                "warning": f"brought in at the next start: the service stopped during the capture{others}",
            }
        else:
            update = {
                "phase": CapturePhase.FAILED,
                "error": OWED if may_have_fired else STOPPED,
                "error_type": FailureKind.SHUTTING_DOWN.value,
            }
        # What was taken while it waited for its turn is not its photo. A part of a file is of its exposure, and tells
        # no time; without a directory it had no turn, unless a power cut has taken that away: then the time is no word.
        exposed_at = None if refused else begun_at or time.time()
        consequences = CommitEffects(
            delete=self._delete_copies,
            owed=may_have_fired and not stored,
            exposed_at=exposed_at,
            serial=intent.serial,
            kept=kept,
        )
        ending = CaptureResult(record.model_copy(update=update), tuple(stored), intent.directory)
        await self._journal.end(ending, consequences)
        for file in refused:
            aside = await asyncio.to_thread(self._root.staging.set_aside, file)
            log.warning("%s of capture %s is not whole: it is kept as %s", file.name, record.id, aside)
        await asyncio.to_thread(self._root.staging.clear, record.id, kept)
        log.warning("capture %s was unfinished: %s", record.id, update["phase"])

    def _bring_in_whole(
        self, intent: CaptureStarted, rows: Sequence[StagedRow]
    ) -> tuple[list[StoredFile], tuple[str, ...], list[StagedFile]]:
        """The files of the capture's still in their place, the names of the staged files that are of other stills of
        its release and stay, and what is not whole."""
        known = {row.name: row for row in rows}
        record = intent.record
        whole: list[StagedFile] = []
        refused: list[StagedFile] = []
        for found in self._root.staging.files(record.id):
            file = _told(found, known.get(found.path.name))
            (whole if self._root.staging.is_whole(file) else refused).append(file)
        if not whole:
            return [], (), refused
        first, *others = by_still(whole, self._root.staging.exif)
        kept = tuple(file.path.name for still in others for file in still)
        return self._root.bring_in(first, intent.place), kept, refused


def left_before(root: PhotoRoot, moment_ns: int) -> list[Leftover]:
    """What was staged outside every capture's directory, and begun before ``moment_ns`` of the monotonic clock: by a
    camera process that has ended since. Blocks; raises ``OSError``.

    The times of the files themselves are the wall clock's: one that is set back would have a file taken away under the
    process that is writing it. A file of an earlier run of the machine may seem to come later: it was taken up at the
    start of this service.
    """
    left, _foreign = root.staging.leftovers()
    return [
        replace(one, file=_told(one.file, None))
        for one in left
        if (began_ns := staged_since_ns(one.file.path.name)) is None or began_ns <= moment_ns
    ]


def found_identity(file: StagedFile) -> PhotoIdentity:
    """What is known of a staged file's photo after a crash: its name, and its length where it is whole."""
    return PhotoIdentity(None, None, file.name, file.path.stat().st_size, None)


def _told(file: StagedFile, row: StagedRow | None) -> StagedFile:
    """The file with what the camera process had said of it before the crash."""
    if row is None:
        return replace(file, identity=found_identity(file))
    return replace(file, name=row.camera_name, size_bytes=row.size_bytes, identity=row.identity)
