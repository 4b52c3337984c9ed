"""How long the row of a capture takes while others use the index: lists, a download, a verification, a copy."""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from bench.index.roots import BEGAN, LARGE_SESSION, LARGE_SESSION_STILLS
from photonic.machine.timekeeping import Timekeeping
from photonic.model.api import CaptureRecord
from photonic.model.reach import EVERYTHING
from photonic.model.status import CapturePhase
from photonic.service.files.paced_reading import PacedReading
from photonic.service.http.session_archive import SessionArchive
from photonic.service.journal.capture_rows import CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.lists import ListJournal
from photonic.service.journal.turns import Urgency
from photonic.service.journal.verification import VerificationJournal
from photonic.service.library.file_check import FileCheck
from photonic.service.library.sessions import PlacedStill
from photonic.service.photo import naming

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
    from pathlib import Path

_Result = TypeVar("_Result")

INTERVAL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class WritingFigures:
    """The 99th percentile of the row of a capture in milliseconds, while nothing else runs and while everything does.

    ``copies``: how many copies of the index were begun meanwhile, ``longest_ms``: the longest piece of other work.
    """

    quiet_p99_ms: float
    busy_p99_ms: float
    copies: int
    longest_ms: float


def measure(root: Path, count: int) -> WritingFigures:
    """Record ``count`` captures in either state."""
    # As the service does it: looking through all that was imported would be measured as a piece of 15 ms.
    gc.collect()
    gc.freeze()
    return asyncio.run(_measure(root, count))


async def _measure(root: Path, count: int) -> WritingFigures:
    journal = _TimedJournal(root / naming.INDEX / "captures.sqlite3", time=Timekeeping.of_this_machine())
    await journal.open()
    try:
        quiet = await _record(journal, "quiet", count)
        others = [asyncio.create_task(work) for work in _others(journal, root)]
        copies = _Copies(journal)
        others.append(asyncio.create_task(copies.run()))
        journal.longest = 0.0
        busy = await _record(journal, "busy", count)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    finally:
        await journal.close()
    return WritingFigures(quiet, busy, copies.begun, journal.longest * 1000)


class _TimedJournal(CaptureJournal):
    """Notes the longest piece of work that is not a capture's."""

    longest = 0.0

    async def read(self, work: Callable[[sqlite3.Connection], _Result], urgency: Urgency = Urgency.NORMAL) -> _Result:
        def timed(connection: sqlite3.Connection) -> _Result:
            began = time.perf_counter()
            result = work(connection)
            if urgency is not Urgency.CAPTURE:
                self.longest = max(self.longest, time.perf_counter() - began)
            return result

        return await super().read(timed, urgency)


async def _record(journal: CaptureJournal, name: str, count: int) -> float:
    times: list[float] = []
    for number in range(count):
        record = CaptureRecord(
            id=f"bench-{name}-{time.monotonic_ns()}",
            camera_id="booth",
            phase=CapturePhase.QUEUED,
            session_id="bench",
            sequence_number=number,
            created_at=BEGAN,
        )
        began = time.perf_counter()
        await journal.intend(CaptureStarted(record, PurePosixPath("photos"), PurePosixPath(record.id)))
        times.append(time.perf_counter() - began)
        await asyncio.sleep(INTERVAL_SECONDS)
    return sorted(times)[len(times) * 99 // 100] * 1000


def _others(journal: CaptureJournal, root: Path) -> Sequence[Coroutine[None, None, None]]:
    lists = ListJournal(journal)

    async def stills() -> AsyncIterator[Sequence[PlacedStill]]:
        async for results in lists.oldest_first(EVERYTHING, LARGE_SESSION):
            yield [PlacedStill(one.place, one.record, tuple(root / file.path for file in one.files)) for one in results]

    async def download() -> None:
        while True:
            archive = SessionArchive(stills(), LARGE_SESSION)
            if await archive.begin():
                async for _piece in archive.pieces():
                    pass
            await asyncio.sleep(INTERVAL_SECONDS)

    async def look() -> None:
        while True:
            await lists.sessions(None, None, 100)
            await lists.stills(EVERYTHING, None, None, 100)
            await asyncio.sleep(INTERVAL_SECONDS)

    return download(), look(), _verify(journal, root)


async def _verify(journal: CaptureJournal, root: Path) -> None:
    async def idle() -> None:
        """Nobody waits for a capture here: its row is what is measured."""

    verified = VerificationJournal(journal)
    check = FileCheck(root, verified, PacedReading(idle, clock=time.monotonic))
    while True:
        row = max(0, await verified.count() - LARGE_SESSION_STILLS)  # the files that are on the disk
        while files := await verified.files_after(row):
            for file in files:
                await check.fault_at(file.path, file)
            row = files[-1].row
        await asyncio.sleep(INTERVAL_SECONDS)


class _Copies:
    """Makes one copy of the index after the other."""

    def __init__(self, journal: CaptureJournal) -> None:
        self._journal = journal
        self.begun = 0

    async def run(self) -> None:
        while True:
            self.begun += 1
            await self._journal.copy(1)
