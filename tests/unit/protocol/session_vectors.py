"""The session machine's test vectors: what goes in, at what time, and what has to come out.

Every implementation of the machine (the Python one, the page's) is held against ``tests/vectors/session.json``. It is
written anew with ``make vectors`` from scenes and seeded schedules, after a rule was changed on purpose.

A vector is ``{name, jitter, give_up_after, steps}``; ``jitter`` is the number that every draw gives; a step is
``[now, input, outputs]``, an input or output a list that begins with its name.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.unit.protocol.session_world import World
from tests.unit.protocol.test_session_invariants import ACTIONS

from photonic.model.api import PartAStatusAnswer
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot
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
    Input,
    Notify,
    Opened,
    Output,
    Show,
    SnapshotArrived,
    Start,
    StatusError,
    Stop,
    Tick,
)

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = Path(__file__).parents[2] / "vectors" / "session.json"
SEEDS = range(40)
SCHEDULE_STEPS = 9
Step = list[Any]
Vector = dict[str, Any]


def input_out_of(words: list[Any]) -> Input:
    """The input that a step's words stand for."""
    match words:
        case ["start"]:
            return Start()
        case ["stop"]:
            return Stop()
        case ["tick"]:
            return Tick()
        case ["opened", gen]:
            return Opened(gen)
        case ["closed", gen, code]:
            return Closed(gen, code)
        case ["frame", gen, seq, valid]:
            return FrameArrived(gen, seq, valid)
        case ["push", gen, told]:
            return SnapshotArrived(FromSocket(gen), _told(told))
        case ["answer", req, told]:
            return SnapshotArrived(FromStatus(req), _told(told))
        case ["status_error", req, status]:
            return StatusError(req, status)
        case _:
            raise AssertionError(words)


def words_of_input(event: Input) -> list[Any]:
    """The words that stand for an input."""
    match event:
        case Start() | Stop() | Tick():
            return [type(event).__name__.lower()]
        case Opened(gen):
            return ["opened", gen]
        case Closed(gen, code):
            return ["closed", gen, code]
        case FrameArrived(gen, seq, valid):
            return ["frame", gen, seq, valid]
        case SnapshotArrived(source, told):
            where = ["push", source.gen] if isinstance(source, FromSocket) else ["answer", source.req]
            return [*where, _words_of_told(told)]
        case StatusError(req, status):
            return ["status_error", req, status]


def words_of_output(output: Output) -> list[Any]:
    """The words that stand for an output."""
    match output:
        case Dial(gen):
            return ["dial", gen]
        case Close(gen):
            return ["close", gen]
        case GetStatus(req):
            return ["get_status", req]
        case Notify(state, reason):
            return ["notify", state.value, reason]
        case Show(gen, seq):
            return ["show", gen, seq]
        case AskPreviewRestart():
            return ["restart_preview"]
        case _:
            return ["wake", output.at]


def replay(vector: Vector) -> list[list[list[Any]]]:
    """What the Python machine says to each step of a vector."""
    jitter: float = vector["jitter"]
    session = Session(jitter=lambda: jitter, give_up_after_seconds=vector["give_up_after"])
    return [
        [words_of_output(output) for output in session.handle(input_out_of(words), now)]
        for now, words, _outputs in vector["steps"]
    ]


def _told(told: dict[str, Any]) -> Snapshot | PartAStatusAnswer:
    if "boot_id" not in told:
        return PartAStatusAnswer(is_capturing=told["is_capturing"])
    camera, live = told["camera"], told["live"]
    return Snapshot(
        boot_id=told["boot_id"],
        rev=told["rev"],
        now_us=0,
        camera=CameraStatus(id="1", state=CameraState(camera["state"]), reason=camera["reason"]),
        live=LiveStatus(
            state=LiveState(live["state"]),
            reason=live["reason"],
            resume_by_seconds=live["resume_by_seconds"],
            seq=live["seq"],
        ),
    )


def _words_of_told(told: Snapshot | PartAStatusAnswer) -> dict[str, Any]:
    if isinstance(told, PartAStatusAnswer):
        return {"is_capturing": told.is_capturing}
    live = told.live
    return {
        "boot_id": told.boot_id,
        "rev": told.rev,
        "camera": {"state": told.camera.state.value, "reason": told.camera.reason},
        "live": {
            "state": live.state.value,
            "reason": live.reason,
            "resume_by_seconds": live.resume_by_seconds,
            "seq": live.seq,
        },
    }


# Making them ---------------------------------------------------------------------------------------------------------


class _RecordedSession(Session):
    """Keeps every step."""

    def __init__(self, jitter: float) -> None:
        super().__init__(jitter=lambda: jitter)
        self.steps: list[Step] = []

    def handle(self, event: Input, now: float) -> tuple[Output, ...]:
        now = round(now, 3)
        outputs = super().handle(event, now)
        self.steps.append([now, words_of_input(event), [words_of_output(output) for output in outputs]])
        return outputs


def _recorded(
    name: str, live: Callable[[World], None], jitter: float, *, part_a: bool = False, seed: int = 1
) -> Vector:
    world = World(seed, jitter)
    recorder = _RecordedSession(jitter)
    world.session = recorder
    world.server.part_a = part_a
    world.start()
    live(world)
    return {"name": name, "jitter": jitter, "give_up_after": None, "steps": recorder.steps}


def _schedule(seed: int) -> Callable[[World], None]:
    def live(world: World) -> None:
        dice = random.Random(seed)
        names = sorted(ACTIONS)
        for _step in range(SCHEDULE_STEPS):
            world.run(5.0 * dice.random() ** 2)
            ACTIONS[names[int(dice.random() * len(names))]](world, dice.random())
        world.run(4.0)

    return live


def _then(*steps: tuple[float, str, float], rest: float = 6.0) -> Callable[[World], None]:
    def live(world: World) -> None:
        for wait, action, strength in steps:
            world.run(wait)
            ACTIONS[action](world, strength)
        world.run(rest)

    return live


def _stuck(world: World) -> None:
    world._restart_preview = lambda: None  # type: ignore[method-assign]
    _then((1.5, "stall", 0.0), rest=26.0)(world)


# Beside the names: the rows of "where the obvious plan freezes" in the design.
_SCENES: dict[str, tuple[Callable[[World], None], bool]] = {
    "a capture is waited for": (_then((1.5, "capture", 0.8), rest=14.0), False),
    "a capture of a part A service is waited for": (_then((1.5, "capture", 0.3), rest=8.0), True),
    "cut during a pause": (
        _then((1.5, "capture", 0.9), (1.0, "refuse sockets", 0.0), (0.0, "cut", 1.0), (4.0, "accept sockets", 0.0)),
        False,
    ),
    "the service is away": (_then((1.5, "kill", 0.0), (25.0, "boot", 0.0)), False),
    "everything hangs": (_then((1.5, "hang", 0.0), (25.0, "heal", 0.0)), False),
    "the socket falls silent": (_then((1.5, "half open", 0.0)), False),
    "accepted, then closed": (_then((1.5, "accept, then close", 0.0), (0.0, "cut", 0.0), rest=12.0), False),
    "live view is stuck": (_stuck, False),
    "a part A service without frames": (_then((1.5, "stall", 0.0), rest=10.0), True),
    "the camera is absent": (_then((1.5, "camera", 0.7), (8.0, "camera ready", 0.0)), False),
    "refused, then let in": (
        _then(
            (1.5, "status", 0.2), (0.0, "refuse sockets", 0.0), (0.0, "cut", 1.0), (22.0, "accept sockets", 0.0),
            (0.0, "status", 0.0), rest=12.0,
        ),
        False,
    ),
    "the status route hangs": (
        _then((1.5, "status hangs", 0.1), (0.5, "kill", 0.0), (8.0, "boot", 0.0)),
        False,
    ),
    "a user in a hurry": (
        _then(*[(0.3, each, 0.0) for each in ("stop", "start", "stop", "start", "stop", "start")]), False,
    ),
}  # fmt: skip


def _by_hand(name: str, events: list[tuple[float, list[Any]]], give_up_after: float | None = None) -> Vector:
    vector: Vector = {"name": name, "jitter": 0.5, "give_up_after": give_up_after}
    vector["steps"] = [[now, words, []] for now, words in events]
    for step, outputs in zip(vector["steps"], replay(vector), strict=True):
        step[2] = outputs
    return vector


def _ticks(first: float, last: float) -> list[tuple[float, list[Any]]]:
    return [(each / 4, ["tick"]) for each in range(int(first * 4), int(last * 4) + 1)]


def _snapshot(
    boot_id: str, rev: int = 1, *, left: float | None = None, live_state: str = "running", reason: str | None = None
) -> dict[str, Any]:
    state = live_state if left is None else "paused"
    live = {"state": state, "reason": reason, "resume_by_seconds": left, "seq": 1}
    return {"boot_id": boot_id, "rev": rev, "camera": {"state": "ready", "reason": None}, "live": live}


_BY_HAND = (
    _by_hand(
        "an application sets an end",
        [(0.0, ["start"]), (0.1, ["closed", 1, None]), *[(each / 2, ["tick"]) for each in range(1, 18)]],
        give_up_after=7.5,
    ),
    _by_hand(
        "a question is answered by another run of the service than the socket's",
        [
            (0.0, ["start"]),
            (1.0, ["tick"]),
            (1.5, ["opened", 1]),
            (1.6, ["push", 1, _snapshot("old")]),
            (1.7, ["answer", 1, _snapshot("new")]),
            (1.8, ["push", 1, _snapshot("old")]),
            (1.9, ["tick"]),
        ],
    ),
    _by_hand(
        "a run of the service that has ended says nothing more",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("old")]),
            (0.3, ["push", 1, _snapshot("new")]),
            (0.4, ["push", 1, _snapshot("old", 9, left=9.0)]),
        ],
    ),
    _by_hand(
        "a pause that ends without a socket is dialed for at once",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("boot", 1, left=30.0)]),
            (1.2, ["closed", 1, 1006]),
            (1.3, ["closed", 2, None]),
            (1.9, ["answer", 1, _snapshot("boot", 2)]),
            (2.0, ["closed", 3, None]),
            *_ticks(2.25, 4.0),
        ],
    ),
    _by_hand(
        "who starts anew is not held to what failed before",
        [
            (0.0, ["start"]),
            *[(float(gen), [*words]) for gen in range(1, 6) for words in (["tick"], ["closed", gen, None])],
            (6.0, ["stop"]),
            (9.0, ["start"]),
            (9.1, ["closed", 6, None]),
            *_ticks(9.25, 11.0),
        ],
    ),
    _by_hand(
        "five seconds of frames make the attempts fresh",
        [
            (0.0, ["start"]),
            *[(float(gen), [*words]) for gen in range(1, 6) for words in (["tick"], ["closed", gen, None])],
            *_ticks(5.25, 12.0),
            (12.1, ["opened", 6]),
            *[(12.25 + each / 2, ["frame", 6, each, True]) for each in range(1, 14)],
            (19.0, ["closed", 6, 1006]),
            *_ticks(19.0, 21.0),
        ],
    ),
    _by_hand(
        "a pause that ends while a dial is in flight makes the next one quick",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("boot", 1, left=30.0)]),
            (1.2, ["closed", 1, 1006]),
            (1.4, ["answer", 1, _snapshot("boot", 2)]),
            (1.5, ["closed", 2, None]),
            *_ticks(1.75, 4.0),
        ],
    ),
    _by_hand(
        "news of a question that is over says nothing",
        [
            (0.0, ["start"]),
            (0.1, ["closed", 1, None]),
            (0.2, ["status_error", 7, 403]),
            (0.3, ["answer", 7, {"is_capturing": True}]),
            (0.4, ["answer", 1, {"is_capturing": False}]),
            *_ticks(0.5, 2.0),
        ],
    ),
    _by_hand(
        "a part A service that captures is not asked for frames, and is heard once it has ended",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            *[(0.2 + each / 10, ["frame", 1, each, True]) for each in range(1, 5)],
            *_ticks(0.75, 5.0),
            (5.1, ["answer", 1, {"is_capturing": True}]),
            *_ticks(5.25, 6.5),
            (6.6, ["answer", 2, {"is_capturing": False}]),
            (6.7, ["frame", 1, 9, True]),
            *_ticks(6.75, 7.5),
        ],
    ),
    _by_hand(
        "live view that is away is said in the service's words, or in ours",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("boot", 1, live_state="recovering")]),
            (0.3, ["push", 1, _snapshot("boot", 2, live_state="recovering", reason="no frame for 3 s")]),
            (0.4, ["push", 1, _snapshot("boot", 3, live_state="unsupported")]),
            (0.5, ["push", 1, _snapshot("boot", 4)]),
        ],
    ),
    _by_hand(
        "sockets that do not close hold the next dial back",
        [
            (0.0, ["start"]),
            *[(each / 2, [word]) for each in range(1, 12) for word in ("stop", "start", "tick")],
            *_ticks(6.0, 20.0),
            (20.1, ["closed", 1, 1000]),
            (20.2, ["closed", 2, 1000]),
            *_ticks(20.25, 22.0),
        ],
    ),
    _by_hand(
        "of a service's earlier runs the last 64 are remembered",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            *[(0.1 + each / 100, ["push", 1, _snapshot(f"run {each}")]) for each in range(1, 68)],
            (0.8, ["push", 1, _snapshot("run 9", left=5.0)]),
            (0.9, ["push", 1, _snapshot("run 1", left=5.0)]),
        ],
    ),
    _by_hand(
        "a pause past its own deadline is believed again only with a higher revision",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("boot", 1, left=0.5)]),
            (1.2, ["push", 1, _snapshot("boot", 1, left=0.0)]),
            (3.2, ["tick"]),
            (3.3, ["push", 1, _snapshot("boot", 1, left=0.0)]),
            (4.3, ["push", 1, _snapshot("boot", 2, left=9.0)]),
        ],
    ),
)


def made() -> list[Vector]:
    """Every vector, made anew."""
    scenes = [_recorded(name, live, 0.6, part_a=part_a) for name, (live, part_a) in _SCENES.items()]
    random_ones = [
        _recorded(f"schedule {seed}", _schedule(seed), (0.0, 0.35, 1.0)[seed % 3], part_a=seed % 4 == 0, seed=seed)
        for seed in SEEDS
    ]
    return [*scenes, *_BY_HAND, *random_ones]


def main() -> None:
    """Writes the file: one step a line, so that a changed rule can be read in a diff."""
    lines: list[str] = []
    for vector in made():
        head = json.dumps({key: value for key, value in vector.items() if key != "steps"})[:-1]
        steps = ",\n".join(json.dumps(step, separators=(",", ":")) for step in vector["steps"])
        lines.append(f'{head}, "steps": [\n{steps}\n]}}')
    VECTORS.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
