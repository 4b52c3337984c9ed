"""Changes to a body's files by its client or a computer: transferred, deleted, copied to the card."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from photonic.simulator.properties import ImageFormat
from photonic.simulator.refusals import CardLocked
from photonic.simulator.shutter import RENDER_SECONDS

if TYPE_CHECKING:
    from photonic.simulator.card import Store
    from photonic.simulator.dials import Dials
    from photonic.simulator.journal import Journal
    from photonic.simulator.renderer import Renderer
    from photonic.simulator.room import Room
    from photonic.simulator.scheduler import Scheduler

FIRST_FILE_PUT = 9_000_000
"""The counter of the first photo copied by a computer; no body takes that many, even in a week-long soak test."""


class StoredFiles:
    """Changes to the store other than by the shutter. Each is written to the journal and counted in ``room``."""

    def __init__(
        self, store: Store, room: Room, *, dials: Dials, renderer: Renderer, scheduler: Scheduler, journal: Journal
    ) -> None:
        self._store = store
        self._room = room
        self._dials = dials
        self._renderer = renderer
        self._scheduler = scheduler
        self._journal = journal
        self._files_put = 0

    def transferred(self, handle: int, now: float) -> bool:
        """Drop a photo from the RAM once the client has it; return whether it was there."""
        stored = self._store.get(handle)
        if stored is None or stored.storage:
            return False
        self._journal.write(now, "released", name=stored.photo.name, handle=handle)
        self._store.remove(handle)
        self._room.count()
        return True

    def delete(self, handle: int, now: float) -> bool:
        """Delete an object; return whether it was there. Raises ``CardLocked``."""
        stored = self._store.get(handle)
        if stored is not None and stored.storage and self._store.card_locked:
            raise CardLocked
        if stored is None or not self._store.remove(handle):
            return False
        self._journal.write(now, "deleted", name=stored.photo.name, handle=handle)
        self._room.count()
        return True

    def put(self, name: str, now: float) -> None:
        """Add a photo to the card as a computer would: without an event."""
        if not self._renderer.ready:
            self._scheduler.put(now + RENDER_SECONDS, partial(self.put, name))
            return
        self._files_put += 1
        counter = FIRST_FILE_PUT + self._files_put
        (photo,) = self._renderer.develop(ImageFormat.L, counter, now, self._dials.exposure)
        stored = self._store.add(replace(photo, name=name), to_card=True)
        facts = {"source": "computer", "files": [name], "counter": counter}
        self._journal.write(now, "exposed", began_us=int(now * 1e6), shutter_seconds=0.0, **facts)
        self._journal.write(
            now, "added", name=name, handle=stored.handle, storage=stored.storage, size_bytes=photo.size_bytes
        )
        self._room.count()
