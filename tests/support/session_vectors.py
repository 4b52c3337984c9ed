"""The session machine's test vectors: what goes in, at what time, and what has to come out.

Every implementation of the machine (the Python one, the page's) is held against ``tests/vectors/session.json``. It is
written anew with ``make vectors`` from scenes and seeded schedules, after a rule was changed on purpose.
"""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.session_recording import RecordedSession, Vector, input_out_of, words_of_output
from tests.support.session_schedules import ACTIONS
from tests.support.session_world import World

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = Path(__file__).parents[1] / "vectors" / "session.json"
SEEDS = range(38)
SCHEDULE_STEPS = 9


def _recorded(
    name: str, live: Callable[[World], None], jitter: float, *, compat_only: bool = False, seed: int = 1
) -> Vector:
    world = World(seed, jitter, sessions=partial(RecordedSession, digits=3))
    world.server.compat_only = compat_only
    world.start()
    live(world)
    assert isinstance(world.session, RecordedSession)
    return world.session.vector(name) | {"jitter": jitter}


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
    "a capture of a compat-only service is waited for": (_then((1.5, "capture", 0.3), rest=8.0), True),
    "cut during a pause": (
        _then((1.5, "capture", 0.9), (1.0, "refuse sockets", 0.0), (0.0, "cut", 1.0), (4.0, "accept sockets", 0.0)),
        False,
    ),
    "the service is away": (_then((1.5, "kill", 0.0), (25.0, "boot", 0.0)), False),
    "everything hangs": (_then((1.5, "hang", 0.0), (25.0, "heal", 0.0)), False),
    "the socket falls silent": (_then((1.5, "half open", 0.0)), False),
    "accepted, then closed": (_then((1.5, "accept, then close", 0.0), (0.0, "cut", 0.0), rest=12.0), False),
    "live view is stuck": (_stuck, False),
    "a compat-only service without frames": (_then((1.5, "stall", 0.0), rest=10.0), True),
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
    "a dial that waits for the next run": (
        _then((1.5, "wait for the service", 0.0), (0.0, "kill", 0.0), (2.5, "boot", 0.0)),
        False,
    ),
    "a new run takes over while the old one serves its sockets": (
        _then((1.5, "take over", 0.0), (3.0, "cut", 0.0), (2.0, "part", 0.0)),
        False,
    ),
    "two runs behind one name": (
        _then((1.5, "balance", 0.0), *[(0.7, "cut", 0.0)] * 6),
        False,
    ),
    "a service of the next version, and back": (
        _then((1.5, "boot another kind", 1.0), (3.0, "boot another kind", 0.0), (3.0, "boot another kind", 1.0)),
        True,
    ),
    "a user in a hurry": (
        _then(*[(0.3, each, 0.0) for each in ("stop", "start", "stop", "start", "stop", "start")]), False,
    ),
}  # fmt: skip


def _by_hand(name: str, events: list[tuple[float, list[Any]]], give_up_after: float | None = None) -> Vector:
    """In ``events`` sockets and questions are counted from 1, each kind for itself; in the vector they have numbers."""
    session = RecordedSession(jitter=lambda: 0.5, give_up_after_seconds=give_up_after)
    numbers: dict[str, list[int]] = {"dial": [], "get_status": []}
    for now, (name_of_input, *rest_of_input) in events:
        if (kind := _NUMBERED.get(name_of_input)) is not None:
            given = dict(enumerate(numbers[kind], start=1))
            rest_of_input[0] = given.get(rest_of_input[0], _NEVER_GIVEN)
        for output in session.handle(input_out_of([name_of_input, *rest_of_input]), now):
            named, *rest = words_of_output(output)
            if named in numbers:
                numbers[named] += rest
    return session.vector(name) | {"jitter": 0.5, "give_up_after": give_up_after}


_NUMBERED = {
    **dict.fromkeys(("opened", "closed", "frame", "push"), "dial"),
    **dict.fromkeys(("answer", "status_error"), "get_status"),
}
_NEVER_GIVEN = 1000


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
        "a socket whose right ends is asked about once, and refused until a socket brings a message",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("boot")]),
            (1.0, ["closed", 1, 4401]),
            (1.1, ["answer", 1, _snapshot("boot")]),
            *_ticks(1.25, 2.0),
            (2.1, ["opened", 2]),
            (2.2, ["closed", 2, 4403]),
            (2.3, ["status_error", 2, 403]),
            *_ticks(2.5, 4.5),
            (4.6, ["opened", 3]),
            (4.7, ["push", 3, _snapshot("boot", 2)]),
        ],
    ),
    _by_hand(
        "a full service is left alone for as long as it asks",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["closed", 1, 4429, 3.0]),
            (0.3, ["answer", 1, _snapshot("boot")]),
            *_ticks(0.5, 3.5),
            (3.6, ["opened", 2]),
            (3.7, ["closed", 2, 4429]),
            (3.8, ["status_error", 2, 429, 7.0]),
            *_ticks(4.0, 11.0),
            (11.1, ["closed", 3, 1006, 500.0]),
            (11.2, ["status_error", 3, 503]),
            *[(float(each), ["tick"]) for each in range(12, 76)],
        ],
    ),
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
        "a socket that speaks for another run all at once is asked about",
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
        "a compat-only service that captures is not asked for frames, and is heard once it has ended",
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
        "an answer of the old run that comes after the first word of the new one changes nothing",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("old", 4)]),
            (0.3, ["closed", 1, 1006]),
            (0.6, ["opened", 2]),
            (0.7, ["push", 2, _snapshot("new", 1)]),
            (0.8, ["answer", 1, _snapshot("old", 5)]),
            (0.9, ["push", 2, _snapshot("new", 2, left=9.0)]),
            (1.0, ["push", 2, _snapshot("new", 3)]),
        ],
    ),
    _by_hand(
        "a dial that waited over a restart comes to the new run",
        [
            (0.0, ["start"]),
            (1.0, ["tick"]),
            (1.1, ["answer", 1, _snapshot("old", 7)]),
            (2.0, ["tick"]),
            (2.1, ["opened", 1]),
            (2.2, ["push", 1, _snapshot("new", 1, left=9.0)]),
            (2.3, ["answer", 2, _snapshot("old", 7)]),
            (2.4, ["answer", 3, _snapshot("new", 1, left=9.0)]),
            (2.5, ["push", 1, _snapshot("new", 2)]),
        ],
    ),
    _by_hand(
        "a dial that went out after the first word of a run, and before a newer one, proves the run that answers it",
        [
            (0.0, ["start"]),
            (1.0, ["tick"]),
            (1.1, ["answer", 1, _snapshot("old", 7)]),
            (1.2, ["closed", 1, None]),
            (1.5, ["tick"]),
            (2.0, ["tick"]),
            (2.1, ["answer", 2, _snapshot("old", 8)]),
            (2.2, ["opened", 2]),
            (2.3, ["push", 2, _snapshot("new", 1, left=9.0)]),
        ],
    ),
    _by_hand(
        "a late answer of a run that has ended is no reason to dial at once",
        [
            (0.0, ["start"]),
            (1.0, ["tick"]),
            (1.1, ["opened", 1]),
            (1.2, ["push", 1, _snapshot("new", 1)]),
            (1.3, ["closed", 1, 1006]),
            (1.31, ["answer", 1, _snapshot("old", 7)]),
            (1.36, ["tick"]),
        ],
    ),
    _by_hand(
        "a late answer of a compat-only run changes nothing",
        [
            (0.0, ["start"]),
            (1.0, ["tick"]),
            (1.1, ["opened", 1]),
            (1.2, ["push", 1, _snapshot("new", 1)]),
            (1.3, ["answer", 1, {"is_capturing": True}]),
            (1.4, ["push", 1, _snapshot("new", 2)]),
        ],
    ),
    _by_hand(
        "a socket of a run that has ended is found out, and the living run dialed at once",
        [
            (0.0, ["start"]),
            (1.0, ["tick"]),
            (1.1, ["answer", 1, _snapshot("new", 1)]),
            (1.2, ["opened", 1]),
            (1.3, ["push", 1, _snapshot("old", 7, left=9.0)]),
            (1.4, ["answer", 2, _snapshot("new", 1)]),
            *_ticks(1.5, 2.0),
            (2.1, ["opened", 2]),
            (2.2, ["push", 2, _snapshot("new", 2, left=9.0)]),
        ],
    ),
    _by_hand(
        "a service that does not say which of two runs is the present one is dialed anew",
        [
            (0.0, ["start"]),
            (1.0, ["tick"]),
            (1.1, ["answer", 1, _snapshot("one", 1)]),
            (1.2, ["opened", 1]),
            (1.3, ["push", 1, _snapshot("other", 7, left=9.0)]),
            (1.4, ["status_error", 2, 500]),
            *[
                each
                for second in range(8)
                for each in (
                    (1.8 + second / 2, ["tick"]),
                    (1.9 + second / 2, ["push", 1, _snapshot("other", 7, left=9.0)]),
                )
            ],
            *_ticks(5.75, 6.25),
            (6.3, ["opened", 2]),
            (6.4, ["push", 2, _snapshot("other", 7, left=5.0)]),
        ],
    ),
    _by_hand(
        "a run that comes back is taken again",
        [
            (0.0, ["start"]),
            *[
                step
                for gen in range(1, 5)
                for step in (
                    (gen + 0.1, ["tick"]),
                    (gen + 0.2, ["opened", gen]),
                    (gen + 0.3, ["push", gen, _snapshot(["left", "right"][gen % 2], 1, left=float(gen))]),
                    (gen + 0.4, ["closed", gen, 1006]),
                )
            ],
        ],
    ),
    _by_hand(
        "while frames come but no word of the service, the service is asked",
        [
            (0.0, ["start"]),
            (0.1, ["opened", 1]),
            (0.2, ["push", 1, _snapshot("boot", 1)]),
            *[(each / 2, ["frame", 1, each, True]) for each in range(1, 10)],
            (4.6, ["answer", 1, _snapshot("boot", 2, live_state="unsupported")]),
            *[(each / 2, ["frame", 1, each, True]) for each in range(10, 13)],
        ],
    ),
    _by_hand(
        "each message of a compat-only service may be that of another run",
        [
            (0.0, ["start"]),
            (0.1, ["closed", 1, None]),
            (0.2, ["answer", 1, {"is_capturing": False}]),
            (0.3, ["tick"]),
            (0.4, ["closed", 2, None]),
            (2.4, ["tick"]),
            (2.5, ["answer", 3, {"is_capturing": False}]),
            (2.6, ["answer", 2, _snapshot("boot", 9, left=9.0)]),
            (3.0, ["tick"]),
        ],
    ),
    _by_hand(
        "a question of the very first moment keeps the distance to the next",
        [(0.0, ["start"]), (0.0, ["closed", 1, None]), (0.125, ["answer", 1, _snapshot("boot")]), *_ticks(0.25, 2.0)],
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
    scenes = [_recorded(name, live, 0.6, compat_only=compat_only) for name, (live, compat_only) in _SCENES.items()]
    random_ones = [
        _recorded(f"schedule {seed}", _schedule(seed), (0.0, 0.35, 1.0)[seed % 3], compat_only=seed % 4 == 0, seed=seed)
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
