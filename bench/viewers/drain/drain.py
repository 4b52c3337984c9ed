"""All viewers of one process on one epoll, and the clock of a measurement."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

from bench.viewers.drain.tally import Tally, Window, pause
from bench.viewers.drain.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.viewers.drain.viewer import Target

AT_ONCE = 64
"""Handshakes on their way: no more than a server's backlog holds."""

JOIN_WITHIN_SECONDS = 30.0
SLOW_TURN_SECONDS = 0.05
EVENTS_A_TURN = 4096


class Drain:
    """Viewers of one server. ``slow_bytes_a_second`` is what each slow viewer takes."""

    def __init__(self, target: Target, slow_bytes_a_second: int) -> None:
        self._target = target
        self._slow_bytes_a_turn = max(1, int(slow_bytes_a_second * SLOW_TURN_SECONDS))
        self._epoll = select.epoll()
        self._window = Window()
        self._good: dict[int, Viewer] = {}
        self._slow: list[Viewer] = []
        self._slow_turn_at = time.monotonic()

    def join(self, good: int, slow: int) -> None:
        """Connect so many viewers; back when each good one has had a frame.

        Raises ``TimeoutError`` when that takes too long, and ``ConnectionError`` when one was refused.
        """
        deadline = time.monotonic() + JOIN_WITHIN_SECONDS
        wanted = [False] * good + [True] * slow
        for index, is_slow in enumerate(wanted):
            # What a slow one waits for says nothing of the others: it is in a window that nobody opens.
            viewer = Viewer(self._target, Window() if is_slow else self._window, slow=is_slow)
            if is_slow:
                self._slow.append(viewer)
            else:
                self._good[viewer.socket.fileno()] = viewer
                self._epoll.register(viewer.socket, select.EPOLLIN)
            if index % AT_ONCE == AT_ONCE - 1:
                self._turn_until(deadline, lambda: self._all(lambda one: one.greeted))
        self._turn_until(deadline, lambda: self._all(lambda one: one.slow or one.counts.sequence > 0))

    def idle(self, wake: int) -> None:
        """Take frames until the descriptor ``wake`` can be read."""
        self._epoll.register(wake, select.EPOLLIN)
        try:
            while not self._turn(SLOW_TURN_SECONDS, wake):
                pass
        finally:
            self._epoll.unregister(wake)

    def measure(self, seconds: float, *, arrivals: bool = False) -> Tally:
        """What comes within so many seconds; ``arrivals``: look for a pause, too."""
        everybody = [*self._good.values(), *self._slow]
        for viewer in everybody:
            viewer.counts.clear()
        newest_before = max((one.counts.sequence for one in everybody), default=0)
        self._window.begin(arrivals=arrivals)
        began, cpu_began = time.monotonic(), time.process_time()
        while (left := began + seconds - time.monotonic()) > 0:
            self._turn(min(left, SLOW_TURN_SECONDS))
        elapsed, cpu = time.monotonic() - began, time.process_time() - cpu_began
        latency_ms = self._window.end()
        good = list(self._good.values())
        newest = max((one.counts.sequence for one in everybody), default=0)
        return Tally(
            seconds=elapsed,
            frames=[one.counts.frames for one in good],
            missed=[one.counts.missed for one in good],
            slow_frames=[one.counts.frames for one in self._slow],
            latency_ms=latency_ms,
            source_fps=(newest - newest_before) / elapsed,
            ended=[one.ended for one in everybody if one.ended is not None],
            cpu_percent=100 * cpu / elapsed,
            pause=pause(self._window.arrivals, [one.counts for one in good]) if self._window.arrivals else None,
        )

    def close(self) -> None:
        """Every viewer leaves."""
        for viewer in (*self._good.values(), *self._slow):
            viewer.close()
        self._epoll.close()

    def _turn_until(self, deadline: float, done: Callable[[], bool]) -> None:
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not every viewer had its first frame within {JOIN_WITHIN_SECONDS:.0f} s")
            self._turn(SLOW_TURN_SECONDS)

    def _all(self, holds: Callable[[Viewer], bool]) -> bool:
        for viewer in (*self._good.values(), *self._slow):
            if viewer.ended is not None:
                raise ConnectionError(f"a viewer could not join: {viewer.ended}")
            if not holds(viewer):
                return False
        return True

    def _turn(self, seconds: float, wake: int = -1) -> bool:
        """One look at all connections; whether ``wake`` can be read."""
        woken = False
        for descriptor, _events in self._epoll.poll(seconds, EVENTS_A_TURN):
            if descriptor == wake:
                woken = True
                continue
            viewer = self._good[descriptor]
            viewer.receive()
            if viewer.ended is not None:
                self._epoll.unregister(descriptor)
        self._slow_turn()
        return woken

    def _slow_turn(self) -> None:
        if not self._slow or (now := time.monotonic()) < self._slow_turn_at:
            return
        self._slow_turn_at = max(self._slow_turn_at + SLOW_TURN_SECONDS, now)
        for viewer in self._slow:
            if viewer.ended is None:
                viewer.receive(self._slow_bytes_a_turn)
