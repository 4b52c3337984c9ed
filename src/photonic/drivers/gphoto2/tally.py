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
    """The account of one card, from one look at its free space to the next."""

    def __init__(self) -> None:
        self._free_bytes: int | None = None
        self._told_bytes = 0
        self._told_files = 0
        self._photo_bytes = UNKNOWN_PHOTO_BYTES

    def told(self, size_bytes: int) -> None:
        """The camera has told of a file on the card."""
        self._told_bytes += size_bytes
        self._told_files += 1
        self._photo_bytes = max(size_bytes, 1)

    def removed(self, size_bytes: int) -> None:
        """A file was deleted from the card by us."""
        self._told_bytes -= size_bytes

    def unaccounted(self, free_bytes: int) -> int:
        """How many photos seem to have come without a word since the last look, by the card's free space now.

        The next look counts from here. Freed space (photos deleted on the body) is never held against the camera.
        """
        before, self._free_bytes = self._free_bytes, free_bytes
        told, files = self._told_bytes, self._told_files
        self._told_bytes = self._told_files = 0
        if before is None:
            return 0
        missing = before - free_bytes - told
        slack = max(CLUSTER_BYTES * (files + 1), self._photo_bytes // 2)
        return max(1, round(missing / self._photo_bytes)) if missing > slack else 0
