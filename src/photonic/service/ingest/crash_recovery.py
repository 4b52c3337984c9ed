"""Crash recovery: finishes the captures that an earlier run of the service left unfinished, and collects staged files.

Theory of operation. It runs once after each start, when the journal is open and before the first capture, so nothing
interleaves with it; if the disk fails it runs again, and every step can be repeated. A capture without an end was
interrupted. Its complete staged files are its photo, as in a normal end. Without one it failed, and it expects a photo
only if its shutter may have fired: captures run one at a time and in order, so that per camera only the oldest
unfinished one can have been exposed. The result is committed before staged files are removed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.status import CapturePhase
from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
from photonic.service.photo.staged import (
    CAPTURE_ID,
    Leftover,
    StagedFile,
    by_still,
    completed,
    found_identity,
    staged_since_ns,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import CaptureStarted, StagedRow
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.photo.staged import StoredFile

STOPPED = "service stopped during the capture"
EXPECTED = f"{STOPPED}; a photo on the card is imported, a photo in the camera's memory only is lost"

log = logging.getLogger(__name__)


class CrashRecovery:
    """Ends unfinished captures and collects leftover files.

    Args:
        journal: Records captures.
        root: Where photos are staged and stored.
        delete_copies: Whether the card's copies are to be deleted once the photo is recorded.
    """

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
        """End every capture during which the service stopped: store its complete files, or record that it failed.

        Raises ``StorageError``.
        """
        exposed: set[str | None] = set()
        for started, rows in await self._journal.unfinished():
            await self._finish(started, rows, may_have_fired=started.serial not in exposed)
            exposed.add(started.serial)

    async def leftovers(self) -> list[Leftover]:
        """Return staged files that belong to an ended capture or to none. Raises ``StorageError``."""
        outside, foreign = await asyncio.to_thread(self._root.staging.leftovers)
        found = [replace(one, file=_with_identity(one.file, None)) for one in outside]
        for path in foreign:
            log.warning("%s was not staged by a camera process and is left alone", path)
        for capture_id in await asyncio.to_thread(self._root.staging.captures):
            if CAPTURE_ID.fullmatch(capture_id) is None and await self._journal.of_id(capture_id) is None:
                continue
            known = {row.name: row for row in await self._journal.staged(capture_id)}
            files = await asyncio.to_thread(self._root.staging.files, capture_id)
            found += [Leftover(_with_identity(file, known.get(file.path.name)), capture_id) for file in files]
            if not files:
                await asyncio.to_thread(self._root.staging.clear_empty, capture_id)
        return found

    async def _finish(self, started: CaptureStarted, rows: Sequence[StagedRow], *, may_have_fired: bool) -> None:
        record = started.record
        begun_at = await asyncio.to_thread(self._root.staging.begun_at, record.id)
        stored, kept, refused = await asyncio.to_thread(self._bring_in_whole, started, rows)
        if stored:
            others = "; other files of the shot were incomplete" if refused else ""
            others += "; its release took more photos, which follow in the same session" if kept else ""
            record = completed(record, stored)
            update = {
                "phase": CapturePhase.SAVED,
                "warning": f"brought in at the next start: the service stopped during the capture{others}",
            }
        else:
            update = {
                "phase": CapturePhase.FAILED,
                "error": EXPECTED if may_have_fired else STOPPED,
                "error_type": FailureKind.SHUTTING_DOWN.value,
            }
        # A photo that was taken while it was queued is not its photo. An incomplete file proves an exposure, but not
        # its time. Without a staging directory it was never executed, unless a power cut removed the directory.
        exposed_at = None if refused else begun_at or time.time()
        effects = CommitEffects(
            delete=self._delete_copies,
            expects_photo=may_have_fired and not stored,
            exposed_at=exposed_at,
            serial=started.serial,
            kept=kept,
        )
        result = CaptureResult(record.model_copy(update=update), tuple(stored), started.directory)
        await self._journal.end(result, effects)
        for file in refused:
            aside = await asyncio.to_thread(self._root.staging.set_aside, file)
            log.warning("%s of capture %s is incomplete and was set aside as %s", file.name, record.id, aside)
        await asyncio.to_thread(self._root.staging.clear, record.id, kept)
        log.warning("capture %s was unfinished and is now %s", record.id, update["phase"])

    def _bring_in_whole(
        self, started: CaptureStarted, rows: Sequence[StagedRow]
    ) -> tuple[list[StoredFile], tuple[str, ...], list[StagedFile]]:
        """Store the capture's still.

        Returns the stored files, the names of staged files that stay because they belong to other stills of the same
        release, and the incomplete files.
        """
        known = {row.name: row for row in rows}
        record = started.record
        whole: list[StagedFile] = []
        refused: list[StagedFile] = []
        for found in self._root.staging.files(record.id):
            file = _with_identity(found, known.get(found.path.name))
            (whole if self._root.staging.is_whole(file) else refused).append(file)
        if not whole:
            return [], (), refused
        first, *others = by_still(whole, self._root.staging.exif)
        kept = tuple(file.path.name for still in others for file in still)
        return self._root.bring_in(first, started.place), kept, refused


def left_before(root: PhotoRoot, moment_ns: int) -> list[Leftover]:
    """Return what a camera process that has ended staged outside the captures' directories. Blocks; raises ``OSError``.

    ``moment_ns`` is when the process ended, on the monotonic clock: files that were begun later belong to its
    successor. The names tell, because the times of the files are of the wall clock; if that were set back, a file would
    be taken from the process that is writing it. A file from before the machine's last boot may seem to be later; the
    start of this service has collected it already.
    """
    left, _foreign = root.staging.leftovers()
    return [
        replace(one, file=_with_identity(one.file, None))
        for one in left
        if (began_ns := staged_since_ns(one.file.path.name)) is None or began_ns <= moment_ns
    ]


def _with_identity(file: StagedFile, row: StagedRow | None) -> StagedFile:
    """Return the file with what the camera process reported of it before the crash."""
    if row is None:
        return replace(file, identity=found_identity(file))
    return replace(file, name=row.camera_name, size_bytes=row.size_bytes, identity=row.identity)
