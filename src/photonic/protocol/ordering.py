"""Which of two snapshots is the newer one, whatever way and in whatever order they came.

Runs of a service have no order in their names, and no clock can be trusted across them. What remains is cause and
effect: every dial and every question of a session gets the next number of one series, and a run that has been heard
answers nothing that is sent after it has ended. So what is sent after the first word of a run is answered by that run
or by a later one; what was sent before may have been answered by either, and proves nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Order(Enum):
    """How a snapshot stands to those taken before it."""

    FIRST = "first"
    NEW_RUN = "another run, and a later one"
    NEWER = "newer"
    SAME = "same"
    STALE = "stale"
    UNPROVEN = "another run, which may be an earlier or a later one"

    @property
    def dropped(self) -> bool:
        """Whether the snapshot is not to be believed."""
        return self in {Order.STALE, Order.UNPROVEN}


class SnapshotOrder:
    """Orders snapshots by the run of the service that they are from, then by revision.

    Another run replaces the present one when it answers what was sent after the present one was first heard. Within a
    run a higher revision replaces, an equal one renews, a lower one is dropped. No run is refused for ever. ``run`` and
    ``rev`` are those of the newest snapshot, ``None`` before the first.
    """

    def __init__(self) -> None:
        self.run: Hashable = None
        self.rev: int | None = None
        self._sent_before = 0

    def ingest(self, run: Hashable, rev: int, *, sent: int, newest_sent: int) -> Order:
        """Say where a snapshot stands, and remember it as the newest unless it is dropped.

        ``sent``: the number of the dial or question that brought it; ``newest_sent``: the last number given out.
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
