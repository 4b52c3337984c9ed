"""Sockets that the service accepts and then closes because the viewer may not watch, or because there are too many."""

from __future__ import annotations

import pytest
from tests.support.session_world import World

from photonic.model.status import CameraState
from photonic.protocol.live_close import LiveClose, seconds_in
from photonic.protocol.session_events import Closed, Dial, GetStatus, SessionState, StatusError
from photonic.protocol.session_states import REFUSALS


def live_world() -> World:
    world = World(seed=7, jitter=1.0)
    world.start()
    world.run(1.5)
    assert world.session.state is SessionState.LIVE
    return world


def goes_live(world: World, seconds: float) -> bool:
    shown = len(world.shown)
    return world.run(seconds, lambda: len(world.shown) > shown and world.session.state is SessionState.LIVE)


def refuse_sockets(world: World, code: int, *, status: int) -> None:
    """The viewer's right ends while it watches."""
    world.server.status = status
    world.change(closes_at_once=code)
    world.cut(code)


@pytest.mark.parametrize(("code", "status"), [(LiveClose.SIGN_IN_NEEDED, 401), (LiveClose.NOT_ALLOWED, 403)])
def test_a_refused_socket_is_answered_by_one_request_and_refused_at_once(code: int, status: int) -> None:
    world = live_world()
    gen = world.session.link.gen
    world.change(accepts=False)
    world.outputs.clear()
    world.sockets.pop(gen)
    world.give(Closed(gen, code))
    assert world.session.state is SessionState.REFUSED
    assert world.session.reason == REFUSALS[status]
    kinds = [type(output) for _, output in world.outputs]
    assert kinds.count(GetStatus) == 1
    assert Dial not in kinds


@pytest.mark.parametrize(("code", "status"), [(4401, 401), (4403, 403), (4403, 200), (4401, 503)])
def test_a_refused_viewer_probes_less_and_less_often_and_is_let_in_again(code: int, status: int) -> None:
    world = live_world()
    refuse_sockets(world, code, status=status)
    world.run(120.0)
    recent = [at for at in world.dials if at > world.now - 60.0]
    assert len(recent) <= (3 if status in {401, 403, 200} else 30)
    world.server.status, world.server.closes_at_once = 200, None
    assert goes_live(world, 31.0)


def test_while_it_is_refused_the_state_does_not_flicker_with_each_probe() -> None:
    world = live_world()
    refuse_sockets(world, 4403, status=200)
    world.run(1.0)
    before = len(world.states)
    world.run(60.0)
    assert world.states[before:] == []
    assert world.session.state is SessionState.REFUSED


def test_a_restarting_camera_does_not_make_a_refused_viewer_dial() -> None:
    world = live_world()
    refuse_sockets(world, 4403, status=200)
    world.run(20.0)
    dials = len(world.dials)
    for state in (CameraState.ABSENT, CameraState.READY) * 5:
        world.change(camera=state)
        world.run(1.0)
    assert len(world.dials) <= dials + 1


@pytest.mark.parametrize(("asked", "waits"), [(12.0, 12.0), (None, 5.0), (0.0, 0.0), (1e9, 60.0)])
def test_a_full_service_is_left_alone_for_as_long_as_it_asks(asked: float | None, waits: float) -> None:
    world = live_world()
    world.server.retry_after = asked
    world.change(closes_at_once=4429)
    gen, at = world.session.link.gen, world.now
    world.sockets.pop(gen)
    world.give(Closed(gen, 4429, asked))
    assert world.session.state is SessionState.BACKOFF
    world.server.closes_at_once = None
    assert goes_live(world, waits + 8.0)
    assert next(dial for dial in world.dials if dial > at) >= at + waits
    assert len([when for when in world.asked if at <= when < at + waits]) <= 1


def test_good_news_does_not_shorten_the_wait() -> None:
    world = live_world()
    world.change(camera=CameraState.ABSENT, closes_at_once=4429)
    gen, at = world.session.link.gen, world.now
    world.sockets.pop(gen)
    world.give(Closed(gen, 4429, 20.0))
    world.run(0.5)
    world.change(camera=CameraState.READY)
    world.boot()
    world.run(19.0)
    assert [dial for dial in world.dials if dial > at] == []
    world.run(1.0)
    assert [dial for dial in world.dials if dial > at]


def test_the_status_route_can_ask_to_wait_as_well() -> None:
    world = live_world()
    world.change(accepts=False)
    world.server.status = None
    gen = world.session.link.gen
    world.sockets.pop(gen)
    world.give(Closed(gen, 1006))
    req = next(output.req for _, output in reversed(world.outputs) if isinstance(output, GetStatus))
    world.give(StatusError(req, 429, 15.0))
    dials, asked = len(world.dials), len(world.asked)
    world.run(14.9)
    assert (len(world.dials), len(world.asked)) == (dials, asked)
    world.run(10.0)
    assert len(world.dials) > dials


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        ("too many viewers (8 streams): try again in 5 s", 5.0),
        ("try again in 30 seconds", 30.0),
        ("try again in 1 second", 1.0),
        ("8 streams, 16 sessions", None),
        ("", None),
        ("5s", 5.0),
    ],
)
def test_the_seconds_in_a_reason(reason: str, seconds: float | None) -> None:
    assert seconds_in(reason) == seconds
