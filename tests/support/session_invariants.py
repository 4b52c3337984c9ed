"""The thirteen invariants of the session: each runs a schedule and raises ``AssertionError`` where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.session_schedules import ACTIONS
from tests.support.session_world import FRAME_PERIOD

from photonic.model.status import CameraState, LiveState
from photonic.protocol.link import LinkPhase
from photonic.protocol.service_view import Outlook
from photonic.protocol.session_events import SessionState

if TYPE_CHECKING:
    from tests.support.session_schedules import Schedule
    from tests.support.session_world import Server, World

AS_IT_GOES = (1, 2, 4, 8, 9, 10, 11, 12, 13)
"""Invariants that the world itself watches at every input."""
CAUSES = ("pause ended", "camera ready", "new boot")
DIAL_AND_FRAME_SECONDS = 4.0 + 2 * FRAME_PERIOD
REFUSED_PROBE_SECONDS = 31.0
STATUS_REQUEST_SECONDS = 2.0
ON_THE_WAY_SECONDS = 2.1
LATE_ANSWER_SECONDS = 4.6
# A lost socket is found in 15 s at most, and a refused viewer dials every 30 s.
SOCKET_SECONDS = 15.0 + REFUSED_PROBE_SECONDS + DIAL_AND_FRAME_SECONDS
# With two runs behind one name a socket and a question may disagree some times in a row, as the dice fall.
AGREED_SECONDS = 60.0
# A run that becomes of another kind while its sockets are open: none that there is.
IMPOSSIBLE = "part A"  # the name of a schedule step: stored seeds and examples depend on it
DEAD = ((0.0, "part", 0.0), (0.0, "kill", 0.0), (3.0, "stop", 0.0), (0.1, "start", 0.0))
"""The service is dead, and the user in a hurry."""


@dataclass(frozen=True)
class Kick:
    """What makes a dial worth it at once, and how long before that the viewer lost its socket."""

    cause: str
    wait: float


def as_it_goes(number: int, schedule: Schedule) -> None:
    """One of those that are watched at every input."""
    _held(schedule.lived(), number)


def after_stop_nothing(schedule: Schedule) -> None:
    """3. After ``stop()`` there is no dial and no question, and at most one close."""
    _stops(schedule.lived(rest=0.0))


def shown_in_time(schedule: Schedule) -> None:
    """5. A healthy service is shown within five seconds, a dial and a first frame."""
    world = schedule.lived(rest=0.0)
    world.start()
    _heals_and_is_shown(world)


def shown_at_once_after_a_kick(schedule: Schedule, kick: Kick) -> None:
    """5. After a kick a fresh frame comes within a quarter of a second and the first frame."""
    world = schedule.without("part A", "boot another kind", "stop")._replace(compat_only=False).lived(rest=0.0)
    world.start()
    world.heal()
    world.run(40.0, lambda: world.session.state is SessionState.LIVE)
    world.run(6.0)
    world.server.compat_only = schedule.compat_only and kick.cause == "pause ended"
    world.change(accepts=False)
    if kick.cause == "pause ended":
        world.capture(1000.0)
    elif kick.cause == "camera ready":
        world.change(camera=CameraState.ABSENT, live=LiveState.OFF)
    world.cut()
    world.run(kick.wait)
    world.run(10.0, lambda: world.session.link.phase is LinkPhase.CLOSED)
    if kick.cause == "new boot":
        world.boot()
    world.heal()
    assert world.run(3.0, lambda: _knows_that_all_is_well(world))
    shown = len(world.shown)
    assert world.run(0.25 + 2 * FRAME_PERIOD, lambda: len(world.shown) > shown), f"{world.states[-3:]} {world.now}"


def few_dials(schedule: Schedule) -> None:
    """6. Never more than ten dials a second, and few to a dead service."""
    _held(schedule._replace(steps=[*schedule.steps, *DEAD]).lived(), 6)


def wall_clock_is_nothing(schedule: Schedule, offset: float, rest: float = 12.0) -> None:
    """7. Steps of the wall clock, from 0 to 1 for either direction, change nothing."""
    one, other = (
        schedule._replace(steps=[each for step in schedule.steps for each in (step, (0.0, "wall clock", by))]).lived(
            rest
        )
        for by in (offset, 0.5)
    )
    assert one.outputs == other.outputs


def never_stuck(schedule: Schedule) -> None:
    """8. Lost, repeated or reordered snapshots never leave ``HOLD`` or ``WAITING`` stuck."""
    quiet = schedule.without("lossy", "status", "stop")
    world = quiet._replace(steps=[(0.0, "lossy", 0.9), *quiet.steps]).lived()
    _held(world, 8)
    _comes_unstuck(world)


def knows_the_service(schedule: Schedule) -> None:
    """13. The client's snapshot becomes the service's in time and stays so, even where no lost socket is reported."""
    world = schedule.without(IMPOSSIBLE).lived(rest=0.0)
    world.start()
    world.heal(tells_losses=False)
    _comes_to_know(world)


def knows_the_run_it_sees(schedule: Schedule) -> None:
    """13 with two runs behind one name: pictures come, and the client's snapshot is of the run that sends them."""
    world = schedule.without(IMPOSSIBLE).lived(rest=0.0)
    world.start()
    world.heal_both()
    _comes_to_agree(world)


def all_in_one_life(schedule: Schedule, world: World, *, tells_losses: bool) -> None:
    """All but 7 and the kicks of 5, one after another in the same world: quick, where many schedules are lived."""
    schedule.without(IMPOSSIBLE).live_in(world)
    world.run(2.0)
    for number in AS_IT_GOES:
        _held(world, number)
    world.start()
    if tells_losses:
        _heals_and_is_shown(world)
    else:
        world.heal(tells_losses=False)
    _comes_to_know(world, quiet_seconds=2)
    world.heal_both()
    _comes_to_agree(world, quiet_seconds=2)
    world.loss = 0.9
    world.capture(1.0)
    world.run(0.5)
    _comes_unstuck(world)
    for wait, action, strength in DEAD:
        world.run(wait)
        ACTIONS[action](world, strength)
    world.run(6.0)
    _stops(world, quiet_seconds=6.0)
    for number in range(1, 14):
        _held(world, number)


# What a world does ---------------------------------------------------------------------------------------------------


def _stops(world: World, quiet_seconds: float = 40.0) -> None:
    world.stop()
    dials, asked = len(world.dials), len(world.asked)
    world.run(quiet_seconds)
    assert (len(world.dials), len(world.asked)) == (dials, asked)
    _held(world, 3)
    assert world.session.state is SessionState.STOPPED


def _heals_and_is_shown(world: World) -> None:
    refused = world.session.state is SessionState.REFUSED
    world.heal()
    before, at = len(world.shown), world.now

    def is_shown() -> bool:
        return len(world.shown) > before and world.session.state is SessionState.LIVE

    # A compat API socket without frames is found out in 4 s, then dialed.
    fresh = world.run(5.0 + DIAL_AND_FRAME_SECONDS, is_shown)
    # A refused viewer dials every 30 s; the refusal may have been on its way while all became well.
    refused = refused or any(when >= at and state is SessionState.REFUSED for when, state, _reason in world.states)
    if refused:
        fresh = world.run(REFUSED_PROBE_SECONDS, is_shown)
    assert fresh, (
        f"5: no fresh frame {world.now - at:.2f} s after {at:.3f}; {world.session.state}: {world.session.reason}"
    )


def _comes_unstuck(world: World) -> None:
    world.loss = 0.9
    world.change(camera=CameraState.READY, live=LiveState.RUNNING, pause_ends=None)
    world.heal()
    world.run(2.0)
    settled = {SessionState.HOLD, SessionState.WAITING}
    assert world.run(10.0, lambda: world.session.state not in settled), f"8: stuck in {world.session.state}"


def _comes_to_know(world: World, quiet_seconds: int = 20) -> None:
    # By then every close that was sent before the recovery has arrived; late answers may still come.
    world.run(LATE_ANSWER_SECONDS if world.watch.overlapped else ON_THE_WAY_SECONDS)
    assert world.run(SOCKET_SECONDS, lambda: _is_heard(world)), f"13: no socket, {world.session.state}"
    began = world.now

    def is_late() -> bool:
        # The limit follows the rhythm of the socket, so it may grow meanwhile.
        return world.now > began + (world.session.heartbeat_seconds or 0.0) + STATUS_REQUEST_SECONDS

    world.run(SOCKET_SECONDS, lambda: _is_known(world, world.server) or is_late())
    assert _is_known(world, world.server), f"13: after {world.now - began:.1f} s {_known(world)}"
    _stays_known(world, quiet_seconds)


def _comes_to_agree(world: World, quiet_seconds: int = 20) -> None:
    world.run(LATE_ANSWER_SECONDS)
    assert world.run(AGREED_SECONDS, lambda: _sees_and_knows(world)), f"13: {world.session.state}, {_known(world)}"
    _stays_known(world, quiet_seconds)
    assert world.session.state is SessionState.LIVE


def _held(world: World, number: int) -> None:
    assert not world.violations[number], f"{number}: {world.violations[number][0]}"


def _knows_that_all_is_well(world: World) -> bool:
    view, server = world.session.view, world.server
    if view.outlook(world.now) in {Outlook.PAUSED, Outlook.AWAY}:
        return False
    # Without a socket, a compat-only service shows nothing but that no capture runs.
    return server.compat_only or (view.snapshot is not None and view.snapshot.boot_id == f"boot-{server.boot}")


def _run_at_the_socket(world: World) -> Server | None:
    """The run that the client's socket comes to; ``None`` without an open one that works."""
    gen = world.session.link.gen
    socket = world.sockets.get(gen)
    if socket is None or socket.closing or socket.half_open or not socket.open:
        return None
    return next((run for run in world.living if run.boot == socket.boot), None)


def _is_heard(world: World) -> bool:
    run = _run_at_the_socket(world)
    return run is world.server and len(world.heard[world.session.link.gen]) > 1


def _is_known(world: World, run: Server) -> bool:
    view = world.session.view
    if run.compat_only:
        return view.compat_only is True and view.snapshot is None
    return view.snapshot is not None and (view.snapshot.boot_id, view.snapshot.rev) == (f"boot-{run.boot}", run.rev)


def _sees_and_knows(world: World) -> bool:
    run = _run_at_the_socket(world)
    return run is not None and world.session.state is SessionState.LIVE and _is_known(world, run)


def _stays_known(world: World, seconds: int) -> None:
    for _second in range(seconds):
        world.run(0.7)
        world.change()
        if world.twin is not None:
            world.twin.rev += 1
            world._tell()
        world.run(0.3)
        run = _run_at_the_socket(world)
        assert run is not None, f"13: the socket is gone: {world.session.reason}"
        assert _is_known(world, run), f"13: {_known(world)}"


def _known(world: World) -> str:
    snapshot = world.session.view.snapshot
    known = "nothing" if snapshot is None else f"{snapshot.boot_id} rev {snapshot.rev}"
    runs = ", ".join(f"boot-{run.boot} rev {run.rev}" for run in world.living)
    return f"known is {known}, there is {runs}, compat only: {world.session.view.compat_only}"
