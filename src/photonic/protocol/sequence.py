"""One sequence of frames as a machine: it is told the time and what became of a frame, and says what comes next.

The table below is the whole machine. An event without an arrow raises ``IllegalTransition`` and changes nothing.
A frame that has begun is always ended: ``cancel`` takes effect between frames.
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
"""``FAILED`` has no way in: the service says it of a sequence that does not outlive it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is due before ``until_us``."""

    until_us: int


@dataclass(frozen=True, slots=True)
class Take:
    """Frame ``number`` (from 0) is to be taken now, ``late_us`` after it was due."""

    number: int
    late_us: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Every frame is accounted for, or the sequence was cancelled."""


@dataclass(frozen=True, slots=True)
class Look:
    """What to do now, and the frames that were found to be missed; each frame is reported once."""

    missed: range
    action: Wait | Take | Finished


class SequenceMachine:
    """How far a sequence is; ``phase`` moves along ``TRANSITIONS`` only. Frames before ``first`` are accounted for."""

    def __init__(self, plan: Plan, first: int = 0) -> None:
        self._plan = plan
        self._next = first
        self._free_us = 0
        self._phase = SequencePhase.WAITING if first else SequencePhase.COUNTDOWN

    @property
    def first(self) -> int:
        """Frames before this one (from 0) are accounted for."""
        return self._next

    def replan(self, plan: Plan) -> None:
        """Go by another plan from the next ``look`` on, with as many frames: its clock was set."""
        self._plan = plan

    @property
    def phase(self) -> SequencePhase:
        """Where the sequence is now."""
        return self._phase

    @property
    def ended(self) -> bool:
        """Whether the phase is final."""
        return not TRANSITIONS[self._phase]

    def look(self, now_us: int) -> Look:
        """What to do at ``now_us``, between frames; a frame that is due has begun with this."""
        if self.ended:
            return Look(range(0), Finished())
        if SequenceEvent.BEGIN_FRAME not in TRANSITIONS[self._phase]:
            raise IllegalTransition(self._phase, SequenceEvent.BEGIN_FRAME)
        turn = self._plan.turn(self._next, now_us, self._free_us)
        self._next = turn.missed.stop
        if turn.number is None:
            self._move(SequenceEvent.FINISH)
            return Look(turn.missed, Finished())
        if now_us < turn.due_us:
            return Look(turn.missed, Wait(turn.due_us))
        self._move(SequenceEvent.BEGIN_FRAME)
        self._next = turn.number + 1
        return Look(turn.missed, Take(turn.number, now_us - turn.due_us))

    def end_frame(self, now_us: int, *, saved: bool) -> None:
        """The frame has ended; after one that was not saved, a burst leaves the camera a moment."""
        self._move(SequenceEvent.END_FRAME)
        self._free_us = now_us if saved else now_us + RETRY_US

    def cancel(self) -> None:
        """End the sequence: at once, or with the end of the frame that is being taken."""
        self._move(SequenceEvent.CANCEL)

    def _move(self, event: SequenceEvent) -> None:
        phase = TRANSITIONS[self._phase].get(event)
        if phase is None:
            raise IllegalTransition(self._phase, event)
        self._phase = phase
