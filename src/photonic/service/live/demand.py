"""The camera's live view: it starts on demand, and stops a grace period after the last viewer has left.

Theory of operation
===================
``DemandMachine`` decides; this module does the I/O. One task (``run``) carries out one action at a time and then asks
for the next, so two commands never run at the same time. All other methods are called on the same event loop while the
task awaits: anything that happens during a command is in the machine when it decides the next action. Each such call
wakes the task. With nothing to do, the task sleeps until the machine's next deadline, and then reports what the passing
of time has changed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from photonic.errors import CameraError
from photonic.model.reason import ReasonCode, failure_reason, reason
from photonic.model.status import LiveState
from photonic.service.live.demand_machine import DemandMachine, LiveAction, Observation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.model.reason import Reason
    from photonic.service.live.hub import Hub
    from photonic.worker.link.messages import PreviewChanged


class PreviewCamera(Protocol):
    """What live view needs of a camera; ``service.camera`` is above this package, which may not import it."""

    async def start_preview(self) -> None:
        """Start live view, or restart it if it is stuck; later camera processes start it, too.

        Raises ``CameraError``.
        """
        ...

    async def stop_preview(self) -> None:
        """Stop live view. Raises ``CameraError``."""
        ...


class LiveDemand:
    """Starts and stops the camera's live view on demand.

    Args:
        hub: Its viewers need live view.
        preview: The camera.
        clock: Seconds, monotonic.
        grace_seconds: How long live view goes on after the last viewer has left, or after the last request.
        on_change: Called whenever ``state`` or ``reason`` may have changed.
    """

    def __init__(
        self,
        hub: Hub,
        preview: PreviewCamera,
        *,
        clock: Callable[[], float],
        grace_seconds: float,
        on_change: Callable[[], object],
    ) -> None:
        self._hub = hub
        self._preview = preview
        self._clock = clock
        self._on_change = on_change
        self._machine = DemandMachine(clock(), grace_seconds)
        self._changed = asyncio.Event()
        self._stale_reported = False

    @property
    def state(self) -> LiveState:
        """The current state of live view."""
        return self._machine.state(self._observation)

    @property
    def reason(self) -> Reason | None:
        """The reason for the state; ``None`` if live view works normally."""
        return self._machine.reason(self._observation)

    @property
    def current(self) -> tuple[LiveState, Reason | None]:
        """``state`` and ``reason`` at one moment."""
        seen = self._observation
        return self._machine.state(seen), self._machine.reason(seen)

    @property
    def resume_by_seconds(self) -> float | None:
        """The remaining time of a pause; ``None`` if live view is not paused."""
        return self._machine.resume_by_seconds(self._observation)

    def request(self) -> None:
        """A client requested live view: start it, or restart it if it is stuck."""
        self._machine.requested(self._observation)
        self._touch()

    def release(self) -> None:
        """The request was withdrawn: without viewers, live view stops immediately."""
        self._machine.released()
        self._touch()

    def viewers_changed(self) -> None:
        """A viewer has joined or left."""
        self._machine.viewers_changed(self._observation)
        self._touch()

    def opened(self, *, live_view: bool) -> None:
        """The camera is open; ``live_view``: whether it supports live view."""
        self._machine.opened(self._clock(), live_view=live_view)
        self._begin_epoch()

    def lost(self, outage: Reason) -> None:
        """The camera failed; its supervisor recovers it."""
        self._machine.lost(self._clock(), outage)
        self._begin_epoch()

    def replaced(self) -> None:
        """A new supervisor takes over the camera."""
        self._machine.replaced(self._clock())
        self._begin_epoch()

    def disconnected(self, outage: Reason) -> None:
        """The camera was disconnected on request: live view is off until it is connected again."""
        self._machine.disconnected(self._clock(), outage)
        self._begin_epoch()

    def frame_published(self) -> None:
        """A frame arrived: live view that was starting, paused or stale may be running now."""
        if self._stale_reported or self._hub.statistics.frames == 1:
            self._stale_reported = False
            self._touch()

    def preview_changed(self, event: PreviewChanged) -> None:
        """The camera process reported the state of its live view."""
        state = LiveState(event.state)
        if state is LiveState.PAUSED:
            # The statistics start again after a capture.
            self._hub.statistics.reset()
        elif state is not LiveState.RUNNING:
            self._hub.restart()
        self._machine.reported(self._observation, state, report_reason(event), event.resume_by_seconds)
        self._touch()

    async def run(self) -> None:
        """Carry out the machine's decisions until cancelled."""
        while True:
            self._changed.clear()
            match self._machine.decide(self._observation):
                case LiveAction.START:
                    await self._command(LiveAction.START, self._preview.start_preview)
                case LiveAction.STOP:
                    await self._command(LiveAction.STOP, self._preview.stop_preview)
                case LiveAction.WAIT:
                    await self._wait()

    @property
    def _observation(self) -> Observation:
        return Observation(self._clock(), self._hub.wanted, self._hub.statistics.last_frame_at)

    async def _command(self, action: LiveAction, command: Callable[[], Awaitable[None]]) -> None:
        try:
            await command()
        except CameraError as error:
            self._machine.failed(self._clock(), error.kind, error.reason)
        else:
            self._machine.carried_out(action)
        self._touch()

    async def _wait(self) -> None:
        seen = self._observation
        until = self._machine.next_change_at(seen)
        try:
            async with asyncio.timeout(None if until is None else until - seen.now):
                await self._changed.wait()
        except TimeoutError:
            self._stale_reported |= self._machine.stale(self._observation)
            self._on_change()

    def _begin_epoch(self) -> None:
        self._hub.restart()
        self._touch()

    def _touch(self) -> None:
        self._changed.set()
        self._on_change()


def report_reason(event: PreviewChanged) -> Reason | None:
    """The reason that the camera process gives for its live view's state; ``None``: it gives no reason."""
    if event.reason is None:
        return None
    if event.blocked is not None:
        return failure_reason(event.blocked, event.reason)
    match LiveState(event.state):
        case LiveState.PAUSED:
            return reason(ReasonCode.CAPTURE_RUNNING, event.reason)
        case LiveState.UNSUPPORTED:
            return reason(ReasonCode.LIVE_VIEW_UNSUPPORTED, event.reason)
        case _:
            return reason(ReasonCode.LIVE_VIEW_RESTARTING, event.reason)
