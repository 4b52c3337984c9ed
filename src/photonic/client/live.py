"""Live view that survives interruptions: it yields frames, and reports its state when there are none."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Self, TypeVar

from photonic.client.address import ServiceAddress
from photonic.client.newest import Follower, Newest
from photonic.client.questions import Questions
from photonic.client.sockets import Sockets
from photonic.client.state_change import StateChange
from photonic.client.statistics import FlowMeter, LiveStatistics
from photonic.client.trust import trust_of
from photonic.model.hints import AUTO, parse_hints
from photonic.protocol.session import Session
from photonic.protocol.session_events import (
    AskPreviewRestart,
    Close,
    Dial,
    GetStatus,
    Input,
    Notify,
    Output,
    SessionState,
    Show,
    Start,
    Stop,
    Tick,
    WakeAt,
)
from photonic.protocol.session_times import SessionTimes

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Coroutine
    from types import TracebackType

    from photonic.errors import ServiceError
    from photonic.model.frame import Frame
    from photonic.model.status import Snapshot

Result = TypeVar("Result")


class LiveView:
    """One viewer of one camera's live view. Entering the ``async with`` block starts it, leaving the block stops it::

        async with LiveView("http://127.0.0.1:8000") as view:
            async for frame in view:
                show(frame.jpeg)

    Args:
        url: The address of the service.
        camera: Its name or serial number; ``None``: the default camera.
        token: The token that the service requires from other machines; ``None``: no token.
        max_fps: At most this many frames per second; ``None``: every frame.
        scale: Size of the frames: ``auto``, ``full``, ``half``, ``quarter``; ``snapshot.viewer`` has the actual one.
        give_up_after_seconds: End the view after this long without a frame, not counting captures; ``None``: never.
        raise_when_refused: End the view when the service refuses access, and raise ``StateChange.refusal`` from the
            loop over its frames; ``False``: report ``SessionState.REFUSED``, and ask again at growing intervals.
        on_change: Called with each ``StateChange``, in the event loop; must not block or raise.
        times: The time limits of the session; ``None``: the defaults.
        ssl_context: Whose certificates are accepted, such as ``client.trust.trusting(file)``; ``None``: those that
            this machine trusts.

    Raises ``BadInput`` for an invalid address, rate or scale; every other failure is reported as a state.
    """

    def __init__(
        self,
        url: str,
        *,
        camera: str | None = None,
        token: str | None = None,
        max_fps: float | None = None,
        scale: str = AUTO,
        give_up_after_seconds: float | None = None,
        raise_when_refused: bool = False,
        on_change: Callable[[StateChange], None] | None = None,
        times: SessionTimes | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        hints = {"scale": scale} if max_fps is None else {"scale": scale, "max_fps": str(max_fps)}
        self._address = ServiceAddress.parse(url, camera, parse_hints(hints, adapts_by_default=True))
        self._on_change = on_change
        self._times = times or SessionTimes()
        self._session = Session(jitter=random.random, times=self._times, give_up_after_seconds=give_up_after_seconds)
        self._frames: Newest[Frame] = Newest()
        self._meter = FlowMeter(max_fps)
        self._tasks: asyncio.TaskGroup | None = None
        # Made once: a context reads all authorities of the machine.
        trust = trust_of(self._address.base_url, ssl_context)
        self._sockets = Sockets(self._address, self._spawn, self._step, self._finish, token=token, trust=trust)
        self._questions = Questions(self._address, self._spawn, self._step, token=token, times=self._times, trust=trust)
        self._wake: asyncio.TimerHandle | None = None
        self._arriving: Frame | None = None
        self._raise_when_refused = raise_when_refused
        self._refusal: ServiceError | None = None
        self._reported_state = SessionState.STOPPED
        self._followers: set[Follower[StateChange]] = set()
        self._over = False

    async def __aenter__(self) -> Self:
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._step(Start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        try:
            if self._tasks is not None and isinstance(error, asyncio.CancelledError):
                await self._tasks.__aexit__(kind, error, trace)
            elif self._tasks is not None:
                # An error in the block is raised as it is, not wrapped in an exception group.
                await self._tasks.__aexit__(None, None, None)
        finally:
            await self._questions.close()

    # The viewer's interface -------------------------------------------------------------------------------------------

    def __aiter__(self) -> AsyncIterator[Frame]:
        """Yield the newest frame until the view ends; a busy consumer skips frames and delays nothing.

        Raises ``AccessRefused``, or ``ServiceError`` for an unknown camera or version, with ``raise_when_refused``.
        """
        return self._follow()

    async def _follow(self) -> AsyncIterator[Frame]:
        async for frame in self._frames.follow():
            yield frame
        if self._refusal is not None:
            raise self._refusal

    @property
    def newest(self) -> Frame | None:
        """The newest frame, even an old one; ``None`` before the first."""
        return self._frames.value

    @property
    def state(self) -> SessionState:
        """The current state."""
        return self._session.state

    @property
    def change(self) -> StateChange:
        """The current state, with the time until the next connection attempt."""
        session, now = self._session, asyncio.get_running_loop().time()
        next_dial_at = session.next_dial_at
        return StateChange(
            state=session.state,
            reason=session.reason,
            since=session.since,
            next_try_in=None if next_dial_at is None else max(0.0, next_dial_at - now),
            snapshot=session.view.snapshot,
        )

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot from the service; ``None`` before the first, and always with a compat-only service."""
        return self._session.view.snapshot

    @property
    def statistics(self) -> LiveStatistics:
        """Statistics of the current stream, reset after each capture."""
        return self._meter.read(asyncio.get_running_loop().time())

    async def states(self) -> AsyncIterator[StateChange]:
        """Yield the current state, then every change in order; a reader over 256 changes behind misses the oldest."""
        follower: Follower[StateChange] = Follower()
        follower.put(self.change)
        if self._over:
            follower.end()
        self._followers.add(follower)
        try:
            async for change in follower.values():
                yield change
        finally:
            self._followers.discard(follower)

    async def stop(self) -> None:
        """End the view: it does not reconnect, the iterators end, and the socket is closed on return."""
        self._finish()
        pending = [
            task for task in (*self._sockets.pending, *self._questions.pending) if task is not asyncio.current_task()
        ]
        if pending:
            await asyncio.wait(pending)

    # The session's decisions -----------------------------------------------------------------------------------------

    def _step(self, event: Input, arriving: Frame | None = None) -> None:
        """Give the machine an input and execute its outputs. An internal error ends the view and is raised.

        ``arriving``: the frame that the input is about; ``None``: it is not about one.
        """
        self._arriving = arriving
        try:
            for output in self._session.handle(event, asyncio.get_running_loop().time()):
                self._execute(output)
        except Exception as error:  # noqa: BLE001 - re-raised by the task group
            self._on_change = None
            self._finish()
            self._spawn(_fail(error))
            return
        if self._session.state is SessionState.STOPPED or self._refusal is not None:
            self._finish()

    def _execute(self, output: Output) -> None:
        match output:
            case Show(gen):
                self._show(gen)
            case WakeAt(at):
                self._wake_at(at)
            case Dial(gen):
                self._sockets.dial(gen)
            case Close(gen):
                self._sockets.close(gen)
            case GetStatus(req):
                self._questions.ask_status(req)
            case AskPreviewRestart():
                self._questions.restart_preview()
            case Notify(state):
                self._report(state)

    def _show(self, gen: int) -> None:
        if self._arriving is not None:
            self._meter.frame(gen, self._arriving, asyncio.get_running_loop().time())
            self._frames.put(self._arriving)

    def _wake_at(self, at: float) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = asyncio.get_running_loop().call_at(at, self._step, Tick())

    def _report(self, state: SessionState) -> None:
        if self._reported_state is SessionState.HOLD and state is not SessionState.HOLD:
            self._meter.reset()
        self._reported_state = state
        change = self.change
        if self._raise_when_refused and change.refusal is not None:
            self._refusal = change.refusal
        for follower in self._followers:
            follower.put(change)
        if self._on_change is not None:
            self._on_change(change)

    def _finish(self) -> None:
        """End the view, for whatever reason; a second call does nothing."""
        if self._over:
            return
        self._over = True
        for output in self._session.handle(Stop(), asyncio.get_running_loop().time()):
            self._execute(output)
        if self._wake is not None:
            self._wake.cancel()
        self._questions.cancel()
        self._frames.end()
        for follower in self._followers:
            follower.end()

    def _spawn(self, work: Coroutine[None, None, Result]) -> asyncio.Task[Result]:
        if self._tasks is None:
            work.close()
            raise RuntimeError("a LiveView can only be used inside its 'async with' block")
        return self._tasks.create_task(work)


async def _fail(error: Exception) -> None:
    raise error
