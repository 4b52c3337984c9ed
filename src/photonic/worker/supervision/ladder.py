"""The recovery ladder above live view, as pure functions: what the parent process does after a camera failure.

====  ===================================  ==========================================  ============================
rung  action                               entered when                                budget
====  ===================================  ==========================================  ============================
2     reopen in the same process           the session failed, the process is healthy  3 times: after 0.5, 1, 2 s
3     reset the USB port, new process      opening failed again, or rung 2 used up     2 failed ones in 5 minutes
4     new process (port reset if in data)  hung, died, not reopenable; rung 3 used up  3 failures: after 0.1, 1, 3 s
5     ask for a power cycle, keep trying   rung 4 used up                              every 5 s, indefinitely
====  ===================================  ==========================================  ============================

Rungs 0 and 1 belong to the camera process (``child.preview``). A camera that is absent, blocked or held by another
process is outside the ladder: waiting for it uses up no budget. Retrying never restores a budget, only proof that the
camera works does: a fresh valid frame or, if no live view is wanted, the camera's facts. After 30 s of proof the ladder
is back at rung 0. A new process or a reset that worked for 5 s does not count as failed. A process that worked for less
keeps the longest delay but does not ask for a power cycle, which would not help either. No state is final.
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
"""Calls that usually transfer data: killing a process inside one leaves the camera in the middle of the transfer."""

PROVEN_SECONDS = 30.0
WORKED_SECONDS = 5.0
RESETS = 2
RESETS_WITHIN_SECONDS = 300.0
POWER_CYCLE = "switch the camera off and on again, or remove its battery for a moment"
"""Advice for the user; the camera is retried in the meantime."""


class FailureClass(Enum):
    """What kind of failure it was."""

    FAILED = "the camera failed, and its process reported it"
    HUNG = "the process hung and was killed, or died"
    ABSENT = "the camera is absent"
    BLOCKED = "the user has to fix something on the camera, the computer or in the settings"
    HELD = "another photonic process holds the camera"
    RENEWED = "the process is being replaced on purpose"


class Step(Enum):
    """What to do about it."""

    REOPEN = "reopen the camera in the same process"
    RESPAWN = "start a new process"
    AWAIT = "wait until the camera is present"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure and its circumstances.

    ``reopenable``: the process is waiting for another ``Configure``. ``resettable``: the camera is present on a USB
    port. ``opening``: the camera was not open yet. ``mid_data``: the process ended inside a call that transfers data.
    """

    failure_class: FailureClass
    reopenable: bool = False
    resettable: bool = False
    opening: bool = False
    mid_data: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Take this step after ``wait_seconds``; ``reset``: first reset the port, once the process is gone."""

    step: Step
    rung: int
    wait_seconds: float
    reset: bool = False


@dataclass(frozen=True, slots=True)
class LadderState:
    """How far recovery has escalated.

    ``rung``: the current one. ``reopened``: how often rung 2 was used. ``resets``: the times of port resets.
    ``respawned``: new processes that failed. ``waits``: consecutive waits outside the ladder. ``good_since``,
    ``good_until``: first and latest proof since the last failure; ``None``: there was none.
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
        """Whether the latest step has worked."""
        return self.good_since is not None


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung.

    ``waits``: delays in seconds for its uses in turn; the last one repeats. ``allowed``: whether it may be used.
    ``taken``: how often it has been used.
    """

    number: int
    step: Step
    waits: tuple[float, ...]
    allowed: Callable[[LadderState, Failure], bool]
    taken: Callable[[LadderState], int]


@dataclass(frozen=True, slots=True)
class Outside:
    """A wait outside the ladder; ``forgets``: afterwards the ladder starts over."""

    step: Step
    waits: tuple[float, ...]
    forgets: bool = False


ENTRIES: Mapping[FailureClass, int] = {FailureClass.FAILED: 2, FailureClass.HUNG: 4}
"""The lowest rung for each failure class."""

OUTSIDE: Mapping[FailureClass, Outside] = {
    # An absent camera was probably power-cycled, which is all that the highest rung asks for.
    FailureClass.ABSENT: Outside(Step.AWAIT, (0.2, 0.5, 1.0, 2.0), forgets=True),
    FailureClass.BLOCKED: Outside(Step.RESPAWN, (10.0, 20.0, 30.0)),
    FailureClass.HELD: Outside(Step.RESPAWN, (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)),
    FailureClass.RENEWED: Outside(Step.RESPAWN, (0.1,)),
}

REOPENS = (0.5, 1.0, 2.0)
RESPAWNS = (0.1, 1.0, 3.0)


def _may_reset(ladder_state: LadderState, failure: Failure) -> bool:
    return failure.resettable and len(ladder_state.resets) < RESETS


RUNGS = (
    Rung(
        2,
        Step.REOPEN,
        REOPENS,
        # If opening has failed again, resetting the port is the better step, if there is one.
        lambda ladder_state, failure: (
            failure.reopenable
            and ladder_state.reopened < len(REOPENS)
            and not (ladder_state.rung == 2 and failure.opening and _may_reset(ladder_state, failure))
        ),
        lambda ladder_state: ladder_state.reopened,
    ),
    Rung(3, Step.RESPAWN, (1.0,), _may_reset, lambda _ladder_state: 0),
    Rung(
        4,
        Step.RESPAWN,
        RESPAWNS,
        lambda ladder_state, _failure: ladder_state.respawned < len(RESPAWNS),
        lambda ladder_state: ladder_state.respawned,
    ),
    Rung(5, Step.RESPAWN, (5.0,), lambda _ladder_state, _failure: True, lambda _ladder_state: 0),
)

_FAILURE_CLASSES: Mapping[FailureKind, FailureClass] = {
    FailureKind.CAMERA_ABSENT: FailureClass.ABSENT,
    FailureKind.BLOCKED: FailureClass.BLOCKED,
    FailureKind.BATTERY_LOW: FailureClass.BLOCKED,
    FailureKind.NO_CARD: FailureClass.BLOCKED,
    FailureKind.CAMERA_STORAGE_FULL: FailureClass.BLOCKED,
    FailureKind.BAD_INPUT: FailureClass.BLOCKED,
    # A power cycle adds no abilities.
    FailureKind.NOT_SUPPORTED: FailureClass.BLOCKED,
}


def classify(kind: FailureKind, *, reported: bool) -> FailureClass:
    """The class of a failure; ``reported``: the camera process reported it itself, rather than its parent."""
    return _FAILURE_CLASSES.get(kind, FailureClass.FAILED if reported else FailureClass.HUNG)


def decide(ladder_state: LadderState, failure: Failure, now: float) -> tuple[LadderState, Decision]:
    """Decide what to do about a failure; also returns the new state. ``now``: seconds of any monotonic clock."""
    ladder_state = _at_failure(ladder_state, now)
    if (outside := OUTSIDE.get(failure.failure_class)) is not None:
        kept = LadderState(resets=ladder_state.resets, waits=ladder_state.waits) if outside.forgets else ladder_state
        # Replacing a process in the middle of a transfer leaves the camera in that transfer.
        reset = failure.failure_class is FailureClass.RENEWED and failure.mid_data and _may_reset(ladder_state, failure)
        resets = (*ladder_state.resets, now) if reset else ladder_state.resets
        decision = Decision(outside.step, 0, delay_after(ladder_state.waits, outside.waits), reset)
        return replace(kept, waits=ladder_state.waits + 1, resets=resets), decision
    lowest = max(ENTRIES[failure.failure_class], ladder_state.rung)
    rung = next(rung for rung in RUNGS if rung.number >= lowest and rung.allowed(ladder_state, failure))
    reset = rung.number == 3 or (
        rung.number > 3
        and (failure.mid_data or failure.opening or rung.number == 5)
        and _may_reset(ladder_state, failure)
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
    """A fresh valid frame, or other proof that the camera works, has arrived."""
    since = now if ladder_state.good_since is None else ladder_state.good_since
    if now - since >= PROVEN_SECONDS and ladder_state.rung:
        return LadderState(resets=ladder_state.resets, good_since=since, good_until=now)
    return replace(ladder_state, waits=0, good_since=since, good_until=now)


def _at_failure(ladder_state: LadderState, now: float) -> LadderState:
    """The state at the moment of a failure: proof ends here; resets that worked, and old ones, count no longer."""
    resets = tuple(at for at in ladder_state.resets if now - at < RESETS_WITHIN_SECONDS)
    since, until = ladder_state.good_since, ladder_state.good_until
    respawned = ladder_state.respawned
    if since is not None and until is not None:
        worked = until - since >= WORKED_SECONDS
        respawned = 0 if worked else min(respawned, len(RESPAWNS) - 1)
        resets = () if worked else resets
    return replace(
        ladder_state,
        rung=min(ladder_state.rung, 4) if ladder_state.proven else ladder_state.rung,
        respawned=respawned,
        resets=resets,
        good_since=None,
        good_until=None,
    )
