"""The main thread of a simulated camera process: the real driver's code, which blocks, on an event loop that must not.

Theory of operation: the code runs in a greenlet. Where it would wait (for a command, for the camera, for time to pass)
it hands control back to the loop, which resumes it at the simulated time. So it is interrupted only there, and the same
seed interrupts it at the same places. SIGKILL is an exception at the place where it waits, during which the functions
that change files do nothing but raise it again: a killed process cleans nothing up.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from unittest import mock

import greenlet

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator

_CHANGES = (
    "open",
    "write",
    "unlink",
    "remove",
    "rename",
    "replace",
    "mkdir",
    "rmdir",
    "ftruncate",
    "truncate",
    "posix_fallocate",
    "fsync",
)


class Killed(BaseException):
    """This process has ended; only so that its code leaves the stack."""


class DriverThread:
    """Runs ``main`` from ``start`` until it returns or the process is ended.

    ``waits`` is called before each wait, and at the end; ``ended`` after ``main`` has returned.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        main: Callable[[], None],
        *,
        waits: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._waits = waits
        self._ended = ended
        self._greenlet = greenlet.greenlet(main)
        self._timer: asyncio.Handle | None = None
        self._woken = False
        self._wakeable = False
        self._waiting = False
        self._orphaned = False
        self._over: Callable[[], None] | None = None
        self.dead = False

    def start(self, delay_seconds: float) -> None:
        """Begin after this time."""
        self._timer = self._loop.call_later(delay_seconds, self._resume)

    def pause(self, seconds: float) -> None:
        """Let this time pass. In the thread only."""
        self._wait(seconds)

    def wait(self, seconds: float) -> bool:
        """Let this time pass, or less if ``wake`` is called; returns whether it was. In the thread only."""
        self._woken = False
        self._wakeable = True
        try:
            self._wait(seconds)
        finally:
            self._wakeable = False
        return self._woken

    def wake(self) -> None:
        """End a ``wait`` as soon as possible."""
        if self._wakeable and not self._woken and self._timer is not None:
            self._woken = True
            self._timer.cancel()
            self._timer = self._loop.call_soon(self._resume)

    def leave(self, over: Callable[[], None]) -> None:
        """End here and now, as by ``os._exit`` or a crash; ``over`` is then called by the loop. In the thread only."""
        self._over = over
        self._switch_away()

    def step(self) -> bool:
        """Run to the next wait without the loop, which is gone; returns whether the thread is still there."""
        self._orphaned = True
        if self._waiting and not self.dead:
            self._switch_to()
        return not self.dead

    def kill(self) -> None:
        """End it where it waits, and have it clean up nothing."""
        if self.dead:
            return
        self.dead = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._greenlet:
            self._greenlet.parent = greenlet.getcurrent()
            with _changing_nothing(), suppress(Killed):
                self._greenlet.throw(Killed)

    def alive(self) -> None:
        """Raise ``Killed`` if the process has ended. In the thread only."""
        if self.dead:
            raise Killed

    def _wait(self, seconds: float) -> None:
        self.alive()
        if not self._orphaned:
            self._timer = self._loop.call_later(max(0.0, seconds), self._resume)
        self._waiting = True
        self._switch_away()

    def _switch_away(self) -> None:
        self._waits()
        parent = self._greenlet.parent
        assert parent is not None
        parent.switch()
        self.alive()

    def _resume(self) -> None:
        self._timer = None
        if not self.dead:
            self._switch_to()

    def _switch_to(self) -> None:
        self._waiting = False
        self._greenlet.parent = greenlet.getcurrent()
        try:
            self._greenlet.switch()
        except BaseException:
            self.dead = True  # the service died in the middle of an operation of this process, and it with it
            raise
        if (over := self._over) is not None:
            self.kill()
            over()
        elif self._greenlet.dead and not self.dead:
            self._waits()
            self.dead = True
            self._ended()


@contextmanager
def _changing_nothing() -> Generator[None]:
    """Every function that changes a file raises ``Killed`` while the code of a dead process leaves the stack."""

    def refuse(*_arguments: object, **_named: object) -> object:
        raise Killed

    with mock.patch.multiple(os, **dict.fromkeys(_CHANGES, refuse)), mock.patch.object(io, "open", refuse):
        yield
