"""The simulated shutter: from the full press to the last file of the shot, step by step in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from photonic.simulator.happenings import Added, Status

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from photonic.simulator.agenda import Agenda
    from photonic.simulator.card import Photo, Store
    from photonic.simulator.darkroom import Darkroom, Exposure
    from photonic.simulator.dials import Dials
    from photonic.simulator.happenings import Happening
    from photonic.simulator.journal import Journal
    from photonic.simulator.viewfinder import Viewfinder

MIRROR_SECONDS = 0.05
WRITE_SECONDS = 0.05
DARKROOM_SECONDS = 0.05
"""How often a photo that was taken before the darkroom is ready asks for it."""

WRITE_BYTES_PER_SECOND = 90e6


@dataclass(frozen=True, slots=True)
class Shot:
    """One full press: who pressed, and in whose RAM its photos wait (a session's number; ``None``: the card)."""

    source: str
    session: int | None


class Shutter:
    """Takes one shot at a time. Seconds as without ``speed``; ``taken`` is called with the size in bytes of each shot.

    While the mirror is up and for ``settle_seconds`` after it, the viewfinder is dark. ``written`` is called when the
    last file of a shot is where it belongs.
    """

    def __init__(
        self,
        *,
        dials: Dials,
        store: Store,
        viewfinder: Viewfinder,
        agenda: Agenda,
        darkroom: Darkroom,
        journal: Journal,
        happenings: deque[Happening],
        speed: float,
        settle_seconds: float,
        taken: Callable[[int], None],
        written: Callable[[], None],
    ) -> None:
        self._dials = dials
        self._store = store
        self._viewfinder = viewfinder
        self._agenda = agenda
        self._darkroom = darkroom
        self._journal = journal
        self._happenings = happenings
        self._speed = speed
        self._settle_seconds = settle_seconds
        self._taken = taken
        self._written = written
        self._held = False
        self._bulb: tuple[float, Shot] | None = None
        self._shots = 0
        self.session = 0
        self.busy = False

    def press(self, shot: Shot, now: float) -> None:
        """The button goes all the way down; the caller has seen to it that a shot is possible."""
        self.busy = self._held = True
        self._happenings.append(Status(busy=True))
        self._journal.write(now, "pressed", source=shot.source)
        if self._dials.timer_seconds:
            self._agenda.put(now + self._dials.timer_seconds / self._speed, partial(self._mirror_up, shot))
        else:
            self._mirror_up(shot, now)

    def release(self, now: float) -> None:
        """The button comes up again: ends a bulb exposure."""
        self._held = False
        if self._bulb is not None:
            (begins, shot), self._bulb = self._bulb, None
            seconds = max(0.0, now - begins) * self._speed
            self._expose(shot, begins, replace(self._dials.exposure, seconds=seconds))

    def abandon(self, now: float) -> None:
        """The session has ended: a bulb exposure of its client is given up."""
        self.session += 1
        self._held = False
        if self._bulb is not None:
            self._bulb = None
            self._done(now)

    def _mirror_up(self, shot: Shot, now: float) -> None:
        begins = now + MIRROR_SECONDS / self._speed
        if self._dials.bulb and self._held:
            self._bulb = (begins, shot)
            self._darken(float("inf"))
        else:
            self._expose(shot, begins, self._dials.exposure)

    def _expose(self, shot: Shot, begins: float, exposure: Exposure) -> None:
        ends = begins + exposure.seconds / self._speed
        self._darken(ends + self._settle_seconds / self._speed)
        self._agenda.put(ends, partial(self._exposed, shot, begins, exposure))

    def _exposed(self, shot: Shot, begins: float, exposure: Exposure, now: float) -> None:
        if not self._darkroom.ready:
            self._agenda.put(now + DARKROOM_SECONDS, partial(self._exposed, shot, begins, exposure))
            return
        self._shots += 1
        photos = self._darkroom.develop(self._dials.image_format, self._shots, now, exposure)
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
        at = now
        for photo in photos:
            at += (WRITE_SECONDS + photo.size_bytes / WRITE_BYTES_PER_SECOND) / self._speed
            self._agenda.put(at, partial(self._write, shot, photo))
        self._agenda.put(at, self._done)

    def _write(self, shot: Shot, photo: Photo, now: float) -> None:
        if shot.session not in {None, self.session}:
            self._journal.write(now, "lost", name=photo.name)
            return
        stored = self._store.add(photo, to_card=shot.session is None)
        self._journal.write(
            now, "added", name=photo.name, handle=stored.handle, storage=stored.storage, size_bytes=photo.size_bytes
        )
        self._happenings.append(Added(stored))

    def _done(self, now: float) -> None:
        self.busy = False
        self._journal.write(now, "written")
        self._written()
        self._happenings.append(Status(busy=False))

    def _darken(self, until: float) -> None:
        if self._viewfinder.on:
            self._viewfinder.darken(until)
