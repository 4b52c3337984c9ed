"""The simulated viewfinder: on or off, dark while the mirror is up, one frame a period."""

from __future__ import annotations

import math

from photonic.simulator.view import SceneView

MAGNIFICATIONS = (1, 5, 10)
PICTURE = (5760, 3840)
"""The pixels in which the corner of the magnified part is counted."""


class Viewfinder:
    """When there is a frame to show. Times in seconds; ``fps`` frames a second."""

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
        """Live view on; the first frame comes at ``ready_at``."""
        self.darken(ready_at)

    def switch_off(self) -> None:
        """Live view off; the next one shows the whole picture."""
        self._ready_at = None
        self.magnification, self.corner = 1, (0, 0)

    def magnify(self, magnification: int) -> bool:
        """Show a part of the picture, so many times as large; whether there is such a magnification."""
        if magnification not in MAGNIFICATIONS:
            return False
        self.magnification = magnification
        return True

    def view(self, closed_stops: int) -> SceneView:
        """What is shown of the picture, with the aperture closed by so many stops."""
        part = 1 / self.magnification
        left, top = (min(at / size, 1 - part) for at, size in zip(self.corner, PICTURE, strict=True))
        return (
            SceneView(self.magnification, left, top, closed_stops)
            if self.magnification > 1
            else SceneView(stops=closed_stops)
        )

    def darken(self, until: float) -> None:
        """No frame before ``until``: the mirror is up, or the sensor settles."""
        self._ready_at = until
        self._last_slot = -1

    def dark(self, now: float) -> bool:
        """Whether live view is on, and the mirror is up or the sensor settles."""
        return self._ready_at is not None and now < self._ready_at

    def ready(self, now: float) -> bool:
        """Whether frames flow; a stalled viewfinder is on, and shows none."""
        return not self.stalled and self._ready_at is not None and now >= self._ready_at

    def due_at(self, now: float) -> float:
        """When the next frame that was not shown yet can be shown, ``now`` at the earliest; for a ready viewfinder."""
        start = self._ready_at or 0.0
        slot = math.floor((now - start) / self._period + 1e-6)
        return now if slot > self._last_slot else start + (self._last_slot + 1) * self._period

    def show(self, now: float) -> int:
        """Show the frame of now, and return its number (from 1, over the whole life of the camera)."""
        self._last_slot = math.floor((now - (self._ready_at or 0.0)) / self._period + 1e-6)
        self.counter += 1
        return self.counter
