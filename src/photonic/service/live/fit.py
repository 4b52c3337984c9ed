"""Chooses the frame size for a viewer's connection from the frames that it took and missed. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.frame import Scale
from photonic.protocol.backoff import delay_after, doubling

if TYPE_CHECKING:
    from collections.abc import Mapping

ASSESS_SECONDS = 3.0
LEAST_FRAMES = 5
TOO_SLOW = 0.5
"""A larger share of frames missed in ``ASSESS_SECONDS`` leads to a smaller size."""
FAST_ENOUGH = 0.05
TRY_LARGER_SECONDS = 10.0
TRY_LARGER_LIMIT_SECONDS = 160.0
TRY_LARGER_DELAYS = doubling(TRY_LARGER_SECONDS, TRY_LARGER_LIMIT_SECONDS)
PROOF_SECONDS = 10.0
"""If a larger size proves too large within this time, it was tried too early, and the next try comes later."""

_SIZES = tuple(Scale)
_REASONS: Mapping[Scale, str | None] = {
    Scale.FULL: None,
    Scale.HALF: "this connection is too slow for full-size frames",
    Scale.QUARTER: "this connection is too slow for larger frames",
}


class Fit:
    """The frame size of one viewer: ``scale``, never larger than the initial one."""

    def __init__(self, scale: Scale = Scale.FULL) -> None:
        self._largest = scale
        self._early_tries = 0
        self._since: float | None = None
        self._grew_at: float | None = None
        self._smooth_since: float | None = None
        self._taken = 0
        self._missed = 0
        self.scale = scale

    @property
    def reason(self) -> str | None:
        """Why the frames are smaller than requested, for people; ``None`` when they are not."""
        return None if self.scale is self._largest else _REASONS[self.scale]

    def judge(self, now: float, taken: int, missed: int) -> Scale:
        """Decide the size from now on; call it about once a second.

        Args:
            now: Seconds of any steady clock.
            taken: Frames that the viewer took since the last call.
            missed: Frames that it missed since the last call.

        Returns:
            The size.
        """
        if self._since is None:
            self._since = now
        self._taken += taken
        self._missed += missed
        offered = self._taken + self._missed
        if now - self._since < ASSESS_SECONDS or offered < LEAST_FRAMES:
            return self.scale
        share = self._missed / offered
        began, self._since, self._taken, self._missed = self._since, now, 0, 0
        if share > TOO_SLOW:
            self._shrink(now)
        elif share <= FAST_ENOUGH:
            self._smooth_since = began if self._smooth_since is None else self._smooth_since
            if now - self._smooth_since >= delay_after(self._early_tries, TRY_LARGER_DELAYS):
                self._grow(now)
        else:
            self._smooth_since = None
        return self.scale

    def _shrink(self, now: float) -> None:
        self._smooth_since = None
        if self._grew_at is not None and now - self._grew_at <= PROOF_SECONDS:
            self._early_tries += 1
        self._grew_at = None
        self.scale = _SIZES[min(self.scale.exponent + 1, len(_SIZES) - 1)]

    def _grow(self, now: float) -> None:
        self._smooth_since = None
        if self.scale is not self._largest:
            self._grew_at = now
            self.scale = _SIZES[self.scale.exponent - 1]
