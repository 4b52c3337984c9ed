"""The whole benchmark: rows, slow viewers, the most viewers, the way back after a capture."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bench.machine import facts
from bench.viewers import servers
from bench.viewers.drain.viewer import Transport
from bench.viewers.limit import most
from bench.viewers.servers import HOST, ServerKind
from bench.viewers.turns import DRAIN_LIMIT_PERCENT, Row, take_turn
from bench.viewers.watchers import viewers
from photonic.errors import PhotonicError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from bench.machine import Cores
    from bench.viewers.servers import Server
    from bench.viewers.turns import Turn

ENOUGH_OF_FPS = 29 / 30
GOOD_BESIDE_SLOW = 50
SLOW_SECONDS = 60.0
RESUME_SECONDS = 8.0
CAPTURE_AFTER_SECONDS = 2.0
CAPTURE_WITHIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured; every count is of viewers. ``limit``: look for the most; ``resume``: viewers, 0 for none.

    ``tls``: compare TLS with a bare protocol on TLS, and both with plain TCP.
    """

    counts: Sequence[int]
    transports: Sequence[Transport]
    slow: Sequence[int] = ()
    seconds: float = 5.0
    rounds: int = 2
    fps: int = 30
    size_bytes: int = 80_000
    limit: bool = False
    resume: int = 0
    tls: bool = False


@dataclass(slots=True)
class Results:
    """What was measured. ``limits``: the most viewers, by server and transport; ``resume``: by transport."""

    plan: Plan
    machine: dict[str, str]
    pinned: bool
    rows: list[Row] = field(default_factory=list[Row])
    slow: list[Row] = field(default_factory=list[Row])
    limits: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    resume: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])

    def to_json(self) -> str:
        """Everything, for machines."""
        return json.dumps(asdict(self), indent=2) + "\n"


class Benchmark:
    """Measures by plan; ``say`` is told what is going on."""

    def __init__(self, plan: Plan, cores: Cores, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._cores = cores
        self._say = say

    def run(self) -> Results:
        """Everything that is asked for. Raises ``PhotonicError`` when a server or a viewer does not start."""
        results = Results(self._plan, facts(), self._cores.pinned)
        with self._compared() as compared:
            for transport in self._plan.transports:
                for count in self._plan.counts:
                    results.rows += self._rows(compared, transport, count)
                if self._plan.limit:
                    results.limits[transport.value] = {
                        one.kind.value: self._most(one, transport) for one in compared[:2]
                    }
        if self._plan.slow:
            results.slow += self._slow_rows()
        if self._plan.resume:
            results.resume = self._resume()
        return results

    @contextmanager
    def _compared(self) -> Generator[list[Server]]:
        """The bare floor, the service, and plain blocking sockets; or floor and service with TLS, and without it."""
        plan = self._plan
        if plan.tls:
            with ExitStack() as running:
                floors = [
                    running.enter_context(servers.floor(kind, self._cores, fps=plan.fps, size_bytes=plan.size_bytes))
                    for kind in (ServerKind.BARE_TLS, ServerKind.BARE)
                ]
                ours = [running.enter_context(self._service(tls=tls)) for tls in (True, False)]
                yield [floors[0], ours[0], floors[1], ours[1]]
            return
        with ExitStack() as running:
            floors = [
                running.enter_context(servers.floor(kind, self._cores, fps=plan.fps, size_bytes=plan.size_bytes))
                for kind in (ServerKind.BARE, ServerKind.BLOCKING)
            ]
            yield [floors[0], running.enter_context(self._service()), floors[1]]

    @contextmanager
    def _service(self, *, tls: bool = False) -> Generator[Server]:
        camera = f"pattern:fps={self._plan.fps},size={self._plan.size_bytes}"
        with servers.service(self._cores, camera, tls=tls) as server:
            yield server

    def _rows(self, compared: Sequence[Server], transport: Transport, count: int) -> list[Row]:
        """In turns: there and back, so that what drifts meets all alike."""
        turns: dict[ServerKind, list[Turn]] = {server.kind: [] for server in compared}
        for number in range(self._plan.rounds):
            for server in compared if number % 2 == 0 else reversed(compared):
                self._say(f"{transport}, {count} viewers: {server.kind}, round {number + 1} of {self._plan.rounds}")
                turns[server.kind].append(self._turn(server, transport, good=count))
        return [Row.of(kind.value, transport.value, count, 0, taken) for kind, taken in turns.items()]

    def _turn(self, server: Server, transport: Transport, *, good: int, slow: int = 0, seconds: float = 0.0) -> Turn:
        return take_turn(
            server,
            transport,
            self._cores,
            good=good,
            slow=slow,
            seconds=seconds or self._plan.seconds,
            size_bytes=self._plan.size_bytes,
        )

    def _most(self, server: Server, transport: Transport) -> int:
        def holds(count: int) -> bool:
            self._say(f"{transport}: the most viewers of {server.kind}, trying {count}")
            try:
                turn = self._turn(server, transport, good=count)
            except PhotonicError:
                return False
            if turn.drain_percent > DRAIN_LIMIT_PERCENT:
                self._say(f"the viewers' own core is full at {count}: the server could have more")
                return False
            return min(turn.fps_median, turn.fps_worst) >= ENOUGH_OF_FPS * self._plan.fps

        return most(holds)

    def _slow_rows(self) -> list[Row]:
        """Good viewers beside so many slow ones; memory over a minute."""
        rows: list[Row] = []
        # Without slow ones first and last: what differs between those two is noise.
        for slow in (0, *self._plan.slow, 0):
            self._say(f"{GOOD_BESIDE_SLOW} good viewers beside {slow} slow ones")
            with self._service() as server:
                turn = self._turn(server, Transport.WEBSOCKET, good=GOOD_BESIDE_SLOW, slow=slow, seconds=SLOW_SECONDS)
            rows.append(Row.of(server.kind.value, Transport.WEBSOCKET.value, GOOD_BESIDE_SLOW, slow, [turn]))
        return rows

    def _resume(self) -> dict[str, dict[str, float]]:
        """How far the first fresh frame of the last viewer is behind that of the first, after a capture."""
        came: dict[str, dict[str, float]] = {}
        with servers.simulated_camera(self._cores) as camera, servers.service(self._cores, camera) as server:
            for number, transport in enumerate(self._plan.transports):
                self._say(f"{transport}: {self._plan.resume} viewers through a capture")
                with viewers(server, transport, self._cores, good=self._plan.resume) as watching:
                    watching.begin(RESUME_SECONDS, arrivals=True)
                    time.sleep(CAPTURE_AFTER_SECONDS)
                    _capture(server, number + 1)
                    pause = watching.tally()["pause"]
                if pause is None:
                    raise PhotonicError("no frame came after the capture")
                came[transport.value] = {
                    "pause_ms": pause["pause_ms"],
                    "spread_ms": pause["spread_ms"],
                    "without": float(pause["without"]),
                }
        return came


def _capture(server: Server, number: int) -> None:
    body = json.dumps({"session_id": "bench", "sequence_number": number}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}
    request = urllib.request.Request(f"http://{HOST}:{server.port}/api/v1/camera/capture", body, headers)
    with urllib.request.urlopen(request, timeout=CAPTURE_WITHIN_SECONDS) as answer:
        answered: dict[str, Any] = json.load(answer)
    if not answered["success"]:
        raise PhotonicError(f"the capture failed: {answered['error']}")
