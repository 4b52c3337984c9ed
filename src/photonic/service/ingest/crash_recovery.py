"""Crash recovery: finishes the captures that an earlier run of the service left unfinished, and collects staged files.

Theory of operation. Recovery runs after each start, between the opening of the journal and the first capture, so
nothing interleaves with it; if the disk fails, it runs again, and every step can be repeated. An unfinished capture was
interrupted. Its staged files are its photo, as in a normal end, if they are on the disk as the camera sent them, which
their hash shows; size and structure do not, because a power cut leaves holes anywhere. If there are none, the capture
has failed; its photo is then fetched from the card, as one that is not in the index. It expects that photo only if its
shutter may have fired: after its staging directory was created, and before this start. Without the directory, it was
never executed, unless the machine has been started since: a power cut removes a name that is not flushed. Captures run
one at a time and in order, so only the oldest unfinished capture of each camera can have been exposed, and it is ended
last. One that was accepted before its camera was opened may be of any camera. The result is committed before staged
files are removed.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.status import CapturePhase
from photonic.service.ingest.known_photos import withdraw_unrecorded
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

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import CaptureStarted, StagedRow
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.photo.staged import StoredFile

STOPPED = "the service stopped during the capture"
EXPECTED = f"{STOPPED}; a photo on the card will be imported, but a photo only in the camera's memory is lost"

log = logging.getLogger(__name__)


class CrashRecovery:
    """Ends unfinished captures and collects leftover files.

    Args:
        journal: Records captures.
        root: Where photos are staged and stored.
        time: For the time of day, which is that of this start.
        delete_copies: Whether to delete the copies on the card once the photo is recorded.
    """

    def __init__(self, journal: CaptureJournal, root: PhotoRoot, *, time: Timekeeping, delete_copies: bool) -> None:
        self._journal = journal
        self._root = root
        self._machine_boot = time.machine_boot
        self._started_at = int(time.unix_seconds())
        self._delete_copies = delete_copies

    async def recover(self) -> list[Leftover]:
        """End unfinished captures, then return the staged files that are left over. Raises ``StorageError``.

        Called once per start, with the journal open and before any capture; called again if it fails.
        """
        with self._root.translated():
            await self.finish()
            return await self.leftovers()

    async def finish(self) -> None:
        """End every unfinished capture: store its complete files, or record that it failed.

        Raises ``StorageError``.
        """
        earlier: set[str | None] = set()
        unfinished: list[tuple[CaptureStarted, Sequence[StagedRow], bool]] = []
        for started, rows in await self._journal.unfinished():
            serial = started.serial
            may_have_fired = not earlier if serial is None else earlier.isdisjoint({None, serial})
            unfinished.append((started, rows, may_have_fired))
            earlier.add(serial)
        # Newest first: if this start is interrupted, the oldest capture is still the oldest at the next one.
        for started, rows, may_have_fired in reversed(unfinished):
            await self._finish(started, rows, may_have_fired=may_have_fired)

    async def leftovers(self) -> list[Leftover]:
        """Return staged files that belong to an ended capture or to no capture. Raises ``StorageError``."""
        outside, foreign = await asyncio.to_thread(self._root.staging.leftovers)
        found = [replace(one, file=_with_identity(one.file, None), suspect=True) for one in outside]
        for path in foreign:
            log.warning("%s was not staged by a camera process and is ignored", path)
        for capture_id in await asyncio.to_thread(self._root.staging.captures):
            if CAPTURE_ID.fullmatch(capture_id) is None and await self._journal.of_id(capture_id) is None:
                continue
            known = {row.name: row for row in await self._journal.staged(capture_id)}
            files = await asyncio.to_thread(self._root.staging.files, capture_id)
            found += [
                Leftover(_with_identity(file, known.get(file.path.name)), capture_id, suspect=True) for file in files
            ]
            if not files:
                await asyncio.to_thread(self._root.staging.clear_empty, capture_id)
        return found

    async def _finish(self, started: CaptureStarted, rows: Sequence[StagedRow], *, may_have_fired: bool) -> None:
        record = started.record
        begun_at = await asyncio.to_thread(self._root.staging.begun_at, record.id)
        may_have_fired = may_have_fired and (begun_at is not None or started.machine_boot != self._machine_boot)
        await self._take_back(started, rows)
        stored, kept, incomplete = await asyncio.to_thread(self._store_complete, started, rows)
        if stored:
            others = "; other files of the shot were incomplete" if incomplete else ""
            others += "; its release took more photos, which follow in the same session" if kept else ""
            record = completed(record, stored)
            update = {
                "phase": CapturePhase.SAVED,
                "warning": f"recovered at the next start: the service stopped during the capture{others}",
            }
        else:
            update = {
                "phase": CapturePhase.FAILED,
                "error": EXPECTED if may_have_fired else STOPPED,
                "error_type": FailureKind.SHUTTING_DOWN.value,
            }
        effects = self._journal.dated(
            CommitEffects(
                delete=self._delete_copies,
                expects_photo=may_have_fired and not stored,
                # An incomplete file proves an exposure, but not its time.
                exposed_at=None if incomplete else begun_at,
                serial=started.serial,
                kept=kept,
            )
        )
        effects = replace(effects, failed_at=self._started_at)
        result = CaptureResult(record.model_copy(update=update), tuple(stored), started.directory)
        await self._journal.end(result, effects)
        for file in incomplete:
            await withdraw_unrecorded(file, self._root, self._journal.recorded)
            aside = await asyncio.to_thread(self._root.staging.set_aside, file)
            log.warning("%s of capture %s is incomplete and was set aside as %s", file.name, record.id, aside)
        await asyncio.to_thread(self._root.staging.clear, record.id, kept)
        log.warning("capture %s was unfinished and is now %s", record.id, update["phase"])

    async def _take_back(self, started: CaptureStarted, rows: Sequence[StagedRow]) -> None:
        """Return photos to the staging area that have their place, but no record.

        A power cut can take the staged name, whose directory is never flushed, and leave the one in the folder.
        """
        directory = self._root.staging.path / started.record.id
        for row in rows:
            if row.sha256 is None or await asyncio.to_thread((directory / row.name).exists):
                continue
            named = await asyncio.to_thread(self._root.named, started.place)
            for place in sorted(set(named) - await self._journal.recorded(named)):
                if await asyncio.to_thread(self._root.holds, place, row.sha256):
                    await asyncio.to_thread(self._root.take_back, place, started.record.id, row.name)
                    break

    def _store_complete(
        self, started: CaptureStarted, rows: Sequence[StagedRow]
    ) -> tuple[list[StoredFile], tuple[str, ...], list[StagedFile]]:
        """Store the complete files of the capture's still.

        Returns the stored files, the names of staged files that stay because they belong to other stills of the same
        release, and the incomplete files.
        """
        known = {row.name: row for row in rows}
        record = started.record
        complete: list[StagedFile] = []
        incomplete: list[StagedFile] = []
        for found in self._root.staging.files(record.id):
            file = _with_identity(found, known.get(found.path.name))
            (complete if self._root.staging.verify(file) is None else incomplete).append(file)
        if not complete:
            return [], (), incomplete
        first, *others = by_still(complete, self._root.staging.exif)
        kept = tuple(file.path.name for still in others for file in still)
        return self._root.bring_in(first, started.place), kept, incomplete


def left_before(root: PhotoRoot, moment_ns: int) -> list[Leftover]:
    """Return the files that an ended camera process staged outside the captures' directories. Blocks.

    ``moment_ns`` is when the process ended, on the monotonic clock: files that were begun later belong to its
    successor. Each file's name contains the time at which it was begun. Modification times are not used, because they
    follow the wall clock: if that were set back, a file could be taken away from the process that is still writing it.
    A file from before the last boot may appear to be later, but the start of this service has already collected it.
    Raises ``StorageError``.
    """
    with root.translated():
        left, _foreign = root.staging.leftovers()
        return [
            replace(one, file=_with_identity(one.file, None), suspect=True)
            for one in left
            if (began_ns := staged_since_ns(one.file.path.name)) is None or began_ns <= moment_ns
        ]


def _with_identity(file: StagedFile, row: StagedRow | None) -> StagedFile:
    """Return the file with the facts that the camera process reported about it before the crash."""
    if row is None:
        return replace(file, identity=found_identity(file))
    sha256 = row.sha256 or file.sha256
    return replace(file, name=row.camera_name, size_bytes=row.size_bytes, identity=row.identity, sha256=sha256)
