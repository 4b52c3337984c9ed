"""The camera's live view: on while somebody wants it, off a grace time after the last one went, and said truly."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from photonic.errors import CameraError, FailureKind
from photonic.model.status import LiveState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.service.live.hub import Hub
    from photonic.worker.link.messages import PreviewChanged

NO_LIVE_VIEW = "this camera has no live view over its cable"
RETRY_SECONDS = 1.0
RESTART_SECONDS = 2.0
"""How long a new camera process may take to begin the live view that the one before it had."""
STALE_SECONDS = 2.0
"""A running live view whose newest frame is older than this is stuck: nobody is told any longer that it runs."""
ANEW_SECONDS = 2.0
"""So much longer, and live view is started anew; the camera process leaves one alone that is healthy after all."""
ANEW_AGAIN_SECONDS = 10.0
STILL = "the camera gives no pictures at the moment; it is looked after"


class Preview(Protocol):
    """What live view needs of a camera."""

    async def start_preview(self) -> None:
        """Live view on, or started anew when it is stuck; in the camera processes to come as well.

        Raises ``CameraError``.
        """
        ...

    async def stop_preview(self) -> None:
        """Live view off. Raises ``CameraError``."""
        ...


class Step(Enum):
    """What is to be done about the camera's live view."""

    START = "start"
    STOP = "stop"
    REST = "rest"


def next_step(*, available: bool, wanted: bool, running: bool, stuck: bool) -> Step:
    """The step that brings the camera's live view to what is wanted."""
    if not available:
        return Step.REST
    if wanted and (stuck or not running):
        return Step.START
    return Step.STOP if running and not wanted else Step.REST


@dataclass(frozen=True, slots=True)
class _Said:
    """The camera process's last word, when it came, and when a pause has to be over (``None``: not paused)."""

    state: LiveState
    reason: str | None
    at: float
    resume_at: float | None = None


class LiveDemand:
    """Keeps the camera's live view as it is wanted.

    ``on_change`` is called whenever ``state`` or ``reason`` may have changed. Times are on ``clock``, in seconds.
    """

    def __init__(
        self,
        hub: Hub,
        preview: Preview,
        *,
        clock: Callable[[], float],
        grace_seconds: float,
        on_change: Callable[[], object],
    ) -> None:
        self._hub = hub
        self._preview = preview
        self._clock = clock
        self._grace_seconds = grace_seconds
        self._on_change = on_change
        self._changed = asyncio.Event()
        self._linger_until: float | None = None
        self._up = False
        self._supported = True
        self._outage: str | None = None
        self._let_go = False
        self._commanded = False
        self._stuck = False
        self._retry_at: float | None = None
        self._begin_by: float | None = None
        self._told_still = False
        self._anew_asked_at: float | None = None
        self._said = _Said(LiveState.OFF, None, clock())

    @property
    def wanted(self) -> bool:
        """Whether there is a viewer, or the last one (or the last request to start) is less than a grace time ago."""
        return self._hub.wanted or (self._linger_until is not None and self._clock() < self._linger_until)

    @property
    def state(self) -> LiveState:
        """What live view is doing now."""
        if not self._up:
            waiting = LiveState.RECOVERING if self._outage is not None else LiveState.STARTING
            return waiting if self.wanted and not self._let_go else LiveState.OFF
        if not self._supported:
            return LiveState.UNSUPPORTED
        if self._overdue or self._still:
            return LiveState.RECOVERING
        if self._said.state is LiveState.OFF and self.wanted:
            return LiveState.STARTING
        return self._said.state

    @property
    def reason(self) -> str | None:
        """Why it is so, for people; ``None`` when all is well."""
        if not self._up:
            return self._outage
        if not self._supported:
            return self._said.reason or NO_LIVE_VIEW
        if self._overdue:
            return "live view did not come back from its pause in time"
        return STILL if self._still else self._said.reason

    @property
    def resume_by_seconds(self) -> float | None:
        """Time left of a pause; ``None`` when there is none."""
        resume_at = self._said.resume_at
        if self.state is not LiveState.PAUSED or resume_at is None:
            return None
        return max(0.0, resume_at - self._clock())

    def ask(self) -> None:
        """Somebody wants live view now: start it, and start it anew when it is stuck."""
        self._linger_until = self._clock() + self._grace_seconds
        if self._commanded and self._still:
            self._stuck = True
        self._touch()

    def forgo(self) -> None:
        """Nobody asks any more: without viewers, live view ends at once."""
        self._linger_until = None
        self._touch()

    def viewers_changed(self) -> None:
        """A viewer has joined or left; the grace time begins when the last one leaves."""
        if not self._hub.wanted and self._said.state is not LiveState.OFF:
            self._linger_until = self._clock() + self._grace_seconds
        self._touch()

    def opened(self, *, live_view: bool) -> None:
        """The camera is open; ``live_view``: whether it has one. What was on is begun again by the supervisor."""
        self._up, self._supported, self._outage = True, live_view, None
        self._forget()
        self._begin_by = self._clock() + RESTART_SECONDS if self._commanded else None

    def down(self, outage: str | None) -> None:
        """The camera is gone; ``outage`` says why, ``None``: a new supervisor is opening it."""
        self._up, self._outage, self._let_go = False, outage, False
        if outage is None:
            self._commanded = False
        self._forget()

    def let_go(self, reason: str) -> None:
        """The camera was given up on request: live view is off, whoever watches, until it is connected again."""
        self.down(reason)
        self._commanded, self._let_go = False, True
        self._touch()

    def shown(self) -> None:
        """A frame has come: a live view that stood still goes on."""
        if self._told_still:
            self._told_still = False
            self._touch()

    def preview_changed(self, event: PreviewChanged) -> None:
        """The camera process's word on its live view."""
        state = LiveState(event.state)
        resume_at = None
        if state is LiveState.PAUSED:
            resume_at = self._clock() + (event.resume_by_seconds or 0.0)
            # After a capture the figures start afresh.
            self._hub.statistics.reset()
        if state not in {LiveState.RUNNING, LiveState.PAUSED}:
            self._hub.restart()
        if state is LiveState.UNSUPPORTED:
            self._supported = False
        if state is LiveState.OFF:
            if self._commanded and self.wanted:
                # It went off by itself: asked again, but not without a pause.
                self._retry_at = self._clock() + RETRY_SECONDS
            self._commanded = False
        self._begin_by = None
        self._said = _Said(state, event.reason, self._clock(), resume_at)
        self._touch()

    async def run(self) -> None:
        """Carry out what is wanted, until cancelled."""
        while True:
            self._changed.clear()
            match self._decide():
                case Step.START:
                    self._stuck = False
                    await self._command(self._preview.start_preview, commanded=True)
                case Step.STOP:
                    await self._command(self._preview.stop_preview, commanded=False)
                case Step.REST:
                    await self._rest()

    @property
    def _overdue(self) -> bool:
        return self._said.resume_at is not None and self._clock() >= self._said.resume_at

    @property
    def _still_at(self) -> float | None:
        """When a running live view is known to stand still if no frame comes before; ``None``: it does not run."""
        if not self._up or self._said.state is not LiveState.RUNNING:
            return None
        return max(self._said.at, self._hub.statistics.last_frame_at or 0.0) + STALE_SECONDS

    @property
    def _still(self) -> bool:
        """A call into the camera's library may be silent for seconds before it is past its limit."""
        return self._still_at is not None and self._clock() >= self._still_at

    @property
    def _anew_at(self) -> float | None:
        """When a live view that stands still is started anew; ``None``: it does not run."""
        if self._still_at is None:
            return None
        at = self._still_at + ANEW_SECONDS
        return at if self._anew_asked_at is None else max(at, self._anew_asked_at + ANEW_AGAIN_SECONDS)

    def _decide(self) -> Step:
        now = self._clock()
        if self._commanded and self._anew_at is not None and now >= self._anew_at:
            self._stuck, self._anew_asked_at = True, now
        if self._begin_by is not None and now >= self._begin_by:
            self._commanded, self._begin_by = False, None
        resting = self._retry_at is not None and now < self._retry_at
        return next_step(
            available=self._up and self._supported and not resting,
            wanted=self.wanted,
            running=self._commanded,
            stuck=self._stuck,
        )

    async def _command(self, command: Callable[[], Awaitable[None]], *, commanded: bool) -> None:
        try:
            await command()
        except CameraError as error:
            self._retry_at = self._clock() + RETRY_SECONDS
            if error.kind is FailureKind.NOT_SUPPORTED:
                self._supported = False
            elif self._up:
                self._said = _Said(LiveState.RECOVERING, error.reason, self._clock())
        else:
            self._retry_at = None
            self._commanded = commanded
        self._touch()

    async def _rest(self) -> None:
        now = self._clock()
        times = (
            self._linger_until,
            self._said.resume_at,
            self._retry_at,
            self._begin_by,
            self._still_at,
            self._anew_at,
        )
        waits = [time - now for time in times if time is not None and time > now]
        try:
            async with asyncio.timeout(min(waits) if waits else None):
                await self._changed.wait()
        except TimeoutError:
            self._told_still |= self._still
            self._on_change()

    def _forget(self) -> None:
        self._stuck = False
        self._retry_at = self._begin_by = None
        self._said = _Said(LiveState.OFF, None, self._clock())
        self._hub.restart()
        self._touch()

    def _touch(self) -> None:
        self._changed.set()
        self._on_change()
