"""Whether the card has filled up by more than what was told: then it holds a photo that nobody heard of.

libgphoto2 throws away the events that wait when a shot is released, and those that come while the lens focuses
(2.5.34 ``library.c``): a press of the body's own button in that moment leaves a photo on the card, and no word of it.
The camera's count of shots that still fit is an estimate that moves with the format; its free space is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLUSTER_BYTES = 128 * 1024
"""The largest allocation unit of SDXC cards (SD Physical Layer Specification, exFAT): a file may take one more."""

UNKNOWN_PHOTO_BYTES = 1024 * 1024
"""What a photo takes at least, as long as none was seen: small JPEGs of old bodies."""


@dataclass
class _Account:
    """One card since the last look: its free bytes then, and what was told of on it and, as copies of it may follow, on
    other cards (``before``: in the period before that)."""

    free_bytes: int
    told_bytes: int = 0
    told_files: int = 0
    elsewhere_bytes: int = 0
    elsewhere_files: int = 0
    before_bytes: int = 0
    before_files: int = 0

    def missing(self, free_bytes: int, photo_bytes: int) -> int:
        """The bytes that are gone and that nothing accounts for; 0 within the slack."""
        gone = self.free_bytes - free_bytes - self.told_bytes
        if gone <= max(CLUSTER_BYTES * (self.told_files + 1), photo_bytes // 2):
            return 0
        here, before = (self.elsewhere_bytes, self.elsewhere_files), (self.before_bytes, self.before_files)
        both = (here[0] + before[0], here[1] + before[1])
        copied = any(
            bytes_ and abs(gone - bytes_) <= CLUSTER_BYTES * (files + 1) for bytes_, files in (here, before, both)
        )
        return 0 if copied else gone

    def next(self, free_bytes: int) -> _Account:
        """The account of the next period."""
        return _Account(free_bytes, before_bytes=self.elsewhere_bytes, before_files=self.elsewhere_files)


class CardAudit:
    """The accounts of the cards that are in, from one look at their free space to the next.

    A camera may write each photo to a second card as well, and tell of one: a card that has filled up by what was told
    of on the others holds their copies. ``suspicious``: the last look found something, and another one soon decides.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._photo_bytes = UNKNOWN_PHOTO_BYTES
        self.suspicious = False

    def begin(self) -> None:
        """Other cards are in, or none: their next look is their first."""
        self._accounts, self.suspicious = {}, False

    def told(self, size_bytes: int, folder: str = "") -> None:
        """The camera has told of a file on a card, in that folder."""
        self._photo_bytes = max(size_bytes, 1)
        for place, account in self._of(folder):
            if place:
                account.told_bytes += size_bytes
                account.told_files += 1
            else:
                account.elsewhere_bytes += size_bytes
                account.elsewhere_files += 1

    def removed(self, size_bytes: int, folder: str = "") -> None:
        """A file in that folder of a card was deleted by us."""
        for place, account in self._of(folder):
            if place:
                account.told_bytes -= size_bytes

    def unaccounted(self, free_bytes: Mapping[str, int]) -> int:
        """How many photos seem to have come without a word, by the free space of each card now; told once.

        A first finding only makes it ``suspicious``: a photo may be written and not told of yet. Freed space (photos
        deleted on the body) is never held against the camera.
        """
        missing = sum(
            account.missing(free_bytes[storage], self._photo_bytes)
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
        """Each account, and whether the folder is on its card; a folder that is on none counts as on the first."""
        storages = tuple(self._accounts)
        here = next((one for one in storages if f"{folder}/".startswith(f"{one.rstrip('/')}/")), None) or next(
            iter(storages), None
        )
        return ((storage == here, account) for storage, account in self._accounts.items())
