"""Live view in the camera process: wanted, started, paused by a capture, given up when no frame comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import CameraError
from photonic.worker.messages import PreviewChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.worker.ladder import FrameBudget
    from photonic.worker.roles import Driver, Outbox

RESUME_SECONDS = 10.0
"""What a camera may need after the capture until its first new frame: mirror, viewfinder, settling."""


class Preview:
    """Asks the driver for frames while live view is wanted, and says truly how that goes.

    ``clock`` gives seconds of CLOCK_MONOTONIC, whose microseconds stamp the frames.
    """

    def __init__(self, driver: Driver, outbox: Outbox, budget: FrameBudget, clock: Callable[[], float]) -> None:
        self._driver = driver
        self._outbox = outbox
        self._budget = budget
        self._clock = clock
        self._running = False
        self.wanted = False

    def start(self) -> None:
        """Live view on, or anew. Raises ``CameraError``."""
        self._running = False
        self._outbox.send(PreviewChanged(state="starting"))
        try:
            self._driver.start_preview()
        except CameraError as error:
            self.wanted = False
            self._outbox.send(PreviewChanged(state="off", reason=error.reason))
            raise
        self.wanted = True
        self._budget.off()
        self._budget.due(self._clock())

    def stop(self) -> None:
        """Live view off. Raises ``CameraError``."""
        self.wanted = self._running = False
        self._budget.off()
        self._driver.stop_preview()
        self._outbox.send(PreviewChanged(state="off"))

    def pause(self, remaining_seconds: float) -> None:
        """A capture needs the camera for so long at the most; called again whenever that is known better."""
        if not self.wanted:
            return
        self._running = False
        self._budget.hold(self._clock())
        self._outbox.send(
            PreviewChanged(
                state="paused",
                reason="a photo is being taken",
                resume_by_seconds=remaining_seconds + RESUME_SECONDS,
            )
        )

    def expect(self) -> None:
        """The capture is over: frames are due again."""
        if self.wanted:
            self._budget.due(self._clock())

    def step(self) -> None:
        """One attempt for one frame, while live view is wanted.

        Raises ``CameraError`` when the driver gives up, or no frame came for longer than the budget.
        """
        if not self.wanted:
            return
        jpeg = self._driver.preview()
        now = self._clock()
        if jpeg is None:
            if self._budget.exhausted(now):
                raise CameraError(f"no live view picture for {self._budget.spent(now):.0f} s")
            return
        self._budget.fresh(now)
        self._outbox.frame(int(now * 1_000_000), jpeg)
        if not self._running:
            self._running = True
            self._outbox.send(PreviewChanged(state="running"))
