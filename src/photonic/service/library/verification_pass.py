"""One pass of a verification: everything in a photo root is read and compared, once.

Theory of operation
-------------------
**Order.** First the files on record, with their second copies, by pages of the index; then the photos in the folders
that no record mentions. Nothing is kept in memory but the first findings, the photos that the card may repair, and the
counts. A pass in idle time is kept in the index after each page, and goes on there after a restart.

**The second disk may hang, or go.** Then the pass goes on without it, and its report says so.

**Races.** Photos are taken, deleted and restored meanwhile. What looks wrong is looked at once more with its record as
it is then (``file_check``); what was recorded after the pass has passed its place belongs to the next one.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.model.verification import (
    HARMLESS,
    SHOWN_FINDINGS,
    FindingKind,
    VerificationFinding,
    VerificationReport,
)
from photonic.service.files.disk_thread import NoAnswerError
from photonic.service.files.found_files import FoundFiles
from photonic.service.files.second_root import SecondDiskError
from photonic.service.journal.verification import PASS, RecordedFile
from photonic.service.library.file_check import FileCheck

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import PurePosixPath

    from photonic.model.reason import Reason
    from photonic.service.files.paced_reading import PacedReading
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.files.second_root import SecondRoot
    from photonic.service.journal.verification import VerificationJournal
    from photonic.service.library.adoption import Adoption
    from photonic.service.library.repair import Repair

log = logging.getLogger(__name__)


@dataclass
class VerificationPass:
    """A pass in progress.

    Args:
        report: what it has found.
        idle: it is one in idle time: it repairs nothing, and makes room for one that is requested.
        row: the last file on record that it has checked.
        of_files: how many files are on record.
        repaired_later: findings whose photo is being fetched from the card.
    """

    report: VerificationReport
    idle: bool
    row: int = 0
    of_files: int = 0
    repaired_later: list[tuple[VerificationFinding, RecordedFile]] = field(
        default_factory=list[tuple[VerificationFinding, RecordedFile]]
    )

    def kept(self) -> str:
        """What the index keeps of it: where it is, and its report."""
        return f"{self.row} {self.report.model_dump_json()}"

    @classmethod
    def continued(cls, kept: str) -> VerificationPass:
        """The pass in idle time that an earlier run of the service began."""
        row, _space, report = kept.partition(" ")
        return cls(VerificationReport.model_validate_json(report), idle=True, row=int(row))

    def found(self, finding: VerificationFinding) -> VerificationFinding:
        """Count a finding, and report it if it is one of the first. Returns it."""
        report = self.report
        report.counts[finding.kind] = report.counts.get(finding.kind, 0) + 1
        if finding.kind not in HARMLESS:
            report.open_count += 1
        if len(report.findings) < SHOWN_FINDINGS:
            if finding.kind not in HARMLESS:
                log.error("%s (%s) is %s", finding.path, finding.place, finding.kind.value)
            report.findings = (*report.findings, finding)
        return finding

    def repaired(self, finding: VerificationFinding, source: str, note: str) -> None:
        """Count a finding as repaired from ``source``; ``note`` says how."""
        self.report.repaired += 1
        self.report.open_count -= 1
        finding.repaired, finding.note = source, note  # pyright: ignore[reportAttributeAccessIssue]


class PhotosCheck:
    """Checks all photos of one camera, pass by pass.

    Args:
        root: The photo root.
        journal: The files on record.
        reading: Reads them.
        repair: Repairs them.
        adoption: Gives a record to photos that have none.
        reread: Called with the id of each new record.
        second: The folder of the second copies; ``None``: there is none.
        foreign: Folders in the photo root that belong to other cameras.
    """

    def __init__(
        self,
        root: PhotoRoot,
        journal: VerificationJournal,
        reading: PacedReading,
        repair: Repair,
        *,
        adoption: Adoption,
        reread: Callable[[str], Awaitable[object]],
        second: SecondRoot | None,
        foreign: tuple[str, ...],
    ) -> None:
        self._root = root
        self._journal = journal
        self._reading = reading
        self._repair = repair
        self._adoption = adoption
        self._reread = reread
        self._second = second
        self._foreign = foreign
        self._check = FileCheck(root.path, journal, reading)
        self._check_second = None if second is None else FileCheck(second.path, journal, reading, second.thread)

    async def check(self, one: VerificationPass, make_room: Callable[[VerificationPass], None]) -> None:
        """Make one pass from where it is to its end. Raises ``StorageError``.

        ``make_room`` is called before each file; the pass ends with what it raises, and can be continued.
        """
        one.report.second, one.report.second_reason = None, None
        if self._second is not None:
            one.report.second = True
            await self._look_at_second(one, self._second)
        while not one.report.adopt and (files := await self._journal.files_after(one.row)):
            for file in files:
                make_room(one)
                before = self._reading.read_bytes
                await self._verify(one, file)
                one.row = file.row
                one.report.files += 1
                one.report.bytes += self._reading.read_bytes - before
            if one.idle:
                await self._journal.keep(PASS, one.kept())
        await self._unrecorded(one, make_room)
        if one.repaired_later:
            await self._repair.card_has_sent()
        for finding, file in one.repaired_later:
            if self._repair.was_fetched(file):
                one.repaired(finding, "card", "repaired from the card")

    async def _verify(self, one: VerificationPass, file: RecordedFile) -> None:
        kind, file = await self._check.fault(file)
        if kind is not None:
            finding = one.found(VerificationFinding(kind=kind, path=str(file.path), capture_id=file.capture_id))
            if one.report.repair:
                source, finding.note = await self._repair.repair(file)
                if source is not None:
                    one.repaired(finding, source, finding.note)
                    kind = None
                elif self._repair.is_waiting(file):
                    one.repaired_later.append((finding, file))
        if self._second is not None and file.second is not None and one.report.second:
            try:
                await self._verify_second(one, file, file.second, self._second, whole=kind is None)
            except NoAnswerError:
                _without_second(one, self._second.no_answer())

    async def _verify_second(
        self, one: VerificationPass, file: RecordedFile, place: PurePosixPath, second: SecondRoot, *, whole: bool
    ) -> None:
        if self._check_second is None or (kind := await self._check_second.fault_at(place, file)) is None:
            return
        now = await self._journal.file(file.capture_id, file.number)
        if now is None or now.second != place or not await self._look_at_second(one, second):
            return
        finding = one.found(VerificationFinding(kind=kind, path=str(place), place="second", capture_id=file.capture_id))
        if one.report.repair and whole:
            await self._journal.copy_again(now)
            one.repaired(finding, "photos", "it is copied to the second disk again")

    async def _unrecorded(self, one: VerificationPass, make_room: Callable[[VerificationPass], None]) -> None:
        """Tell the photos in the folders that no record mentions; they are never touched."""
        folders = FoundFiles(self._root.path, self._foreign)
        while (found := await asyncio.to_thread(folders.next)) is not None:
            make_room(one)
            recorded = await self._journal.recorded(found)
            for path in found:
                if path not in recorded:
                    await self._tell_unrecorded(one, path)

    async def _tell_unrecorded(self, one: VerificationPass, path: PurePosixPath) -> None:
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
        one.found(
            VerificationFinding(kind=kind, path=str(path), other=None if other is None else str(other.path), note=note),
        )

    async def _adopted(self, one: VerificationPass, path: PurePosixPath, size: int, sha256: str) -> bool:
        if (record := await self._adoption.adopt(path, size, sha256)) is None:
            return False
        await self._reread(record.id)
        one.report.adopted += 1
        return True

    async def _look_at_second(self, one: VerificationPass, second: SecondRoot) -> bool:
        """Whether the second disk is there; if not, the pass goes on without it."""
        try:
            if await second.do(lambda: second.path.is_dir() and second.is_there()):
                return True
            _without_second(one, second.gone("mount it"))
        except SecondDiskError as error:
            _without_second(one, error.why)
        return False


def _without_second(one: VerificationPass, why: Reason) -> None:
    log.warning("the copies on the second disk are not compared: %s", why.text)
    one.report.second = False
    one.report.second_reason = f"{why.text}; then verify again, since copies on it were not compared"
