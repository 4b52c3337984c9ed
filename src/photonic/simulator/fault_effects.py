"""Applies those faults that are states of the body when they begin, and reverts them when they end."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body_events import Added, CardMoved
from photonic.simulator.fault_kinds import FaultName
from photonic.simulator.film import SMALLEST_BYTES, film
from photonic.simulator.properties import COOL, TOO_HOT_FOR_LIVE_VIEW, capture_destinations
from photonic.simulator.refusals import Refused

if TYPE_CHECKING:
    from photonic.simulator.body import Body
    from photonic.simulator.faults import Fault
    from photonic.simulator.journal import Journal

LATIN1_TEXTS = {
    code: text.encode("latin-1").decode("utf-8", "surrogateescape")
    for code, text in ((P.OWNER, "Jörg"), (P.ARTIST, "Jörg Müller"), (P.COPYRIGHT, "© Jörg"))
}
"""As an older computer may have written them to the body."""

LATIN1_FILE = "\udcdcBER{number:04d}.JPG"
"""``ÜBER0001.JPG`` and so on: byte DC, escaped as in PEP 383."""


class FaultEffects:
    """Follows the faults of a body. Each begin and end is in the journal: ``fault_begin`` and ``fault_end``."""

    def __init__(self, body: Body, journal: Journal) -> None:
        self._body = body
        self._scheduler = body.scheduler
        self._journal = journal
        self._charge_before = 0.0
        self._texts_before: dict[int, str] = {}
        self._films = 0
        self._files_put = 0
        body.faults.begun, body.faults.ended = self.begun, self.ended

    def begun(self, fault: Fault, now: float) -> None:
        """Apply a fault that has begun."""
        self._journal.write(now, "fault_begin", **fault.facts())
        body = self._body
        match fault.name:
            case FaultName.FRAMES_STOP:
                body.viewfinder.stalled = True
            case FaultName.HEAT:
                body.dials.turn(P.TEMPERATURE_STATUS, TOO_HOT_FOR_LIVE_VIEW)
                body.end_viewfinder(now)
            case FaultName.BATTERY_LOW:
                self._charge_before = body.power.battery_percent
                body.power.charge(fault.strength)
            case FaultName.LATIN1_TEXT:
                for code, text in LATIN1_TEXTS.items():
                    self._texts_before[code] = str(body.dials.properties[code].value)
                    body.dials.turn(code, text)
            case FaultName.LATIN1_FILE:
                self._files_put += 1
                body.files.put(LATIN1_FILE.format(number=self._files_put), now)
            case FaultName.BUTTON:
                self._scheduler.put(now + fault.strength, self._press)
            case FaultName.FILM:
                self._scheduler.put(now, partial(self._record, int(fault.strength * 1e6)))
            case _:
                self._change_room(fault.name, on=True)

    def ended(self, fault: Fault, now: float, why: str) -> None:
        """Revert a fault that has ended."""
        self._journal.write(now, "fault_end", name=fault.name, why=why)
        body = self._body
        match fault.name:
            case FaultName.FRAMES_STOP:
                body.viewfinder.stalled = False
            case FaultName.HEAT:
                body.dials.turn(P.TEMPERATURE_STATUS, COOL)
            case FaultName.BATTERY_LOW:
                body.power.charge(self._charge_before)
            case FaultName.LATIN1_TEXT:
                for code, text in self._texts_before.items():
                    body.dials.turn(code, text)
            case FaultName.SLEEP:
                body.power.keep_awake(now)
            case _:
                self._change_room(fault.name, on=False)

    def _change_room(self, name: FaultName, *, on: bool) -> None:
        store = self._body.store
        match name:
            case FaultName.RAM_FULL:
                store.ram_full = on
            case FaultName.CARD_FULL:
                store.card_full = on
            case FaultName.CARD_READ_ONLY:
                store.card_locked = on
            case FaultName.CARD_MISSING:
                self._move_card(inside=not on)
            case _:
                return
        self._body.room.count()

    def _move_card(self, *, inside: bool) -> None:
        body = self._body
        had_card = body.store.has_card
        body.store.card_in = inside
        if body.store.has_card != had_card:
            body.dials.offer(P.CAPTURE_DESTINATION, capture_destinations(has_card=inside))
            body.body_events.append(CardMoved(inside))

    def _record(self, size_bytes: int, now: float) -> None:
        """End the film: store it and add its event."""
        body = self._body
        body.faults.end(FaultName.FILM, now, "recorded")
        if not body.store.has_card:
            self._journal.write(now, "lost", name="film", why="no_card")
            return
        self._films += 1
        taken_at = datetime.now(UTC).astimezone()
        stored = body.store.add(film(self._films, max(size_bytes, SMALLEST_BYTES), taken_at), to_card=True)
        size = stored.photo.size_bytes
        self._journal.write(
            now, "added", name=stored.photo.name, handle=stored.handle, storage=stored.storage, size_bytes=size
        )
        body.room.count()
        body.body_events.append(Added(stored))

    def _press(self, now: float) -> None:
        """Press the button; a body that is busy or full refuses it, as it would a photographer's press."""
        self._body.faults.end(FaultName.BUTTON, now, "pressed")
        try:
            self._body.press(now, "button", counts=False)
        except (Refused, BadInput) as error:
            self._journal.write(now, "press_refused", source="button", reason=str(error))
            return
        self._body.release(now)
