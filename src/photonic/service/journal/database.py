"""The journal's file: one SQLite database, one connection, one thread that uses it.

Theory of operation
-------------------
**One connection.** SQLite up to 3.40 can reset a write-ahead log wrongly when two connections use it. The file is
therefore locked for as long as it is open, and a second service on the same photo root is refused.

**One thread.** Every statement runs on the thread ``journal``, the most urgent first (``Urgency``), and those of one
urgency in the order of the calls. Transactions never interleave, and a read sees every write that has returned. A
caller that is cancelled stops waiting, but its transaction may still be committed: a caller that must know the outcome
shields the call. Only a copy of the index is made on another thread (``copying``); its steps and the pieces of work
here exclude each other.

**Pieces.** A capture waits for at most one piece of other work, since what runs is not interrupted. So no piece may
take longer than ``PIECE_SECONDS`` on a small computer, however many photos there are: every query has an index, and
what reads or changes many rows does so in pieces of ``PIECE_ROWS`` (``pieces``), each of which begins after the last
row of the one before (keyset), never by counting rows off.

**One transaction a change.** ``write`` commits everything its function did, or nothing. It returns when the data are on
the disk (``synchronous = FULL``): what the service has acknowledged survives a power cut. The parts of the journal
(captures, cards, sequences, trash, deliveries) share the file so that one transaction can span them.

**Ages without a clock.** Each transaction also records how long the service has run in all (``running``). Ages are
differences of that number, so a wrong or changed time of day does not matter. A crash loses the time since the last
transaction, which only makes ages shorter.

**Errors.** SQLite's errors become ``StorageError`` here and nowhere else. A file that is locked, full or unreadable may
be tried again; what is done about a damaged one, ``opening`` says.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from photonic.errors import StorageError
from photonic.service.base.running_time import RunningTime
from photonic.service.journal import integrity, stops
from photonic.service.journal.copying import CopyStopped, DamagedCopyError, IndexCopier
from photonic.service.journal.opening import open_with_record
from photonic.service.journal.record import IndexRecord, noted
from photonic.service.journal.record_flush import RecordFlush
from photonic.service.journal.record_lines import FOLDER
from photonic.service.journal.turns import Turns, Urgency

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping

_Result = TypeVar("_Result")
_Row = TypeVar("_Row")
_Key = TypeVar("_Key")

CLOSE_SECONDS = 10.0
"""How long closing waits for what is still to be written, and again for the file."""
PIECE_SECONDS = 0.02
"""How long one piece of work may hold the thread, apart from the flush of the disk; measured in ``bench/index``."""
PIECE_ROWS = 200
"""Rows that a piece reads with their records, or changes, unless it measures otherwise."""

KEEP_TIME_SECONDS = 5.0
"""How often the running time is recorded while a capture is in execution, so that a start knows when that one ended."""

log = logging.getLogger(__name__)


class JournalFile:
    """The database at ``path``. Every method raises ``StorageError`` when the disk or the file fails.

    Args:
        path: of the database; ``open`` creates it and the folder around it.
        time: for the running time, and the name of a damaged database.

    ``rebuilt`` says how the database was made again when it was opened; ``None``: it was not.
    """

    def __init__(self, path: Path, *, time: Timekeeping) -> None:
        self._path = path
        self.time = time
        self.running = RunningTime(time.monotonic)
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self.rebuilt: str | None = None
        self._turns = Turns()
        self._record = IndexRecord(path.parent / FOLDER)
        self._flush = RecordFlush(self._record)
        self._using = threading.Lock()
        self._copier = IndexCopier(path, self._using)
        self._opened: list[sqlite3.Connection] = []  # used on the thread

    @property
    def is_open(self) -> bool:
        """Whether the file is open and has been checked."""
        return self._connection is not None

    async def open(self) -> None:
        """Open and check the file, or create it.

        A file of an earlier version is upgraded, completely or not at all. A damaged file is set aside and
        made again from its record and copies. Does nothing when the file is open.
        """
        if self._connection is None:
            self._thread = self._thread or ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
            try:
                record = self._record = IndexRecord(self._path.parent / FOLDER)
                self._flush = RecordFlush(record)
                self._copier = IndexCopier(self._path, self._using)
                connection, before, self.rebuilt = await self._on_thread(self._thread, lambda: self._open(record))
            except OSError as error:
                raise StorageError(
                    f"cannot open the photo index {self._path} ({error.strerror or error}): "
                    "check that the photo root is mounted and writable"
                ) from error
            self._connection, self.running = connection, RunningTime(self.time.monotonic, before)

    async def close(self) -> None:
        """Finish pending calls, then close the file. Does nothing if it is not open.

        Returns after twice ``CLOSE_SECONDS`` at the latest: on a disk that does not answer, the file is closed when it
        does.
        """
        thread = self._thread
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                if self._connection is not None:
                    with suppress(StorageError):  # losing some running time only makes ages shorter
                        await self.write(stops.stopped)
                await self._flush.close()
                await asyncio.to_thread(self._copier.stop)
                self._thread = self._connection = None
                async with self._turns.turn(Urgency.CLOSING):
                    pass
        except TimeoutError:
            log.error("the photo index %s is closed later: its disk does not answer", self._path)  # noqa: TRY400 - the message says everything
        finally:
            self._thread = self._connection = None
            if thread is not None:
                closing = asyncio.get_running_loop().run_in_executor(thread, self._close)
                thread.shutdown(wait=False)
                await asyncio.wait([closing], timeout=CLOSE_SECONDS)

    async def keep_time(self) -> None:
        """Record the running time, for periods in which nothing else is written."""
        await self.write(lambda _connection: None)

    async def keep_time_until_cancelled(self) -> None:
        """Record the running time every ``KEEP_TIME_SECONDS``, where the disk allows it."""
        while True:
            await asyncio.sleep(KEEP_TIME_SECONDS)
            with suppress(StorageError):
                await self.keep_time()

    async def write(
        self, change: Callable[[sqlite3.Connection], _Result], urgency: Urgency = Urgency.NORMAL
    ) -> _Result:
        """Run ``change`` in one transaction. When this returns, the change survives a power cut.

        Even if ``change`` changes nothing, something is written. That takes the place of an earlier transaction whose
        commit failed, and which a crash could otherwise bring back.
        """

        def commit(connection: sqlite3.Connection) -> _Result:
            with connection:
                result = change(connection)
                self._record.forget(connection)
                stops.heartbeat(connection, self.running.seconds)
            self._record.committed(connection, self.running.seconds)
            return result

        try:
            return await self.read(commit, urgency)
        finally:
            self._flush.wake()

    async def copy(self, kept: int) -> Path:
        """Make a copy of the index, and keep the newest ``kept`` ones. Others use the index meanwhile."""
        connection, copier = self._connection, self._copier
        if connection is None:
            raise StorageError(f"the photo index {self._path} is not open")
        try:
            return await asyncio.to_thread(copier.copy, connection, kept)
        except DamagedCopyError:
            integrity.mark(self._path)
            raise
        except (CopyStopped, sqlite3.Error) as error:
            raise StorageError(f"the photo index was not copied ({error})") from error

    async def newest_copy(self) -> tuple[int, int] | None:
        """The number of the newest change in the newest copy, and its running time in seconds; ``None``: no copy."""
        return await asyncio.to_thread(self._copier.newest)

    async def newest_change(self) -> int:
        """The number of the newest change."""
        return await self.read(lambda connection: noted(connection)[0], Urgency.IDLE)

    async def keep_record(self, rows: int) -> bool:
        """Do one piece of the record's upkeep: copy ``rows`` rows into a new file; return whether there is more."""
        if not await self.read(lambda connection: self._record.copy_some(connection, rows), Urgency.IDLE):
            return await self.read(self._record.renew, Urgency.IDLE)
        if self._record.place_is_due:
            await self._flush.now()
            await self.write(self._record.keep_place, Urgency.IDLE)
        return True

    async def read(self, work: Callable[[sqlite3.Connection], _Result], urgency: Urgency = Urgency.NORMAL) -> _Result:
        """Run ``work`` on the journal's thread and return its result. It has to be short: see "Pieces" above."""
        thread, connection = self._thread, self._connection
        if thread is None or connection is None:
            raise StorageError(f"the photo index {self._path} is not open")

        def alone() -> _Result:
            with self._using:
                return work(connection)

        async with self._turns.turn(urgency):
            return await self._on_thread(thread, alone)

    async def pieces(
        self,
        piece: Callable[[sqlite3.Connection, _Key | None], Sequence[_Row]],
        key: Callable[[_Row], _Key],
        urgency: Urgency = Urgency.NORMAL,
    ) -> AsyncIterator[Sequence[_Row]]:
        """Yield many rows piece by piece; others use the thread in between, and may change the rows that follow.

        Args:
            piece: returns the next rows after a key, in its order, at most ``PIECE_ROWS`` (``None``: the first ones).
            key: the key of a row, which no later change moves.
            urgency: of each piece.
        """
        after: _Key | None = None
        while rows := await self.read(lambda connection, after=after: piece(connection, after), urgency):
            yield rows
            after = key(rows[-1])

    def _open(self, record: IndexRecord) -> tuple[sqlite3.Connection, int, str | None]:
        self._close()  # what a call opened that was cancelled
        opened = open_with_record(self._path, record, self.time)
        self._opened.append(opened[0])
        return opened

    def _close(self) -> None:
        with self._using:
            while self._opened:
                self._opened.pop().close()

    async def _on_thread(self, thread: ThreadPoolExecutor, work: Callable[[], _Result]) -> _Result:
        try:
            running = asyncio.get_running_loop().run_in_executor(thread, work)
        except RuntimeError:  # the file is closed, and this call has waited for too long
            raise StorageError(f"the photo index {self._path} is not open") from None
        try:
            return await running
        except sqlite3.Error as error:
            integrity.suspect(self._path, error)
            raise StorageError(
                f"the photo index {self._path} failed ({error}): "
                "check that the disk has space and that no other service uses this photo root"
            ) from error
        except (ValueError, OverflowError) as error:
            # pydantic raises ValueError for an invalid record, sqlite3 OverflowError for a number that is too large.
            raise StorageError(
                f"the photo index {self._path} contains or was given an invalid value ({_first_line(error)}): "
                "the photos are not affected; see the log, and check the index with photonic doctor"
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
