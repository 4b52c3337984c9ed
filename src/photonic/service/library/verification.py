"""Verification: each file on record is read and compared, on request, and by itself while nothing else happens.

Theory of operation
-------------------
**Two kinds of pass.** A pass that somebody requests reads as fast as leaves the disk half of the time, and repairs if
it was asked to. A pass in idle time begins ``BETWEEN_SECONDS`` of running time after the last one ended, reads at most
``rate`` bytes a second, repairs nothing (a photo that somebody has edited or deleted on purpose is not for us to bring
back), and goes on after a restart where it stopped. Both stop while a capture is queued or in execution.

**Order.** First the files on record, with their second copies, by pages of the index; then the photos in the folders
that no record mentions. Nothing is kept in memory but the first findings and the counts.

**Races.** Photos are taken, deleted and restored meanwhile. What looks wrong is looked at once more with its record as
it is then (``file_check``); what was recorded after the pass has passed its place belongs to the next one.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError
from photonic.model.verification import (
    HARMLESS,
    SHOWN_FINDINGS,
    FindingKind,
    VerificationFinding,
    VerificationProgress,
    VerificationReport,
    VerificationRequest,
    VerificationStatus,
)
from photonic.recurring import Recurring
from photonic.service.files.found_files import FoundFiles
from photonic.service.journal.verification import CLEAN, ENDED, LAST, PASS
from photonic.service.library.file_check import FileCheck

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path, PurePosixPath

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.files.paced_reading import PacedReading
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.verification import RecordedFile, VerificationJournal
    from photonic.service.library.adoption import Adoption
    from photonic.service.library.repair import Repair

BETWEEN_SECONDS = 86_400
"""Running time between the end of a pass and the next one in idle time."""
FIRST_SECONDS = 60.0
"""How long after a start the first pass in idle time begins."""
RETRY_SECONDS = 30.0

log = logging.getLogger(__name__)


@dataclass
class _Pass:
    """A pass in progress; ``row``: the last file on record that it has checked."""

    report: VerificationReport
    idle: bool
    row: int = 0
    of_files: int = 0


class _Requested(Exception):
    """A pass in idle time makes room for one that somebody has requested."""


class Verification:
    """Checks the files of one camera.

    Args:
        root: The photo root.
        journal: The files on record.
        reading: Reads them.
        repair: Repairs them.
        open_index: Opens the index; raises ``PhotonicError``.
        adoption: Gives a record to photos that have none; ``None``: nothing does.
        reread: Called with the id of each new record.
        second: The folder of the second copies; ``None``: there is none.
        second_is_there: Returns whether the second disk is mounted there; blocks.
        foreign: Folders in the photo root that belong to other cameras.
        time: The clocks.
        bytes_a_second: How much is read in idle time; 0: nothing is checked in idle time.
        unread: How many photos have still to be read after an unclean stop of the machine.
        rebuilt: How the index was made again at this start; ``None``: it was not.
        on_change: Called when a pass begins or ends.
    """

    def __init__(
        self,
        root: PhotoRoot,
        journal: VerificationJournal,
        reading: PacedReading,
        repair: Repair,
        *,
        open_index: Callable[[], Awaitable[None]],
        adoption: Adoption | None = None,
        reread: Callable[[str], Awaitable[object]],
        second: Path | None,
        second_is_there: Callable[[], bool] = lambda: True,
        foreign: tuple[str, ...],
        time: Timekeeping,
        bytes_a_second: float,
        unread: Callable[[], int] = lambda: 0,
        rebuilt: Callable[[], str | None] = lambda: None,
        on_change: Callable[[], object],
    ) -> None:
        self._root = root
        self._journal = journal
        self._reading = reading
        self._repair = repair
        self._open_index = open_index
        self._adoption = adoption
        self._reread = reread
        self._second = second
        self._mounted = second_is_there
        self._foreign = foreign
        self._time = time
        self._bytes_a_second = bytes_a_second
        self._unread = unread
        self._rebuilt = rebuilt
        self._on_change = on_change
        self._check = FileCheck(root.path, journal, reading)
        self._check_second = None if second is None else FileCheck(second, journal, reading)
        self._requested: VerificationRequest | None = None
        self._requests = 0
        self._wanted = asyncio.Event()
        self._pass: _Pass | None = None
        self._last: VerificationReport | None = None
        self._reindexed: VerificationReport | None = None
        self._clean_at: datetime | None = None
        self._due_at = 0

    def status(self) -> VerificationStatus:
        """The pass in progress and the last ones."""
        now = self._pass
        running = None
        if now is not None:
            running = VerificationProgress(
                began_at=now.report.began_at,
                files=now.report.files,
                of_files=now.of_files,
                bytes=now.report.bytes,
                idle=now.idle,
            )
        return VerificationStatus(
            running=running,
            last=self._last,
            reindexed=self._reindexed,
            clean_at=self._clean_at,
            requests=self._requests,
            waiting=self._repair.waiting,
            unread=self._unread(),
            rebuilt=self._rebuilt(),
        )

    def request(self, *, repair: bool, adopt: bool = False) -> VerificationStatus:
        """Begin a pass, now or after the requested one that is in progress. Never waits.

        ``adopt``: give a record to the photos that have none.
        """
        self._requested = _both(VerificationRequest(repair=repair, adopt=adopt), self._requested)
        self._wanted.set()
        return self.status()

    async def once(self, *, repair: bool, adopt: bool) -> VerificationStatus:
        """Make one pass now, where ``run`` does not run. Raises ``PhotonicError``."""
        await self._open_index()
        await self._load()
        self.request(repair=repair, adopt=adopt)
        await self._next_pass()
        return self.status()

    async def run(self) -> None:
        """Make the passes that are requested or due, until cancelled."""
        refusals = Recurring(self._time.monotonic)
        loaded = False
        wait_seconds = FIRST_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._wanted.wait()
            wait_seconds = FIRST_SECONDS
            try:
                await self._open_index()
                if not loaded:
                    await self._load()
                    loaded = True
                await self._next_pass()
            except PhotonicError as error:
                level = refusals.level(str(error), logging.INFO)
                log.log(level, "the photos cannot be verified yet: %s", error)
                wait_seconds = RETRY_SECONDS
                if self._requested is not None:
                    self._wanted.clear()
            finally:
                if self._pass is not None:
                    self._pass = None
                    self._on_change()

    async def _load(self) -> None:
        if (text := await self._journal.load(LAST)) is not None:
            self._last = VerificationReport.model_validate_json(text)
        if (text := await self._journal.load(CLEAN)) is not None:
            self._clean_at = datetime.fromisoformat(text)
        if (text := await self._journal.load(ENDED)) is not None:
            self._due_at = int(text) + BETWEEN_SECONDS

    async def _next_pass(self) -> None:
        self._wanted.clear()
        requested, self._requested = self._requested, None
        if requested is not None:
            self._reading.bytes_a_second = None
            try:
                began_at, repair, adopt = self._time.wall(), requested.repair, requested.adopt
                report = VerificationReport(began_at=began_at, repair=repair, adopt=adopt)
                await self._make(_Pass(report, idle=False))
                self._requests += 1
            except PhotonicError:
                self._requested = _both(requested, self._requested)  # tried again
                raise
        elif self._bytes_a_second and self._journal.running_seconds >= self._due_at:
            self._reading.bytes_a_second = self._bytes_a_second
            with suppress(_Requested):
                await self._make(await self._continued())

    async def _continued(self) -> _Pass:
        """The pass in idle time that an earlier run began, or a new one."""
        if (text := await self._journal.load(PASS)) is not None:
            row, _space, report = text.partition(" ")
            return _Pass(VerificationReport.model_validate_json(report), idle=True, row=int(row))
        return _Pass(VerificationReport(began_at=self._time.wall()), idle=True)

    async def _make(self, one: _Pass) -> None:
        one.of_files = await self._journal.count()
        self._pass = one
        self._on_change()
        one.report.second = await self._second_is_there()
        repaired_later: list[tuple[VerificationFinding, RecordedFile]] = []
        while not one.report.adopt and (files := await self._journal.files_after(one.row)):
            for file in files:
                self._make_room(one)
                before = self._reading.read_bytes
                await self._verify(one, file, repaired_later)
                one.row = file.row
                one.report.files += 1
                one.report.bytes += self._reading.read_bytes - before
            if one.idle:
                await self._journal.keep(PASS, f"{one.row} {one.report.model_dump_json()}")
        await self._unrecorded(one)
        for finding, file in repaired_later:
            if await self._repair.was_fetched(file):
                self._repaired(one, finding, "card", "repaired from the card")
        await self._end(one)

    def _make_room(self, one: _Pass) -> None:
        if one.idle and self._requested is not None:
            raise _Requested

    async def _verify(
        self, one: _Pass, file: RecordedFile, repaired_later: list[tuple[VerificationFinding, RecordedFile]]
    ) -> None:
        kind, file = await self._check.fault(file)
        if kind is not None:
            finding = self._found(one, VerificationFinding(kind=kind, path=str(file.path), capture_id=file.capture_id))
            if one.report.repair:
                source, finding.note = await self._repair.repair(file)
                if source is not None:
                    self._repaired(one, finding, source, finding.note)
                    kind = None
                elif self._repair.is_waiting(file):
                    repaired_later.append((finding, file))
        if file.second is not None and one.report.second:
            await self._verify_second(one, file, file.second, whole=kind is None)

    async def _verify_second(self, one: _Pass, file: RecordedFile, place: PurePosixPath, *, whole: bool) -> None:
        if self._check_second is None or (kind := await self._check_second.fault_at(place, file)) is None:
            return
        now = await self._journal.file(file.capture_id, file.number)
        if now is None or now.second != place or not await self._second_is_there():
            return
        finding = self._found(
            one, VerificationFinding(kind=kind, path=str(place), place="second", capture_id=file.capture_id)
        )
        if one.report.repair and whole:
            await self._journal.copy_again(now)
            self._repaired(one, finding, "photos", "it is copied to the second disk again")

    async def _unrecorded(self, one: _Pass) -> None:
        """Tell the photos in the folders that no record mentions; they are never touched."""
        folders = FoundFiles(self._root.path, self._foreign)
        while (found := await asyncio.to_thread(folders.next)) is not None:
            self._make_room(one)
            recorded = await self._journal.recorded(found)
            for path in found:
                if path not in recorded:
                    await self._tell_unrecorded(one, path)

    async def _tell_unrecorded(self, one: _Pass, path: PurePosixPath) -> None:
        other, size, sha256 = None, 0, ""
        if not one.idle:  # in idle time, what other programs store here is not read again and again
            try:
                size, sha256 = await self._reading.sha256(self._root.path / path)
            except OSError:
                return  # it is gone, or of another user
            other = next(iter(await self._journal.with_content(sha256)), None)
        if path in await self._journal.recorded([path]):
            return  # it was recorded meanwhile
        if one.report.adopt and other is None and await self._adopted(one, path, size, sha256):
            return
        kind = FindingKind.ORPHAN if other is None else FindingKind.TWICE
        note = None
        if other is None:
            unlisted = "no record mentions it: `photonic reindex` lists it"
            note = "it is not a complete photo, or of an unknown type" if one.report.adopt else unlisted
        self._found(
            one,
            VerificationFinding(kind=kind, path=str(path), other=None if other is None else str(other.path), note=note),
        )

    async def _adopted(self, one: _Pass, path: PurePosixPath, size: int, sha256: str) -> bool:
        if self._adoption is None or (record := await self._adoption.adopt(path, size, sha256)) is None:
            return False
        await self._reread(record.id)
        one.report.adopted += 1
        return True

    def _found(self, one: _Pass, finding: VerificationFinding) -> VerificationFinding:
        report = one.report
        report.counts[finding.kind] = report.counts.get(finding.kind, 0) + 1
        if finding.kind not in HARMLESS:
            report.open_count += 1
            log.error("%s (%s) is %s", finding.path, finding.place, finding.kind.value)
        if len(report.findings) < SHOWN_FINDINGS:
            report.findings = (*report.findings, finding)
        return finding

    def _repaired(self, one: _Pass, finding: VerificationFinding, source: str, note: str) -> None:
        one.report.repaired += 1
        one.report.open_count -= 1
        finding.repaired, finding.note = source, note  # pyright: ignore[reportAttributeAccessIssue]

    async def _end(self, one: _Pass) -> None:
        report = one.report
        report.ended_at = self._time.wall()
        if report.adopt:
            self._reindexed, self._pass = report, None
            log.info("%d photos without a record are listed now", report.adopted)
            self._on_change()
            return
        await self._journal.keep(LAST, report.model_dump_json())
        await self._journal.keep(ENDED, str(self._journal.running_seconds))
        await self._journal.keep(PASS, None)
        if report.clean:
            await self._journal.keep(CLEAN, report.ended_at.isoformat())
            self._clean_at = report.ended_at
        self._due_at = self._journal.running_seconds + BETWEEN_SECONDS
        self._last, self._pass = report, None
        level = logging.INFO if report.clean else logging.ERROR
        text = "verified %d files (%d MB): %d findings are open"
        log.log(level, text, report.files, report.bytes // 10**6, report.open_count)
        self._on_change()

    async def _second_is_there(self) -> bool:
        if self._second is None or not await asyncio.to_thread(self._second.is_dir):
            return False
        return await asyncio.to_thread(self._mounted)


def _both(one: VerificationRequest, other: VerificationRequest | None) -> VerificationRequest:
    """One request for what two asked for."""
    if other is None:
        return one
    return VerificationRequest(repair=one.repair or other.repair, adopt=one.adopt or other.adopt)
