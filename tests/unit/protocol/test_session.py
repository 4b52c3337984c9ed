"""Single scenarios of the session: the known freezes, and rules that random schedules rarely exercise."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.support.session_world import World

from photonic.model.status import CameraState, LiveState
from photonic.protocol.session import Session
from photonic.protocol.session_events import (
    AskPreviewRestart,
    Close,
    Closed,
    Dial,
    FrameArrived,
    FromSocket,
    FromStatus,
    GetStatus,
    Opened,
    Output,
    SessionState,
    Show,
    SnapshotArrived,
    Start,
    StatusError,
    Tick,
    WakeAt,
)
from photonic.protocol.session_states import REFUSALS


def live_world(*, compat_only: bool = False, jitter: float = 1.0) -> World:
    world = World(seed=7, jitter=jitter)
    world.server.compat_only = compat_only
    world.start()
    world.run(1.5)
    assert world.session.state is SessionState.LIVE
    return world


def goes_live(world: World, seconds: float) -> bool:
    shown = len(world.shown)
    return world.run(seconds, lambda: len(world.shown) > shown and world.session.state is SessionState.LIVE)


# Where it freezes in practice ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compat_only", [False, True])
def test_a_capture_of_ten_minutes_is_waited_for_without_a_cap(compat_only: bool) -> None:
    world = live_world(compat_only=compat_only)
    world.capture(600.0)
    world.run(599.0)
    assert world.session.state is SessionState.HOLD
    assert world.session.attempts == 0
    assert goes_live(world, 3.0)


def test_a_service_that_is_away_for_an_hour_is_dialed_until_it_is_back() -> None:
    world = live_world()
    world.kill()
    world.run(3600.0)
    assert world.session.state in {SessionState.BACKOFF, SessionState.DIALING}
    world.boot()
    assert goes_live(world, 5.0 + 2 * 0.33)


def test_a_service_that_answers_again_is_dialed_at_once() -> None:
    world = live_world(jitter=1.0)
    world.hang()
    world.run(90.0)
    assert world.session.attempts >= 6
    world.run(10.0, lambda: world.session.state is SessionState.BACKOFF)
    world.server.hangs = False
    # The same run of the service, nothing changed: that it answers is the news. 2 s a question, 1 s between two.
    dialed = len(world.dials)
    assert world.run(3.2, lambda: len(world.dials) > dialed)
    assert world.session.attempts == 0
    assert goes_live(world, 2.0)


def test_a_capture_that_ends_between_question_and_dial_is_no_reason_to_wait() -> None:
    world = live_world(compat_only=True)
    world.capture(0.6)
    assert goes_live(world, 2.0)


@pytest.mark.parametrize("status", [500, None])
def test_an_error_of_the_status_route_does_not_mean_that_nothing_is_captured(status: int | None) -> None:
    world = live_world(compat_only=True)
    world.capture(60.0)
    world.run(3.0)
    world.server.status = status or 503
    world.server.status_hangs = status is None
    world.run(4.0)
    assert world.session.state is SessionState.HOLD
    world.run(10.0)
    assert world.session.state is not SessionState.STOPPED
    asked, dialed = len(world.asked), len(world.dials)
    world.run(10.0)
    assert len(world.asked) > asked
    assert len(world.dials) > dialed
    world.server.status, world.server.status_hangs = 200, False
    assert goes_live(world, 45.0)


def test_a_capture_of_a_service_that_died_ends_with_the_new_boot() -> None:
    world = live_world()
    world.capture(1000.0)
    world.run(5.0)
    world.boot()
    assert goes_live(world, 2.0)


def test_an_open_but_silent_socket_is_given_up_after_three_seconds() -> None:
    world = live_world()
    world.half_open()
    world.run(2.5)
    assert not [output for _, output in world.outputs if isinstance(output, Close)]
    world.run(1.0)
    assert [output for _, output in world.outputs if isinstance(output, Close)] == [Close(1)]
    assert goes_live(world, 2.0)


def test_accept_then_close_does_not_loop_hot() -> None:
    world = live_world()
    world.change(closes_at_once=1000)
    world.cut(1000)
    world.run(60.0)
    assert len([at for at in world.dials if at > world.now - 10.0]) <= 10
    assert world.session.attempts >= 5


def test_a_close_that_is_reported_twice_makes_no_second_socket() -> None:
    world = live_world()
    world.cut()
    world.give(Closed(1, 1006))
    world.give(Closed(1, 1006))
    world.run(3.0)
    assert len(world.dials) == 2


def test_viewers_with_other_dice_dial_at_other_times() -> None:
    times: list[float] = []
    for jitter in (0.1, 0.9):
        world = live_world(jitter=jitter)
        world.kill()
        world.run(30.0)
        times.append(world.dials[-1])
    assert times[0] != times[1]


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1012, 4000, None])
def test_any_close_code_reconnects(code: int | None) -> None:
    world = live_world()
    world.cut(code)
    assert goes_live(world, 2.0)


# Pauses --------------------------------------------------------------------------------------------------------------


def test_cut_during_a_pause_it_dials_once_at_once_then_every_second_and_spends_no_attempt() -> None:
    world = live_world()
    world.capture(30.0)
    world.run(5.0)
    world.change(accepts=False)
    at = world.now
    world.cut()
    world.run(5.5)
    dials = [dial - at for dial in world.dials if dial > at]
    assert [round(dial) for dial in dials] == [0, 1, 2, 3, 4, 5]
    assert world.session.attempts == 0
    world.change(accepts=True)
    world.run(1.5)
    assert world.session.link.phase.value == "open"
    assert world.session.state is SessionState.HOLD


def test_a_time_lapse_is_held_only_between_its_live_views() -> None:
    world = live_world()
    for _ in range(20):
        world.capture(2.0)
        world.run(1.0)
        assert world.session.state is SessionState.HOLD
        assert goes_live(world, 3.0)
    assert len(world.dials) == 1


def test_a_pause_past_its_own_deadline_is_not_believed_again_without_a_higher_revision() -> None:
    world = live_world()
    world.server.pause_ends = world.now
    world.change(live=LiveState.PAUSED)
    world.run(1.0)
    assert world.session.state is SessionState.HOLD
    # Renewed every second with "0 s left": each renewal is good for the margin of two seconds.
    world.loss = 1.9
    world.run(3.5)
    world.loss = 0.0
    world.run(1.5)
    assert world.session.state in {SessionState.SYNCING, SessionState.BACKOFF, SessionState.HOLD}
    world.server.pause_ends = None
    world.change(live=LiveState.RUNNING)
    assert goes_live(world, 2.0)


def test_a_frame_newer_than_the_pause_ends_it_and_one_older_does_not() -> None:
    world = live_world()
    world.capture(60.0)
    world.run(2.0)
    gen, seq = world.session.link.gen, world.server.seq
    world.give(FrameArrived(gen, seq, valid=True))
    assert world.session.state is SessionState.HOLD
    world.give(FrameArrived(gen, seq + 1, valid=True))
    assert world.session.state is SessionState.LIVE
    # The service goes on to say "paused", and counts that frame: it was the last one before the pause.
    world.server.seq += 1
    world.run(1.1)
    assert world.session.state is SessionState.HOLD


def test_a_compat_only_service_is_left_alone_during_its_capture_and_dialed_at_once_after_it() -> None:
    world = live_world(compat_only=True)
    world.capture(10.0)
    start = world.now
    world.run(9.5)
    assert world.session.state is SessionState.HOLD
    assert not [at for at in world.dials if at > start]
    asked = [at for at in world.asked if at > start]
    assert len(asked) >= 18
    assert min(after - before for before, after in pairwise(asked)) >= 0.5
    assert goes_live(world, 1.5)
    assert len([at for at in world.dials if at > start]) == 1


# Watchdogs -----------------------------------------------------------------------------------------------------------


def test_a_socket_that_never_says_anything_is_given_up_after_ten_seconds() -> None:
    session = Session(jitter=lambda: 0.0)
    session.handle(Start(), 0.0)
    session.handle(Opened(1), 0.1)
    assert Close(1) not in session.handle(Tick(), 10.0)
    assert Close(1) in session.handle(Tick(), 10.1)


def test_a_dial_without_an_answer_is_given_up_after_four_seconds() -> None:
    session = Session(jitter=lambda: 0.0)
    assert Dial(1) in session.handle(Start(), 0.0)
    assert Close(1) not in session.handle(Tick(), 3.9)
    assert Close(1) in session.handle(Tick(), 4.0)


def test_a_slow_rhythm_earns_patience_and_a_suspended_computer_does_not_teach_it() -> None:
    world = live_world()
    session, gen = world.session, world.session.link.gen
    for _ in range(4):
        world.now += 2.5
        session.handle(SnapshotArrived(FromSocket(gen), world.snapshot()), world.now)
    assert session.heartbeat_seconds is not None
    assert 7.5 <= session.heartbeat_seconds < 9.0
    session.handle(SnapshotArrived(FromSocket(gen), world.snapshot()), world.now + 3600.0)
    assert session.heartbeat_seconds is None or session.heartbeat_seconds <= 15.0


def test_a_stuck_preview_is_asked_to_restart_at_most_every_ten_seconds_and_the_socket_kept() -> None:
    world = live_world()
    world.server.stalled = True
    world._restart_preview = lambda: None  # type: ignore[method-assign]
    world.run(45.0)
    gaps = [after - before for before, after in pairwise(world.restarts)]
    assert len(world.restarts) == 5
    assert min(gaps) >= 10.0
    assert len(world.dials) == 1
    assert world.session.state is SessionState.SYNCING


def test_without_frames_a_compat_only_service_is_asked_once_and_then_dialed_again() -> None:
    world = live_world(compat_only=True)
    world.server.stalled = True
    asked = len(world.asked)
    world.run(4.2)
    assert len(world.asked) >= asked + 1
    assert not world.restarts
    world.server.stalled = False
    assert goes_live(world, 1.5)
    assert len(world.dials) == 2


@pytest.mark.parametrize("state", [CameraState.ABSENT, CameraState.BLOCKED, CameraState.RECOVERING])
def test_an_absent_camera_raises_no_stall_alarm_and_comes_back_without_a_dial(state: CameraState) -> None:
    world = live_world()
    world.change(camera=state)
    world.run(60.0)
    assert world.session.state is SessionState.WAITING
    assert not [output for _, output in world.outputs if isinstance(output, AskPreviewRestart | Close)]
    world.change(camera=CameraState.READY)
    assert goes_live(world, 1.0)
    assert len(world.dials) == 1


def test_a_camera_without_live_view_is_waiting_with_the_reason() -> None:
    world = live_world()
    world.change(live=LiveState.UNSUPPORTED)
    world.run(1.0)
    assert (world.session.state, world.session.reason) == (SessionState.WAITING, "live view is unsupported")


def test_frames_of_a_restarted_service_count_from_one_again() -> None:
    world = live_world()
    world.run(20.0)
    high = world.server.seq
    world.boot()
    assert goes_live(world, 2.0)
    assert world.shown[-1][2] < high


def test_after_five_seconds_of_frames_the_attempts_are_fresh() -> None:
    world = live_world()
    world.kill()
    world.run(20.0)
    world.heal()
    world.session._redial._pacer.attempts = 6
    assert goes_live(world, 10.0)
    world.session._redial._pacer.attempts = 6
    world.run(4.0)
    assert world.session.attempts == 6
    world.run(1.6)
    assert world.session.attempts == 0


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_shown_and_probed_ever_less_often_until_it_is_lifted(status: int) -> None:
    world = World(seed=3, jitter=1.0)
    world.server.status = status
    world.change(accepts=False)
    world.start()
    world.run(2.0)
    assert (world.session.state, world.session.reason) == (SessionState.REFUSED, REFUSALS[status])
    world.run(120.0)
    probes = [at for at in world.asked if at > 0.5]
    gaps = [round(after - before) for before, after in pairwise(probes)]
    assert gaps[:6] == [2, 5, 10, 30, 30, 30]
    world.server.status = 200
    world.change(accepts=True)
    assert goes_live(world, 32.0)


def test_a_status_route_that_is_missing_does_not_keep_a_working_stream_out() -> None:
    world = World(seed=3, jitter=1.0)
    world.server.status = 404
    world.start()
    world.run(2.0)
    world.cut()
    assert goes_live(world, 5.0)


def test_an_answer_in_no_known_shape_is_a_version_mismatch() -> None:
    session = Session(jitter=lambda: 0.0)
    session.handle(Start(), 0.0)
    outputs = session.handle(Closed(1), 0.1)
    (req,) = [output.req for output in outputs if isinstance(output, GetStatus)]
    session.handle(StatusError(req, 200), 0.2)
    assert session.state is SessionState.REFUSED
    assert session.reason is not None
    assert "version" in session.reason


# The user ------------------------------------------------------------------------------------------------------------


def test_an_application_may_set_an_end_and_a_pause_does_not_count_towards_it() -> None:
    world = World(seed=1, jitter=0.5)
    world.session = Session(jitter=lambda: 0.5, give_up_after_seconds=10.0)
    world.start()
    world.run(2.0)
    world.capture(30.0)
    world.run(31.0)
    assert world.session.state is SessionState.LIVE
    world.kill()
    world.run(9.0)
    assert world.session.wanted
    world.run(2.0)
    assert (world.session.state, world.session.reason) == (SessionState.STOPPED, "gave up: no frame for 10 s")


def test_start_after_stop_shows_frames_again() -> None:
    world = live_world()
    world.stop()
    world.run(30.0)
    world.start()
    assert goes_live(world, 1.0)


def test_an_older_frame_of_the_same_socket_is_not_shown() -> None:
    session = Session(jitter=lambda: 0.0)
    session.handle(Start(), 0.0)
    session.handle(Opened(1), 0.1)
    assert Show(1, 8) in session.handle(FrameArrived(1, 8, valid=True), 0.2)
    for seq, valid in ((8, True), (7, True), (9, False)):
        assert Show(1, seq) not in session.handle(FrameArrived(1, seq, valid=valid), 0.3)


def test_messages_of_an_old_socket_are_ignored() -> None:
    session = Session(jitter=lambda: 0.0)
    session.handle(Start(), 0.0)
    session.handle(Opened(1), 0.1)
    (gen,) = [output.gen for output in session.handle(Closed(1, 1006), 0.2) if isinstance(output, Dial)]
    session.handle(Opened(gen), 1.1)
    assert Show(1, 5) not in session.handle(FrameArrived(1, 5, valid=True), 1.2)
    session.handle(Closed(1, 1006), 1.3)
    session.handle(Opened(1), 1.3)
    assert session.state is SessionState.SYNCING
    assert Show(gen, 1) in session.handle(FrameArrived(gen, 1, valid=True), 1.4)


def test_frames_do_not_cost_a_timer_each() -> None:
    world = live_world()
    before = len([output for _, output in world.outputs if isinstance(output, WakeAt)])
    world.run(10.0)
    after = len([output for _, output in world.outputs if isinstance(output, WakeAt)])
    assert after - before <= 12


# Runs of the service -------------------------------------------------------------------------------------------------


def asked_in(outputs: tuple[Output, ...]) -> int:
    (req,) = [output.req for output in outputs if isinstance(output, GetStatus)]
    return req


@pytest.mark.parametrize("answer", ["of the socket's run", "of the run that was known", "none"])
def test_a_dial_that_waited_over_a_restart_is_neither_trusted_nor_rejected_until_it_is_resolved(answer: str) -> None:
    world = World(seed=1)
    one, other = world.snapshot(), world.snapshot().model_copy(update={"boot_id": "other"})
    session = Session(jitter=lambda: 0.0)
    session.handle(Start(), 0.0)
    session.handle(SnapshotArrived(FromStatus(asked_in(session.handle(Tick(), 1.0))), one), 1.1)
    session.handle(Opened(1), 2.1)
    req = asked_in(session.handle(SnapshotArrived(FromSocket(1), other), 2.2))
    assert session.view.snapshot == one
    if answer == "none":
        assert [at for at in (2.7, 3.2) if asked_in(session.handle(Tick(), at))] == [2.7, 3.2]
        assert Close(1) in session.handle(Tick(), 6.2)
    else:
        reported = other if answer == "of the socket's run" else one
        outputs = session.handle(SnapshotArrived(FromStatus(req), reported), 2.3)
        assert session.view.snapshot == reported
        assert (Close(1) in outputs) == (reported == one)


def test_a_wake_that_comes_a_little_early_is_followed_by_another_one() -> None:
    # uvloop rounds timers to milliseconds: half of them come early, by up to half a millisecond.
    session = Session(jitter=lambda: 1.0)
    session.handle(Start(), 0.0)
    outputs = session.handle(Closed(1), 0.1)
    (wake_at,) = [output.at for output in outputs if isinstance(output, WakeAt)]
    assert session.handle(Tick(), wake_at - 0.0004) == (WakeAt(wake_at),)
