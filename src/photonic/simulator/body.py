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

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body_events import BodyEvent, Focused
from photonic.simulator.card import CARD_STORAGE, SecondCard, Store
from photonic.simulator.dials import Dials
from photonic.simulator.faults import FaultName, Faults, FaultStart
from photonic.simulator.lens import Lens
from photonic.simulator.properties import (
    CARD,
    RAM,
    VIEWFINDER_TO_PC,
    ImageFormat,
    battery_code,
    factory_settings,
)
from photonic.simulator.refusals import Busy, CardLocked, TooHot
from photonic.simulator.reluctance import Reluctance
from photonic.simulator.room import Room
from photonic.simulator.scheduler import Scheduler
from photonic.simulator.shutter import RENDER_SECONDS, Shutter, ShutterPress
from photonic.simulator.viewfinder import Viewfinder

if TYPE_CHECKING:
    from photonic.simulator.journal import Journal
    from photonic.simulator.renderer import Renderer

FOCUS_SECONDS = 0.12
BATTERY_PER_SHOT = 0.1
BATTERY_PER_FRAME = 0.0005
"""Percent: a battery lasts for a thousand photos, or two hours of live view at 30 frames a second."""

RAM_SLOTS = 8
ODD_ENDING = " Größe \ud83d"
"""A UTF-16 unit that stands for a letter only together with a second one."""

FIRST_FILE_PUT = 9_000_000
"""Counters of photos that a computer has put on the card: no body gets that far, not in a soak of a week."""

MADE_AT = datetime(2026, 1, 1)  # noqa: DTZ001  as cameras write it


@dataclass(frozen=True, slots=True)
class BodySettings:
    """What kind of body it is. Seconds as without ``speed``; ``card_bytes`` ``None``: no card is in.

    ``continuous_frames``: exposures of one release in continuous drive; ``bracket_frames``: those of the body's own
    bracket, which continuous drive and the self-timers take with one release (1: it is off).
    """

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
    focal_length_mm: float = 50.0
    folder: str = "100CANON"
    card_label: str = "EOS_DIGITAL"
    second_card: SecondCard | None = None
    continuous_frames: int = 4
    bracket_frames: int = 1


class Body:
    """One camera body. What it tells by itself collects in ``body_events``."""

    def __init__(self, settings: BodySettings, renderer: Renderer, journal: Journal, faults: Faults) -> None:
        self._settings = settings
        self._renderer = renderer
        self._journal = journal
        self.scheduler = Scheduler()
        self._active_at = 0.0
        self._capture_counted = False
        self._files_put = 0
        self.faults = faults
        self.reluctance = Reluctance(faults, journal)
        self.viewfinder, self.lens = Viewfinder(settings.fps), Lens()
        self.store = Store(
            settings.card_bytes,
            RAM_SLOTS,
            MADE_AT,
            folder=settings.folder,
            label=settings.card_label,
            second=settings.second_card,
        )
        self.battery_percent = settings.battery_percent
        self.body_events: deque[BodyEvent] = deque(maxlen=10_000)
        self.dials = Dials(
            factory_settings(
                serial=settings.serial, lens=settings.lens, has_card=self.store.has_card, card_storage=CARD_STORAGE
            ),
            self.body_events,
        )
        self.room = Room(self.dials, self.store)
        self._shutter = Shutter(
            dials=self.dials,
            store=self.store,
            viewfinder=self.viewfinder,
            lens=self.lens,
            scheduler=self.scheduler,
            renderer=renderer,
            journal=journal,
            body_events=self.body_events,
            faults=faults,
            speed=settings.speed,
            settle_seconds=settings.settle_seconds,
            taken=self._taken,
            written=self.room.count,
        )
        self.dials.preset(P.AUTO_POWER_OFF, settings.power_off_seconds)
        self.dials.preset(P.BATTERY, battery_code(self.battery_percent))
        self.dials.preset(P.AVAILABLE_SHOTS, self.room.shots)

    # Time.

    @property
    def next_time(self) -> float | None:
        """When something happens by itself; ``None``: nothing is going to."""
        return min((at for at in (self.scheduler.next_time, self.faults.next_time) if at is not None), default=None)

    def advance(self, now: float) -> None:
        """Let everything happen that is due, in the order of its times."""
        shooting = self._shutter.busy
        while (at := self.next_time) is not None and at <= now:
            self.faults.advance(at)
            self.scheduler.advance(at)
        if shooting:
            # No camera switches itself off in the middle of a shot.
            self.keep_awake(now)

    def keep_awake(self, now: float) -> None:
        """Somebody uses the camera."""
        self._active_at = now

    def asleep(self, now: float) -> bool:
        """Whether the camera has switched itself off; pressing its button wakes it."""
        limit = self._power_off_seconds
        return self.faults.active(FaultName.SLEEP, now) or (limit > 0 and now - self._active_at >= limit)

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

    def set(self, code: int, data: bytes, now: float) -> None:
        """Give a property the value that a client sent. Raises ``BadInput``, ``Busy``, ``TooHot``, nothing changed."""
        value = self.dials.read(code, data)
        if self._shutter.busy:
            raise Busy
        to_pc = code == P.VIEWFINDER_OUTPUT and isinstance(value, int) and bool(value & VIEWFINDER_TO_PC)
        if to_pc and self.faults.active(FaultName.HEAT, now):
            raise TooHot
        self.dials.turn(code, value)
        self._journal.write(now, "set", property=code, value=str(value))
        if code == P.VIEWFINDER_OUTPUT:
            self._switch_viewfinder(now, on=to_pc)
        if code == P.CAPTURE_DESTINATION:
            self.room.count()

    def announce_capacity(self, shots: int) -> None:
        """The client says how many photos it can take."""
        self.room.pc_shots = shots
        self.room.count()

    def charge(self, percent: float) -> None:
        """Set the battery's charge, 0 to 100."""
        self.battery_percent = max(0.0, min(100.0, percent))
        self.dials.turn(P.BATTERY, battery_code(self.battery_percent))

    # Live view.

    def end_viewfinder(self, now: float) -> None:
        """Live view off."""
        self.dials.turn(P.VIEWFINDER_OUTPUT, 0)
        self._switch_viewfinder(now, on=False)

    def viewfinder_ready(self, now: float) -> bool:
        """Whether frames flow."""
        return self.viewfinder.ready(now) and self.faults.strike(FaultName.VIEWFINDER_NOT_READY, now) is None

    def frame(self, now: float) -> bytes | None:
        """The viewfinder's picture of now; ``None``: there is none after all. For a viewfinder that is ready."""
        self.faults.count(FaultStart.FRAME, now)
        # What begins with this frame strikes this frame.
        if not self.viewfinder_ready(now):
            return None
        counter = self.viewfinder.show(now)
        self.charge(self.battery_percent - BATTERY_PER_FRAME)
        self._journal.write(now, "frame", counter=counter)
        return self._renderer.frame(counter, now, self.dials.exposure, self.viewfinder.view(self.dials.closed_stops))

    # The shutter button.

    @property
    def busy(self) -> bool:
        """Whether a shot is under way."""
        return self._shutter.busy

    @property
    def button_shot_ends(self) -> float | None:
        """When to look again whether a shot of the body's own button is over; ``None``: none is under way."""
        return self.scheduler.next_time if self._shutter.busy and self._shutter.source == "button" else None

    def half_press(self, now: float, *, capture: bool = True) -> float:
        """Press the shutter button half, for a ``capture`` or only to focus; when the lens will have found its focus,
        or not."""
        self._journal.write(now, "half_press")
        if capture:
            self._count_capture(now)
            self._capture_counted = True
        if self.dials.manual_focus:
            return now
        slow = self.faults.strike(FaultName.SLOW_AUTOFOCUS, now)
        return now + FOCUS_SECONDS / self._settings.speed + (slow.strength if slow else 0.0)

    def focus(self, now: float) -> bool:
        """A half press has ended; whether the picture is sharp."""
        if self.dials.manual_focus:
            return True
        sharp = self.faults.strike(FaultName.AUTOFOCUS_FAILURE, now) is None
        self._journal.write(now, "focused", sharp=sharp)
        self.body_events.append(Focused(sharp))
        return sharp

    def press(self, now: float, source: str, *, counts: bool = True) -> None:
        """Press the shutter button fully; ``counts`` as a capture where no half press has.

        Raises ``BadInput`` with an empty battery, and what ``Room.check`` raises; nothing is exposed then.
        """
        if self.battery_percent <= 0:
            raise BadInput("the battery is empty")
        if source == "button":
            self.faults.end(FaultName.SLEEP, now, "woken")
        self.keep_awake(now)
        counted = source == "client" and self._capture_counted
        if counts and not counted:
            self._count_capture(now)
        if self._shutter.busy:
            raise Busy
        if source == "client" and self.faults.strike(FaultName.BUSY_SHOT, now) is not None:
            self._journal.write(now, "press_refused", source=source, reason=FaultName.BUSY_SHOT)
            raise Busy
        self.room.check(source)
        session = None if self.room.to_card else self._shutter.session
        bracketed = self._settings.bracket_frames > 1
        self._shutter.press(ShutterPress(source, session, self._frames_of_a_release, bracketed), now)

    @property
    def _frames_of_a_release(self) -> int:
        """How many photos a release takes; fewer where they do not fit the RAM."""
        bracket, continuous = self._settings.bracket_frames, self.dials.continuous
        if self.dials.bulb or not (continuous or self.dials.timer_seconds):
            return 1
        frames = self._settings.continuous_frames if continuous and bracket == 1 else bracket
        if self.room.to_card:
            return frames
        return max(1, min(frames, self.store.free_slots // len(self.dials.image_format.value)))

    def release(self, now: float) -> None:
        """Let go of the shutter button: ends a bulb exposure."""
        self._capture_counted = False
        self._shutter.release(now)

    def transferred(self, handle: int, now: float) -> bool:
        """The client has a photo of the RAM: forget it. Whether it was there."""
        stored = self.store.get(handle)
        if stored is None or stored.storage:
            return False
        self._journal.write(now, "released", name=stored.photo.name, handle=handle)
        self.store.remove(handle)
        self.room.count()
        return True

    def delete(self, handle: int, now: float) -> bool:
        """Delete an object; whether it was there. Raises ``CardLocked``."""
        stored = self.store.get(handle)
        if stored is not None and stored.storage and self.store.card_locked:
            raise CardLocked
        if stored is None or not self.store.remove(handle):
            return False
        self._journal.write(now, "deleted", name=stored.photo.name, handle=handle)
        self.room.count()
        return True

    def model_told(self, model: str, now: float) -> str:
        """The model's name as the camera tells it."""
        return model + ODD_ENDING if self.faults.active(FaultName.ODD_MODEL, now) else model

    def put_file(self, name: str, now: float) -> None:
        """A computer has put a photo on the card: it lies there, and nobody is told."""
        if not self._renderer.ready:
            self.scheduler.put(now + RENDER_SECONDS, partial(self.put_file, name))
            return
        self._files_put += 1
        counter = FIRST_FILE_PUT + self._files_put
        (photo,) = self._renderer.develop(ImageFormat.L, counter, now, self.dials.exposure)
        stored = self.store.add(replace(photo, name=name), to_card=True)
        facts = {"source": "computer", "files": [name], "counter": counter}
        self._journal.write(now, "exposed", began_us=int(now * 1e6), shutter_seconds=0.0, **facts)
        self._journal.write(
            now, "added", name=name, handle=stored.handle, storage=stored.storage, size_bytes=photo.size_bytes
        )
        self.room.count()

    def connected(self, now: float) -> None:
        """A session has begun."""
        self._journal.write(now, "session_opened")

    def disconnected(self, now: float) -> None:
        """The session has ended: live view off, photos in the RAM gone, those still being written there as well."""
        lost = self.store.forget_ram()
        for name in lost:
            self._journal.write(now, "lost", name=name, why="session_ended")
        self.room.pc_shots = 0
        self._capture_counted = False
        self.dials.preset(P.CAPTURE_DESTINATION, CARD if self.store.has_card else RAM)
        self._journal.write(now, "session_ended", lost_in_ram=len(lost))
        self.viewfinder.switch_off()
        self.dials.preset(P.VIEWFINDER_OUTPUT, 0)
        self.dials.preset(P.VIEWFINDER_MODE, 0)
        self.dials.preset(P.DEPTH_OF_FIELD_PREVIEW, 0)
        self._shutter.abandon(now)
        self.room.count()
        # Nobody is there to be told.
        self.body_events.clear()

    def _taken(self, size_bytes: int) -> None:
        self.charge(self.battery_percent - BATTERY_PER_SHOT)
        self.room.shot_bytes = max(size_bytes, 1)

    def _count_capture(self, now: float) -> None:
        self.faults.count(FaultStart.CAPTURE, now)
        # The button may be pressed with it.
        self.scheduler.advance(now)

    def _switch_viewfinder(self, now: float, *, on: bool) -> None:
        if on == self.viewfinder.on:
            return
        self._journal.write(now, "viewfinder", on=on)
        if on:
            self.faults.strike(FaultName.FRAMES_STOP, now)
            self.viewfinder.switch_on(now + self._settings.viewfinder_start_seconds / self._settings.speed)
        else:
            self.viewfinder.switch_off()
            self.dials.turn(P.DEPTH_OF_FIELD_PREVIEW, 0)
