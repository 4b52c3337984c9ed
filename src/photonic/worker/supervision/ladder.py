"""The recovery ladder above live view, as pure functions: what the parent does about a camera that failed.

====  ===================================  ==========================================  ============================
rung  action                               entered when                                budget
====  ===================================  ==========================================  ============================
2     open anew in the same process        the session failed, the process is sane     3 times: after 0.5, 1, 2 s
3     reset the USB port, new process      opening failed again, or rung 2 is spent    2 in 5 minutes
4     new process (port reset if in data)  hung, died, not reopenable; rung 3 spent    3 in vain: after 0.1, 1, 3 s
5     ask for hands, probe                 rung 4 is spent                             every 5 s, for ever
====  ===================================  ==========================================  ============================

Rungs 0 and 1 are the camera process's own (``child.preview``). Outside the ladder the camera is absent, blocked or
held by another process: that is waited for, and spends nothing. No budget comes back by trying, only by a proof (a
fresh valid frame; where no live view is wanted, the camera's facts): 30 s of it lead back to rung 0, and a new process
that was good for 5 s was not in vain. One that was good for less keeps the longest wait, but asks for no hands: they
could do no more than it did. Nothing is final.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.protocol.backoff import delay_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRANSFERS = frozenset({"preview", "file_get", "wait_for_event"})
"""Calls that transfer data as a rule: a process that is killed in one leaves the camera in the middle of it."""

PROVEN_SECONDS = 30.0
WORKED_SECONDS = 5.0
RESETS = 2
RESETS_WITHIN_SECONDS = 300.0
HANDS = "switch the camera off and on again, or take its battery out for a moment"
"""What only a person can do; the probes go on meanwhile."""


class FailureClass(Enum):
    """What has happened."""

    FAILED = "the camera failed, and its process said so"
    HUNG = "the process hung and was killed, or died"
    ABSENT = "the camera is not there"
    BLOCKED = "somebody has to see to the camera, the computer or the settings"
    HELD = "another process of ours has the camera"
    RENEWED = "the process is replaced on purpose"


class Step(Enum):
    """What is done about it."""

    REOPEN = "open the camera anew in the same process"
    RESPAWN = "start a new process"
    AWAIT = "wait until the camera is there"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure and its circumstances.

    ``reopenable``: the process waits for another ``Configure``. ``resettable``: the camera is there, on a USB port.
    ``opening``: the camera was not open. ``mid_data``: killed, or dead, inside a call that transfers data.
    """

    failure_class: FailureClass
    reopenable: bool = False
    resettable: bool = False
    opening: bool = False
    mid_data: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The step after ``wait_seconds``, on this rung; ``reset``: reset the port first, when the process is gone."""

    step: Step
    rung: int
    wait_seconds: float
    reset: bool = False


@dataclass(frozen=True, slots=True)
class LadderState:
    """Where recovery stands. ``resets`` are times, ``respawned`` new processes in vain; ``waits`` counts those outside
    the ladder in a row.

    Good from ``good_since`` to ``good_until`` (``None``: nothing good since the last failure).
    """

    rung: int = 0
    reopened: int = 0
    resets: tuple[float, ...] = ()
    respawned: int = 0
    waits: int = 0
    good_since: float | None = None
    good_until: float | None = None

    @property
    def proven(self) -> bool:
        """Whether the newest step has worked."""
        return self.good_since is not None


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: whether it may be taken, its waits (the last one for ever), and what taking it costs."""

    number: int
    step: Step
    waits: tuple[float, ...]
    allowed: Callable[[LadderState, Failure], bool]
    taken: Callable[[LadderState], int]


@dataclass(frozen=True, slots=True)
class Outside:
    """What is waited for outside the ladder; ``forgets``: a camera that was away starts afresh when it is back."""

    step: Step
    waits: tuple[float, ...]
    forgets: bool = False


ENTRIES: Mapping[FailureClass, int] = {FailureClass.FAILED: 2, FailureClass.HUNG: 4}
"""The lowest rung for a trouble."""

OUTSIDE: Mapping[FailureClass, Outside] = {
    # Being switched off and on is all that the highest rung asks for.
    FailureClass.ABSENT: Outside(Step.AWAIT, (0.2, 0.5, 1.0, 2.0), forgets=True),
    FailureClass.BLOCKED: Outside(Step.RESPAWN, (10.0, 20.0, 30.0)),
    FailureClass.HELD: Outside(Step.RESPAWN, (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)),
    FailureClass.RENEWED: Outside(Step.RESPAWN, (0.1,)),
}

REOPENS = (0.5, 1.0, 2.0)
RESPAWNS = (0.1, 1.0, 3.0)


def _may_reset(ladder_state: LadderState, setback: Failure) -> bool:
    return setback.resettable and len(ladder_state.resets) < RESETS


RUNGS = (
    Rung(
        2,
        Step.REOPEN,
        REOPENS,
        # An opening that failed once more is the port's matter, where there is one.
        lambda ladder_state, setback: (
            setback.reopenable
            and ladder_state.reopened < len(REOPENS)
            and not (ladder_state.rung == 2 and setback.opening and _may_reset(ladder_state, setback))
        ),
        lambda ladder_state: ladder_state.reopened,
    ),
    Rung(3, Step.RESPAWN, (1.0,), _may_reset, lambda _ladder_state: 0),
    Rung(
        4,
        Step.RESPAWN,
        RESPAWNS,
        lambda ladder_state, _setback: ladder_state.respawned < len(RESPAWNS),
        lambda ladder_state: ladder_state.respawned,
    ),
    Rung(5, Step.RESPAWN, (5.0,), lambda _ladder_state, _setback: True, lambda _ladder_state: 0),
)

_TROUBLES: Mapping[FailureKind, FailureClass] = {
    FailureKind.CAMERA_ABSENT: FailureClass.ABSENT,
    FailureKind.BLOCKED: FailureClass.BLOCKED,
    FailureKind.BATTERY_LOW: FailureClass.BLOCKED,
    FailureKind.NO_CARD: FailureClass.BLOCKED,
    FailureKind.CAMERA_STORAGE_FULL: FailureClass.BLOCKED,
    FailureKind.BAD_INPUT: FailureClass.BLOCKED,
    # Switching it off and on teaches a camera nothing.
    FailureKind.NOT_SUPPORTED: FailureClass.BLOCKED,
}


def trouble_of(kind: FailureKind, *, told: bool) -> FailureClass:
    """The trouble behind a failure; ``told``: the camera process said it itself, else its parent found it out."""
    return _TROUBLES.get(kind, FailureClass.FAILED if told else FailureClass.HUNG)


def decide(ladder_state: LadderState, setback: Failure, now: float) -> tuple[LadderState, Decision]:
    """What to do about a setback, and where recovery stands then. Times are seconds on any steady clock."""
    ladder_state = _struck(ladder_state, now)
    if (outside := OUTSIDE.get(setback.failure_class)) is not None:
        held = LadderState(resets=ladder_state.resets, waits=ladder_state.waits) if outside.forgets else ladder_state
        # A process that was replaced in the middle of a transfer has left the camera in it.
        reset = setback.failure_class is FailureClass.RENEWED and setback.mid_data and _may_reset(ladder_state, setback)
        resets = (*ladder_state.resets, now) if reset else ladder_state.resets
        decision = Decision(outside.step, 0, delay_after(ladder_state.waits, outside.waits), reset)
        return replace(held, waits=ladder_state.waits + 1, resets=resets), decision
    lowest = max(ENTRIES[setback.failure_class], ladder_state.rung)
    rung = next(rung for rung in RUNGS if rung.number >= lowest and rung.allowed(ladder_state, setback))
    reset = rung.number == 3 or (
        rung.number > 3
        and (setback.mid_data or setback.opening or rung.number == 5)
        and _may_reset(ladder_state, setback)
    )
    return (
        replace(
            ladder_state,
            rung=rung.number,
            reopened=ladder_state.reopened + (rung.number == 2),
            respawned=ladder_state.respawned + (rung.number == 4),
            resets=(*ladder_state.resets, now) if reset else ladder_state.resets,
            waits=0,
        ),
        Decision(rung.step, rung.number, delay_after(rung.taken(ladder_state), rung.waits), reset),
    )


def proved(ladder_state: LadderState, now: float) -> LadderState:
    """A fresh valid frame has come, or another sign that the camera is well."""
    since = now if ladder_state.good_since is None else ladder_state.good_since
    if now - since >= PROVEN_SECONDS and ladder_state.rung:
        return LadderState(resets=ladder_state.resets, good_since=since, good_until=now)
    return replace(ladder_state, waits=0, good_since=since, good_until=now)


def _struck(ladder_state: LadderState, now: float) -> LadderState:
    """At the moment of a failure: nothing is good any more, and resets of long ago are forgotten."""
    recent = tuple(at for at in ladder_state.resets if now - at < RESETS_WITHIN_SECONDS)
    since, until = ladder_state.good_since, ladder_state.good_until
    respawned = ladder_state.respawned
    if since is not None and until is not None:
        respawned = 0 if until - since >= WORKED_SECONDS else min(respawned, len(RESPAWNS) - 1)
    return replace(
        ladder_state,
        rung=min(ladder_state.rung, 4) if ladder_state.proven else ladder_state.rung,
        respawned=respawned,
        resets=recent,
        good_since=None,
        good_until=None,
    )
