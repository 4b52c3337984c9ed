"""The inside of the simulated camera: what a body does in time. No I/O; every call is told the time.

Times are seconds of CLOCK_MONOTONIC. Durations of the body's own (mirror, exposure, settling, writing, focusing) are
divided by ``speed``; frames keep their rate.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.agenda import Agenda
from photonic.simulator.card import CARD_STORAGE, Store
from photonic.simulator.darkroom import Exposure
from photonic.simulator.faults import FaultName, Faults, Start
from photonic.simulator.happenings import Added, Focused, Happening, PropertyChanged, Status
from photonic.simulator.properties import (
    BULB,
    CARD,
    F_NUMBERS,
    ISOS,
    MANUAL_FOCUS,
    SHUTTER_SECONDS,
    VIEWFINDER_TO_PC,
    ImageFormat,
    Property,
    battery_code,
    factory_settings,
)
from photonic.simulator.viewfinder import Viewfinder

if TYPE_CHECKING:
    from photonic.simulator.card import Photo
    from photonic.simulator.darkroom import Darkroom
    from photonic.simulator.journal import Journal

MIRROR_SECONDS = 0.05
FOCUS_SECONDS = 0.12
WRITE_SECONDS = 0.05
WRITE_BYTES_PER_SECOND = 90e6
BATTERY_PER_SHOT = 0.02
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
        self._active_at = 0.0
        self.faults = faults
        self.viewfinder = Viewfinder(settings.fps)
        self.store = Store(settings.card_bytes, RAM_SLOTS, datetime(2026, 1, 1))  # noqa: DTZ001  as cameras write it
        self.battery_percent = settings.battery_percent
        self.happenings: deque[Happening] = deque(maxlen=10_000)
        self.properties: dict[int, Property] = factory_settings(
            serial=settings.serial, lens=settings.lens, has_card=self.store.has_card, card_storage=CARD_STORAGE
        )
        self._keep(P.AUTO_POWER_OFF, settings.power_off_seconds)
        self._keep(P.BATTERY, battery_code(self.battery_percent))
        self._keep(P.AVAILABLE_SHOTS, self.available_shots)

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

    def sleeps_at(self, now: float) -> float | None:
        """When the camera switches itself off if nobody uses it; ``None``: never, or it has."""
        limit = self._power_off_seconds
        return self._active_at + limit if limit > 0 and not self.asleep(now) else None

    @property
    def _power_off_seconds(self) -> float:
        return self._number(P.AUTO_POWER_OFF) / self._settings.speed

    # Settings.

    @property
    def exposure(self) -> Exposure:
        """The exposure settings in force; bulb counts as 0 seconds."""
        return Exposure(
            SHUTTER_SECONDS.get(self._number(P.SHUTTER), 0.0), F_NUMBERS[self._number(P.APERTURE)],
            ISOS[self._number(P.ISO)],
        )  # fmt: skip

    @property
    def available_shots(self) -> int:
        """Photos that still fit where they go."""
        if self._to_card:
            return min(MOST_SHOTS, self.store.free_bytes // self._photo_bytes)
        return min(self._pc_shots, MOST_SHOTS) if self.store.free_slots > 0 else 0

    def set(self, code: int, data: bytes, now: float) -> None:
        """Give a property the value that a client sent. Raises ``BadInput``, ``Busy``; nothing is changed then."""
        known = self.properties.get(code)
        if known is None or not known.choices:
            raise BadInput(f"property {code:#06x} cannot be set")
        value = known.unpack(data)
        if self._busy:
            raise Busy
        self._change(code, value)
        self._journal.write(now, "set", property=code, value=str(value))
        if code == P.VIEWFINDER_OUTPUT:
            self._switch_viewfinder(now, on=bool(self._number(code) & VIEWFINDER_TO_PC))
        if code == P.CAPTURE_DESTINATION:
            self._count_shots()

    def announce_capacity(self, shots: int) -> None:
        """The client says how many photos it can take."""
        self._pc_shots = shots
        self._count_shots()

    def charge(self, percent: float) -> None:
        """Set the battery's charge, 0 to 100."""
        self.battery_percent = max(0.0, min(100.0, percent))
        self._change(P.BATTERY, battery_code(self.battery_percent))

    # Live view.

    def end_viewfinder(self, now: float) -> None:
        """Live view off."""
        self._change(P.VIEWFINDER_OUTPUT, 0)
        self._switch_viewfinder(now, on=False)

    def frame(self, now: float) -> bytes:
        """The viewfinder's picture of now; for a viewfinder that is ready."""
        self.faults.count(Start.FRAME, now)
        counter = self.viewfinder.show(now)
        self._journal.write(now, "frame", counter=counter)
        return self._darkroom.frame(counter, now, self.exposure)

    # The shutter button.

    @property
    def focus_seconds(self) -> float:
        """How long a half press takes."""
        if self._number(P.FOCUS_MODE) == MANUAL_FOCUS:
            return 0.0
        return FOCUS_SECONDS / self._settings.speed

    def focus(self, now: float) -> bool:
        """A half press has ended; whether the picture is sharp."""
        if self._number(P.FOCUS_MODE) == MANUAL_FOCUS:
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
        if self._number(P.FOCUS_MODE) == MANUAL_FOCUS or source == "button":
            self.faults.count(Start.CAPTURE, now)
        self._busy = True
        self.happenings.append(Status(busy=True))
        self._journal.write(now, "pressed", source=source)
        begins = now + MIRROR_SECONDS / self._settings.speed
        if self._number(P.SHUTTER) == BULB:
            self._bulb_since = begins
            self._darken(float("inf"))
            return
        self._expose(begins, self.exposure.seconds / self._settings.speed, source)

    def release(self, now: float) -> None:
        """Let go of the shutter button: ends a bulb exposure."""
        if self._bulb_since is not None:
            begins, self._bulb_since = self._bulb_since, None
            self._expose(begins, max(0.0, now - begins), "client")

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

    def disconnected(self, now: float) -> None:
        """The session has ended: live view off, photos in the RAM gone."""
        lost = self.store.forget_ram()
        self._journal.write(now, "session_ended", lost_in_ram=lost)
        self.viewfinder.switch_off()
        self._keep(P.VIEWFINDER_OUTPUT, 0)
        self._keep(P.VIEWFINDER_MODE, 0)
        if self._bulb_since is not None:
            self._bulb_since = None
            self._all_written(now)
        self.happenings.clear()
        self._count_shots()

    def _expose(self, begins: float, seconds: float, source: str) -> None:
        ends = begins + seconds
        self._darken(ends + self._settings.settle_seconds / self._settings.speed)
        self._agenda.put(ends, lambda now: self._exposed(now, begins, source))

    def _exposed(self, now: float, begins: float, source: str) -> None:
        self._shots += 1
        image_format = self.properties[P.IMAGE_FORMAT].value
        if not isinstance(image_format, ImageFormat):
            raise TypeError(f"the image format is {image_format!r}")
        to_card = self._to_card
        photos = self._darkroom.develop(image_format, self._shots, now, self.exposure)
        self._journal.write(
            now,
            "exposed",
            counter=self._shots,
            began_us=int(begins * 1e6),
            shutter_seconds=self.exposure.seconds,
            files=[photo.name for photo in photos],
            source=source,
        )
        self.charge(self.battery_percent - BATTERY_PER_SHOT)
        at = now
        for photo in photos:
            at += (WRITE_SECONDS + photo.size_bytes / WRITE_BYTES_PER_SECOND) / self._settings.speed
            self._agenda.put(at, lambda then, photo=photo: self._written(photo, then, to_card=to_card))
        self._agenda.put(at, self._all_written)

    def _written(self, photo: Photo, now: float, *, to_card: bool) -> None:
        stored = self.store.add(photo, to_card=to_card)
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
        return self._number(P.CAPTURE_DESTINATION) == CARD and self.store.has_card

    def _number(self, code: int) -> int:
        value = self.properties[code].value
        if not isinstance(value, int):
            raise TypeError(f"property {code:#06x} is {value!r}")
        return value

    def _keep(self, code: int, value: int | ImageFormat) -> None:
        self.properties[code] = replace(self.properties[code], value=value)

    def _change(self, code: int, value: int | ImageFormat) -> None:
        if self.properties[code].value != value:
            self._keep(code, value)
            self.happenings.append(PropertyChanged(code))

    def _count_shots(self) -> None:
        self._change(P.AVAILABLE_SHOTS, self.available_shots)

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
