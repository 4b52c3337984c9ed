"""The inside of the simulated camera: what a body does in time. No I/O; every call is told the time.

Times are seconds of CLOCK_MONOTONIC. Durations of the body's own (mirror, exposure, settling, writing, focusing) are
divided by ``speed``; frames keep their rate.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.agenda import Agenda
from photonic.simulator.card import CARD_STORAGE, Store
from photonic.simulator.dials import Dials
from photonic.simulator.faults import FaultName, Faults, Start
from photonic.simulator.happenings import Focused, Happening
from photonic.simulator.properties import CARD, VIEWFINDER_TO_PC, battery_code, factory_settings
from photonic.simulator.shutter import Shot, Shutter
from photonic.simulator.viewfinder import Viewfinder

if TYPE_CHECKING:
    from photonic.simulator.darkroom import Darkroom
    from photonic.simulator.journal import Journal

FOCUS_SECONDS = 0.12
BATTERY_PER_SHOT = 0.1
BATTERY_PER_FRAME = 0.0005
"""Percent: a battery lasts for a thousand photos, or two hours of live view at 30 frames a second."""

RAM_SLOTS = 8
MOST_SHOTS = 9999


@dataclass(frozen=True, slots=True)
class BodySettings:
    """What kind of body it is. Seconds as without ``speed``; ``card_bytes`` ``None``: no card is in."""

    serial: str
    model: str
    fps: float = 30.0
    speed: float = 1.0
    settle_seconds: float = 0.3
    viewfinder_start_seconds: float = 0.3
    card_bytes: int | None = 32 * 10**9
    battery_percent: float = 100.0
    power_off_seconds: int = 0
    lens: str = "EF50mm f/1.8 STM"


class Busy(Exception):  # an answer of the body, caught by its vendor's operations
    """The body cannot do that now: a shot is under way, or its RAM is full."""


class Full(Exception):
    """The card takes no more photos."""


class Body:
    """One camera body. What it tells by itself collects in ``happenings``."""

    def __init__(self, settings: BodySettings, darkroom: Darkroom, journal: Journal, faults: Faults) -> None:
        self._settings = settings
        self._darkroom = darkroom
        self._journal = journal
        self._agenda = Agenda()
        self._shot_bytes = 12_000_000
        self._pc_shots = 0
        self._active_at = 0.0
        self.faults = faults
        self.viewfinder = Viewfinder(settings.fps)
        self.store = Store(settings.card_bytes, RAM_SLOTS, datetime(2026, 1, 1))  # noqa: DTZ001  as cameras write it
        self.battery_percent = settings.battery_percent
        self.happenings: deque[Happening] = deque(maxlen=10_000)
        self.dials = Dials(
            factory_settings(
                serial=settings.serial, lens=settings.lens, has_card=self.store.has_card, card_storage=CARD_STORAGE
            ),
            self.happenings,
        )
        self._shutter = Shutter(
            dials=self.dials,
            store=self.store,
            viewfinder=self.viewfinder,
            agenda=self._agenda,
            darkroom=darkroom,
            journal=journal,
            happenings=self.happenings,
            speed=settings.speed,
            settle_seconds=settings.settle_seconds,
            taken=self._taken,
            written=self._count_shots,
        )
        self.dials.preset(P.AUTO_POWER_OFF, settings.power_off_seconds)
        self.dials.preset(P.BATTERY, battery_code(self.battery_percent))
        self.dials.preset(P.AVAILABLE_SHOTS, self.available_shots)

    # Time.

    @property
    def next_time(self) -> float | None:
        """When something happens by itself; ``None``: nothing is going to."""
        return self._agenda.next_time

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        shooting = self._shutter.busy
        self._agenda.advance(now)
        if shooting:
            # No camera switches itself off in the middle of a shot.
            self.keep_awake(now)

    def keep_awake(self, now: float) -> None:
        """Somebody uses the camera."""
        self._active_at = now

    def asleep(self, now: float) -> bool:
        """Whether the camera has switched itself off; pressing its button wakes it."""
        limit = self._power_off_seconds
        return limit > 0 and now - self._active_at >= limit

    def off(self, now: float) -> bool:
        """Whether the camera cannot be reached: asleep, or its battery is empty."""
        return self.battery_percent <= 0 or self.asleep(now)

    def sleeps_at(self, now: float) -> float | None:
        """When the camera switches itself off if nobody uses it; ``None``: never, or it has."""
        limit = self._power_off_seconds
        return self._active_at + limit if limit > 0 and not self.asleep(now) else None

    @property
    def _power_off_seconds(self) -> float:
        return self.dials.number(P.AUTO_POWER_OFF) / self._settings.speed

    # Settings.

    @property
    def available_shots(self) -> int:
        """Photos that still fit where they go."""
        if self._to_card:
            return min(MOST_SHOTS, self.store.free_bytes // self._shot_bytes)
        return min(self._pc_shots, MOST_SHOTS) if self.store.free_slots > 0 else 0

    def set(self, code: int, data: bytes, now: float) -> None:
        """Give a property the value that a client sent. Raises ``BadInput``, ``Busy``; nothing is changed then."""
        value = self.dials.read(code, data)
        if self._shutter.busy:
            raise Busy
        self.dials.turn(code, value)
        self._journal.write(now, "set", property=code, value=str(value))
        if code == P.VIEWFINDER_OUTPUT:
            self._switch_viewfinder(now, on=bool(self.dials.number(code) & VIEWFINDER_TO_PC))
        if code == P.CAPTURE_DESTINATION:
            self._count_shots()

    def announce_capacity(self, shots: int) -> None:
        """The client says how many photos it can take."""
        self._pc_shots = shots
        self._count_shots()

    def charge(self, percent: float) -> None:
        """Set the battery's charge, 0 to 100."""
        self.battery_percent = max(0.0, min(100.0, percent))
        self.dials.turn(P.BATTERY, battery_code(self.battery_percent))

    # Live view.

    def end_viewfinder(self, now: float) -> None:
        """Live view off."""
        self.dials.turn(P.VIEWFINDER_OUTPUT, 0)
        self._switch_viewfinder(now, on=False)

    def frame(self, now: float) -> bytes:
        """The viewfinder's picture of now; for a viewfinder that is ready."""
        self.faults.count(Start.FRAME, now)
        counter = self.viewfinder.show(now)
        self.charge(self.battery_percent - BATTERY_PER_FRAME)
        self._journal.write(now, "frame", counter=counter)
        return self._darkroom.frame(counter, now, self.dials.exposure)

    # The shutter button.

    @property
    def focus_seconds(self) -> float:
        """How long a half press takes."""
        if self.dials.manual_focus:
            return 0.0
        return FOCUS_SECONDS / self._settings.speed

    def focus(self, now: float) -> bool:
        """A half press has ended; whether the picture is sharp."""
        if self.dials.manual_focus:
            return True
        self.faults.count(Start.CAPTURE, now)
        sharp = not self.faults.active(FaultName.AUTOFOCUS_FAILURE, now)
        self._journal.write(now, "focused", sharp=sharp)
        self.happenings.append(Focused(sharp))
        return sharp

    def press(self, now: float, source: str) -> None:
        """Press the shutter button fully. Raises ``BadInput`` with an empty battery, ``Busy`` and ``Full``; nothing is
        exposed then."""
        if self.battery_percent <= 0:
            raise BadInput("the battery is empty")
        self.keep_awake(now)
        if self._shutter.busy or (not self._to_card and self.store.free_slots <= 0):
            raise Busy
        if self.available_shots <= 0 and (self._to_card or source == "button"):
            raise Full
        if self.dials.manual_focus or source == "button":
            self.faults.count(Start.CAPTURE, now)
        self._shutter.press(Shot(source, None if self._to_card else self._shutter.session), now)

    def release(self, now: float) -> None:
        """Let go of the shutter button: ends a bulb exposure."""
        self._shutter.release(now)

    def transferred(self, handle: int, now: float) -> bool:
        """The client has a photo of the RAM: forget it. Whether it was there."""
        stored = self.store.get(handle)
        if stored is None or stored.storage:
            return False
        self._journal.write(now, "released", name=stored.photo.name, handle=handle)
        self.store.remove(handle)
        self._count_shots()
        return True

    def delete(self, handle: int, now: float) -> bool:
        """Delete an object; whether it was there."""
        stored = self.store.get(handle)
        if stored is None or not self.store.remove(handle):
            return False
        self._journal.write(now, "deleted", name=stored.photo.name, handle=handle)
        self._count_shots()
        return True

    def connected(self, now: float) -> None:
        """A session has begun."""
        self._journal.write(now, "session_opened")

    def disconnected(self, now: float) -> None:
        """The session has ended: live view off, photos in the RAM gone, those still being written there as well."""
        lost = self.store.forget_ram()
        self._pc_shots = 0
        if self.store.has_card:
            self.dials.preset(P.CAPTURE_DESTINATION, CARD)
        self._journal.write(now, "session_ended", lost_in_ram=lost)
        self.viewfinder.switch_off()
        self.dials.preset(P.VIEWFINDER_OUTPUT, 0)
        self.dials.preset(P.VIEWFINDER_MODE, 0)
        self._shutter.abandon(now)
        self._count_shots()
        # Nobody is there to be told.
        self.happenings.clear()

    def _taken(self, size_bytes: int) -> None:
        self.charge(self.battery_percent - BATTERY_PER_SHOT)
        self._shot_bytes = max(size_bytes, 1)

    # Small parts.

    @property
    def _to_card(self) -> bool:
        return self.dials.wants_card and self.store.has_card

    def _count_shots(self) -> None:
        self.dials.turn(P.AVAILABLE_SHOTS, self.available_shots)

    def _switch_viewfinder(self, now: float, *, on: bool) -> None:
        if on == self.viewfinder.on:
            return
        self._journal.write(now, "viewfinder", on=on)
        if on:
            self.viewfinder.switch_on(now + self._settings.viewfinder_start_seconds / self._settings.speed)
        else:
            self.viewfinder.switch_off()
