"""Which of two snapshots is the newer one, whatever way and in whatever order they came."""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.status import Snapshot

RETIRED_BOOTS_KEPT = 64


class Order(Enum):
    """How a snapshot stands to those taken before it."""

    FIRST = "first"
    NEW_BOOT = "new boot"
    NEWER = "newer"
    SAME = "same"
    STALE = "stale"


class SnapshotOrder:
    """Orders snapshots by ``boot_id``, then ``rev``.

    A different boot replaces; a retired boot never returns; within a boot a higher revision replaces, an equal one
    renews, a lower one is dropped. ``boot_id`` and ``rev`` are those of the newest one, ``None`` before the first.
    """

    def __init__(self) -> None:
        self.boot_id: str | None = None
        self.rev: int | None = None
        self._retired: OrderedDict[str, None] = OrderedDict()

    def take(self, snapshot: Snapshot) -> Order:
        """Say where the snapshot stands, and remember it as the newest unless it is stale."""
        if snapshot.boot_id in self._retired:
            return Order.STALE
        if self.boot_id is None or self.rev is None:
            order = Order.FIRST
        elif snapshot.boot_id != self.boot_id:
            self._retire(self.boot_id)
            order = Order.NEW_BOOT
        elif snapshot.rev > self.rev:
            order = Order.NEWER
        elif snapshot.rev == self.rev:
            return Order.SAME
        else:
            return Order.STALE
        self.boot_id, self.rev = snapshot.boot_id, snapshot.rev
        return order

    def _retire(self, boot_id: str) -> None:
        self._retired[boot_id] = None
        while len(self._retired) > RETIRED_BOOTS_KEPT:
            self._retired.popitem(last=False)
