"""An event loop on simulated time: it never waits, it goes to the next timer.

Theory of operation
-------------------
**Time** moves only here: by a microsecond a turn, and to the next timer if nothing is ready. Timers of one moment run
in the order in which they were made; asyncio's own heap compares only the moment, so it does not keep that order.

**Threads.** There are none. A job for an executor runs inline, at a drawn moment; its result arrives at a later one. An
executor with one thread runs its jobs one after the other, in order. A job is atomic. One that was cancelled before its
moment never runs; one that was cancelled afterwards has run. Within a job there is no running loop, as in a thread.

**Order.** What asyncio keeps in sets has the same order in every process (``numbered_tasks.py``).

**Death.** See ``death.py``. ``die_before`` ends the life before a step; one step is one callback.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings
from asyncio import events
from contextvars import copy_context
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from tests.simulation.death import Life
from tests.simulation.numbered_tasks import NumberedFuture, NumberedTask
from tests.simulation.stream import FarEnd, FarSide, NearTransport

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Coroutine, Generator
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import Context

    from tests.simulation.randomness import Randomness
    from tests.simulation.trace import Trace

TURN_SECONDS = 1e-6
JOB_SECONDS = 0.004
LONG_JOB_SECONDS = 1.5
LONG_JOB_ONE_IN = 400
ROUNDS_TO_BURY = 50
CLOSES_AT_MOST = 20


class NothingLeftError(RuntimeError):
    """The loop has no callback and no timer: nothing will ever happen again."""


class Step(asyncio.Handle):
    """A callback. Unlike asyncio's own, it does not ask whether the loop is debugged: there are too many."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], loop: SimulatedLoop, context: Context | None
    ) -> None:
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = copy_context() if context is None else context
        self._cancelled = False
        self._repr = self._source_traceback = None

    def cancel(self) -> None:
        """See ``asyncio``."""
        self._cancelled = True
        self._callback, self._args = None, ()


class Timer(asyncio.TimerHandle):
    """A callback for a moment; as ``Step``."""

    __slots__ = ()

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: SimulatedLoop,
        context: Context | None,
    ) -> None:
        self._when = when
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = copy_context() if context is None else context
        self._scheduled = self._cancelled = False
        self._repr = self._source_traceback = None

    def cancel(self) -> None:
        """See ``asyncio``; the loop passes over it when its moment comes."""
        self._cancelled = True
        self._callback, self._args = None, ()


class SimulatedLoop(asyncio.BaseEventLoop):
    """The loop of one life of the process.

    Args:
        randomness: Of the history; the loop's parts are ``loop`` and ``stream``.
        trace: Of the history; the loop becomes its clock.
        life: Ends with a death; ``None``: a life of its own.
        start: Seconds of the monotonic clock at its beginning. The next life of one machine begins later.
    """

    def __init__(
        self, randomness: Randomness, trace: Trace, *, life: Life | None = None, start: float = 1000.0
    ) -> None:
        super().__init__()
        self._draws = randomness.part("loop")
        self._stream_draws = randomness.part("stream")
        self.trace = trace
        self.life = life or Life()
        self.steps = 0
        self._last_step = -1
        self._last_is_power = False
        self.now = start
        """Simulated seconds, as ``time``; set only here."""
        self._made = 0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._busy_until: dict[ThreadPoolExecutor, float] = {}
        trace.clock = self.time

    if TYPE_CHECKING:  # what BaseEventLoop has besides
        _closed: bool
        _ready: deque[asyncio.Handle]
        _stopping: bool

        def _check_closed(self) -> None: ...

    def time(self) -> float:
        """Simulated seconds, monotonic."""
        return self.now

    def die_before(self, step: int, *, power: bool = False) -> None:
        """End the life before the ``step``-th step of this loop."""
        self._last_step, self._last_is_power = step, power

    # What BaseEventLoop leaves to be done, and what it does otherwise

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if self._closed:
            self._check_closed()
        timer = Timer(when, callback, args, self, context)
        self._made = made = self._made + 1
        heappush(self._timers, (when, made, timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        if self._closed:
            self._check_closed()
        step = Step(callback, args, self, context)
        self._ready.append(step)
        return step

    def create_future(self) -> asyncio.Future[Any]:
        future = NumberedFuture(loop=self)
        self._made = future.number = self._made + 1
        return future

    def create_task(
        self,
        coro: Generator[Any, None, Any] | Coroutine[Any, Any, Any],
        *,
        name: object = None,
        context: Context | None = None,
        **how: Any,
    ) -> asyncio.Task[Any]:
        self._check_closed()
        self._made += 1
        # asyncio counts the names of its tasks for the whole process.
        return NumberedTask(
            self._made,
            coro,
            loop=self,
            name=f"Task-{self._made}" if name is None else str(name),
            context=context,
            **how,
        )

    def _write_to_self(self) -> None:
        pass  # no selector that must be woken

    def _process_events(self, event_list: object) -> None:
        pass

    def _run_once(self) -> None:
        """Turn after turn, until the loop is to stop; asyncio's own does one."""
        ready, life = self._ready, self.life
        while True:
            self._next_moment()
            for _each in range(len(ready)):
                handle = ready.popleft()
                if handle._cancelled:
                    continue
                self.steps = step = self.steps + 1
                if step == self._last_step:
                    self.trace.note("loop", f"dies before step {step}")
                    raise life.end(f"step {step}", power=self._last_is_power)
                try:
                    handle._context.run(handle._callback, *handle._args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:  # noqa: BLE001 - as in asyncio
                    self._report(handle, error)
                if life.ended is not None:
                    raise life.ended
            if self._stopping:
                return

    def _next_moment(self) -> None:
        """Let time pass until something is ready, and make ready what is due."""
        ready, timers = self._ready, self._timers
        while timers and timers[0][2]._cancelled:
            heappop(timers)
        if ready or self._stopping:
            now = self.now + TURN_SECONDS
        elif timers:
            now = max(self.now + TURN_SECONDS, timers[0][0])
        else:
            raise NothingLeftError("no callback and no timer is left: nothing will ever happen again")
        self.now = now
        while timers and timers[0][0] <= now:
            timer = heappop(timers)[2]
            if not timer._cancelled:
                ready.append(timer)

    def _report(self, handle: asyncio.Handle, error: BaseException) -> None:
        """A callback has failed."""
        message = f"Exception in callback {handle._callback!r}"
        self.call_exception_handler({"message": message, "exception": error, "handle": handle})

    # Jobs

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - also its own executors
        """Run the job at a drawn moment; the future gets its result at a later one."""
        self._check_closed()
        future = self.create_future()
        begin = self.now + self._job_seconds()
        if executor is not None:
            # The thread of a disk that may hang is one thread, and has no end.
            if getattr(executor, "_shutdown", False):
                raise RuntimeError("cannot schedule new futures after shutdown")
            if getattr(executor, "_max_workers", 1) == 1:
                begin = max(begin, self._busy_until.get(executor, 0.0))
                self._busy_until[executor] = end = begin + self._job_seconds()
                self.call_at(begin, self._run_job, future, end, func, args)
                return future
        self.call_at(begin, self._run_job, future, begin + self._job_seconds(), func, args)
        return future

    def _job_seconds(self) -> float:
        drawn = self._draws.random()
        if drawn * LONG_JOB_ONE_IN < 1:
            return drawn * LONG_JOB_ONE_IN * LONG_JOB_SECONDS
        return drawn * drawn * JOB_SECONDS

    def _run_job(
        self, future: asyncio.Future[Any], end: float, func: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        if future.cancelled():
            return
        events._set_running_loop(None)
        try:
            result = func(*args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - as a thread does, the caller gets it
            self.call_at(end, _fail, future, error)
        else:
            self.call_at(end, _deliver, future, result)
        finally:
            events._set_running_loop(self)

    # The link

    def link(self, protocol: asyncio.BaseProtocol, far_side: FarSide, **extra: Any) -> NearTransport:
        """Connect the protocol with the far side in memory. Both have been told when this returns."""
        transport = NearTransport(self, self._stream_draws, protocol, far_side, extra)
        protocol.connection_made(transport)
        far_side.connected(FarEnd(transport))
        return transport

    # The dead

    def bury(self) -> None:
        """Close what a dead process has left behind; the disk has to refuse it (its life has ended). Closes the loop.

        The coroutines of its tasks are closed in the order in which they were made, then everything that is garbage is
        collected, all of it before the next life begins. Keep the collector off while a history runs, and freeze what
        was there before (``gc.freeze``), so that this is quick.
        """
        death = self.life.end("buried")
        self.set_exception_handler(lambda _loop, _context: None)
        collecting = gc.isenabled()
        gc.disable()
        with warnings.catch_warnings():
            # The dead have closed nothing, and do not begin what they meant to.
            warnings.simplefilter("ignore", ResourceWarning)
            warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
            self._close_tasks()
            # What holds the frames of the dead, and so their files and connections.
            death.with_traceback(None)
            self._ready.clear()
            self._timers.clear()
            self.close()
            hook, sys.unraisablehook = sys.unraisablehook, _unheard  # a generator's ``finally`` meets the dead disk
            gc.collect()
            sys.unraisablehook = hook
        if collecting:
            gc.enable()

    def _close_tasks(self) -> None:
        """Close the coroutines of all tasks, and of those that they still begin meanwhile."""
        events._set_running_loop(self)
        try:
            closed: set[asyncio.Task[Any]] = set()
            for _round in range(ROUNDS_TO_BURY):
                left = sorted(asyncio.all_tasks(self) - closed, key=hash)
                if not left:
                    break
                for task in left:
                    _close(task)
                closed.update(left)
        finally:
            events._set_running_loop(None)


def _unheard(unraisable: sys.UnraisableHookArgs) -> None:
    """What the garbage of the dead raises."""


def _close(task: asyncio.Task[Any]) -> None:
    """Close the task's coroutine, which may await once more in a ``finally``, or raise."""
    task._log_destroy_pending = False  # pyright: ignore[reportAttributeAccessIssue]
    coroutine = task.get_coro()
    for _each in range(CLOSES_AT_MOST):
        try:
            coroutine.close()
        except RuntimeError:
            continue  # it ignored the end, and waits again; closed once more it goes on, or has ended already
        except BaseException:  # noqa: BLE001 - whatever the dead still say
            return
        else:
            return


def _deliver(future: asyncio.Future[Any], result: object) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
