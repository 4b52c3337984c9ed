"""The capture machine: every transition of the table works, and nothing else changes the phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import FailureKind, IllegalTransition
from photonic.model.status import CapturePhase
from photonic.protocol.capture import TRANSITIONS, CaptureEvent, CaptureMachine

if TYPE_CHECKING:
    from collections.abc import Callable

ROUTES: dict[CapturePhase, tuple[CaptureEvent, ...]] = {
    CapturePhase.QUEUED: (),
    CapturePhase.PREPARING: (CaptureEvent.PREPARE,),
    CapturePhase.EXPOSING: (CaptureEvent.PREPARE, CaptureEvent.EXPOSE),
    CapturePhase.DOWNLOADING: (CaptureEvent.PREPARE, CaptureEvent.EXPOSE, CaptureEvent.DOWNLOAD),
    CapturePhase.SAVED: (CaptureEvent.PREPARE, CaptureEvent.EXPOSE, CaptureEvent.DOWNLOAD, CaptureEvent.SAVE),
    CapturePhase.FAILED: (CaptureEvent.FAIL,),
}


def send(machine: CaptureMachine, event: CaptureEvent) -> None:
    actions: dict[CaptureEvent, Callable[[], None]] = {
        CaptureEvent.PREPARE: machine.prepare,
        CaptureEvent.EXPOSE: machine.expose,
        CaptureEvent.DOWNLOAD: machine.download,
        CaptureEvent.SAVE: machine.save,
        CaptureEvent.FAIL: lambda: machine.fail(FailureKind.CAMERA_FAULT, "it broke"),
        CaptureEvent.CANCEL: machine.cancel,
    }
    actions[event]()


def machine_in(phase: CapturePhase) -> CaptureMachine:
    machine = CaptureMachine()
    for event in ROUTES[phase]:
        send(machine, event)
    assert machine.phase is phase
    return machine


@pytest.mark.parametrize("event", CaptureEvent)
@pytest.mark.parametrize("phase", CapturePhase)
def test_every_pair_of_phase_and_event_follows_the_table_or_raises_and_changes_nothing(
    phase: CapturePhase, event: CaptureEvent
) -> None:
    order = [
        CapturePhase.QUEUED,
        CapturePhase.PREPARING,
        CapturePhase.EXPOSING,
        CapturePhase.DOWNLOADING,
        CapturePhase.SAVED,
    ]
    steps = [CaptureEvent.PREPARE, CaptureEvent.EXPOSE, CaptureEvent.DOWNLOAD, CaptureEvent.SAVE]
    expected: CapturePhase | None = None
    if phase in order[:-1]:
        place = order.index(phase)
        if event is steps[place]:
            expected = order[place + 1]
        elif event is CaptureEvent.FAIL or (event is CaptureEvent.CANCEL and place < 2):
            expected = CapturePhase.FAILED
    machine = machine_in(phase)
    failure = machine.failure
    if expected is None:
        with pytest.raises(IllegalTransition):
            send(machine, event)
        assert (machine.phase, machine.failure) == (phase, failure)
    else:
        send(machine, event)
        assert machine.phase is expected


def test_a_failure_keeps_its_kind_and_reason_and_a_cancelled_capture_says_so() -> None:
    failed, cancelled = machine_in(CapturePhase.EXPOSING), machine_in(CapturePhase.PREPARING)
    failed.fail(FailureKind.AUTOFOCUS_FAILED, "no contrast")
    cancelled.cancel()
    assert failed.failure is not None
    assert (failed.failure.kind, failed.failure.reason) == (FailureKind.AUTOFOCUS_FAILED, "no contrast")
    assert cancelled.failure is not None
    assert cancelled.failure.kind is FailureKind.CANCELLED


def test_the_table_names_every_phase() -> None:
    assert set(TRANSITIONS) == set(CapturePhase)


@given(st.lists(st.sampled_from(CaptureEvent), max_size=20))
def test_whatever_comes_a_final_phase_is_final_and_a_failure_comes_only_with_failed(events: list[CaptureEvent]) -> None:
    machine = CaptureMachine()
    for event in events:
        ended, before = machine.ended, machine.phase
        try:
            send(machine, event)
        except IllegalTransition:
            assert machine.phase is before
        else:
            assert not ended
        assert (machine.failure is not None) == (machine.phase is CapturePhase.FAILED)
        cancellable = CaptureEvent.CANCEL in TRANSITIONS[machine.phase]
        assert cancellable == (machine.phase in {CapturePhase.QUEUED, CapturePhase.PREPARING})
