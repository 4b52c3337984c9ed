"""What will happen in a soak, in order: pure, and the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from photonic.simulator.faults import FaultName

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEWERS: Final = 3
USERS: Final = 2


class Deed(StrEnum):
    """What a soak does besides having the camera misbehave."""

    VIEWER_CUT = "viewer_cut"
    VIEWER_MUTE = "viewer_mute"
    VIEWER_DELAY = "viewer_delay"
    VIEWER_THROTTLE = "viewer_throttle"
    VIEWER_TURNED_AWAY = "viewer_turned_away"
    VIEWER_REOPENED = "viewer_reopened"
    USER_CUT = "user_cut"
    USER_MUTE = "user_mute"
    USER_DELAY = "user_delay"
    USER_TURNED_AWAY = "user_turned_away"
    SERVICE_KILLED = "service_killed"
    SERVICE_RESTARTED = "service_restarted"
    PROCESS_KILLED = "process_killed"
    PROCESS_STOPPED = "process_stopped"
    DISCONNECTED = "disconnected"
    RAW_AND_JPEG = "raw_and_jpeg"

    @property
    def of_a_viewer(self) -> bool:
        """Whether it is about one viewer's link."""
        return self.startswith("viewer_")

    @property
    def of_a_user(self) -> bool:
        """Whether it is about one user's link."""
        return self.startswith("user_")


@dataclass(frozen=True, slots=True)
class Chance:
    """How often something happens, against the others, and for how many seconds.

    ``at_capture``: it begins with the next capture. ``amount``: from and to, of what the fault takes an amount of
    (``simulator.fault_kinds``); ``None``: its usual one.
    """

    weight: float
    shortest: float
    longest: float
    at_capture: bool = False
    amount: tuple[float, float] | None = None


DEEDS: Final[dict[Deed, Chance]] = {
    Deed.VIEWER_CUT: Chance(2, 0, 0),
    Deed.VIEWER_MUTE: Chance(2, 2, 8),
    Deed.VIEWER_DELAY: Chance(1, 2, 5),
    Deed.VIEWER_THROTTLE: Chance(1, 3, 6),
    Deed.VIEWER_TURNED_AWAY: Chance(1, 2, 6),
    Deed.VIEWER_REOPENED: Chance(2, 0, 1),
    Deed.USER_CUT: Chance(3, 0, 0),
    Deed.USER_MUTE: Chance(1, 2, 6),
    Deed.USER_DELAY: Chance(1, 2, 5),
    Deed.USER_TURNED_AWAY: Chance(1, 1, 4),
    Deed.SERVICE_KILLED: Chance(2, 0, 1.5),
    Deed.SERVICE_RESTARTED: Chance(1, 0, 1),
    Deed.PROCESS_KILLED: Chance(5, 0, 0),
    Deed.PROCESS_STOPPED: Chance(1, 4, 12),
    Deed.DISCONNECTED: Chance(1, 0.5, 3),
    Deed.RAW_AND_JPEG: Chance(2, 15, 30),
}
"""No row for a killed camera: it would lose its card, which no camera does; it is unplugged instead."""

FAULTS: Final[dict[FaultName, Chance]] = {
    FaultName.VIEWFINDER_NOT_READY: Chance(2, 1, 7),
    FaultName.EMPTY_FRAME: Chance(2, 0.5, 6),
    FaultName.TRUNCATED_FRAME: Chance(2, 0.5, 6),
    FaultName.ENDLESS_FRAME: Chance(1, 0.3, 1),
    FaultName.FRAMES_STOP: Chance(2, 1, 3),
    FaultName.BUSY_SHOT: Chance(3, 0.5, 5, at_capture=True),
    FaultName.AUTOFOCUS_FAILURE: Chance(3, 0.5, 4),
    FaultName.SLOW_AUTOFOCUS: Chance(2, 2, 5, amount=(1, 6)),
    FaultName.BUTTON: Chance(6, 0.6, 1, amount=(0, 0.5)),
    FaultName.LATE_EVENTS: Chance(3, 3, 6, amount=(0.2, 4)),
    FaultName.SHUFFLED_EVENTS: Chance(3, 3, 6),
    FaultName.LATE_TWIN: Chance(2, 3, 6, amount=(0.2, 4)),
    FaultName.SLOW_STORAGE: Chance(2, 3, 6, amount=(5, 100)),
    FaultName.RAM_FULL: Chance(1, 2, 4),
    FaultName.CARD_FULL: Chance(1, 2, 5),
    FaultName.CARD_MISSING: Chance(1, 2, 5),
    FaultName.CARD_READ_ONLY: Chance(1, 2, 5),
    FaultName.BATTERY_LOW: Chance(1, 2, 5, amount=(0, 6)),
    FaultName.HEAT: Chance(1, 2, 5),
    FaultName.SLEEP: Chance(1, 2, 5),
    FaultName.DRIP: Chance(1, 2, 6),
    FaultName.MUTE: Chance(2, 2, 8),
    FaultName.UNPLUG: Chance(3, 1, 5),
    FaultName.CUT_TRANSFER: Chance(4, 1, 4, amount=(0, 80_000)),
    FaultName.STRANDED_DATA: Chance(3, 1, 4, amount=(0, 80_000)),
    FaultName.WRONG_TRANSACTION: Chance(2, 0.2, 2),
    FaultName.HALF_OPEN: Chance(2, 2, 8),
}
UNKNOWN: Final = Chance(1, 2, 5)
"""A fault that has no row yet happens all the same."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing of the plan: ``what`` happens for ``seconds``, ``quiet_seconds`` after the one before has healed.

    ``target``: the viewer or the user whose link it is about. ``at_capture`` and ``amount`` as in ``Chance``.
    """

    number: int
    what: Deed | FaultName
    seconds: float
    quiet_seconds: float
    target: int | None = None
    at_capture: bool = False
    amount: float | None = None

    @property
    def terms(self) -> str:
        """For how long, how much, from when."""
        amount = "" if self.amount is None else f", amount {self.amount:g}"
        return f"for {self.seconds:.1f} s{amount}" + (", from the next capture on" if self.at_capture else "")

    def __str__(self) -> str:
        """As in ``--show-plan``."""
        whose = "" if self.target is None else f" {self.target}"
        return f"{self.number:4d}  after {self.quiet_seconds:4.1f} s  {self.what}{whose} {self.terms}"


def chances(only: frozenset[str] = frozenset()) -> dict[Deed | FaultName, Chance]:
    """The whole table; ``only`` these names where there are any."""
    faults: dict[Deed | FaultName, Chance] = {name: FAULTS.get(name, UNKNOWN) for name in FaultName}
    table = {**DEEDS, **faults}
    return {what: chance for what, chance in table.items() if not only or what in only}


def plan(
    seed: int, *, quietest: float = 1.0, busiest: float = 5.0, only: frozenset[str] = frozenset()
) -> Iterator[Happening]:
    """What happens, without an end. ``quietest`` and ``busiest``: seconds of peace before each."""
    dice = random.Random(seed)
    table = chances(only)
    choices, weights = list(table), [chance.weight for chance in table.values()]
    number = 0
    while table:
        number += 1
        (what,) = dice.choices(choices, weights)
        chance = table[what]
        target = None
        if isinstance(what, Deed) and (what.of_a_viewer or what.of_a_user):
            target = dice.randrange(VIEWERS if what.of_a_viewer else USERS)
        yield Happening(
            number,
            what,
            round(dice.uniform(chance.shortest, chance.longest), 2),
            round(dice.uniform(quietest, busiest), 2),
            target,
            chance.at_capture,
            None if chance.amount is None else round(dice.uniform(*chance.amount), 2),
        )
