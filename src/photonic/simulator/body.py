"""The simulated camera body and its behaviour over time. No I/O; every call receives the current time.

Theory of operation. The body is a single-threaded state machine; nothing in it waits. Everything that takes time
(mirror, exposure, writing, a fault's begin or end) is a call in ``scheduler`` or an entry in ``faults``, and
``advance`` runs all that are due, in time order, before an operation is carried out. So a client sees the same body no
matter how often it polls, and tests can move the clock freely.

These always hold: one shot at a time (``busy``); photos in the RAM are lost when their session ends; each exposure is
in the journal before any event of it, and is then either ``added`` or ``lost``; events collect in ``body_events`` until
the vendor's camera (``canon``, ``nikon``, ``generic``) fetches or sends them. The vendors' classes translate; the body
decides.

Times are seconds of CLOCK_MONOTONIC. The body's own durations (mirror, exposure, settling, writing, focusing) are
divided by ``speed``; the frame rate and the seconds of faults are not.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body_events import BodyEvent, Focused
from photonic.simulator.card import CARD_STORAGE, Store
from photonic.simulator.dials import Dials
from photonic.simulator.faults import FaultName, Faults, FaultStart
from photonic.simulator.lens import Lens
from photonic.simulator.operation_faults import OperationFaults
from photonic.simulator.power import BATTERY_PER_FRAME, BATTERY_PER_SHOT, Power
from photonic.simulator.properties import (
    CARD,
    RAM,
    VIEWFINDER_TO_PC,
    factory_settings,
)
from photonic.simulator.refusals import Busy, TooHot
from photonic.simulator.room import Room
from photonic.simulator.scheduler import Scheduler
from photonic.simulator.shutter import Shutter, ShutterPress
from photonic.simulator.stored_files import StoredFiles
from photonic.simulator.viewfinder import Viewfinder

if TYPE_CHECKING:
    from photonic.simulator.body_settings import BodySettings
    from photonic.simulator.journal import Journal
    from photonic.simulator.renderer import Renderer

FOCUS_SECONDS = 0.12
RAM_SLOTS = 8
ODD_ENDING = " Größe \ud83d"
"""Ends in a lone UTF-16 surrogate."""

MADE_AT = datetime(2026, 1, 1)  # noqa: DTZ001  as cameras write it


class Body:
    """One camera body. Events for its client collect in ``body_events``."""

    def __init__(self, settings: BodySettings, renderer: Renderer, journal: Journal, faults: Faults) -> None:
        self._settings = settings
        self._renderer = renderer
        self._journal = journal
        self.scheduler = Scheduler()
        self._capture_counted = False
        self.faults = faults
        self.operation_faults = OperationFaults(faults, journal)
        self.viewfinder, self.lens = Viewfinder(settings.fps), Lens()
        self.store = Store(
            settings.card_bytes,
            RAM_SLOTS,
            MADE_AT,
            folder=settings.folder,
            label=settings.card_label,
            second=settings.second_card,
        )
        self.body_events: deque[BodyEvent] = deque(maxlen=10_000)
        self.dials = Dials(
            factory_settings(
                serial=settings.serial, lens=settings.lens, has_card=self.store.has_card, card_storage=CARD_STORAGE
            ),
            self.body_events,
        )
        self.room = Room(self.dials, self.store)
        self.power = Power(
            self.dials,
            faults,
            battery_percent=settings.battery_percent,
            power_off_seconds=settings.power_off_seconds,
            speed=settings.speed,
        )
        self.files = StoredFiles(
            self.store,
            self.room,
            dials=self.dials,
            renderer=renderer,
            scheduler=self.scheduler,
            journal=journal,
        )
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
        self.dials.preset(P.AVAILABLE_SHOTS, self.room.shots)

    # Time.

    @property
    def next_time(self) -> float | None:
        """When the next scheduled call or fault is due; ``None``: nothing is scheduled."""
        return min((at for at in (self.scheduler.next_time, self.faults.next_time) if at is not None), default=None)

    def advance(self, now: float) -> None:
        """Run everything that is due, in time order."""
        shooting = self._shutter.busy
        while (at := self.next_time) is not None and at <= now:
            self.faults.advance(at)
            self.scheduler.advance(at)
        if shooting:
            # No camera switches itself off in the middle of a shot.
            self.power.keep_awake(now)

    # Settings.

    def set(self, code: int, data: bytes, now: float) -> None:
        """Set a property to a client's value. Raises ``BadInput``, ``Busy`` or ``TooHot`` and then changes nothing."""
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
        """Note how many photos the client has room for."""
        self.room.pc_shots = shots
        self.room.count()

    # Live view.

    def end_viewfinder(self, now: float) -> None:
        """Switch live view off."""
        self.dials.turn(P.VIEWFINDER_OUTPUT, 0)
        self._switch_viewfinder(now, on=False)

    def viewfinder_ready(self, now: float) -> bool:
        """Whether the viewfinder delivers frames."""
        return self.viewfinder.ready(now) and self.faults.strike(FaultName.VIEWFINDER_NOT_READY, now) is None

    def frame(self, now: float) -> bytes | None:
        """The current viewfinder frame; ``None`` if a fault has just stopped them. Requires ``viewfinder_ready``."""
        self.faults.count(FaultStart.FRAME, now)
        # A fault that begins with this frame already affects it.
        if not self.viewfinder_ready(now):
            return None
        counter = self.viewfinder.show(now)
        self.power.drain(BATTERY_PER_FRAME)
        self._journal.write(now, "frame", counter=counter)
        return self._renderer.frame(counter, now, self.dials.exposure, self.viewfinder.view(self.dials.closed_stops))

    # The shutter button.

    @property
    def busy(self) -> bool:
        """Whether a shot is in progress."""
        return self._shutter.busy

    @property
    def button_shot_ends(self) -> float | None:
        """When to check again whether a shot of the body's own button is over; ``None``: none is in progress."""
        return self.scheduler.next_time if self._shutter.busy and self._shutter.source == "button" else None

    def half_press(self, now: float, *, capture: bool = True) -> float:
        """Press the shutter button halfway, for a ``capture`` or only to focus; return when focusing ends."""
        self._journal.write(now, "half_press")
        if capture:
            self._count_capture(now)
            self._capture_counted = True
        if self.dials.manual_focus:
            return now
        slow = self.faults.strike(FaultName.SLOW_AUTOFOCUS, now)
        return now + FOCUS_SECONDS / self._settings.speed + (slow.strength if slow else 0.0)

    def focus(self, now: float) -> bool:
        """End a half press; return whether the picture is in focus."""
        if self.dials.manual_focus:
            return True
        sharp = self.faults.strike(FaultName.AUTOFOCUS_FAILURE, now) is None
        self._journal.write(now, "focused", sharp=sharp)
        self.body_events.append(Focused(sharp))
        return sharp

    def press(self, now: float, source: str, *, counts: bool = True) -> None:
        """Press the shutter button fully; ``counts`` as a capture unless its half press already has.

        Raises ``BadInput`` if the battery is empty, ``Busy`` during a shot, and the errors of ``Room.check``. In these
        cases nothing is exposed.
        """
        if self.power.battery_percent <= 0:
            raise BadInput("the battery is empty")
        if source == "button":
            self.faults.end(FaultName.SLEEP, now, "woken")
        self.power.keep_awake(now)
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
        """How many photos one release takes; fewer if they do not fit into the RAM."""
        bracket, continuous = self._settings.bracket_frames, self.dials.continuous
        if self.dials.bulb or not (continuous or self.dials.timer_seconds):
            return 1
        frames = self._settings.continuous_frames if continuous and bracket == 1 else bracket
        if self.room.to_card:
            return frames
        return max(1, min(frames, self.store.free_slots // len(self.dials.image_format.value)))

    def release(self, now: float) -> None:
        """Release the shutter button, which ends a bulb exposure."""
        self._capture_counted = False
        self._shutter.release(now)

    def reported_model(self, model: str, now: float) -> str:
        """The model name that the camera reports."""
        return model + ODD_ENDING if self.faults.active(FaultName.ODD_MODEL, now) else model

    def connected(self, now: float) -> None:
        """Begin a session."""
        self._journal.write(now, "session_opened")

    def disconnected(self, now: float) -> None:
        """End the session: live view goes off, photos in the RAM are lost, even those still being written."""
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
        # No client is left to receive them.
        self.body_events.clear()

    def _taken(self, size_bytes: int) -> None:
        self.power.drain(BATTERY_PER_SHOT)
        self.room.shot_bytes = max(size_bytes, 1)

    def _count_capture(self, now: float) -> None:
        self.faults.count(FaultStart.CAPTURE, now)
        # The ``button`` fault may press the body's button during this capture.
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
