"""Crash recovery: finishes the captures that an earlier run of the service left unfinished, and collects staged files.

Theory of operation. Recovery runs after each start, between the opening of the journal and the first capture, so
nothing interleaves with it; if the disk fails, it runs again, and every step can be repeated. An unfinished capture was
interrupted. Its staged files are its photo, as in a normal end, if they are on the disk as the camera sent them, which
their hash shows; size and structure do not, because a power cut leaves holes anywhere. It can also take a file's name
with the hash, and leave the one from before: such a file is compared with the hash on record; without one, it is not
complete, as long as the card has another copy; without one, its record says that it may be damaged. If there are none,
the capture has failed; its photo is then fetched from the card, as one that is not in the index. It expects that photo
only if its shutter may have fired: after its staging directory was created, and a few seconds after the service last
recorded that it ran, at the latest. Without the directory, it was never executed, unless the machine has been started
since: a power cut removes a name that is not flushed. Captures run one at a time and in order, so only the oldest
unfinished capture of each camera can have been exposed, and it is ended last. A still that was staged before the
service decided whose it is, is compared with the captures that expect one, as in a normal end. A capture that was
accepted before its camera was opened may be of any camera. The result is committed before staged files are removed.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.saved import SaveLevel
from photonic.model.status import CapturePhase
from photonic.service.ingest.expected_photo import EXPECTED_SECONDS, is_of_another, is_proven, latest_moment
from photonic.service.ingest.imported_record import MAY_HAVE_HOLES
from photonic.service.ingest.known_photos import withdraw_unrecorded
from photonic.service.ingest.left_files import by_name, is_of_other_boot, is_unproven, with_identity
from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
from photonic.service.journal.database import KEEP_TIME_SECONDS
from photonic.service.photo import naming
from photonic.service.photo.saved_level import with_level
from photonic.service.photo.staged import (
    CAPTURE_ID,
    Leftover,
    StagedFile,
    boot_in_staging,
    by_still,
    completed,
    exif_seconds,
    without_hash,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import CaptureStarted, StagedRow
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.journal.cards import CardJournal
    from photonic.service.photo.staged import StoredFile

STOPPED = "the service stopped during the capture"
EXPECTED = f"{STOPPED}; a photo on the card will be imported, but a photo only in the camera's memory is lost"

log = logging.getLogger(__name__)


class CrashRecovery:
    """Ends unfinished captures and collects leftover files.

    Args:
        journal: Records captures.
        root: Where photos are staged and stored.
        cards: Knows which captures expect a photo, and the camera's clock.
        time: For the time of day, which is that of this start.
        level: When a photo counts as saved.
        delete_copies: Whether to delete the copies on the card once the photo is recorded.
    """

    def __init__(
        self,
        journal: CaptureJournal,
        root: PhotoRoot,
        cards: CardJournal,
        *,
        time: Timekeeping,
        level: SaveLevel = SaveLevel.DISK,
        delete_copies: bool,
    ) -> None:
        self._journal = journal
        self._root = root
        self._cards = cards
        self._machine_boot = time.machine_boot
        self._started_at = int(time.unix_seconds())
        self._level = level
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
        found = [replace(one, file=with_identity(one.file, None), suspect=True) for one in outside]
        for path in foreign:
            log.warning("%s was not staged by a camera process and is ignored", path)
        for capture_id in await asyncio.to_thread(self._root.staging.captures):
            if CAPTURE_ID.fullmatch(capture_id) is None and await self._journal.of_id(capture_id) is None:
                continue
            known = by_name(await self._journal.staged(capture_id))
            files = await asyncio.to_thread(self._root.staging.files, capture_id)
            found += [
                Leftover(with_identity(file, known.get(without_hash(file.path.name))), capture_id, suspect=True)
                for file in files
            ]
            if not files:
                await asyncio.to_thread(self._root.staging.clear_empty, capture_id)
        proven: list[Leftover] = []
        for one in found:
            file = replace(one.file, may_have_holes=await self._may_have_holes(one))
            if is_unproven(file) and not await withdraw_unrecorded(file, self._root, self._journal):
                await self._set_aside(file)
            else:
                proven.append(replace(one, file=file))
        return proven

    async def _may_have_holes(self, one: Leftover) -> bool:
        """Whether the machine was started since a file was staged that lacks its hash."""
        if one.file.sha256 is not None:
            return False
        if boot_in_staging(one.file.path.name) is not None:
            return is_of_other_boot(one.file, self._machine_boot)
        return self._was_restarted(await self._journal.boot_of(one.capture_id))

    async def _finish(self, started: CaptureStarted, rows: Sequence[StagedRow], *, may_have_fired: bool) -> None:
        record = started.record
        begun_at = await asyncio.to_thread(self._root.staging.begun_at, record.id)
        may_have_fired = may_have_fired and (begun_at is not None or started.machine_boot != self._machine_boot)
        await self._take_back(started, rows)
        is_late = await self._late_photos(started, begun_at)
        restarted = self._was_restarted(started.machine_boot)
        store = partial(self._store_complete, started, rows, is_late, restarted=restarted)
        own, stored, kept, incomplete = await asyncio.to_thread(store)
        if stored:
            others = "; other files of the shot were incomplete" if incomplete else ""
            others += "; its release took more photos, which follow in the same session" if kept else ""
            others += f"; {MAY_HAVE_HOLES}" if any(file.may_have_holes for file in own) else ""
            record = with_level(completed(record, stored), self._level, stored)
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
        effects = replace(effects, failed_at=self._ended_by(started, begun_at))
        result = CaptureResult(record.model_copy(update=update), tuple(stored), started.directory)
        await self._journal.end(result, effects)
        for file in incomplete:
            await withdraw_unrecorded(file, self._root, self._journal)
            await self._set_aside(file)
        await asyncio.to_thread(self._root.staging.clear, record.id, kept)
        log.warning("capture %s was unfinished and is now %s", record.id, update["phase"])

    def _ended_by(self, started: CaptureStarted, begun_at: float | None) -> int:
        """By when an unfinished capture had ended, in unix seconds, unless the disk refused to record that it ran."""
        if started.lived_until is None:
            return self._started_at
        # Both running times are in whole seconds.
        ended_by = max(started.lived_until, begun_at or 0.0) + KEEP_TIME_SECONDS + 1.0
        return min(self._started_at, math.ceil(ended_by))

    async def _take_back(self, started: CaptureStarted, rows: Sequence[StagedRow]) -> None:
        """Return photos to the staging area that have their place, but no record.

        A power cut can take the staged name, whose directory is never flushed, and leave the one in the folder. Without
        hard links that one is a copy, which may be whole although the staged file is not.
        """
        directory = PurePosixPath(naming.STAGING, started.record.id)
        for row in rows:
            if row.sha256 is None or await asyncio.to_thread(self._root.holds, directory / row.name, row.sha256):
                continue
            named = await asyncio.to_thread(self._root.named, started.place)
            for place in sorted(set(named) - await self._journal.recorded(named)):
                if await asyncio.to_thread(self._root.holds, place, row.sha256):
                    await asyncio.to_thread(self._root.take_back, place, started.record.id, row.name)
                    break

    async def _late_photos(self, started: CaptureStarted, begun_at: float | None) -> Callable[[StagedFile], bool]:
        """Return what tells whether a staged file of this capture is the late photo of a failed one. It blocks."""
        expecting = [one for one in await self._cards.expected(started.serial) if one.capture_id != started.record.id]
        if begun_at is None or started.serial is None or not expecting:
            return lambda _file: False
        ahead = await self._cards.ahead_by_exif(started.serial)
        least_ahead = await self._cards.least_ahead_by_exif(started.serial)
        recent = any(one.age_seconds <= EXPECTED_SECONDS for one in expecting)

        def is_late(file: StagedFile) -> bool:
            exif = self._root.staging.exif(file)
            taken_at, latest = exif_seconds(exif), latest_moment(exif, least_ahead)
            # The camera process does not know the times of photos in the RAM, so it cannot tell either.
            doubtful = file.from_ram and recent and not is_proven(taken_at, begun_at, expecting, ahead)
            return doubtful or is_of_another(taken_at, begun_at, expecting, ahead, latest)

        return is_late

    def _was_restarted(self, boot: str | None) -> bool:
        """Whether the machine was certainly started since ``boot``; an earlier version did not record it."""
        return boot not in {None, self._machine_boot}

    async def _set_aside(self, file: StagedFile) -> None:
        aside = await asyncio.to_thread(self._root.staging.set_aside, file)
        log.warning("%s (%s) is incomplete and was set aside as %s", file.name, file.path, aside)

    def _store_complete(
        self,
        started: CaptureStarted,
        rows: Sequence[StagedRow],
        is_late: Callable[[StagedFile], bool],
        *,
        restarted: bool,
    ) -> tuple[Sequence[StagedFile], list[StoredFile], tuple[str, ...], list[StagedFile]]:
        """Store the complete files of the capture's still.

        Returns these files, as staged and as stored, the names of staged files that stay because they belong to other
        stills, and the incomplete files.
        """
        known = by_name(rows)
        record = started.record
        complete: list[StagedFile] = []
        incomplete: list[StagedFile] = []
        for found in self._root.staging.files(record.id):
            file = with_identity(found, known.get(without_hash(found.path.name)))
            file = replace(file, may_have_holes=restarted and file.sha256 is None)
            whole = not is_unproven(file) and self._root.staging.content.verify(file) is None
            (complete if whole else incomplete).append(file)
        if not complete:
            return [], [], (), incomplete
        stills = by_still(complete, self._root.staging.exif)
        own = next((still for still in stills if any(without_hash(file.path.name) in known for file in still)), None)
        if own is None:
            own = next((still for still in stills if not is_late(still[0])), None)
        kept = tuple(file.path.name for still in stills if still is not own for file in still)
        own = own or []
        return own, self._root.bring_in(own, started.place) if own else [], kept, incomplete
