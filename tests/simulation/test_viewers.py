"""Viewers against the real server over the simulated network, with a camera that needs no process."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.simulation.death import Death
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import DISTURBANCES, Network
from tests.simulation.numbered_tasks import inline_threads
from tests.simulation.outside import OutsideLoop
from tests.simulation.randomness import Randomness
from tests.simulation.trace import Trace
from tests.simulation.viewer_invariants import BACK_SECONDS, LivingService, ViewerJudge
from tests.simulation.viewers import SimulatedViewer
from tests.simulation.web import serve_on
from tests.support.fake_controller import FakeController

from photonic.client.connection import Connection
from photonic.errors import ServiceError
from photonic.model.status import LiveState
from photonic.protocol.session_events import SessionState
from photonic.protocol.session_times import SessionTimes
from photonic.service.base.surroundings import Surroundings
from photonic.service.config.settings import ServiceSettings
from photonic.service.http.status_feed import StatusFeed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from photonic.model.status import Snapshot

FRAME_SECONDS = 0.25


class Stage:
    """Some lives of a service, its viewers and their judge."""

    def __init__(self, folder: Path, seed: int, viewers: int = 2, *, waits: bool = False) -> None:
        self.randomness = Randomness(seed)
        self.trace = Trace(keep=True)
        self.outside = OutsideLoop()
        self.network = Network(
            self.outside,
            self.randomness.part("network"),
            waits=waits,
            note=lambda text: self.trace.note("network", text),
        )
        self.findings: list[tuple[int, str, str]] = []
        self.viewers: list[SimulatedViewer] = []
        self.judge = ViewerJudge(self.network, self.viewers, self._find)
        self.viewers += [
            SimulatedViewer(
                number,
                self.outside,
                self.randomness.part(f"viewer {number}"),
                self.judge.order_of,
                lambda text: self.trace.note("viewer", text),
            )
            for number in range(1, viewers + 1)
        ]
        self.settings = ServiceSettings(photo_root=folder, state_folder=folder)
        self.boots = 0
        self.now = 1000.0
        self.controller = FakeController()
        self.has_process = True
        for viewer in self.viewers:
            viewer.begin()
        self.watching = self.outside.create_task(self.judge.watch())

    def live(
        self,
        seconds: float,
        *,
        down_seconds: float = 1.0,
        power: bool = False,
        dies: bool = True,
        judged: bool = False,
        then: Callable[[FakeController], object] = lambda _controller: None,
    ) -> None:
        """One life of the service, and its end; ``then`` happens in the middle of it."""
        loop = SimulatedLoop(self.randomness, self.trace, start=self.now)
        self.boots += 1
        self.controller = controller = FakeController(publish_every_seconds=FRAME_SECONDS)
        controller.boot_id = f"boot-{self.boots}"
        self.network.serve(loop)
        asyncio.set_event_loop(loop)

        async def life() -> None:
            await asyncio.sleep(down_seconds)
            stop = asyncio.Event()

            def ready() -> None:
                self.judge.service_began(LivingService(controller.boot_id, controller, lambda: self.has_process))  # type: ignore[arg-type]

            serving = asyncio.ensure_future(
                serve_on(
                    self.network, self.settings, [controller], Surroundings.of_this_machine(), stop=stop, on_ready=ready
                )
            )
            await asyncio.sleep(seconds / 2)
            then(controller)
            await asyncio.sleep(seconds / 2)
            if judged:
                self.judge.judge_the_end(BACK_SECONDS)
            if dies:
                raise loop.life.end("the test", power=power)
            stop.set()
            await serving

        with self.outside.hosted(loop), inline_threads(), suppress(Death):
            loop.run_until_complete(life())
        self.network.service_died(power=power and dies)
        self.judge.service_died()
        self.now = loop.time()
        loop.bury()
        asyncio.set_event_loop(None)

    def _find(self, number: int, rule: str, text: str) -> None:
        self.findings.append((number, rule, text))

    def close(self) -> None:
        for viewer in self.viewers:
            viewer.end()
        self.outside.run_out()


@contextmanager
def stage(folder: Path, seed: int = 1, **options: object) -> Generator[Stage]:
    made = Stage(folder, seed, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def test_viewers_see_frames_through_the_real_server(tmp_path: Path) -> None:
    with stage(tmp_path) as world:
        world.live(30.0)
        assert all(viewer.frames > 80 for viewer in world.viewers)
        assert world.findings == []


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_what_is_promised_to_viewers_holds_whatever_the_network_and_the_service_do(tmp_path: Path, seed: int) -> None:
    with stage(tmp_path, seed, waits=seed == 3) as world:
        dice = world.randomness.part("disturber")

        async def disturb() -> None:
            while True:
                await asyncio.sleep(dice.expovariate(1 / 8.0))
                world.network.disturb(dice.choice(sorted(DISTURBANCES)), dice.choice((0.3, 1.5, 4.0, 12.0, 40.0)))

        disturbing = world.outside.create_task(disturb())
        for _life in range(3):
            down_seconds, power = dice.choice((0.2, 1.0, 5.0, 30.0)), dice.random() < 0.4
            world.live(dice.uniform(5.0, 40.0), down_seconds=down_seconds, power=power, dies=dice.random() < 0.8)
        disturbing.cancel()
        world.network.heal()
        for viewer in world.viewers:
            viewer.stay()
        world.live(60.0, judged=True)
        assert world.findings == []
        assert all(viewer.session is not None and viewer.session.state is SessionState.LIVE for viewer in world.viewers)


@pytest.mark.parametrize("healed", [True, False], ids=["healed", "by itself"])
def test_what_is_under_way_when_a_slow_phase_ends_does_not_stay_slow(tmp_path: Path, healed: bool) -> None:
    """Else a viewer would still hear of a dead service for minutes while nothing disturbs any more."""
    with stage(tmp_path) as world:

        def slow(_controller: object) -> None:
            for connection in world.network.connections:
                connection.rate, connection.slow_until = 1500.0, world.outside.time() + (600.0 if healed else 14.9)

        world.network.dice.random = lambda: 0.9  # the kernel ends the connections in good order
        world.live(30.0, then=slow)
        if healed:
            world.network.heal()
        world.live(60.0)
        assert world.findings == []


def test_a_history_is_the_same_twice(tmp_path: Path) -> None:
    digests: set[str] = set()
    for _run in range(2):
        with stage(tmp_path, 7) as world:
            world.live(20.0)
            world.network.disturb("half_open", 0.0)
            world.live(20.0, power=True)
            world.live(20.0)
            digests.add(world.trace.digest)
    assert len(digests) == 1


def _does_nothing(*_arguments: object) -> None:
    return


# The judge notices what is broken -------------------------------------------------------------------------------------


def _rules(world: Stage) -> set[tuple[int, str]]:
    return {(number, rule) for number, rule, _text in world.findings}


def test_running_without_frames_is_found(tmp_path: Path) -> None:
    with stage(tmp_path) as world:
        world.live(20.0, then=lambda controller: setattr(controller, "publish", lambda: None))
        assert (5, "running without a frame") in _rules(world)


def test_a_camera_that_is_ready_without_a_process_is_found(tmp_path: Path) -> None:
    with stage(tmp_path) as world:
        world.has_process = False
        world.live(20.0)
        assert (5, "ready without a process") in _rules(world)


def test_a_change_that_viewers_are_not_told_of_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repeat = StatusFeed._repeat
    first: list[Snapshot] = []

    async def repeat_the_first(feed: StatusFeed, snapshot: Snapshot) -> None:
        first.append(snapshot)
        await repeat(feed, first[0])

    monkeypatch.setattr(StatusFeed, "publish", _does_nothing)
    monkeypatch.setattr(StatusFeed, "_repeat", repeat_the_first)
    with stage(tmp_path) as world:
        world.live(20.0, then=lambda controller: setattr(controller, "live_state", LiveState.STARTING))
        assert (10, "session 13") in _rules(world)


def test_a_viewer_that_never_comes_back_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_arguments: object, **_options: object) -> Connection:
        raise ServiceError("the client is broken")

    monkeypatch.setattr(Connection, "open", fails)
    with stage(tmp_path) as world:
        world.live(60.0, judged=True)
        assert {(10, "session 5"), (6, "live view is back")} <= _rules(world)


def test_a_session_that_does_not_wait_between_dials_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = partial(SessionTimes, burst_dials=1e6, dials_per_second=1e6, delay_longest_seconds=0.01)
    monkeypatch.setattr("photonic.client.live.SessionTimes", hasty)
    with stage(tmp_path) as world:
        world.live(1.0, down_seconds=20.0)
        assert (10, "session 6") in _rules(world)


def test_a_viewer_whose_task_fails_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_self: object, _jpeg: object) -> bool:
        raise ZeroDivisionError("the client is broken")

    monkeypatch.setattr("photonic.client.sockets.is_whole_jpeg", fails)
    with stage(tmp_path) as world:
        world.live(10.0)
        assert (8, "no task fails unheard") in _rules(world)
