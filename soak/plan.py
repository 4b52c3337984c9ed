"""The plan of a soak: its events in order. Pure, and the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from photonic.ptp.codes import CanonOperation
from photonic.simulator.fault_kinds import OF_WEBCAMS, ON_USB
from photonic.simulator.faults import FaultName

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEWERS: Final = 3
USERS: Final = 2


class Disturbance(StrEnum):
    """What a soak does in addition to faults of the camera."""

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
    LATE_TWIN_AND_BUTTON = "late_twin_and_button"
    CONTINUOUS_DRIVE = "continuous_drive"
    KILLED_WHILE_HELD = "killed_while_held"
    SECOND_DISK_GONE = "second_disk_gone"
    CLOCK_JUMP = "clock_jump"
    # On USB only.
    MOVED_TO_ANOTHER_PORT = "moved_to_another_port"
    HUB_UNPLUGGED = "hub_unplugged"
    PLUG_STORM = "plug_storm"
    WEDGED_AND_RENUMBERED = "wedged_and_renumbered"
    WEDGED_AND_LOST = "wedged_and_lost"
    OPENED_WHILE_CLAIMED = "opened_while_claimed"
    OPENED_WITH_KERNEL_DRIVER = "opened_with_kernel_driver"

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
    (``simulator.fault_kinds``); ``one_of``: one of these amounts instead; neither: its usual one. ``times``: from and
    to, of how often it may strike; ``None``: as its kind says.
    """

    weight: float
    shortest: float
    longest: float
    at_capture: bool = False
    amount: tuple[float, float] | None = None
    one_of: tuple[float, ...] = ()
    times: tuple[int, int] | None = None


DISTURBANCES: Final[dict[Disturbance, Chance]] = {
    Disturbance.VIEWER_CUT: Chance(2, 0, 0),
    Disturbance.VIEWER_MUTE: Chance(2, 2, 8),
    Disturbance.VIEWER_DELAY: Chance(1, 2, 5),
    Disturbance.VIEWER_THROTTLE: Chance(1, 3, 6),
    Disturbance.VIEWER_TURNED_AWAY: Chance(1, 2, 6),
    Disturbance.VIEWER_REOPENED: Chance(2, 0, 1),
    Disturbance.USER_CUT: Chance(3, 0, 0),
    Disturbance.USER_MUTE: Chance(1, 2, 6),
    Disturbance.USER_DELAY: Chance(1, 2, 5),
    Disturbance.USER_TURNED_AWAY: Chance(1, 1, 4),
    Disturbance.SERVICE_KILLED: Chance(2, 0, 1.5),
    Disturbance.SERVICE_RESTARTED: Chance(1, 0, 1),
    Disturbance.PROCESS_KILLED: Chance(5, 0, 0),
    Disturbance.PROCESS_STOPPED: Chance(1, 4, 12),
    Disturbance.DISCONNECTED: Chance(1, 0.5, 3),
    Disturbance.RAW_AND_JPEG: Chance(2, 15, 30),
    # The amount: by how many seconds the twin is late; beyond what a capture waits for it, too.
    Disturbance.LATE_TWIN_AND_BUTTON: Chance(2, 8, 15, amount=(1, 10)),
    Disturbance.CONTINUOUS_DRIVE: Chance(3, 4, 12),
    Disturbance.KILLED_WHILE_HELD: Chance(1, 5, 10),
    Disturbance.SECOND_DISK_GONE: Chance(3, 1, 12),
    # The amount: by how many seconds the time of day jumps.
    Disturbance.CLOCK_JUMP: Chance(2, 0, 1, amount=(-900, 900)),
}
"""No row for a killed camera: it would lose its card, which no camera does; it is unplugged instead."""

FAULTS: Final[dict[FaultName, Chance]] = {
    FaultName.VIEWFINDER_NOT_READY: Chance(2, 1, 7),
    FaultName.EMPTY_FRAME: Chance(2, 0.5, 6),
    FaultName.TRUNCATED_FRAME: Chance(2, 0.5, 6),
    FaultName.ENDLESS_FRAME: Chance(1, 0.3, 1),
    FaultName.ZERO_RECORD: Chance(1, 0.3, 1),
    FaultName.VAST_FRAME: Chance(2, 0.5, 6),
    # Two bytes as cameras pad; more than the 64 KiB in which the end of a file is looked for.
    FaultName.PADDED_FRAME: Chance(2, 1, 6, one_of=(2, 70_000)),
    FaultName.FRAMES_STOP: Chance(2, 1, 3),
    FaultName.BUSY_SHOT: Chance(3, 0.5, 5, at_capture=True),
    FaultName.AUTOFOCUS_FAILURE: Chance(3, 0.5, 4),
    FaultName.SLOW_AUTOFOCUS: Chance(2, 2, 5, amount=(1, 6)),
    FaultName.BUTTON: Chance(6, 0.6, 1, amount=(0, 0.5)),
    FaultName.RELEASE_REFUSED: Chance(1, 4, 8, times=(1, 40)),
    FaultName.FILM: Chance(2, 0.5, 1, amount=(50, 300)),
    FaultName.LATE_EVENTS: Chance(3, 3, 6, amount=(0.2, 4)),
    FaultName.SHUFFLED_EVENTS: Chance(3, 3, 6),
    FaultName.UNTOLD_END: Chance(2, 3, 6, times=(1, 2)),
    FaultName.LATE_TWIN: Chance(2, 3, 6, amount=(0.2, 4)),
    FaultName.PADDED_PHOTO: Chance(2, 3, 6, one_of=(2, 70_000)),
    FaultName.SLOW_STORAGE: Chance(2, 3, 6, amount=(5, 100)),
    FaultName.SLOW_TRANSFER: Chance(2, 3, 8, amount=(2, 25)),
    FaultName.SECOND_CARD_SILENT: Chance(2, 5, 10, times=(1, 3)),
    FaultName.LATIN1_FILE: Chance(1, 0.1, 0.1),
    FaultName.LATIN1_TEXT: Chance(2, 3, 8),
    FaultName.SLOW_SETTINGS: Chance(2, 3, 6, amount=(0.05, 0.3), times=(1, 40)),
    # Longer than the 10 s after which capture is prepared again.
    FaultName.UNSUPPORTED: Chance(1, 12.5, 16, one_of=(CanonOperation.KEEP_DEVICE_ON,)),
    FaultName.NO_VIEWFINDER: Chance(1, 3, 6),
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
    # Not from a capture on: a file whose folder or time the camera tells wrongly is another photo to everybody (0030).
    FaultName.GARBLE: Chance(2, 0.5, 3, amount=(0, 1e6), times=(1, 40)),
    FaultName.HALF_OPEN: Chance(2, 2, 8),
}
ELSEWHERE: Final = frozenset({FaultName.ODD_MODEL, FaultName.BUTTON_HELD}) | ON_USB | OF_WEBCAMS
"""Faults that do not happen by themselves, or not on a network: the rig starts the camera with its odd name, which no
camera takes on while it is in use; a button that stays down shows only where the process is killed that holds it (a
disturbance)."""

USB_DISTURBANCES: Final[dict[Disturbance, Chance]] = {
    Disturbance.MOVED_TO_ANOTHER_PORT: Chance(3, 0.2, 4),
    Disturbance.HUB_UNPLUGGED: Chance(3, 1, 5),
    Disturbance.PLUG_STORM: Chance(2, 2, 6),
    Disturbance.WEDGED_AND_RENUMBERED: Chance(3, 8, 12),
    Disturbance.WEDGED_AND_LOST: Chance(2, 8, 12),
    Disturbance.OPENED_WHILE_CLAIMED: Chance(2, 3, 6),
    Disturbance.OPENED_WITH_KERNEL_DRIVER: Chance(2, 3, 6),
}
USB_FAULTS: Final[dict[FaultName, Chance]] = {
    FaultName.STALL_IN: Chance(4, 1, 4),
    FaultName.STALL_OUT: Chance(4, 1, 4),
    FaultName.LASTING_HALT: Chance(2, 1, 20),
    FaultName.PROTOCOL_ERROR: Chance(4, 1, 4, times=(1, 3)),
    FaultName.SHORT_READ: Chance(3, 1, 4),
    FaultName.BABBLE: Chance(3, 1, 4, times=(1, 3)),
    FaultName.NO_ZERO_PACKET: Chance(2, 2, 6),
    FaultName.LATE_ZERO_PACKET: Chance(2, 2, 6, amount=(0.1, 3), times=(1, 3)),
    FaultName.WEDGED: Chance(4, 1, 12),
}
NOT_ON_USB: Final = frozenset(
    {
        *(FaultName.ODD_MODEL, FaultName.BUTTON_HELD, FaultName.DRIP, FaultName.HALF_OPEN),
        *(FaultName.CLAIMED, FaultName.KERNEL_DRIVER, FaultName.NO_PERMISSION),
        *(FaultName.RESET_RENUMBERS, FaultName.RESET_LOSES),
        *OF_WEBCAMS,
    }
)
"""Faults that do not happen by themselves on USB: those of a network; those that show only when the camera is opened
or its port reset, which disturbances see to; and a missing permission, which stops no soak that runs as root."""

UNKNOWN: Final = Chance(1, 2, 5)
"""For a fault without a row."""


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """One thing of the plan: ``what`` happens for ``seconds``, ``quiet_seconds`` after the one before has healed.

    ``target``: the viewer or the user whose link it is about. ``at_capture``, ``amount`` and ``times`` as in
    ``Chance``.
    """

    number: int
    what: Disturbance | FaultName
    seconds: float
    quiet_seconds: float
    target: int | None = None
    at_capture: bool = False
    amount: float | None = None
    times: int | None = None

    @property
    def terms(self) -> str:
        """For how long, how much, how often, from when."""
        amount = "" if self.amount is None else f", amount {self.amount:g}"
        times = "" if self.times is None else f", {self.times} times"
        return f"for {self.seconds:.1f} s{amount}{times}" + (", from the next capture on" if self.at_capture else "")

    def __str__(self) -> str:
        """As in ``--show-plan``."""
        whose = "" if self.target is None else f" {self.target}"
        return f"{self.number:4d}  after {self.quiet_seconds:4.1f} s  {self.what}{whose} {self.terms}"


def chances(only: frozenset[str] = frozenset(), *, usb: bool = False) -> dict[Disturbance | FaultName, Chance]:
    """The whole table for a camera on the network or on ``usb``; ``only`` these names where there are any."""
    rows, elsewhere = (FAULTS | USB_FAULTS, NOT_ON_USB) if usb else (FAULTS, ELSEWHERE)
    faults: dict[Disturbance | FaultName, Chance] = {
        name: rows.get(name, UNKNOWN) for name in FaultName if name not in elsewhere
    }
    table = {**DISTURBANCES, **(USB_DISTURBANCES if usb else {}), **faults}
    return {what: chance for what, chance in table.items() if not only or what in only}


def plan(
    seed: int,
    *,
    quietest: float = 1.0,
    busiest: float = 5.0,
    only: frozenset[str] = frozenset(),
    usb: bool = False,
) -> Iterator[PlannedEvent]:
    """What happens, without an end. ``quietest`` and ``busiest``: seconds of peace before each."""
    dice = random.Random(seed)
    table = chances(only, usb=usb)
    choices, weights = list(table), [chance.weight for chance in table.values()]
    number = 0
    while table:
        number += 1
        (what,) = dice.choices(choices, weights)
        chance = table[what]
        target = None
        if isinstance(what, Disturbance) and (what.of_a_viewer or what.of_a_user):
            target = dice.randrange(VIEWERS if what.of_a_viewer else USERS)
        yield PlannedEvent(
            number,
            what,
            round(dice.uniform(chance.shortest, chance.longest), 2),
            round(dice.uniform(quietest, busiest), 2),
            target,
            chance.at_capture,
            _amount(chance, dice),
            None if chance.times is None else dice.randint(*chance.times),
        )


def _amount(chance: Chance, dice: random.Random) -> float | None:
    if chance.one_of:
        return dice.choice(chance.one_of)
    return None if chance.amount is None else round(dice.uniform(*chance.amount), 2)
