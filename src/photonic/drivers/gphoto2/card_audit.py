"""Detects photos on the card that the camera never reported, from the card's free space.

libgphoto2 discards the events that are queued when a shot is released, and those that arrive while the lens focuses
(2.5.34 ``library.c``): if the body's own button is pressed at that moment, the card holds a photo without an event. The
camera's count of remaining shots is an estimate that changes with the format; its free space is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLUSTER_BYTES = 128 * 1024
"""A file occupies whole units; this is SDXC's largest (SD Physical Layer Specification, exFAT).

Units are powers of two, so with smaller ones a file never occupies more.
"""

UNKNOWN_PHOTO_BYTES = 1024 * 1024
"""A small JPEG of an old body: the next photo may be as small as this, or as the smallest one so far."""


@dataclass
class _Account:
    """One card since the last audit.

    ``free_bytes``: its free space then. ``added_bytes``: the size of the files reported on this card since;
    ``unfilled_bytes``: at most what is left of their last units. ``elsewhere``: files reported on other cards, whose
    copies may follow on this one; ``before``: the same in the period before.
    """

    free_bytes: int
    added_bytes: int = 0
    unfilled_bytes: int = 0
    elsewhere_bytes: int = 0
    elsewhere_files: int = 0
    before_bytes: int = 0
    before_files: int = 0

    def missing(self, free_bytes: int, photo_bytes: int) -> int:
        """The used bytes that nothing accounts for; 0 within the tolerance. ``photo_bytes``: of a small photo."""
        gone = self.free_bytes - free_bytes - self.added_bytes
        missing = gone - self.unfilled_bytes
        if missing <= max(CLUSTER_BYTES, photo_bytes // 2):
            return 0
        here, before = (self.elsewhere_bytes, self.elsewhere_files), (self.before_bytes, self.before_files)
        both = (here[0] + before[0], here[1] + before[1])
        copied = any(
            bytes_ and abs(gone - bytes_) <= CLUSTER_BYTES * (files + 1) for bytes_, files in (here, before, both)
        )
        return 0 if copied else missing

    def next(self, free_bytes: int) -> _Account:
        """The account of the next period."""
        return _Account(free_bytes, before_bytes=self.elsewhere_bytes, before_files=self.elsewhere_files)


class CardAudit:
    """The accounts of all inserted cards, from one audit to the next.

    A camera may write each photo to a second card as well, and report only one file: a card that has filled up by the
    size of the files reported on others holds their copies. ``suspicious``: the last audit found something, which
    another audit soon confirms or refutes.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._photo_bytes = self._smallest_bytes = UNKNOWN_PHOTO_BYTES
        self.suspicious = False

    def reset(self) -> None:
        """Start over, because the cards were changed."""
        self._accounts, self.suspicious = {}, False

    def record_added(self, size_bytes: int, folder: str = "", *, film: bool = False) -> None:
        """Record a file that the camera reported in that folder; a film's size says nothing of that of a photo."""
        if not film:
            # The next one may be a JPEG after a RAW, or a dark one after a detailed one.
            self._photo_bytes = max(size_bytes, 1)
            self._smallest_bytes = min(self._photo_bytes, self._smallest_bytes)
        for here, account in self._of(folder):
            if here:
                account.added_bytes += size_bytes
                account.unfilled_bytes += -size_bytes % CLUSTER_BYTES
            else:
                account.elsewhere_bytes += size_bytes
                account.elsewhere_files += 1

    def record_removed(self, size_bytes: int, folder: str = "") -> None:
        """Record a file in that folder that this driver deleted."""
        for here, account in self._of(folder):
            if here:
                account.added_bytes -= size_bytes

    def unaccounted(self, free_bytes: Mapping[str, int]) -> int:
        """The estimated number of photos that were not reported; each is counted once.

        A first finding only makes the audit ``suspicious``, because a photo may be written and not reported yet. Freed
        space (photos deleted on the body) never counts.

        Args:
            free_bytes: The free space of each card now, by its folder.
        """
        missing = sum(
            account.missing(free_bytes[storage], self._smallest_bytes)
            for storage, account in self._accounts.items()
            if storage in free_bytes
        )
        before, self.suspicious = self.suspicious, missing > 0
        if self.suspicious and not before:
            return 0
        found = max(1, round(missing / self._photo_bytes)) if self.suspicious else 0
        self.suspicious = False
        self._accounts = {
            storage: self._accounts[storage].next(free) if storage in self._accounts else _Account(free)
            for storage, free in free_bytes.items()
        }
        return found

    def _of(self, folder: str) -> Iterator[tuple[bool, _Account]]:
        """Each account, and whether the folder is on its card; a folder on no known card counts as on the first."""
        storages = tuple(self._accounts)
        here = next((one for one in storages if f"{folder}/".startswith(f"{one.rstrip('/')}/")), None) or next(
            iter(storages), None
        )
        return ((storage == here, account) for storage, account in self._accounts.items())
