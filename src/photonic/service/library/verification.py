"""Verification: each file on record is read and compared, on request, and by itself while nothing else happens.

Theory of operation
-------------------
**Two kinds of pass.** A pass that somebody requests reads as fast as leaves the disk half of the time, and repairs if
it was asked to. A pass in idle time begins ``BETWEEN_SECONDS`` of running time after the last one ended, reads at most
``rate`` bytes a second, repairs nothing (a photo that somebody has edited or deleted on purpose is not for us to bring
back), and goes on after a restart where it stopped. Both stop while a capture is queued or in execution.

**Requests** are numbered, and answered together if they wait together: one check of the files on record, which repairs
if one of them asked for that, and one search for photos without a record. A request that comes while a pass runs is
answered by a pass of its own, which begins afterwards.

What one pass reads, and in which order: ``verification_pass``.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError
from photonic.model.verification import (
    VerificationProgress,
    VerificationReport,
    VerificationRequest,
    VerificationStatus,
)
from photonic.recurring import Recurring
from photonic.service.journal.verification import CLEAN, ENDED, LAST, PASS
from photonic.service.library.verification_pass import VerificationPass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.files.paced_reading import PacedReading
    from photonic.service.journal.verification import VerificationJournal
    from photonic.service.library.repair import Repair
    from photonic.service.library.verification_pass import PhotosCheck

BETWEEN_SECONDS = 86_400
"""Running time between the end of a pass and the next one in idle time."""
FIRST_SECONDS = 60.0
"""How long after a start the first pass in idle time begins."""
RETRY_SECONDS = 30.0

log = logging.getLogger(__name__)


class _Requested(Exception):
    """A pass in idle time makes room for one that somebody has requested."""


class Verification:
    """Checks the files of one camera.

    Args:
        photos: Checks them.
        journal: The files on record.
        reading: Reads them.
        repair: Repairs them.
        open_index: Opens the index; raises ``PhotonicError``.
        time: The clocks.
        bytes_a_second: How much is read in idle time; 0: nothing is checked in idle time.
        unread: How many photos have still to be read after an unclean stop of the machine.
        rebuilt: How the index was made again at this start; ``None``: it was not.
        on_change: Called when a pass begins or ends.
    """

    def __init__(
        self,
        photos: PhotosCheck,
        journal: VerificationJournal,
        reading: PacedReading,
        repair: Repair,
        *,
        open_index: Callable[[], Awaitable[None]],
        time: Timekeeping,
        bytes_a_second: float,
        unread: Callable[[], int] = lambda: 0,
        rebuilt: Callable[[], str | None] = lambda: None,
        on_change: Callable[[], object],
    ) -> None:
        self._journal = journal
        self._reading = reading
        self._repair = repair
        self._open_index = open_index
        self._time = time
        self._bytes_a_second = bytes_a_second
        self._unread = unread
        self._rebuilt = rebuilt
        self._on_change = on_change
        self._photos = photos
        self._requests: list[VerificationRequest] = []
        self._requested = 0
        self._ended = 0
        self._reason: str | None = None
        self._wanted = asyncio.Event()
        self._pass: VerificationPass | None = None
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
            requested=self._requested,
            requests=self._ended,
            reason=self._reason,
            waiting=self._repair.waiting,
            unread=self._unread(),
            rebuilt=self._rebuilt(),
        )

    def request(self, *, repair: bool, adopt: bool = False) -> VerificationStatus:
        """Begin a pass, now or after the requested one that is in progress. Never waits.

        ``adopt``: give a record to the photos that have none; without ``repair``, only that.
        """
        self._requested += 1
        wanted = [VerificationRequest(adopt=True)] if adopt else []
        wanted += [VerificationRequest(repair=repair)] if repair or not adopt else []
        self._requests = _together([*self._requests, *wanted])
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
                wait_seconds, self._reason = RETRY_SECONDS, str(error)
                self._wanted.clear()
            else:
                self._reason = None
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
        if self._requests:
            self._reading.bytes_a_second = None
            requests, self._requests, newest = self._requests, [], self._requested
            try:
                while requests:
                    await self._make(self._for(requests[0]))
                    del requests[0]
            except Exception as error:
                self._requests = _together([*requests, *self._requests])  # tried again
                self._reason = f"{type(error).__name__}: {error}; the service's log has more"
                raise
            self._ended = newest
        elif self._bytes_a_second and self._journal.running_seconds >= self._due_at:
            self._reading.bytes_a_second = self._bytes_a_second
            with suppress(_Requested):
                await self._make(await self._continued())

    def _for(self, request: VerificationRequest) -> VerificationPass:
        report = VerificationReport(began_at=self._time.wall(), repair=request.repair, adopt=request.adopt)
        return VerificationPass(report, idle=False)

    async def _continued(self) -> VerificationPass:
        """The pass in idle time that an earlier run began, or a new one."""
        if (text := await self._journal.load(PASS)) is not None:
            return VerificationPass.continued(text)
        return VerificationPass(VerificationReport(began_at=self._time.wall()), idle=True)

    async def _make(self, one: VerificationPass) -> None:
        one.of_files = await self._journal.count()
        self._pass = one
        self._on_change()
        await self._photos.check(one, self._make_room)
        await self._end(one)

    def _make_room(self, one: VerificationPass) -> None:
        if one.idle and self._requests:
            raise _Requested

    async def _end(self, one: VerificationPass) -> None:
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


def _together(requests: Sequence[VerificationRequest]) -> list[VerificationRequest]:
    """At most one check, and one search for photos without a record, for what several requests asked for."""
    checks = [one for one in requests if not one.adopt]
    together = [VerificationRequest(repair=any(one.repair for one in checks))] if checks else []
    return together + ([VerificationRequest(adopt=True)] if len(checks) < len(requests) else [])
