"""Work on a disk that may never answer again: one thread for it, and a deadline for everyone who waits.

Theory of operation. A call into a file system whose disk or server is gone may never return, and nothing can interrupt
it. So everything that touches such a disk runs on one thread of its own, one piece after the other. A caller that waits
for a piece gets its result, or ``NoAnswerError`` after ``PIECE_SECONDS``, and goes on without the disk. While a piece
hangs, all others get that error at once; once the disk answers, the thread goes on, and so does everyone. Neither the
event loop nor the process waits for the thread when it ends.

Pieces have to be short: what reads, writes or flushes much is done in several (``InPieces``).
"""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections import deque
from concurrent.futures import Executor, Future
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

PIECE_SECONDS = 30.0
"""How long a piece of work may take on a disk that answers, with what others began before it."""

_P = ParamSpec("_P")
_Result = TypeVar("_Result")


class NoAnswerError(OSError):
    """The disk has not answered for ``PIECE_SECONDS``. What was begun may still happen."""

    def __init__(self) -> None:
        super().__init__(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


class InPieces(Generic[_Result]):
    """Work that is done piece by piece: call ``advance`` until it returns a result. Thread-safe.

    Args:
        steps: yields ``None`` after each piece, and the result at the end.
    """

    def __init__(self, steps: Generator[_Result | None]) -> None:
        self._steps = steps
        self._lock = threading.Lock()

    def advance(self) -> _Result | None:
        """Do one piece of the work. Returns its result; ``None``: there is more to do. Raises what the work raises.

        Work that was given up has no more pieces: a thread that comes late does nothing.
        """
        with self._lock:
            # A future does not take a ``StopIteration``: it would never be done, and those that wait for it would hang.
            return next(self._steps, None)

    def close(self) -> None:
        """Give the work up; waits for the piece that is being worked on."""
        with self._lock:
            self._steps.close()


class DiskThread:
    """Does work on one disk. ``name``: of its thread."""

    def __init__(self, name: str) -> None:
        self._thread = _DaemonThread(name)
        self._newest: asyncio.Future[Any] | None = None
        self._pending = 0
        self._began = 0.0

    @property
    def hangs(self) -> bool:
        """Whether the piece in progress has not come back for ``PIECE_SECONDS``."""
        return self._pending > 0 and asyncio.get_running_loop().time() - self._began >= PIECE_SECONDS

    async def do(self, work: Callable[[], _Result]) -> _Result:
        """Run a piece of work once no other one is in progress; a cancelled caller does not end it.

        Raises ``NoAnswerError``, and what ``work`` raises.
        """
        if self.hangs:
            raise NoAnswerError
        deadline = asyncio.timeout(PIECE_SECONDS)
        try:
            async with deadline:
                while self._newest is not None and not self._newest.done():
                    await asyncio.wait({self._newest})
                return await asyncio.shield(self.later(work))
        except TimeoutError:
            if not deadline.expired():  # an error of the disk
                raise
            raise NoAnswerError from None

    def later(self, work: Callable[[], _Result]) -> asyncio.Future[_Result]:
        """Run a piece of work after all that was begun before. Never waits."""
        loop = asyncio.get_running_loop()
        if not self._pending:
            self._began = loop.time()
        self._pending += 1
        self._newest = future = loop.run_in_executor(self._thread, work)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, done: asyncio.Future[Any]) -> None:
        self._pending -= 1
        self._began = done.get_loop().time()
        if not done.cancelled():
            done.exception()  # the caller that waited for it may have gone on


class _DaemonThread(Executor):
    """One thread, which exists while there is work; the process ends without waiting for it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._runs = False

    def submit(self, fn: Callable[_P, _Result], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_Result]:
        future: Future[_Result] = Future()
        with self._lock:
            self._work.append((future, partial(fn, *args, **kwargs)))
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return future

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._work:
                    self._runs = False
                    return
                future, work = self._work.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - raised again where the future is awaited
                future.set_exception(error)
            else:
                future.set_result(result)
