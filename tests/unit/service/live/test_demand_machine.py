"""The demand machine: both tables are walked whole, and no order of events leads it astray."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photonic.errors import FailureKind, IllegalTransition
from photonic.model.reason import ReasonCode, failure_reason, reason
from photonic.model.status import LiveState
from photonic.service.live.demand_machine import (
    RESTART_AFTER_SECONDS,
    RETRY_SECONDS,
    STALE_SECONDS,
    DemandMachine,
    LiveAction,
    Observation,
)
from photonic.service.live.demand_tables import AVAILABILITY, COMMANDS, Availability, Commanded, DemandEvent

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_SECONDS = 5.0
OUTAGE = failure_reason(FailureKind.TIMEOUT, "it hung")
OF_AVAILABILITY = {event for row in AVAILABILITY.values() for event in row}
OF_COMMANDS = {event for row in COMMANDS.values() for event in row}


@pytest.mark.parametrize("event", DemandEvent)
@pytest.mark.parametrize(("availability", "commanded"), list(product(Availability, Commanded)))
def test_every_pair_of_state_and_event_moves_along_the_tables_or_raises_and_changes_nothing(
    availability: Availability, commanded: Commanded, event: DemandEvent
) -> None:
    machine = DemandMachine(0.0, GRACE_SECONDS)
    machine._availability, machine._commanded = availability, commanded
    to_availability = AVAILABILITY[availability].get(event) if event in OF_AVAILABILITY else availability
    to_commanded = COMMANDS[commanded].get(event) if event in OF_COMMANDS else commanded
    if to_availability is None or to_commanded is None:
        with pytest.raises(IllegalTransition):
            machine._move(event)
        assert (machine.availability, machine.commanded) == (availability, commanded)
    else:
        machine._move(event)
        assert (machine.availability, machine.commanded) == (to_availability, to_commanded)


def test_every_event_is_in_a_table_and_those_of_the_camera_process_have_an_arrow_from_everywhere() -> None:
    assert set(DemandEvent) == OF_AVAILABILITY | OF_COMMANDS
    ours = {DemandEvent.RESUME_OVERDUE}
    assert all(set(row) >= OF_AVAILABILITY - ours for row in AVAILABILITY.values())
    assert all(set(row) >= OF_COMMANDS - ours for row in COMMANDS.values())
    assert [state for state, row in COMMANDS.items() if DemandEvent.RESUME_OVERDUE in row] == [Commanded.RESUMING]


class DemandMachineHarness:
    """A machine, and what it is shown."""

    def __init__(self) -> None:
        self.now = 0.0
        self.watched = False
        self.last_frame_at: float | None = None
        self.machine = DemandMachine(0.0, GRACE_SECONDS)

    @property
    def seen(self) -> Observation:
        return Observation(self.now, self.watched, self.last_frame_at)

    def report(self, state: LiveState) -> None:
        self.machine.reported(self.seen, state, None, 3.0 if state is LiveState.PAUSED else None)

    def decide(self, succeeds: bool) -> LiveAction:
        action = self.machine.decide(self.seen)
        if action is not LiveAction.WAIT:
            if succeeds:
                self.machine.carried_out(action)
            else:
                self.machine.failed(self.now, FailureKind.CAMERA_BUSY, "busy")
        return action

    def frame(self) -> None:
        self.last_frame_at = self.now

    def viewers(self, watched: bool) -> None:
        self.watched = watched
        self.machine.viewers_changed(self.seen)

    def lack(self) -> None:
        self.machine.failed(self.now, FailureKind.NOT_SUPPORTED, "none")


STEPS: dict[str, Callable[[DemandMachineHarness], object]] = {
    "opened": lambda harness: harness.machine.opened(harness.now, live_view=True),
    "opened without": lambda harness: harness.machine.opened(harness.now, live_view=False),
    "lost": lambda harness: harness.machine.lost(harness.now, OUTAGE),
    "replaced": lambda harness: harness.machine.replaced(harness.now),
    "disconnected": lambda harness: harness.machine.disconnected(harness.now, reason(ReasonCode.DISCONNECTED, "off")),
    "lacking": DemandMachineHarness.lack,
    "requested": lambda harness: harness.machine.requested(harness.seen),
    "released": lambda harness: harness.machine.released(),
    "joined": lambda harness: harness.viewers(True),
    "left": lambda harness: harness.viewers(False),
    "frame": DemandMachineHarness.frame,
    "done": lambda harness: harness.decide(True),
    "failed": lambda harness: harness.decide(False),
    **{state.value: (lambda harness, state=state: harness.report(state)) for state in LiveState},
}
ORDERS = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from([0.0, 0.5, 1.0, 2.5, 12.0])), max_size=40)


def after(order: list[tuple[str, float]]) -> DemandMachineHarness:
    harness = DemandMachineHarness()
    for step, seconds in order:
        STEPS[step](harness)
        harness.now += seconds
    return harness


@given(ORDERS)
@settings(max_examples=300)
def test_whatever_happened_the_state_and_the_action_fit_what_is_wanted(order: list[tuple[str, float]]) -> None:
    harness = after(order)
    machine, seen = harness.machine, harness.seen
    until = machine.next_change_at(seen)
    assert until is None or until > seen.now
    state, running = machine.state(seen), machine.commanded is not Commanded.STOPPED
    if machine.availability is Availability.DISCONNECTED:
        assert state is LiveState.OFF
    if machine.availability is Availability.UNSUPPORTED:
        assert (state, machine.reason(seen) is None) == (LiveState.UNSUPPORTED, False)
    assert (machine.resume_by_seconds(seen) is None) == (state is not LiveState.PAUSED)
    action = machine.decide(seen)
    if action is not LiveAction.WAIT:
        assert machine.availability is Availability.OPEN
        assert machine.wanted(seen) == (action is LiveAction.START)
        assert action is LiveAction.START or running


@given(ORDERS)
@settings(max_examples=300)
def test_whatever_happened_a_watched_camera_is_soon_running_and_an_unwatched_one_soon_stopped(
    order: list[tuple[str, float]],
) -> None:
    harness = after(order)
    harness.machine.opened(harness.now, live_view=True)
    for watched, due in ((True, Commanded.STARTED), (False, Commanded.STOPPED)):
        harness.viewers(watched)
        end = harness.now + 2 * (GRACE_SECONDS + STALE_SECONDS + RESTART_AFTER_SECONDS + RETRY_SECONDS)
        while harness.now < end:
            action = harness.decide(True)
            if action is LiveAction.START:
                harness.report(LiveState.RUNNING)
            harness.frame()
            harness.now += 0.5
        assert harness.machine.commanded is due


@given(ORDERS)
@settings(max_examples=300)
def test_the_state_changes_at_no_other_moments_than_events_and_those_that_it_names(
    order: list[tuple[str, float]],
) -> None:
    """The shell sleeps until then."""
    harness = after(order)
    harness.decide(True)
    until = harness.machine.next_change_at(harness.seen)
    before = harness.machine.state(harness.seen), harness.machine.reason(harness.seen)
    harness.now = (harness.now + 100.0) if until is None else (harness.now + until) / 2
    assert (harness.machine.state(harness.seen), harness.machine.reason(harness.seen)) == before
    assert harness.machine.decide(harness.seen) is LiveAction.WAIT
