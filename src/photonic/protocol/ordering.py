"""Decides which of two snapshots is newer, regardless of their sources and the order of their arrival.

The names of a service's runs have no order, and no clock is reliable across runs. What remains is cause and effect:
all dials and requests of a session are numbered in one series, and a run answers nothing that is sent after its end. So
a request that was sent after the first message from a run is answered by that run or by a later one. A request that was
sent before may have been answered by an earlier run, and proves nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Order(Enum):
    """How a snapshot relates to the newest one so far."""

    FIRST = "first"
    NEW_RUN = "another run, and a later one"
    NEWER = "newer"
    SAME = "same"
    STALE = "stale"
    UNPROVEN = "another run, which may be an earlier or a later one"

    @property
    def dropped(self) -> bool:
        """Whether to ignore the snapshot."""
        return self in {Order.STALE, Order.UNPROVEN}


class SnapshotOrder:
    """Orders snapshots by the run of the service that sent them, then by revision.

    Another run replaces the present one if it answers a request that was sent after the first message from the present
    one. Within a run, a higher revision replaces the newest snapshot, an equal one confirms it, and a lower one is
    ignored. No run is rejected forever. ``run`` and ``rev``: of the newest snapshot; ``None`` before the first.
    """

    def __init__(self) -> None:
        self.run: Hashable = None
        self.rev: int | None = None
        self._sent_before = 0

    def ingest(self, run: Hashable, rev: int, *, sent: int, newest_sent: int) -> Order:
        """Order a snapshot, and record it as the newest unless it is dropped.

        ``sent``: the number of the dial or request that it came from; ``newest_sent``: the last number used.
        """
        if self.rev is None:
            order = Order.FIRST
        elif run != self.run:
            if sent <= self._sent_before:
                return Order.UNPROVEN
            order = Order.NEW_RUN
        elif rev > self.rev:
            order = Order.NEWER
        else:
            return Order.SAME if rev == self.rev else Order.STALE
        if order is not Order.NEWER:
            self._sent_before = newest_sent
        self.run, self.rev = run, rev
        return order
