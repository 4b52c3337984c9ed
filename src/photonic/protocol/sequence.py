"""A sequence of frames as a state machine: given the time and the outcome of each frame, it says what comes next.

The table below is the whole machine. An event that the table does not list for a phase raises ``IllegalTransition`` and
changes nothing. A frame that has begun always ends: ``cancel`` takes effect between frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.errors import IllegalTransition
from photonic.model.status import SequencePhase
from photonic.protocol.schedule import RETRY_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.protocol.schedule import Plan


class SequenceEvent(StrEnum):
    """What can happen to a sequence."""

    BEGIN_FRAME = "begin frame"
    END_FRAME = "end frame"
    FINISH = "finish"
    CANCEL = "cancel"


TRANSITIONS: Mapping[SequencePhase, Mapping[SequenceEvent, SequencePhase]] = {
    SequencePhase.COUNTDOWN: {
        SequenceEvent.BEGIN_FRAME: SequencePhase.SHOOTING,
        SequenceEvent.FINISH: SequencePhase.DONE,
        SequenceEvent.CANCEL: SequencePhase.CANCELLED,
    },
    SequencePhase.WAITING: {
        SequenceEvent.BEGIN_FRAME: SequencePhase.SHOOTING,
        SequenceEvent.FINISH: SequencePhase.DONE,
        SequenceEvent.CANCEL: SequencePhase.CANCELLED,
    },
    SequencePhase.SHOOTING: {
        SequenceEvent.END_FRAME: SequencePhase.WAITING,
        SequenceEvent.CANCEL: SequencePhase.STOPPING,
    },
    SequencePhase.STOPPING: {
        SequenceEvent.END_FRAME: SequencePhase.CANCELLED,
    },
    SequencePhase.DONE: {},
    SequencePhase.CANCELLED: {},
    SequencePhase.FAILED: {},
}
"""No event leads to ``FAILED``: the service reports a sequence as failed when it did not survive a restart."""


@dataclass(frozen=True, slots=True)
class Wait:
    """No frame is due before ``until_us``."""

    until_us: int


@dataclass(frozen=True, slots=True)
class Take:
    """Take frame ``number`` (from 0) now; it is ``late_us`` overdue."""

    number: int
    late_us: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Every frame is accounted for, or the sequence was cancelled."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do now, and the frames that were newly missed; each missed frame is reported once."""

    missed: range
    action: Wait | Take | Finished


class SequenceMachine:
    """The progress of one sequence; ``phase`` changes by ``TRANSITIONS`` only.

    Args:
        plan: When the frames are due.
        first: The first frame (from 0) that is still to be taken; those before it are accounted for.
    """

    def __init__(self, plan: Plan, first: int = 0) -> None:
        self._plan = plan
        self._next = first
        self._free_us = 0
        self._phase = SequencePhase.WAITING if first else SequencePhase.COUNTDOWN

    @property
    def first(self) -> int:
        """The first frame (from 0) that is not accounted for."""
        return self._next

    def replan(self, plan: Plan) -> None:
        """Use another plan with the same number of frames from the next ``poll`` on, after the clock was set."""
        self._plan = plan

    @property
    def phase(self) -> SequencePhase:
        """The present phase."""
        return self._phase

    @property
    def ended(self) -> bool:
        """Whether the phase is final."""
        return not TRANSITIONS[self._phase]

    def poll(self, now_us: int) -> NextStep:
        """Return what to do at ``now_us``; a frame that is due begins with this call.

        Raises ``IllegalTransition`` while a frame is in progress.
        """
        if self.ended:
            return NextStep(range(0), Finished())
        if SequenceEvent.BEGIN_FRAME not in TRANSITIONS[self._phase]:
            raise IllegalTransition(self._phase, SequenceEvent.BEGIN_FRAME)
        turn = self._plan.turn(self._next, now_us, self._free_us)
        self._next = turn.missed.stop
        if turn.number is None:
            self._move(SequenceEvent.FINISH)
            return NextStep(turn.missed, Finished())
        if now_us < turn.due_us:
            return NextStep(turn.missed, Wait(turn.due_us))
        self._move(SequenceEvent.BEGIN_FRAME)
        self._next = turn.number + 1
        return NextStep(turn.missed, Take(turn.number, now_us - turn.due_us))

    def end_frame(self, now_us: int, *, saved: bool) -> None:
        """Record the end of a frame; after a frame that was not saved, a burst waits ``RETRY_US``."""
        self._move(SequenceEvent.END_FRAME)
        self._free_us = now_us if saved else now_us + RETRY_US

    def cancel(self) -> None:
        """End the sequence: at once, or at the end of the frame in progress."""
        self._move(SequenceEvent.CANCEL)

    def _move(self, event: SequenceEvent) -> None:
        phase = TRANSITIONS[self._phase].get(event)
        if phase is None:
            raise IllegalTransition(self._phase, event)
        self._phase = phase
