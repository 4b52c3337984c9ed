"""The computers around the service: one event loop for all of them, which survives the service.

Theory of operation. The service's process has its own loop, which ends with it at each death. A viewer must survive
that, sockets, timers and all, since what a viewer does after a death is what its tests are about. So viewers, receivers
and the network have a loop of their own. It has no thread: it is the *guest* of the service's loop, which gives it a
turn whenever something of the guest's is due. In a turn the guest is the running loop, runs all that is ready, and
returns. Nothing of the service runs meanwhile, just as nothing of it runs during any other callback. When the host
dies, the guest keeps its tasks and timers, and goes on as the guest of the next life's loop; time that the host's clock
counts from its own beginning is added to what the guest has seen before.
"""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.simulation.loop import NumberedFuture, NumberedTask

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

RESOLUTION_SECONDS = 1e-9
ROUNDING_SECONDS = 1e-6
"""A turn may begin this much before the timer that it is for: two clocks are added up."""
ROUNDS_LIMIT = 100_000
"""Rounds of ready callbacks in one turn; a guest that needs more never waits for anything."""


class _NoSelector:
    """There is nothing to wait for: whatever happens to the guest is a callback."""

    def select(self, _timeout: float | None = None) -> list[Any]:
        return []

    def close(self) -> None:
        return


class OutsideLoop(asyncio.BaseEventLoop):
    """A loop that runs as the guest of another one. ``failures`` are exceptions that nobody handled."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _NoSelector()
        self._clock_resolution = RESOLUTION_SECONDS
        self._host: asyncio.AbstractEventLoop | None = None
        self._turn: asyncio.Handle | None = None
        self._turn_at = 0.0
        self._in_turn = False
        self._seconds = 0.0
        self._host_since = 0.0
        self._at_least = 0.0
        self._made = 0
        self.failures: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _loop, context: self.failures.append(context))

    def time(self) -> float:
        """Seconds since the first life began."""
        host = self._host
        seconds = self._seconds if host is None else self._seconds + host.time() - self._host_since
        return max(self._at_least, seconds)

    @contextmanager
    def hosted(self, host: asyncio.AbstractEventLoop) -> Generator[None]:
        """Run as the guest of ``host`` while the context lasts."""
        self._host, self._host_since = host, host.time()
        self._arrange()
        try:
            yield
        finally:
            self._seconds = self.time()
            self._host = None
            if self._turn is not None:
                self._turn.cancel()
                self._turn = None

    def run_out(self) -> None:
        """Cancel every task and let it end, at this moment; then close. No loop may be running."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self._take_turn()
        left = [task for task in asyncio.all_tasks(self) if not task.done()]
        self.close()
        if left:
            raise AssertionError(f"tasks outside of the service do not end when they are cancelled: {left}")

    def create_future(self) -> asyncio.Future[Any]:
        """See ``asyncio``."""
        future = NumberedFuture(loop=self)
        self._made = future.number = self._made + 1
        return future

    def create_task(
        self, coro: Any, *, name: object = None, context: contextvars.Context | None = None, **how: Any
    ) -> asyncio.Task[Any]:
        """See ``asyncio``."""
        self._made += 1
        called = f"Outside-{self._made}" if name is None else str(name)
        return NumberedTask(self._made, coro, loop=self, name=called, context=context, **how)

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """See ``asyncio``."""
        handle = super().call_soon(callback, *args, context=context)
        self._arrange()
        return handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """See ``asyncio``."""
        handle = super().call_at(when, callback, *args, context=context)
        self._arrange()
        return handle

    def _write_to_self(self) -> None:
        self._arrange()

    def _process_events(self, event_list: list[Any]) -> None:
        assert not event_list

    def _arrange(self) -> None:
        """Ask the host for the next turn, unless one is due early enough."""
        host = self._host
        if host is None or self._in_turn:
            return
        at = self._next_at()
        if at is None or (self._turn is not None and self._turn_at <= at):
            return
        if self._turn is not None:
            self._turn.cancel()
        self._turn_at = at
        context = contextvars.Context()
        if at <= self.time():
            self._turn = host.call_soon(self._take_turn, context=context)
        else:
            self._turn = host.call_at(at - self._seconds + self._host_since, self._take_turn, context=context)

    def _next_at(self) -> float | None:
        base: Any = self  # what the base class keeps for itself
        if base._ready:
            return self.time()
        return base._scheduled[0].when() if base._scheduled else None

    def _take_turn(self) -> None:
        self._turn = None
        host = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        self._in_turn = True
        base: Any = self
        try:
            for _round in range(ROUNDS_LIMIT):
                at = self._next_at()
                if at is None or at > self.time() + ROUNDING_SECONDS:
                    break
                self._at_least = max(self._at_least, at)  # no timer comes early
                base._run_once()
            else:
                raise AssertionError("what is outside of the service never waits")
        finally:
            self._in_turn = False
            asyncio._set_running_loop(host)
        self._arrange()
