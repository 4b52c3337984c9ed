"""Decides when the camera's live view is started and stopped. No I/O, clock or tasks.

Theory of operation
===================
Live view costs the camera heat and battery, so it runs only while it is *wanted*: while a viewer watches, and for a
grace period after the last viewer left or the last request to start it. ``demand_tables`` has the two state tables:
whether a camera with live view is open, and what the supervisor was last commanded. A third fact is data rather than
state: the camera process's last report (``LiveReport``). It may arrive at any time, even while a command is being
carried out, and may contradict that command. Therefore

- a report never implies that live view was *commanded*; only ``OFF`` implies that it no longer is;
- ``decide`` compares what is wanted with what was commanded. It may be called at any time: it never repeats an action
  in progress, because its caller carries out one action at a time;
- a report of ``RUNNING`` counts from its first frame on, which may never arrive; until then the report before it holds;
- it is believed for at most ``STALE_SECONDS`` without a frame. Then viewers are notified, and
  ``RESTART_AFTER_SECONDS`` later live view is restarted, at most every ``RESTART_EVERY_SECONDS``;
- a report of ``PAUSED`` is a lease: when it expires the state is ``RECOVERING`` until the next report.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from photonic.errors import FailureKind
from photonic.model.reason import Reason, ReasonCode, failure_reason, reason
from photonic.model.status import LiveState
from photonic.service.live.demand_tables import Availability, Commanded, DemandEvent, moved

RETRY_SECONDS = 1.0
"""How long to wait after a failed command, or after live view stopped without a command."""
RESUME_WITHIN_SECONDS = 2.0
"""How long a new camera process may take to start the live view of its predecessor."""
STALE_SECONDS = 2.0
"""A running live view whose newest frame is older than this is no longer reported as running."""
RESTART_AFTER_SECONDS = 2.0
"""How much longer no frame may arrive before live view is restarted; a process whose live view works ignores that."""
RESTART_EVERY_SECONDS = 10.0

NO_LIVE_VIEW = "this camera has no live view over this connection"
NO_FRAMES = reason(ReasonCode.NO_FRAMES, "no frames from the camera; recovering")
PAUSE_OVERDUE = reason(ReasonCode.PAUSE_OVERDUE, "live view did not resume from its pause in time")


class LiveAction(Enum):
    """What to do about the camera's live view."""

    START = "start"
    STOP = "stop"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Observation:
    """The machine's input at one moment.

    ``now`` is in seconds on any steady clock; ``watched``: a viewer wants live view; ``last_frame_at``: when the newest
    frame arrived, ``None`` before the first since live view (re)started or paused.
    """

    now: float
    watched: bool
    last_frame_at: float | None


@dataclass(frozen=True, slots=True)
class LiveReport:
    """The camera process's last report, when it arrived, and when a pause must be over (``None``: not paused)."""

    state: LiveState
    reason: Reason | None
    at: float
    resume_at: float | None = None


def next_action(*, available: bool, wanted: bool, running: bool, stuck: bool) -> LiveAction:
    """The action that brings the camera's live view to the wanted state."""
    if not available:
        return LiveAction.WAIT
    if wanted and (stuck or not running):
        return LiveAction.START
    return LiveAction.STOP if running and not wanted else LiveAction.WAIT


class DemandMachine:
    """The demand for one camera's live view. ``now`` and all times are in seconds on one steady clock.

    ``grace_seconds``: how long live view keeps running after the last viewer left or the last request.
    """

    def __init__(self, now: float, grace_seconds: float) -> None:
        self._grace_seconds = grace_seconds
        self._availability = Availability.OPENING
        self._commanded = Commanded.STOPPED
        self._report = self._before_running = LiveReport(LiveState.OFF, None, now)
        self._outage: Reason | None = None
        self._linger_until: float | None = None
        self._retry_at: float | None = None
        self._resume_by: float | None = None
        self._restart = False
        self._restarted_at: float | None = None

    @property
    def availability(self) -> Availability:
        """Where the machine is in ``AVAILABILITY``."""
        return self._availability

    @property
    def commanded(self) -> Commanded:
        """Where the machine is in ``COMMANDS``."""
        return self._commanded

    # Queries.

    def wanted(self, seen: Observation) -> bool:
        """Whether a viewer watches, or the grace period after the last viewer or request is not over."""
        return seen.watched or (self._linger_until is not None and seen.now < self._linger_until)

    def state(self, seen: Observation) -> LiveState:
        """The current state of live view."""
        if not self._up:
            if self._availability is Availability.DISCONNECTED or not self.wanted(seen):
                return LiveState.OFF
            return LiveState.RECOVERING if self._availability is Availability.LOST else LiveState.STARTING
        if self._availability is Availability.UNSUPPORTED:
            return LiveState.UNSUPPORTED
        if self._overdue(seen) or self.stale(seen):
            return LiveState.RECOVERING
        state = self._shown(seen).state
        return LiveState.STARTING if state is LiveState.OFF and self.wanted(seen) else state

    def reason(self, seen: Observation) -> Reason | None:
        """The reason for the state; ``None`` if live view works normally."""
        if not self._up:
            return self._outage
        if self._availability is Availability.UNSUPPORTED:
            return self._report.reason or reason(ReasonCode.LIVE_VIEW_UNSUPPORTED, NO_LIVE_VIEW)
        if self._overdue(seen):
            return PAUSE_OVERDUE
        return NO_FRAMES if self.stale(seen) else self._shown(seen).reason

    def resume_by_seconds(self, seen: Observation) -> float | None:
        """The remaining time of a pause; ``None`` if live view is not paused."""
        resume_at = self._shown(seen).resume_at
        if self.state(seen) is not LiveState.PAUSED or resume_at is None:
            return None
        return max(0.0, resume_at - seen.now)

    def stale(self, seen: Observation) -> bool:
        """Whether live view is running but has sent no frame for too long."""
        stale_at = self._stale_at(seen)
        return stale_at is not None and seen.now >= stale_at

    def decide(self, seen: Observation) -> LiveAction:
        """What to do now. The caller carries it out and reports back before it asks again."""
        now = seen.now
        restart_at = self._restart_at(seen)
        if self._running and restart_at is not None and now >= restart_at:
            self._restart, self._restarted_at = True, now
        if self._resume_by is not None and now >= self._resume_by:
            self._move(DemandEvent.RESUME_OVERDUE)
        retrying = self._retry_at is not None and now < self._retry_at
        action = next_action(
            available=self._availability is Availability.OPEN and not retrying,
            wanted=self.wanted(seen),
            running=self._running,
            stuck=self._restart,
        )
        if action is LiveAction.START:
            self._restart = False
        return action

    def next_change_at(self, seen: Observation) -> float | None:
        """When the passing of time alone next changes a state or an action; ``None``: never."""
        times = (
            self._linger_until,
            self._shown(seen).resume_at,
            self._retry_at,
            self._resume_by,
            self._stale_at(seen),
            self._restart_at(seen),
        )
        return min((time for time in times if time is not None and time > seen.now), default=None)

    # Events.

    def requested(self, seen: Observation) -> None:
        """A client requested live view: start it, or restart it if it is stuck."""
        self._linger_until = seen.now + self._grace_seconds
        if self._running and self.stale(seen):
            self._restart = True

    def released(self) -> None:
        """The request was withdrawn: without viewers, live view stops immediately."""
        self._linger_until = None

    def viewers_changed(self, seen: Observation) -> None:
        """A viewer has joined or left; the grace period begins when the last one leaves."""
        if not seen.watched and self._report.state is not LiveState.OFF:
            self._linger_until = seen.now + self._grace_seconds

    def opened(self, now: float, *, live_view: bool) -> None:
        """The camera is open; ``live_view``: whether it supports live view."""
        self._move(DemandEvent.OPENED)
        self._forget(now)
        self._outage = None
        if not live_view:
            self._move(DemandEvent.UNSUPPORTED)
        if self._commanded is Commanded.RESUMING:
            self._resume_by = now + RESUME_WITHIN_SECONDS

    def lost(self, now: float, outage: Reason) -> None:
        """The camera failed; its supervisor recovers it."""
        self._move(DemandEvent.LOST)
        self._forget(now)
        self._outage = outage

    def replaced(self, now: float) -> None:
        """A new supervisor takes over the camera; nobody has commanded it to start live view."""
        self._move(DemandEvent.REPLACED)
        self._forget(now)
        self._outage = None

    def disconnected(self, now: float, outage: Reason) -> None:
        """The camera was disconnected on request: live view is off, even with viewers, until it is connected again."""
        self._move(DemandEvent.DISCONNECTED)
        self._forget(now)
        self._outage = outage

    def reported(
        self, seen: Observation, state: LiveState, why: Reason | None, resume_by_seconds: float | None = None
    ) -> None:
        """The camera process sent a report; ``resume_by_seconds``: the lease of a pause, ``None``: expired already."""
        off = state is LiveState.OFF
        if off and self._running and self.wanted(seen):
            # Live view stopped without a command: restart it, but not immediately.
            self._retry_at = seen.now + RETRY_SECONDS
        self._move(DemandEvent.REPORTED_OFF if off else DemandEvent.REPORTED_ON)
        if state is LiveState.UNSUPPORTED:
            self._move(DemandEvent.UNSUPPORTED)
        if state is LiveState.RUNNING and self._report.state is not LiveState.RUNNING:
            self._before_running = self._report
        resume_at = seen.now + (resume_by_seconds or 0.0) if state is LiveState.PAUSED else None
        self._report = LiveReport(state, why, seen.now, resume_at)

    def carried_out(self, action: LiveAction) -> None:
        """The supervisor has carried out the command."""
        self._move(DemandEvent.STARTED if action is LiveAction.START else DemandEvent.STOPPED)
        self._retry_at = None

    def failed(self, now: float, kind: FailureKind, text: str) -> None:
        """The supervisor could not carry out the command, for this reason."""
        self._retry_at = now + RETRY_SECONDS
        if kind is FailureKind.NOT_SUPPORTED:
            self._move(DemandEvent.UNSUPPORTED)
        elif self._up:
            self._report = LiveReport(LiveState.RECOVERING, failure_reason(kind, text), now)

    # Internals.

    @property
    def _up(self) -> bool:
        return self._availability is Availability.OPEN or self._availability is Availability.UNSUPPORTED

    @property
    def _running(self) -> bool:
        return self._commanded is not Commanded.STOPPED

    def _shown(self, seen: Observation) -> LiveReport:
        """The newest report that has proved true: running live view has sent a frame."""
        unproven = self._report.state is LiveState.RUNNING and seen.last_frame_at is None
        return self._before_running if unproven else self._report

    def _overdue(self, seen: Observation) -> bool:
        resume_at = self._shown(seen).resume_at
        return resume_at is not None and seen.now >= resume_at

    def _stale_at(self, seen: Observation) -> float | None:
        """When running live view becomes stale unless a frame arrives; ``None``: it is not running."""
        if not self._up or self._report.state is not LiveState.RUNNING:
            return None
        # A call into the camera library may block for seconds before it reaches its own time limit.
        return max(self._report.at, seen.last_frame_at or 0.0) + STALE_SECONDS

    def _restart_at(self, seen: Observation) -> float | None:
        """When stale live view is restarted; ``None``: it is not running."""
        stale_at = self._stale_at(seen)
        if stale_at is None:
            return None
        at = stale_at + RESTART_AFTER_SECONDS
        return at if self._restarted_at is None else max(at, self._restarted_at + RESTART_EVERY_SECONDS)

    def _forget(self, now: float) -> None:
        """Discard what the last camera process reported about its live view."""
        self._restart, self._retry_at = False, None
        self._report = LiveReport(LiveState.OFF, None, now)

    def _move(self, event: DemandEvent) -> None:
        """Apply the event to both tables; raises ``IllegalTransition`` before either has moved."""
        self._availability, self._commanded = moved(self._availability, self._commanded, event)
        if self._commanded is not Commanded.RESUMING:
            self._resume_by = None
