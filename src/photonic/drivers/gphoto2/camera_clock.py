"""The camera's clock beside ours, as far as its photos tell: whether one was taken before a moment.

A photo is told of after it was taken. So the camera's clock is ahead of ours by at least what each photo shows when it
arrives, and a photo that is older than this allows was taken before. The verdict "before" is never wrong while nobody
sets the clock; the other one is "not known".
"""

from __future__ import annotations

TOLERANCE_SECONDS = 3
"""Whole seconds on the camera, and steps of two on a FAT card."""

LONGEST_DELAY_SECONDS = 600
"""No camera tells of a photo so late: its clock was set back, by summer time or by hand."""


class CameraClock:
    """Learns from each photo that arrives; every ``now`` and ``moment`` is on one clock of ours, in seconds."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def saw(self, taken_at: int | None, now: float) -> None:
        """A photo with this time on the camera arrives now."""
        if taken_at is not None:
            ahead = taken_at - now
            self._ahead = ahead if self._ahead is None else max(self._ahead, ahead)

    def learn_anew(self) -> None:
        """What was learnt may hold no more: a clock that was set back a little makes every photo seem to be older."""
        self._ahead = None

    def before(self, taken_at: int | None, moment: float) -> bool:
        """Whether a photo was certainly taken before ``moment``."""
        if taken_at is None or self._ahead is None:
            return False
        early = moment + self._ahead - taken_at
        if early > LONGEST_DELAY_SECONDS:
            self.learn_anew()
            return False
        return early > TOLERANCE_SECONDS
