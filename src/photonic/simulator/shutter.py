"""The simulated shutter: the steps of a shot over time, from the full press to its last file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from photonic.ptp.codes import ObjectFormat
from photonic.simulator.body_events import Added, Status
from photonic.simulator.card import SECOND_STORAGE
from photonic.simulator.fault_kinds import FaultName

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from photonic.simulator.body_events import BodyEvent
    from photonic.simulator.card import Photo, Store, StoredObject
    from photonic.simulator.dials import Dials
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal
    from photonic.simulator.lens import Lens
    from photonic.simulator.renderer import FrameExposure, Renderer
    from photonic.simulator.scheduler import Scheduler
    from photonic.simulator.viewfinder import Viewfinder

MIRROR_SECONDS = 0.05
WRITE_SECONDS = 0.05
RENDER_SECONDS = 0.05
"""How often a photo taken before the renderer is ready retries."""

WRITE_BYTES_PER_SECOND = 90e6
FRAME_GAP_SECONDS = 0.1
"""Between two exposures of one release."""

BRACKET_STOPS = (0.0, -1.0, 1.0, -2.0, 2.0)


@dataclass(frozen=True, slots=True)
class ShutterPress:
    """One full press: its source, and the session whose RAM receives its photos (``None``: the card).

    ``frames``: its number of exposures; ``bracketed``: they differ by a stop.
    """

    source: str
    session: int | None
    frames: int = 1
    bracketed: bool = False


class Shutter:
    """Takes one shot at a time. Durations apply at ``speed`` 1; ``taken`` is called with each shot's size in bytes.

    While the mirror is up and for ``settle_seconds`` after it, the viewfinder is dark. ``written`` is called when the
    last file of a shot has been stored.
    """

    def __init__(
        self,
        *,
        dials: Dials,
        store: Store,
        viewfinder: Viewfinder,
        lens: Lens,
        scheduler: Scheduler,
        renderer: Renderer,
        journal: Journal,
        body_events: deque[BodyEvent],
        faults: Faults,
        speed: float,
        settle_seconds: float,
        taken: Callable[[int], None],
        written: Callable[[], None],
    ) -> None:
        self._dials = dials
        self._store = store
        self._viewfinder = viewfinder
        self._lens = lens
        self._scheduler = scheduler
        self._renderer = renderer
        self._journal = journal
        self._body_events = body_events
        self._faults = faults
        self._speed = speed
        self._settle_seconds = settle_seconds
        self._taken = taken
        self._written = written
        self._held = False
        self._bulb: tuple[float, ShutterPress] | None = None
        self._shots = 0
        self.session = 0
        self.busy = False
        self.source = ""

    def press(self, shot: ShutterPress, now: float) -> None:
        """Press the button fully; the caller has checked that a shot is possible."""
        self.busy = self._held = True
        self.source = shot.source
        self._body_events.append(Status(busy=True))
        self._journal.write(now, "pressed", source=shot.source)
        if self._dials.timer_seconds:
            self._scheduler.put(now + self._dials.timer_seconds / self._speed, partial(self._mirror_up, shot))
        else:
            self._mirror_up(shot, now)

    def release(self, now: float) -> None:
        """Release the button, which ends a bulb exposure."""
        self._held = False
        if self._bulb is not None:
            (begins, shot), self._bulb = self._bulb, None
            seconds = max(0.0, now - begins) * self._speed
            self._expose(shot, begins, replace(self._dials.exposure, seconds=seconds))

    def abandon(self, now: float) -> None:
        """End the session: the button is released. Exposures for the card are still written to it."""
        self.session += 1
        if self._faults.active(FaultName.BUTTON_HELD, now):
            return
        self._held = False
        if self._bulb is not None and self._bulb[1].session is not None:
            self._bulb = None
            self._done(now)
        self.release(now)

    def _mirror_up(self, shot: ShutterPress, now: float) -> None:
        begins = now + MIRROR_SECONDS / self._speed
        if self._dials.bulb and self._held:
            self._bulb = (begins, shot)
            self._darken(float("inf"))
        else:
            self._expose(shot, begins, self._dials.exposure)

    def _next_frame(self, shot: ShutterPress, number: int, now: float) -> None:
        """Begin the next exposure of a release; ``number`` counts from 1."""
        stops = BRACKET_STOPS[number % len(BRACKET_STOPS)] if shot.bracketed else 0.0
        exposure = self._dials.exposure
        bracketed = replace(exposure, seconds=exposure.seconds * 2**stops, bias_ev=exposure.bias_ev + stops)
        self._expose(shot, now, bracketed, number)

    def _expose(self, shot: ShutterPress, begins: float, exposure: FrameExposure, number: int = 0) -> None:
        exposure = replace(exposure, subject_metres=self._lens.metres)
        ends = begins + exposure.seconds / self._speed
        self._darken(ends + self._settle_seconds / self._speed)
        self._scheduler.put(ends, partial(self._exposed, shot, begins, exposure, number))

    def _exposed(self, shot: ShutterPress, begins: float, exposure: FrameExposure, number: int, now: float) -> None:
        if not self._renderer.ready:
            self._scheduler.put(now + RENDER_SECONDS, partial(self._exposed, shot, begins, exposure, number))
            return
        self._shots += 1
        photos = self._renderer.develop(self._dials.image_format, self._shots, now, exposure)
        if padded := self._faults.strike(FaultName.PADDED_PHOTO, now):
            photos = [_padded(photo, int(padded.strength)) for photo in photos]
        self._journal.write(
            now,
            "exposed",
            counter=self._shots,
            began_us=int(begins * 1e6),
            shutter_seconds=exposure.seconds,
            files=[photo.name for photo in photos],
            source=shot.source,
        )
        self._taken(sum(photo.size_bytes for photo in photos))
        last = number + 1 >= shot.frames
        self._schedule_writes(shot, photos, now, last=last)
        if not last:
            self._scheduler.put(now + FRAME_GAP_SECONDS / self._speed, partial(self._next_frame, shot, number + 1))

    def _schedule_writes(self, shot: ShutterPress, photos: list[Photo], now: float, *, last: bool) -> None:
        """Schedule the writing of the files, one after the other; a late twin waits in the body's buffer."""
        slow = self._faults.strike(FaultName.SLOW_STORAGE, now)
        late = self._faults.strike(FaultName.LATE_TWIN, now) if len(photos) > 1 else None
        shuffled = self._faults.strike(FaultName.SHUFFLED_EVENTS, now)
        held: list[BodyEvent] | None = None if shuffled is None else []
        at, delay = now, 0.0
        for photo in photos:
            seconds = WRITE_SECONDS + photo.size_bytes / WRITE_BYTES_PER_SECOND
            at += seconds * (slow.strength if slow else 1.0) / self._speed
            self._scheduler.put(at + delay, partial(self._write, shot, photo, held, of_raw=len(photos) > 1))
            delay = late.strength if late else 0.0
        if last:
            self._scheduler.put(at, self._done)
        if held is not None:
            # After the end of the shot was announced, and in reverse order.
            session = self.session
            self._scheduler.put(at + delay, lambda _now: self._announce(session, held[::-1]))

    def _write(
        self, shot: ShutterPress, photo: Photo, held: list[BodyEvent] | None, now: float, *, of_raw: bool = False
    ) -> None:
        why = self._why_lost(shot)
        if why is not None:
            self._journal.write(now, "lost", name=photo.name, why=why)
            return
        to_card = shot.session is None
        cards = self._store.cards_of(photo, of_raw=of_raw) if to_card else (0,)
        stored = [self._store.add(photo, to_card=to_card, storage=storage) for storage in cards]
        for one in stored:
            self._journal.write(
                now, "added", name=photo.name, handle=one.handle, storage=one.storage, size_bytes=photo.size_bytes
            )
        if not self.busy:
            self._written()
        events: list[BodyEvent] = [Added(one) for one in stored if self._is_announced(one, now)]
        late = self._faults.strike(FaultName.LATE_EVENTS, now)
        if held is not None:
            held.extend(events)
        elif late is not None:
            session = self.session
            self._scheduler.put(now + late.strength, lambda _now: self._announce(session, events))
        else:
            self._body_events.extend(events)

    def _is_announced(self, stored: StoredObject, now: float) -> bool:
        return stored.storage != SECOND_STORAGE or self._faults.strike(FaultName.SECOND_CARD_SILENT, now) is None

    def _why_lost(self, shot: ShutterPress) -> str | None:
        if shot.session is None:
            return None if self._store.has_card else "no_card"
        return None if shot.session == self.session else "session_ended"

    def _announce(self, session: int, body_events: list[BodyEvent]) -> None:
        """Queue events, unless they belong to an earlier session."""
        if session == self.session:
            self._body_events.extend(body_events)

    def _done(self, now: float) -> None:
        self.busy = False
        self._journal.write(now, "written")
        self._written()
        if self._faults.strike(FaultName.UNTOLD_END, now) is None:
            self._body_events.append(Status(busy=False))

    def _darken(self, until: float) -> None:
        if self._viewfinder.on:
            self._viewfinder.darken(until)


def _padded(photo: Photo, size_bytes: int) -> Photo:
    """The photo; a JPEG is followed by a line break and zeros after its end."""
    if photo.format is not ObjectFormat.JPEG:
        return photo
    behind = b"\r\n".ljust(size_bytes, b"\0")[:size_bytes]
    return replace(photo, size_bytes=photo.size_bytes + size_bytes, render=lambda: photo.render() + behind)
