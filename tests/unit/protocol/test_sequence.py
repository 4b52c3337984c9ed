"""The sequence machine: it follows its table, also after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.errors import IllegalTransition
from photonic.model.status import SequencePhase
from photonic.protocol.schedule import Rapid, Ticks
from photonic.protocol.sequence import TRANSITIONS, Finished, SequenceEvent, SequenceMachine, Take, Wait

if TYPE_CHECKING:
    from collections.abc import Callable


def reach(phase: SequencePhase) -> SequenceMachine:
    """A machine in this phase."""
    machine = SequenceMachine(Rapid(100, 2))
    if phase in {SequencePhase.WAITING, SequencePhase.SHOOTING, SequencePhase.STOPPING, SequencePhase.DONE}:
        machine.poll(100)
    if phase in {SequencePhase.WAITING, SequencePhase.DONE}:
        machine.end_frame(200, saved=True)
    if phase is SequencePhase.DONE:
        machine.poll(200)
        machine.end_frame(300, saved=True)
        machine.poll(300)
    if phase in {SequencePhase.STOPPING, SequencePhase.CANCELLED}:
        machine.cancel()
    assert machine.phase is phase
    return machine


REACHABLE = [phase for phase in SequencePhase if phase is not SequencePhase.FAILED]


@pytest.mark.parametrize("phase", REACHABLE)
def test_an_event_without_a_transition_raises_and_changes_nothing(phase: SequencePhase) -> None:
    moves: dict[SequenceEvent, Callable[[SequenceMachine], None]] = {
        SequenceEvent.END_FRAME: lambda machine: machine.end_frame(400, saved=True),
        SequenceEvent.CANCEL: SequenceMachine.cancel,
    }
    for event, move in moves.items():
        machine = reach(phase)
        if event in TRANSITIONS[phase]:
            move(machine)
            assert machine.phase is TRANSITIONS[phase][event]
            continue
        with pytest.raises(IllegalTransition):
            move(machine)
        assert machine.phase is phase


@pytest.mark.parametrize("phase", [SequencePhase.SHOOTING, SequencePhase.STOPPING])
def test_no_frame_begins_while_one_is_taken(phase: SequencePhase) -> None:
    with pytest.raises(IllegalTransition):
        reach(phase).poll(10_000)


@pytest.mark.parametrize("phase", [SequencePhase.DONE, SequencePhase.CANCELLED])
def test_an_ended_sequence_stays_ended(phase: SequencePhase) -> None:
    machine = reach(phase)
    assert (machine.poll(10_000).action, machine.ended) == (Finished(), True)


def test_a_frame_that_has_begun_is_ended_before_the_sequence() -> None:
    machine = reach(SequencePhase.SHOOTING)
    machine.cancel()
    assert not machine.ended
    machine.end_frame(300, saved=True)
    assert machine.phase is SequencePhase.CANCELLED


def test_what_is_left_after_a_restart_begins_after_what_is_accounted_for() -> None:
    machine = SequenceMachine(Ticks(0, 1_000_000, 10), first=4)
    step = machine.poll(6_500_000)
    assert (list(step.missed), step.action) == ([4, 5, 6], Wait(7_000_000))
    assert machine.poll(7_000_000).action == Take(7, 0)


def test_a_schedule_that_is_over_is_finished_with_everything_missed() -> None:
    machine = SequenceMachine(Ticks(0, 1_000_000, 3))
    step = machine.poll(60_000_000)
    assert (list(step.missed), step.action) == ([0, 1, 2], Finished())
    assert machine.phase is SequencePhase.DONE
