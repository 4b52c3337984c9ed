"""The timing of the simulated viewfinder: on or off, dark while the mirror is up, one frame per period."""

from __future__ import annotations

import math

from photonic.simulator.view import SceneView

MAGNIFICATIONS = (1, 5, 10)
PICTURE = (5760, 3840)
"""The pixels in which the corner of the magnified part is counted."""


class Viewfinder:
    """Determines when a frame can be shown. Times are in seconds."""

    def __init__(self, fps: float) -> None:
        self._period = 1.0 / fps
        self._ready_at: float | None = None
        self._last_slot = -1
        self.magnification = 1
        self.corner = (0, 0)
        self.counter = 0
        self.stalled = False

    @property
    def on(self) -> bool:
        """Whether live view is switched on."""
        return self._ready_at is not None

    def switch_on(self, ready_at: float) -> None:
        """Switch live view on; the first frame is available at ``ready_at``."""
        self.darken(ready_at)

    def switch_off(self) -> None:
        """Switch live view off; the next time, it shows the whole picture."""
        self._ready_at = None
        self.magnification, self.corner = 1, (0, 0)

    def magnify(self, magnification: int) -> bool:
        """Magnify a part of the picture; return whether this magnification exists."""
        if magnification not in MAGNIFICATIONS:
            return False
        self.magnification = magnification
        return True

    def view(self, closed_stops: int) -> SceneView:
        """The part of the picture shown, with the aperture closed by ``closed_stops``."""
        part = 1 / self.magnification
        left, top = (min(at / size, 1 - part) for at, size in zip(self.corner, PICTURE, strict=True))
        return (
            SceneView(self.magnification, left, top, closed_stops)
            if self.magnification > 1
            else SceneView(stops=closed_stops)
        )

    def darken(self, until: float) -> None:
        """Show no frame before ``until``: the mirror is up, or the sensor settles."""
        self._ready_at = until
        self._last_slot = -1

    def dark(self, now: float) -> bool:
        """Whether live view is on, and the mirror is up or the sensor settles."""
        return self._ready_at is not None and now < self._ready_at

    def ready(self, now: float) -> bool:
        """Whether frames are available; a stalled viewfinder is on, but has none."""
        return not self.stalled and self._ready_at is not None and now >= self._ready_at

    def due_at(self, now: float) -> float:
        """When the next new frame can be shown, ``now`` at the earliest. Requires ``ready``."""
        start = self._ready_at or 0.0
        slot = math.floor((now - start) / self._period + 1e-6)
        return now if slot > self._last_slot else start + (self._last_slot + 1) * self._period

    def show(self, now: float) -> int:
        """Show the current frame, and return its number (counted from 1 since the camera's start)."""
        self._last_slot = math.floor((now - (self._ready_at or 0.0)) / self._period + 1e-6)
        self.counter += 1
        return self.counter
