"""The plan of one history, drawn from its seed: settings, habits of the users, and every disturbance.

Each kind of disturbance is drawn from a generator of its own, so that leaving one kind out does not change the others.
A disturbance is placed by how many photos were asked for before it, not by time: fewer captures leave the beginning of
a history as it was. Every plan can be written as JSON, changed, and run again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from tests.simulation.disturbances import RATES
from tests.simulation.history_settings import HistorySettings
from tests.simulation.network import DISTURBANCES as NETWORK_KINDS
from tests.simulation.randomness import Randomness

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping

CAPTURES = 200


class Kind(StrEnum):
    """What disturbs the service and its users; ``disturbances.RATES`` lists what disturbs a camera process."""

    KILL_OPERATION = "kill_operation"
    KILL_STEP = "kill_step"
    POWER_OPERATION = "power_operation"
    POWER_STEP = "power_step"
    KILL_NAME = "kill_name"
    POWER_NAME = "power_name"
    POWER_FLUSH = "power_flush"
    EIO = "eio"
    EIO_FLUSH = "eio_flush"
    ENOSPC = "enospc"
    FULL_DISK = "full_disk"
    RESTART = "restart"
    QUIET = "quiet"
    UNPLUGGED = "unplugged"
    CARD_OUT = "card_out"
    SECOND_GONE = "second_gone"
    SECOND_FULL = "second_full"
    SECOND_FAILING = "second_failing"


class Moment(StrEnum):
    """When a process dies, relative to the disk operation at which it dies."""

    BEFORE = "before"
    MIDDLE = "middle"
    AFTER = "after"


KINDS: tuple[str, ...] = (*Kind, *RATES, *NETWORK_KINDS)
_A_HUNDRED: Mapping[str, float] = {
    Kind.KILL_OPERATION: 2.0,
    Kind.KILL_STEP: 1.5,
    Kind.POWER_OPERATION: 1.5,
    Kind.POWER_STEP: 0.7,
    Kind.KILL_NAME: 1.5,
    Kind.POWER_NAME: 1.0,
    Kind.POWER_FLUSH: 3.0,
    Kind.EIO: 2.0,
    Kind.EIO_FLUSH: 2.0,
    Kind.ENOSPC: 1.5,
    Kind.FULL_DISK: 0.7,
    Kind.RESTART: 0.7,
    Kind.QUIET: 0.7,
    Kind.UNPLUGGED: 0.7,
    Kind.CARD_OUT: 0.3,
    Kind.SECOND_GONE: 3.0,
    Kind.SECOND_FULL: 2.0,
    Kind.SECOND_FAILING: 2.0,
}
_OF_SECOND = frozenset({Kind.SECOND_GONE, Kind.SECOND_FULL, Kind.SECOND_FAILING})
"""How often each kind happens in a hundred captures, where it happens at all."""
_CAMERA_A_HUNDRED = 1.2
_PRESENT = 0.7
"""How often a kind happens at all: without some kinds, the others have longer effects."""
_LIVES = (1.0, 1.0, 1.0, 0.2, 0.0)
"""How often the service dies, for that: a start mends much, so what goes wrong slowly shows in a long life only."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One disturbance.

    Args:
        kind: A ``Kind``, or the name of a camera's disturbance.
        after: How many photos were asked for before it.
        delay_seconds: How long after that it is due.
        count: At which disk operation or change of names, or before which step of the loop, from then on; 0: at once.
        seconds: How long it lasts; 0: it has no duration.
        moment: When the process dies, for deaths at a disk operation.
        camera: The number of the camera, for disturbances of a camera.
    """

    kind: str
    after: int
    delay_seconds: float
    count: int = 0
    seconds: float = 0.0
    moment: Moment = Moment.BEFORE
    camera: int = 0

    def __str__(self) -> str:
        """For people."""
        unit = "steps" if self.kind in _BY_STEP else "changes of names" if self.kind in _BY_NAME else "operations"
        where = f", {self.count} {unit} later" if self.count else ""
        lasting = f", for {self.seconds:.1f} s" if self.seconds else ""
        moment = f" ({self.moment} it)" if self.kind in _AT_MOMENT else ""
        return f"photo {self.after} + {self.delay_seconds:.2f} s{where}{moment}: {self.kind}{lasting}"


_BY_STEP = frozenset({Kind.KILL_STEP, Kind.POWER_STEP})
_BY_OPERATION = frozenset({Kind.KILL_OPERATION, Kind.POWER_OPERATION})
_BY_NAME = frozenset({Kind.KILL_NAME, Kind.POWER_NAME})
_AT_MOMENT = _BY_OPERATION | _BY_NAME
_DEATHS = _BY_STEP | _AT_MOMENT | {Kind.POWER_FLUSH, Kind.RESTART}


@dataclass(frozen=True, slots=True)
class Plan:
    """One history.

    Args:
        seed: Of everything random in it.
        captures: How many photos are asked for.
        strict: Whether a loss of power loses every name whose directory was not flushed.
        settings: The configuration and the users.
        disturbances: In the order of ``after``.
    """

    seed: int
    captures: int = CAPTURES
    strict: bool = False
    settings: HistorySettings = field(default_factory=HistorySettings)
    disturbances: tuple[Disturbance, ...] = ()

    @classmethod
    def of_seed(
        cls, seed: int, captures: int = CAPTURES, *, without: Collection[str] = (), strict: bool | None = None
    ) -> Self:
        """The plan of a seed.

        Args:
            seed: Any number.
            captures: How many photos are asked for.
            without: Kinds of disturbance to leave out.
            strict: See the class; ``None``: half of the seeds are.
        """
        randomness = Randomness(seed)
        drawn_strict = randomness.part("strict").random() < 0.5
        settings = HistorySettings.drawn(randomness.part("settings"))
        deaths = randomness.part("lives").choice(_LIVES)
        drawn = [
            one
            for kind in KINDS
            if kind not in without
            and (settings.viewers or kind not in NETWORK_KINDS)
            and (settings.second or kind not in _OF_SECOND)
            for one in _drawn(
                kind,
                captures,
                settings.cameras,
                randomness.part(f"plan {kind}"),
                deaths if kind in _DEATHS else 1.0,
            )
        ]
        in_order = tuple(sorted(drawn, key=lambda one: one.after))
        return cls(seed, captures, drawn_strict if strict is None else strict, settings, in_order)

    @property
    def kinds(self) -> list[str]:
        """The kinds of disturbance in it."""
        return sorted({one.kind for one in self.disturbances})

    def without(self, kind: str) -> Plan:
        """The plan without one kind of disturbance."""
        return replace(self, disturbances=tuple(one for one in self.disturbances if one.kind != kind))

    def shortened(self, captures: int) -> Plan:
        """The beginning of the plan, with so many captures."""
        kept = tuple(one for one in self.disturbances if one.after < captures)
        return replace(self, captures=captures, disturbances=kept)

    def to_json(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A plan from what ``to_json`` returned. Raises ``ValueError``, ``TypeError``, ``KeyError``."""
        fields = json.loads(text)
        fields["settings"] = HistorySettings(**fields["settings"])
        for one in fields["disturbances"]:
            one["moment"] = Moment(one["moment"])
        fields["disturbances"] = tuple(Disturbance(**one) for one in fields["disturbances"])
        return cls(**fields)


def _drawn(kind: str, captures: int, cameras: int, random: random.Random, share: float) -> list[Disturbance]:
    """The disturbances of one kind, ``share`` of those there usually are.

    For more captures, there are more of them, and the first ones stay.
    """
    if random.random() >= _PRESENT or not share:
        return []
    rate = share * _A_HUNDRED.get(kind, _CAMERA_A_HUNDRED) / 100 * random.uniform(0.5, 2.0)
    found: list[Disturbance] = []
    after = 0.0
    while (after := after + random.expovariate(rate)) < captures:
        first = Disturbance(
            kind,
            int(after),
            round(random.expovariate(1.0), 4),
            count=_count(kind, random),
            seconds=_seconds(kind, random),
            moment=random.choice(list(Moment)),
            camera=random.randrange(cameras),
        )
        found.append(first)
        # The next start is disturbed, too: what finishes the work of a dead service can die as well.
        count = first.count
        while first.count and random.random() < 0.3:
            count += _count(kind, random)
            found.append(replace(first, count=count, moment=random.choice(list(Moment))))
    return found


def _count(kind: str, random: random.Random) -> int:
    """A small number is as likely as a large one, in orders of magnitude."""
    if kind in _BY_STEP:
        return int(2 ** random.uniform(0, 10))
    if kind in _BY_NAME:
        return int(2 ** random.uniform(0, 4))
    return int(2 ** random.uniform(0, 8)) if kind in _BY_OPERATION | {Kind.EIO, Kind.ENOSPC} else 0


def _seconds(kind: str, random: random.Random) -> float:
    match kind:
        case Kind.FULL_DISK:
            return round(random.choice((5.0, 45.0, 150.0)) * random.uniform(0.3, 1.5), 1)
        case Kind.QUIET:
            return round(random.choice((60.0, 200.0, 700.0)) * random.uniform(0.5, 1.5), 1)
        case Kind.EIO | Kind.ENOSPC:
            return round(random.choice((0.0, 0.0, 2.0, 40.0)) * random.uniform(0.5, 1.5), 1)
        case _:
            return round(2 ** random.uniform(-3, 6), 2)
