"""Where the next photo of a body goes, how many still fit there, and why it may be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.refusals import Busy, CardLocked, Full, NoCard

if TYPE_CHECKING:
    from photonic.simulator.card import Store
    from photonic.simulator.dials import Dials

MOST_SHOTS = 9999
FIRST_SHOT_BYTES = 12_000_000
"""The assumed size of a shot before the first one."""


class Room:
    """The room for photos, in shots; ``pc_shots``: the client's; ``shot_bytes``: the size of a shot with all files."""

    def __init__(self, dials: Dials, store: Store) -> None:
        self._dials = dials
        self._store = store
        self.pc_shots = 0
        self.shot_bytes = FIRST_SHOT_BYTES

    @property
    def to_card(self) -> bool:
        """Whether the next photo goes to the card."""
        return self._dials.wants_card and self._store.has_card

    @property
    def shots(self) -> int:
        """The number of photos that still fit at their destination."""
        if self._dials.wants_card:
            return min(MOST_SHOTS, self._store.free_bytes // self.shot_bytes) if self._store.has_card else 0
        return min(self.pc_shots, MOST_SHOTS) if self._store.free_slots > 0 else 0

    def count(self) -> None:
        """Update the number of available shots on the dials."""
        self._dials.turn(P.AVAILABLE_SHOTS, self.shots)

    def check(self, source: str) -> None:
        """Raise ``Busy``, ``Full``, ``NoCard`` or ``CardLocked`` if the next photo cannot be stored."""
        if self._dials.wants_card:
            if not self._store.has_card:
                raise NoCard
            if self._store.card_locked:
                raise CardLocked
        elif self._store.free_slots <= 0:
            raise Busy("the camera's RAM is full")
        # A client knows how much room it has, and was told how many shots remain.
        if self.shots <= 0 and (self._dials.wants_card or source == "button"):
            raise Full
