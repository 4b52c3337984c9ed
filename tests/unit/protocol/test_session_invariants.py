"""The invariants of the session, each over random schedules of an unreliable world in virtual time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support import session_invariants as invariants
from tests.support.session_schedules import ACTIONS, LONGEST_STEPS, LONGEST_WAIT_SECONDS, Schedule, Steps, drawn

UNIT = st.floats(0, 1, width=16)
STEPS = st.tuples(UNIT.map(lambda x: LONGEST_WAIT_SECONDS * x * x), st.sampled_from(sorted(ACTIONS)), UNIT)
SCHEDULES = st.builds(
    Schedule,
    steps=st.lists(STEPS, max_size=LONGEST_STEPS),
    seed=st.integers(0, 2**16),
    jitter=st.sampled_from([None, None, 0.0, 1.0]),
    compat_only=st.booleans(),
)

schedules = given(schedule=SCHEDULES)

QUICK_USER: Steps = [
    (1.0, "stop", 0.0),
    (0.0, "start", 0.0),
    (0.3, "stop", 0.0),
    (0.0, "start", 0.0),
    (0.3, "stop", 0.0),
    (0.0, "start", 0.0),
]

# A former bug: an answer from the old run of the service arrives after the first message from the new one. A client
# that rejected a run for good kept the old status forever.
LATE_ANSWER = Schedule(
    [
        (1.5, "accept sockets", 0.0),
        (0.0, "accept sockets", 0.0),
        (0.0, "accept sockets", 0.0),
        (0.0, "accept sockets", 0.0),
        (0.0, "boot", 0.0),
        (0.0, "lossy", 1.0),
        (1.5, "kill", 0.0),
    ],
    seed=0,
    jitter=None,
    compat_only=False,
)

# Found by the hunt: two runs of a compat-only service have no names, so an answer from a run between them seemed to be
# later than both.
NAMELESS_RUNS = Schedule(
    [(0.0, "cut dials", 0.0), (1.5, "slow", 0.0), (0.0, "balance", 0.0), (0.0, "lossy", 0.5), (0.0, "kill", 0.0)],
    seed=51992,
    jitter=None,
    compat_only=True,
)
# Found by the hunt, and fixed in the tests: a refusal in transit while the service recovers is still a refusal; a
# socket that waits for the service is not closed when it starts; a close may be in transit, and so may an answer from a
# run that accepted connections together with the present one.
REFUSAL_ON_ITS_WAY = Schedule(
    [
        (0.0, "accept, then close", 0.0),
        (0.2, "slow", 0.72),
        (3.2, "status", 0.5),
        (3.8, "lossy", 0.0),
        (3.4, "part", 0.0),
    ],
    seed=36057,
    jitter=None,
    compat_only=False,
)
WAITING_DIAL = Schedule(
    [(0.0, "kill", 0.0), (0.0, "cut", 0.0), (2.2, "wait for the service", 0.0)],
    seed=8423,
    jitter=None,
    compat_only=False,
)
CLOSE_ON_ITS_WAY = Schedule(
    [(1.5, "accept, then close", 0.0), (0.0, "cut", 0.0), (6.0, "slow", 0.5), (6.0, "accept sockets", 0.0)],
    seed=0,
    jitter=None,
    compat_only=False,
)
OVERLAPPED = Schedule(
    [
        (0.0, "cut dials", 0.0),
        (0.5, "wall clock", 0.0),
        (0.0, "slow", 0.9),
        (0.0, "boot another kind", 0.0),
        (1.5, "balance", 0.0),
    ],
    seed=36435,
    jitter=1.0,
    compat_only=True,
)
# The limit of the heartbeat grew while the status was waited for: frames had stalled.
GROWING_LIMIT = Schedule(
    [
        (0.0, "cut dials", 0.8805310592188194),
        (0.3239431828875551, "boot another kind", 0.41846627892018073),
        (0.0, "kill", 0.5654940629792251),
        (0.42203538850366495, "boot", 0.31112774446929137),
        (0.0, "slow", 0.46938590110168243),
        (0.9965611282226203, "stall", 0.8934519072409888),
    ],
    seed=36357,
    jitter=None,
    compat_only=False,
)
# The same with a run that hung.
CLOSE_BEHIND_A_HANGING_RUN = Schedule(
    [
        (0.0031125243111842734, "wall clock", 0.0),
        (0.0, "boot", 0.0),
        (0.0, "hang", 0.0),
        (0.0, "slow", 0.5),
        (3.0, "accept, then close", 0.0),
        (5.78, "boot", 0.0),
    ],
    seed=34238,
    jitter=None,
    compat_only=False,
)
# A dial waits while a later request is answered, and then reaches the next run: only another request can tell which of
# the two runs is current.
DIAL_OVER_A_RESTART = Schedule(
    [
        (1.5, "stop", 0.0),
        (0.0, "boot", 0.0),
        (0.0, "wait for the service", 0.0),
        (0.0, "slow", 1.0),
        (2.5, "start", 0.0),
        (1.3, "kill", 0.0),
        (0.5, "boot", 0.0),
    ],
    seed=1,
    jitter=None,
    compat_only=False,
)
# Answers from an ended run arrive late, twice: a client that trusts them goes back to an earlier run.
ANSWER_OVER_TWO_RESTARTS = Schedule(
    [
        (0.0, "lossy", 0.2),
        (0.0, "wait for the service", 0.0),
        (0.0, "slow", 1.0),
        (0.0, "cut", 0.7237182311146019),
        (0.0, "kill", 0.0),
        (0.07246330110855402, "kill", 0.0),
        (1.3894239441853231, "boot", 0.0),
        (0.40470972119195303, "boot", 0.0),
    ],
    seed=59712,
    jitter=0.0,
    compat_only=False,
)
FOUND = [
    LATE_ANSWER,
    NAMELESS_RUNS,
    REFUSAL_ON_ITS_WAY,
    WAITING_DIAL,
    CLOSE_ON_ITS_WAY,
    OVERLAPPED,
    GROWING_LIMIT,
    CLOSE_BEHIND_A_HANGING_RUN,
    DIAL_OVER_A_RESTART,
    ANSWER_OVER_TWO_RESTARTS,
]


@schedules
def test_1_no_capture_or_pause_consumes_an_attempt(schedule: Schedule) -> None:
    invariants.as_it_goes(1, schedule)


@example(schedule=Schedule([(6.0, "half open", 0.0), (0.0, "part A", 1.0)], 0, None, compat_only=True))
@schedules
def test_2_a_silent_open_socket_is_acted_on_in_time(schedule: Schedule) -> None:
    invariants.as_it_goes(2, schedule)


@schedules
def test_3_after_stop_there_is_no_dial_and_at_most_one_close(schedule: Schedule) -> None:
    invariants.after_stop_nothing(schedule)


@schedules
@example(schedule=Schedule(QUICK_USER, 1, None, compat_only=False))
@example(schedule=Schedule(QUICK_USER, 5, None, compat_only=False))
@example(schedule=Schedule(QUICK_USER, 7, None, compat_only=True))
def test_4_at_most_one_socket_and_one_more_that_is_closing(schedule: Schedule) -> None:
    invariants.as_it_goes(4, schedule)


@schedules
def test_5_a_healthy_service_is_shown_within_five_seconds_a_dial_and_a_frame(schedule: Schedule) -> None:
    invariants.shown_in_time(schedule)


@example(schedule=LATE_ANSWER, cause="pause ended", wait=1.0)
@given(schedule=SCHEDULES, cause=st.sampled_from(invariants.CAUSES), wait=st.floats(0.1, 20))
def test_5_after_a_kick_a_fresh_frame_comes_within_a_quarter_of_a_second_and_the_first_frame(
    schedule: Schedule, cause: str, wait: float
) -> None:
    invariants.shown_at_once_after_a_kick(schedule, invariants.Kick(cause, wait))


@schedules
def test_6_never_more_than_ten_dials_a_second_and_few_to_a_dead_service(schedule: Schedule) -> None:
    invariants.few_dials(schedule)


@given(schedule=SCHEDULES, offset=UNIT)
def test_7_steps_of_the_wall_clock_change_nothing(schedule: Schedule, offset: float) -> None:
    invariants.wall_clock_is_nothing(schedule, offset)


@schedules
def test_8_lost_repeated_and_reordered_snapshots_never_leave_hold_or_waiting_stuck(schedule: Schedule) -> None:
    invariants.never_stuck(schedule)


@schedules
def test_9_no_state_but_stopped_is_without_a_wake(schedule: Schedule) -> None:
    invariants.as_it_goes(9, schedule)


@schedules
def test_10_what_the_user_asked_for_changes_only_by_start_and_stop(schedule: Schedule) -> None:
    invariants.as_it_goes(10, schedule)


@schedules
def test_11_a_frame_older_than_the_newest_one_shown_is_never_shown(schedule: Schedule) -> None:
    invariants.as_it_goes(11, schedule)


@schedules
def test_12_live_is_never_reported_without_a_valid_frame_in_the_last_four_seconds(schedule: Schedule) -> None:
    invariants.as_it_goes(12, schedule)


@schedules
@example(schedule=LATE_ANSWER)
@example(schedule=CLOSE_ON_ITS_WAY)
@example(schedule=WAITING_DIAL)
def test_13_the_clients_snapshot_becomes_the_services_and_stays_so(schedule: Schedule) -> None:
    invariants.knows_the_service(schedule)


@schedules
@example(schedule=ANSWER_OVER_TWO_RESTARTS)
def test_13_where_runs_follow_one_another_the_client_never_goes_back_to_an_earlier_one(schedule: Schedule) -> None:
    invariants.as_it_goes(13, schedule)


@schedules
@example(schedule=LATE_ANSWER)
def test_13_with_two_runs_behind_one_name_it_is_that_of_the_run_that_sends_the_frames(schedule: Schedule) -> None:
    invariants.knows_the_run_it_sees(schedule)


@pytest.mark.parametrize("seed", range(60))
def test_schedules_of_the_hunt_hold(seed: int) -> None:
    schedule = drawn(seed)
    invariants.all_in_one_life(schedule, schedule.begun(), tells_losses=seed % 3 != 0)


@pytest.mark.parametrize("tells_losses", [True, False])
@pytest.mark.parametrize("schedule", FOUND)
def test_earlier_findings_hold(schedule: Schedule, tells_losses: bool) -> None:
    invariants.all_in_one_life(schedule, schedule.begun(), tells_losses=tells_losses)


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_the_world_itself_can_do_each_thing(name: str) -> None:
    world = Schedule([(1.0, name, 0.3)], 1, None, compat_only=False).lived()
    assert world.dials
    assert replace(world.server) == world.server
