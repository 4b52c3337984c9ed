"""The ladder: its table, and the properties that hold for any failures in any order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import FailureKind
from photonic.worker.supervision.ladder import (
    OUTSIDE,
    PROVEN_SECONDS,
    RESETS,
    RESETS_WITHIN_SECONDS,
    RUNGS,
    WORKED_SECONDS,
    Decision,
    Failure,
    FailureClass,
    LadderState,
    Step,
    classify,
    decide,
    proved,
)

REPORTED = Failure(FailureClass.FAILED, reopenable=True)
REPORTED_USB = Failure(FailureClass.FAILED, reopenable=True, resettable=True)
INIT_USB = replace(REPORTED_USB, opening=True)
LOST = Failure(FailureClass.FAILED)
HUNG = Failure(FailureClass.HUNG)
HUNG_IN_DATA = Failure(FailureClass.HUNG, resettable=True, mid_data=True)


def _climb(*failures: Failure) -> list[Decision]:
    """The decisions about consecutive failures without proof in between."""
    ladder_state, now, decisions = LadderState(), 100.0, list[Decision]()
    for failure in failures:
        ladder_state, decision = decide(ladder_state, failure, now)
        decisions.append(decision)
        now += decision.wait_seconds + 1.0
    return decisions


def _rungs(*failures: Failure) -> list[int]:
    return [decision.rung for decision in _climb(*failures)]


@pytest.mark.parametrize(
    ("failure", "rungs"),
    [
        (REPORTED, [2, 2, 2, 4, 4, 4, 5, 5, 5]),
        (REPORTED_USB, [2, 2, 2, 3, 3, 4, 4, 4, 5, 5]),
        (INIT_USB, [2, 3, 3, 4, 4, 4, 5, 5]),
        (LOST, [4, 4, 4, 5, 5]),
        (HUNG, [4, 4, 4, 5, 5]),
        (Failure(FailureClass.FAILED, resettable=True), [3, 3, 4, 4, 4, 5]),
    ],
)
def test_a_failure_that_stays_climbs_rung_by_rung(failure: Failure, rungs: list[int]) -> None:
    assert _rungs(*[failure] * len(rungs)) == rungs


def test_the_waits_are_those_of_the_table() -> None:
    waits = [(decision.rung, decision.wait_seconds) for decision in _climb(*[REPORTED] * 8)]
    assert waits == [(2, 0.5), (2, 1.0), (2, 2.0), (4, 0.1), (4, 1.0), (4, 3.0), (5, 5.0), (5, 5.0)]


def test_a_process_that_reported_the_failure_reopens_and_one_that_hung_is_replaced() -> None:
    assert [decision.step for decision in _climb(REPORTED, HUNG)] == [Step.REOPEN, Step.RESPAWN]


def test_a_death_in_a_transfer_resets_the_port_before_the_next_process() -> None:
    first, second, third = _climb(*[HUNG_IN_DATA] * 3)
    assert (first.rung, first.reset) == (4, True)
    assert (second.reset, third.reset) == (True, False)


def test_a_process_that_is_replaced_in_the_middle_of_a_transfer_leaves_a_port_to_be_reset() -> None:
    (decision,) = _climb(Failure(FailureClass.RENEWED, resettable=True, mid_data=True))
    assert (decision.rung, decision.reset) == (0, True)
    (decision,) = _climb(Failure(FailureClass.RENEWED, resettable=True))
    assert not decision.reset


def test_resets_become_available_again_with_time() -> None:
    ladder_state, now = LadderState(), 0.0
    resets: list[float] = []
    for _ in range(200):
        ladder_state, decision = decide(ladder_state, INIT_USB, now)
        if decision.reset:
            resets.append(now)
        now += decision.wait_seconds + 1.0
    assert len(resets) > RESETS
    within = [[at for at in resets if since <= at < since + RESETS_WITHIN_SECONDS] for since in resets]
    assert max(map(len, within)) == RESETS


@pytest.mark.parametrize(("good_seconds", "reset"), [(WORKED_SECONDS, True), (WORKED_SECONDS - 1.0, False)])
def test_a_reset_after_which_the_camera_worked_for_a_while_was_not_in_vain(good_seconds: float, reset: bool) -> None:
    ladder_state, now = LadderState(), 100.0
    for _ in range(RESETS):
        ladder_state, decision = decide(ladder_state, HUNG_IN_DATA, now)
        assert decision.reset
        ladder_state = proved(proved(ladder_state, now + 1.0), now + 1.0 + good_seconds)
        now += 10.0
    assert decide(ladder_state, HUNG_IN_DATA, now)[1].reset is reset


@pytest.mark.parametrize("kind", list(FailureKind))
def test_what_waits_outside_the_ladder_and_what_climbs_it(kind: FailureKind) -> None:
    outside = {
        FailureKind.CAMERA_ABSENT: FailureClass.ABSENT,
        FailureKind.BLOCKED: FailureClass.BLOCKED,
        FailureKind.BATTERY_LOW: FailureClass.BLOCKED,
        FailureKind.NO_CARD: FailureClass.BLOCKED,
        FailureKind.CAMERA_STORAGE_FULL: FailureClass.BLOCKED,
        FailureKind.BAD_INPUT: FailureClass.BLOCKED,
        FailureKind.NOT_SUPPORTED: FailureClass.BLOCKED,
    }
    assert classify(kind, reported=True) is outside.get(kind, FailureClass.FAILED)
    assert classify(kind, reported=False) is outside.get(kind, FailureClass.HUNG)


def test_a_blocked_camera_is_retried_every_ten_to_thirty_seconds() -> None:
    decisions = _climb(*[Failure(FailureClass.BLOCKED, resettable=True)] * 5)
    assert [decision.wait_seconds for decision in decisions] == [10.0, 20.0, 30.0, 30.0, 30.0]


def test_waits_outside_the_ladder_start_over_after_another_failure() -> None:
    blocked = Failure(FailureClass.BLOCKED)
    assert [decision.wait_seconds for decision in _climb(blocked, blocked, HUNG, blocked)] == [10.0, 20.0, 0.1, 10.0]


def test_a_camera_that_was_away_starts_afresh_but_its_resets_are_remembered() -> None:
    assert _rungs(INIT_USB, INIT_USB, INIT_USB, INIT_USB, Failure(FailureClass.ABSENT), INIT_USB, INIT_USB) == [
        *(2, 3, 3, 4),
        0,
        *(2, 2),
    ]


def test_frames_for_half_a_minute_lead_back_to_rung_0() -> None:
    ladder_state, _ = decide(LadderState(), REPORTED, 0.0)
    for now in (1.0, 30.9):
        ladder_state = proved(ladder_state, now)
        assert ladder_state.rung == 2
    ladder_state = proved(ladder_state, 31.0)
    assert (ladder_state.rung, ladder_state.reopened) == (0, 0)
    assert decide(ladder_state, REPORTED, 32.0)[1].wait_seconds == 0.5


def test_a_few_frames_restore_no_budget() -> None:
    ladder_state, now = LadderState(), 0.0
    rungs: list[int] = []
    for _ in range(7):
        ladder_state, decision = decide(ladder_state, REPORTED, now)
        rungs.append(decision.rung)
        ladder_state = proved(ladder_state, now + 3.0)
        now += 4.0
    assert rungs == [2, 2, 2, 4, 4, 4, 4]


def test_a_camera_that_works_in_between_needs_no_power_cycle_but_keeps_the_longest_delay() -> None:
    ladder_state, now, decisions = LadderState(), 0.0, list[Decision]()
    for _ in range(8):
        ladder_state, decision = decide(ladder_state, HUNG, now)
        decisions.append(decision)
        now += decision.wait_seconds + 1.0
        ladder_state = proved(ladder_state, now)
        now += 0.2
    assert [decision.rung for decision in decisions] == [4] * 8
    assert [decision.wait_seconds for decision in decisions] == [0.1, 1.0, *[3.0] * 6]
    # Without proof that the camera works, the next processes count as failed again.
    ladder_state, _ = decide(ladder_state, HUNG, now)
    assert decide(ladder_state, HUNG, now + 5.0)[1].rung == 5


def test_a_process_that_worked_for_a_while_does_not_count_as_failed() -> None:
    ladder_state, now = LadderState(), 0.0
    for _ in range(20):
        ladder_state, decision = decide(ladder_state, HUNG, now)
        assert (decision.rung, decision.wait_seconds) == (4, 0.1)
        ladder_state = proved(proved(ladder_state, now + 1.0), now + 6.0)
        now += 7.0


FAILURES = st.builds(
    Failure,
    st.sampled_from(FailureClass),
    reopenable=st.booleans(),
    resettable=st.booleans(),
    opening=st.booleans(),
    mid_data=st.booleans(),
)
EVENTS = st.lists(
    st.tuples(st.one_of(st.none(), FAILURES), st.floats(min_value=0.0, max_value=100.0, allow_nan=False)), max_size=60
)


@given(EVENTS)
def test_whatever_happens_there_is_a_next_step_after_a_wait(events: list[tuple[Failure | None, float]]) -> None:
    ladder_state, now = LadderState(), 0.0
    for failure, later in events:
        now += later
        if failure is None:
            ladder_state = proved(ladder_state, now)
            continue
        before = ladder_state
        ladder_state, decision = decide(ladder_state, failure, now)
        assert 0.0 < decision.wait_seconds <= 30.0
        assert decision.rung in {0, *(rung.number for rung in RUNGS)}
        assert decision.step is not Step.REOPEN or failure.reopenable
        assert not decision.reset or failure.resettable
        assert len(ladder_state.resets) <= RESETS
        assert not ladder_state.proven
        if failure.failure_class in OUTSIDE:
            assert decision.rung == 0
            if failure.failure_class is not FailureClass.RENEWED:
                assert not decision.reset
                assert set(ladder_state.resets) <= set(before.resets)
            if failure.failure_class is not FailureClass.ABSENT:
                spent = (ladder_state.rung, ladder_state.reopened, ladder_state.respawned)
                assert all(after <= held for after, held in zip(spent, _spent(before), strict=True))


def _spent(ladder_state: LadderState) -> tuple[int, int, int]:
    return ladder_state.rung, ladder_state.reopened, ladder_state.respawned


@given(EVENTS)
def test_good_frames_always_lead_down(events: list[tuple[Failure | None, float]]) -> None:
    ladder_state, now = LadderState(), 0.0
    for failure, later in events:
        now += later
        ladder_state = proved(ladder_state, now) if failure is None else decide(ladder_state, failure, now)[0]
    for _ in range(12):
        now += PROVEN_SECONDS / 10
        ladder_state = proved(ladder_state, now)
    assert _spent(ladder_state) == (0, 0, 0)


@given(EVENTS, FAILURES.filter(lambda failure: failure.failure_class not in OUTSIDE))
def test_failures_without_proof_end_at_the_highest_rung_and_stay_there(
    events: list[tuple[Failure | None, float]], failure: Failure
) -> None:
    ladder_state, now = LadderState(), 0.0
    for earlier, later in events:
        now += later
        ladder_state = proved(ladder_state, now) if earlier is None else decide(ladder_state, earlier, now)[0]
    rungs: list[int] = []
    for _ in range(12):
        ladder_state, decision = decide(ladder_state, failure, now)
        now += decision.wait_seconds
        rungs.append(decision.rung)
    assert rungs == sorted(rungs)
    assert rungs[-1] == 5
