"""The inside of the simulated camera: what a body does in time. No I/O; every call is told the time.

Times are seconds of CLOCK_MONOTONIC. Durations of the body's own (mirror, exposure, settling, writing, focusing) are
divided by ``speed``; frames keep their rate.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.agenda import Agenda
from photonic.simulator.card import CARD_STORAGE, Store
from photonic.simulator.dials import Dials
from photonic.simulator.faults import FaultName, Faults, Start
from photonic.simulator.happenings import Added, Focused, Happening, Status
from photonic.simulator.properties import CARD, VIEWFINDER_TO_PC, battery_code, factory_settings
from photonic.simulator.viewfinder import Viewfinder

if TYPE_CHECKING:
    from photonic.simulator.card import Photo
    from photonic.simulator.darkroom import Darkroom, Exposure
    from photonic.simulator.journal import Journal

MIRROR_SECONDS = 0.05
FOCUS_SECONDS = 0.12
WRITE_SECONDS = 0.05
WRITE_BYTES_PER_SECOND = 90e6
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
        self._busy = False
        self._bulb_since: float | None = None
        self._photo_bytes = 12_000_000
        self._pc_shots = 0
        self._shots = 0
        self._session = 0
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
        self._agenda.advance(now)

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
            return min(MOST_SHOTS, self.store.free_bytes // self._photo_bytes)
        return min(self._pc_shots, MOST_SHOTS) if self.store.free_slots > 0 else 0

    def set(self, code: int, data: bytes, now: float) -> None:
        """Give a property the value that a client sent. Raises ``BadInput``, ``Busy``; nothing is changed then."""
        value = self.dials.read(code, data)
        if self._busy:
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
        """Press the shutter button fully. Raises ``Busy`` and ``Full``; nothing is exposed then."""
        self.keep_awake(now)
        if self._busy or (not self._to_card and self.store.free_slots <= 0):
            raise Busy
        if self.available_shots <= 0 and (self._to_card or source == "button"):
            raise Full
        if self.dials.manual_focus or source == "button":
            self.faults.count(Start.CAPTURE, now)
        self._busy = True
        self.happenings.append(Status(busy=True))
        self._journal.write(now, "pressed", source=source)
        if self.dials.timer_seconds:
            released_at = now + self.dials.timer_seconds / self._settings.speed
            self._agenda.put(released_at, partial(self._mirror_up, source))
        else:
            self._mirror_up(source, now)

    def release(self, now: float) -> None:
        """Let go of the shutter button: ends a bulb exposure."""
        if self._bulb_since is not None:
            begins, self._bulb_since = self._bulb_since, None
            seconds = max(0.0, now - begins) * self._settings.speed
            self._expose(begins, replace(self.dials.exposure, seconds=seconds), "client")

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
        self._session += 1
        self._journal.write(now, "session_opened")

    def disconnected(self, now: float) -> None:
        """The session has ended: live view off, photos in the RAM gone, those still being written there as well."""
        self._session += 1
        lost = self.store.forget_ram()
        self._pc_shots = 0
        if self.store.has_card:
            self.dials.preset(P.CAPTURE_DESTINATION, CARD)
        self._journal.write(now, "session_ended", lost_in_ram=lost)
        self.viewfinder.switch_off()
        self.dials.preset(P.VIEWFINDER_OUTPUT, 0)
        self.dials.preset(P.VIEWFINDER_MODE, 0)
        if self._bulb_since is not None:
            self._bulb_since = None
            self._all_written(now)
        self.happenings.clear()
        self._count_shots()

    def _mirror_up(self, source: str, now: float) -> None:
        begins = now + MIRROR_SECONDS / self._settings.speed
        if self.dials.bulb:
            self._bulb_since = begins
            self._darken(float("inf"))
            return
        self._expose(begins, self.dials.exposure, source)

    def _expose(self, begins: float, exposure: Exposure, source: str) -> None:
        ends = begins + exposure.seconds / self._settings.speed
        self._darken(ends + self._settings.settle_seconds / self._settings.speed)
        self._agenda.put(ends, partial(self._exposed, begins, exposure, source))

    def _exposed(self, begins: float, exposure: Exposure, source: str, now: float) -> None:
        self._shots += 1
        to_card = self._to_card
        photos = self._darkroom.develop(self.dials.image_format, self._shots, now, exposure)
        self._journal.write(
            now,
            "exposed",
            counter=self._shots,
            began_us=int(begins * 1e6),
            shutter_seconds=exposure.seconds,
            files=[photo.name for photo in photos],
            source=source,
        )
        self.charge(self.battery_percent - BATTERY_PER_SHOT)
        at = now
        for photo in photos:
            at += (WRITE_SECONDS + photo.size_bytes / WRITE_BYTES_PER_SECOND) / self._settings.speed
            self._agenda.put(at, partial(self._written, photo, None if to_card else self._session))
        self._agenda.put(at, self._all_written)

    def _written(self, photo: Photo, session: int | None, now: float) -> None:
        """A file is written; ``session`` is whose RAM photo it is, ``None`` for the card."""
        if session not in {None, self._session}:
            self._journal.write(now, "lost", name=photo.name)
            return
        stored = self.store.add(photo, to_card=session is None)
        self._photo_bytes = max(photo.size_bytes, 1)
        self._journal.write(
            now, "added", name=photo.name, handle=stored.handle, storage=stored.storage, size_bytes=photo.size_bytes
        )
        self.happenings.append(Added(stored))

    def _all_written(self, now: float) -> None:
        self._busy = False
        self._journal.write(now, "written")
        self._count_shots()
        self.happenings.append(Status(busy=False))

    # Small parts.

    @property
    def _to_card(self) -> bool:
        return self.dials.wants_card and self.store.has_card

    def _count_shots(self) -> None:
        self.dials.turn(P.AVAILABLE_SHOTS, self.available_shots)

    def _darken(self, until: float) -> None:
        if self.viewfinder.on:
            self.viewfinder.darken(until)

    def _switch_viewfinder(self, now: float, *, on: bool) -> None:
        if on == self.viewfinder.on:
            return
        self._journal.write(now, "viewfinder", on=on)
        if on:
            self.viewfinder.switch_on(now + self._settings.viewfinder_start_seconds / self._settings.speed)
        else:
            self.viewfinder.switch_off()
