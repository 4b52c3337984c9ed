"""The offset of the camera's clock, learned from its photos. It shows whether a photo was taken before a given moment.

A photo is reported after it was taken. So the camera's clock is ahead of this computer's by at least the difference
between a photo's time and its arrival, and a photo that is older than this allows was taken earlier. As long as the
camera's clock is not changed, ``before`` never reports a newer photo as older; in doubt it is false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.capture_options import ArrivedPhoto

TOLERANCE_SECONDS = 3
"""Whole seconds on the camera, and steps of two on a FAT card."""

LONGEST_DELAY_SECONDS = 600
"""No camera reports a photo this late: its clock was set back, for daylight saving or by hand."""


class CameraClock:
    """Learns from each photo that arrives. ``now`` and ``moment`` are seconds on one clock of this computer."""

    def __init__(self) -> None:
        self._ahead: float | None = None
        self._was_told = False

    @property
    def known(self) -> bool:
        """Whether a photo has shown its offset."""
        return self._ahead is not None

    def observe(self, taken_at: int | None, now: float) -> None:
        """A photo with this time on the camera arrives now."""
        if taken_at is not None:
            ahead = taken_at - now
            self._ahead = ahead if self._ahead is None else max(self._ahead, ahead)

    def tell(self, earlier: ArrivedPhoto | None, now: float) -> None:
        """A photo has arrived in an earlier session; ``None``: that is unknown.

        Only the first one counts: if the camera's clock was set back since, one capture fails and no other one does.
        """
        if earlier is not None and not self._was_told:
            self._was_told = True
            self.observe(earlier.taken_at, now - earlier.seconds_ago)

    def reset(self) -> None:
        """Forget the offset: after the clock was set back a little, every photo would seem too old."""
        self._ahead = None

    def before(self, taken_at: int | None, moment: float) -> bool:
        """Whether a photo was certainly taken before ``moment``."""
        if taken_at is None or self._ahead is None:
            return False
        early = moment + self._ahead - taken_at
        if early > LONGEST_DELAY_SECONDS:
            self.reset()
            return False
        return early > TOLERANCE_SECONDS
