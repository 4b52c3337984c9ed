"""Whether the card has filled up by more than what was told: then it holds a photo that nobody heard of.

libgphoto2 throws away the events that wait when a shot is released, and those that come while the lens focuses
(2.5.34 ``library.c``): a press of the body's own button in that moment leaves a photo on the card, and no word of it.
The camera's count of shots that still fit is an estimate that moves with the format; its free space is exact.
"""

from __future__ import annotations

CLUSTER_BYTES = 128 * 1024
"""The largest allocation unit of SDXC cards (SD Physical Layer Specification, exFAT): a file may take one more."""

UNKNOWN_PHOTO_BYTES = 1024 * 1024
"""What a photo takes at least, as long as none was seen: small JPEGs of old bodies."""


class Tally:
    """The account of one card, from one look at its free space to the next.

    ``suspicious``: the last look found something, and another one soon decides.
    """

    def __init__(self) -> None:
        self._free_bytes: int | None = None
        self._told_bytes = 0
        self._told_files = 0
        self._photo_bytes = UNKNOWN_PHOTO_BYTES
        self.suspicious = False

    def begin(self) -> None:
        """Another card is in, or none: its next look is its first."""
        self._free_bytes, self.suspicious = None, False
        self._told_bytes = self._told_files = 0

    def told(self, size_bytes: int) -> None:
        """The camera has told of a file on the card."""
        self._told_bytes += size_bytes
        self._told_files += 1
        self._photo_bytes = max(size_bytes, 1)

    def removed(self, size_bytes: int) -> None:
        """A file was deleted from the card by us."""
        self._told_bytes -= size_bytes

    def unaccounted(self, free_bytes: int) -> int:
        """How many photos seem to have come without a word, by the card's free space now; told once.

        A first finding only makes it ``suspicious``: a photo may be written and not told of yet. Freed space (photos
        deleted on the body) is never held against the camera.
        """
        missing = 0 if self._free_bytes is None else self._free_bytes - free_bytes - self._told_bytes
        slack = max(CLUSTER_BYTES * (self._told_files + 1), self._photo_bytes // 2)
        before, self.suspicious = self.suspicious, missing > slack
        if self.suspicious and not before:
            return 0
        found = max(1, round(missing / self._photo_bytes)) if self.suspicious else 0
        self._free_bytes, self.suspicious = free_bytes, False
        self._told_bytes = self._told_files = 0
        return found
