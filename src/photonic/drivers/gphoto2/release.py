"""The shutter release: retried while the camera is busy, given up on request, forced where the lens finds no focus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.errors import CameraError, CaptureError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.arrivals import Arrivals
    from photonic.drivers.gphoto2.camera import Camera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.events import Events

QUIET_BUDGET_SECONDS = 2.0
"""How long events may keep coming before a shot: Fuji sends them late."""

BUSY_SECONDS = 5.0
BUSY_POLL_SECONDS = 0.1

CANON_RELEASE = "eosremoterelease"
CANON_PRESS_WITHOUT_FOCUS = ("Press Full MF", "Immediate")
CANON_LET_GO = ("Release", "Release Full")
"""Operation 0x9128 (3, 1) and 0x9129, by the names of libgphoto2 2.5.34 and of earlier ones (``config.c``)."""

NIKON_FOCUS = "autofocus"
"""Whether the release focuses first (2.5.34 ``library.c``, ``ptp2`` setting ``autofocus``)."""


@dataclass(frozen=True, slots=True)
class Released:
    """The shutter has fired. ``attempts``: how often it was asked to, waits for a busy camera apart."""

    attempts: int = 1
    warning: str | None = None

    @property
    def forced(self) -> bool:
        """Whether it fired without autofocus."""
        return self.attempts > 1


def refuse_cancelled(cancelled: Callable[[], bool]) -> None:
    """Raises ``CaptureError`` (CANCELLED) when the capture was given up."""
    if cancelled():
        raise CaptureError("cancelled on request before the exposure", kind=FailureKind.CANCELLED)


class Release:
    """Fires the shutter once. ``arrivals`` gets photos of earlier shots that come meanwhile."""

    def __init__(
        self,
        camera: Camera,
        configuration: Configuration,
        events: Events,
        arrivals: Arrivals,
        clock: Callable[[], float],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._events = events
        self._arrivals = arrivals
        self._clock = clock

    def fire(self, limit_seconds: float, cancelled: Callable[[], bool], *, retry_without_autofocus: bool) -> Released:
        """Focus and release; where the lens finds no focus and that is wanted, release without.

        Raises ``CaptureError`` (CANCELLED), ``CameraError``: nothing was exposed.
        """
        try:
            self._press(lambda: self._camera.trigger(limit_seconds), cancelled)
        except CameraError as error:
            if error.kind is not FailureKind.AUTOFOCUS_FAILED or not retry_without_autofocus:
                raise
            press = self._without_focus(limit_seconds)
            if press is None:
                raise
            self._press(press, cancelled)
            return Released(attempts=2, warning="taken without autofocus, because the camera could not focus")
        return Released()

    def _press(self, press: Callable[[], None], cancelled: Callable[[], bool]) -> None:
        until = self._clock() + BUSY_SECONDS
        while True:
            refuse_cancelled(cancelled)
            try:
                press()
            except CameraError as error:
                if error.code != faults.BUSY or self._clock() >= until:
                    raise
            else:
                return
            # Busy means: an object waits to be taken, or the buffer is being written.
            event = self._events.next(BUSY_POLL_SECONDS)
            if isinstance(event, ObjectAdded):
                self._arrivals.take(event)
            self._events.drain(self._arrivals.take, QUIET_BUDGET_SECONDS)

    def _without_focus(self, limit_seconds: float) -> Callable[[], None] | None:
        """How this camera fires without focusing first; ``None``: it cannot."""
        button = self._configuration.read(CANON_RELEASE)
        if button is not None:
            press = next((name for name in CANON_PRESS_WITHOUT_FOCUS if name in button.choices), None)
            let_go = next((name for name in CANON_LET_GO if name in button.choices), None)
            return None if press is None or let_go is None else lambda: self._canon_button(press, let_go)
        if self._configuration.read(NIKON_FOCUS) is not None:
            return lambda: self._nikon_unfocused(limit_seconds)
        return None

    def _canon_button(self, press: str, let_go: str) -> None:
        try:
            self._camera.write(CANON_RELEASE, press)
        finally:
            self._camera.write(CANON_RELEASE, let_go)

    def _nikon_unfocused(self, limit_seconds: float) -> None:
        self._camera.write(NIKON_FOCUS, "Off")
        try:
            self._camera.trigger(limit_seconds)
        finally:
            self._camera.write(NIKON_FOCUS, "On")
            self._configuration.doubt()
