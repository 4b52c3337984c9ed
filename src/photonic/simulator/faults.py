"""What a simulated camera does wrong on command: which fault, from when, for how long. Time is passed in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from photonic.errors import BadInput


class FaultName(StrEnum):
    """What can be wrong, and what of it the camera's client sees."""

    # Viewfinder.
    VIEWFINDER_NOT_READY = "viewfinder_not_ready"
    """0xA102 instead of a frame, however often it is asked."""

    EMPTY_FRAME = "empty_frame"
    """Success, and no data."""

    TRUNCATED_FRAME = "truncated_frame"
    """A JPEG that stops before its end mark (FFD9)."""

    ENDLESS_FRAME = "endless_frame"
    """Data with a record of length 0, on which libgphoto2 2.5.34 loops for ever."""

    FRAMES_STOP = "frames_stop"
    """Live view stops, and comes back only when it is switched off and on."""

    # Shots.
    BUSY_SHOT = "busy_shot"
    """0x2019 at the press; nothing is exposed."""

    AUTOFOCUS_FAILURE = "autofocus_failure"
    """The lens finds no focus."""

    SLOW_AUTOFOCUS = "slow_autofocus"
    """The lens looks for its focus so many seconds longer."""

    BUTTON = "button"
    """Somebody presses the button on the body."""

    # Photos.
    LATE_EVENTS = "late_events"
    """A photo is told of so many seconds late."""

    SHUFFLED_EVENTS = "shuffled_events"
    """Events are told in another order than they happened."""

    LATE_TWIN = "late_twin"
    """The second file of a RAW+JPEG shot is written so many seconds late."""

    SLOW_STORAGE = "slow_storage"
    """Writing a photo takes so many times as long."""

    RAM_FULL = "ram_full"
    """No photo fits the RAM: none is shot for a client that wants it there."""

    CARD_FULL = "card_full"
    """No photo fits the card."""

    CARD_MISSING = "card_missing"
    """The card is out."""

    CARD_READ_ONLY = "card_read_only"
    """The card's lock is shut: nothing is written to it, nothing deleted."""

    # Power and heat.
    BATTERY_LOW = "battery_low"
    """The battery is nearly empty (so many percent left); at 0 the camera is off."""

    HEAT = "heat"
    """Too hot: live view stops by itself, and cannot be had."""

    SLEEP = "sleep"
    """The camera goes to sleep, until its button is pressed or the fault is cleared."""

    # The wire.
    DRIP = "drip"
    """Answers go out one byte a second."""

    MUTE = "mute"
    """No answer at all, and nothing is closed: a half-open link."""

    UNPLUG = "unplug"
    """Connections are cut, and refused."""

    CUT_TRANSFER = "cut_transfer"
    """The connection is cut in the middle of a data phase, after so many bytes of it."""

    STRANDED_DATA = "stranded_data"
    """A data phase stops half-way; nothing more is answered on that connection, and nothing is closed."""

    WRONG_TRANSACTION = "wrong_transaction"
    """Responses carry the number of another transaction."""

    HALF_OPEN = "half_open"
    """No answer, nothing closed, and no new connection taken."""


class Start(StrEnum):
    """From when on: at once, with the n-th viewfinder frame from now, or with the n-th capture from now."""

    NOW = "now"
    FRAME = "frame"
    CAPTURE = "capture"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; ``seconds`` ``None``: until it is cleared; ``number`` counts frames or captures from 1."""

    name: FaultName
    start: Start = Start.NOW
    number: int = 1
    seconds: float | None = None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """A fault as the command line has it: ``NAME[:now|frame=N|capture=N[:SECONDS]]``.

        Raises ``BadInput`` that says what is taken.
        """
        name, _, rest = text.partition(":")
        start, _, seconds = rest.partition(":")
        kind, _, number = (start or "now").partition("=")
        return cls.build(name, kind, number or "1", seconds or None)

    @classmethod
    def build(cls, name: str, start: str = "now", number: str | int = 1, seconds: str | float | None = None) -> Fault:
        """A fault from loose values. Raises ``BadInput`` naming the one that is wrong."""
        names, starts = tuple(FaultName), tuple(Start)
        if name not in names:
            raise BadInput(f"no fault named {name!r}; there is {', '.join(names)}", field="fault", choices=names)
        if start not in starts:
            raise BadInput(f"a fault starts {', '.join(starts)}, not {start!r}", field="start", choices=starts)
        try:
            count = int(number)
            length = None if seconds is None else float(seconds)
        except ValueError as error:
            raise BadInput(f"a fault's numbers cannot be read: {error}", field="fault") from error
        if count < 1 or (length is not None and not 0 < length < math.inf):
            raise BadInput("a fault's count begins at 1, and its length is above 0 seconds", field="fault")
        return cls(FaultName(name), Start(start), count, length)


class Faults:
    """Which faults are on."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []
        self._active: dict[FaultName, float | None] = {}

    def arm(self, fault: Fault, now: float) -> None:
        """Have a fault begin now, or with the frame or capture that it names."""
        if fault.start is Start.NOW:
            self._begin(fault, now)
        else:
            self._waiting.append((fault, fault.number))

    def clear(self, name: FaultName | None = None) -> None:
        """End a fault, begun or waiting; ``None``: all of them."""
        self._waiting = [(fault, left) for fault, left in self._waiting if name is not None and fault.name != name]
        self._active = {active: until for active, until in self._active.items() if name is not None and active != name}

    def count(self, start: Start, now: float) -> None:
        """A frame or a capture comes: faults that waited for it begin."""
        waiting = [(fault, left - (fault.start is start)) for fault, left in self._waiting]
        self._waiting = [(fault, left) for fault, left in waiting if left > 0]
        for fault, left in waiting:
            if left == 0:
                self._begin(fault, now)

    def active(self, name: FaultName, now: float) -> bool:
        """Whether a fault is on."""
        if name not in self._active:
            return False
        until = self._active[name]
        return until is None or now < until

    def next_end(self, now: float) -> float | None:
        """When the next fault ends by itself; ``None``: none does."""
        return min((until for until in self._active.values() if until is not None and until > now), default=None)

    def names(self, now: float) -> list[str]:
        """The faults that are on."""
        return sorted(name for name in self._active if self.active(name, now))

    def _begin(self, fault: Fault, now: float) -> None:
        self._active[fault.name] = None if fault.seconds is None else now + fault.seconds
