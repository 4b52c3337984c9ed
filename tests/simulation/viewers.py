"""Viewers of live view: the real Python client, unmodified, from its sockets to its session machine.

Theory of operation. A viewer lives on the loop of what is outside of the service, so it survives every death. It dials
over the simulated network; its ``LiveView``, with the libraries below it, is what users get. All that is put under it
is the jitter of its delays, and a ``Session`` that tells a ``SessionWatch`` of every input: the same class that watches
the machine in its own tests.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.simulation.web import URL
from tests.support.session_watch import SessionWatch

from photonic.client import live
from photonic.client.live import LiveView
from photonic.protocol.session import Session

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.simulation.outside import OutsideLoop

    from photonic.protocol.session_events import Input, Output

TICK_SECONDS = 0.05
VISIT_SECONDS = 60.0
ABSENT_SECONDS = 5.0


class WatchedSession(Session):
    """The machine, which tells of every input."""

    def __init__(self, viewer: SimulatedViewer, **options: Any) -> None:
        super().__init__(**options)
        self._viewer = viewer

    def handle(self, event: Input, now: float) -> tuple[Output, ...]:
        """See ``Session``."""
        watch = self._viewer.watch
        watch.before(event, now)
        outputs = super().handle(event, now)
        watch.after(event, outputs, now)
        self._viewer.heard(event, outputs)
        return outputs


class SimulatedViewer:
    """Somebody who watches for a while, leaves, and comes back.

    Attributes: ``session`` and ``watch`` are those of the present visit, or of the last one, which began at
    ``came_at``; ``watches`` are those of all visits.

    Args:
        number: Tells viewers apart.
        outside: The loop that it lives on.
        dice: Its own generator.
        order_of: See ``SessionWatch``.
        note: Receives what it sees, for the trace.
    """

    def __init__(
        self,
        number: int,
        outside: OutsideLoop,
        dice: random.Random,
        order_of: Callable[[str], int],
        note: Callable[[str], None],
    ) -> None:
        self.number = number
        self._outside = outside
        self._dice = dice
        self._order_of = order_of
        self._note = note
        self._left = asyncio.Event()
        self._over = self._stays = False
        self._visit_ends: asyncio.Timeout | None = None
        self._task: asyncio.Task[None] | None = None
        self.visits = 0
        self.frames = 0
        self.came_at = 0.0
        self.session: WatchedSession | None = None
        self.watches: list[SessionWatch] = []

    @property
    def watch(self) -> SessionWatch:
        """What watches the present session."""
        return self.watches[-1]

    def begin(self) -> None:
        """Come for the first time."""
        self._task = self._outside.create_task(self._come_and_go())

    def stay(self) -> None:
        """From now on it does not leave; if it is away, it comes back soon."""
        self._stays = True
        if self._visit_ends is not None:
            self._visit_ends.reschedule(None)

    def end(self) -> None:
        """Leave, and do not come back."""
        self._over = True
        self._left.set()

    @property
    def ended(self) -> bool:
        """Whether it has left for good."""
        return self._task is None or self._task.done()

    @property
    def failure(self) -> BaseException | None:
        """What ended it although nobody asked; ``None``: nothing did."""
        task = self._task
        return task.exception() if task is not None and task.done() and not task.cancelled() else None

    async def _come_and_go(self) -> None:
        while not self._over:
            await self._visit(None if self._stays else self._dice.expovariate(1 / VISIT_SECONDS))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._dice.expovariate(1 / ABSENT_SECONDS)):
                    await self._left.wait()

    async def _visit(self, seconds: float | None) -> None:
        self.visits += 1
        self.came_at = self._outside.time()
        view = self._view()
        async with view:
            watching = asyncio.ensure_future(self._watch(view))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds) as ends:
                    self._visit_ends = ends
                    try:
                        await self._left.wait()
                    finally:
                        self._visit_ends = None
            await view.stop()
            await watching

    def _view(self) -> LiveView:
        """A view whose jitter is drawn from this viewer's generator, and whose session is watched."""

        def session(**options: Any) -> WatchedSession:
            self.session = made = WatchedSession(self, **options)
            self.watches.append(SessionWatch(made, self._order_of, TICK_SECONDS))
            return made

        jitter = SimpleNamespace(random=self._dice.random)
        with mock.patch.object(live, "Session", session), mock.patch.object(live, "random", jitter):
            return LiveView(URL, scale="full")

    async def _watch(self, view: LiveView) -> None:
        async for _frame in view:
            self.frames += 1

    def heard(self, event: Input, outputs: tuple[Output, ...]) -> None:
        """The session had an input."""
        session = self.session
        assert session is not None
        self._note(f"viewer {self.number}: {type(event).__name__} {len(outputs)} {session.state}")
