"""Live view on the camera: started, stopped, and fetched one frame at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.battery import LOW_ADVICE, battery_low
from photonic.drivers.gphoto2.makers.registry import FIRST_FRAME_SECONDS, LIVE_VIEW_SWITCHES, NEXT_FRAME_SECONDS
from photonic.errors import CameraError, FailureKind
from photonic.model.jpeg import whole_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration

NO_LIVE_VIEW = "this camera has no live view over this connection"
PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.2

MOST_AWAITED = 20
"""Attempts for the first frame: 3 s and more, with the pauses between them."""

MOST_REFUSALS = 2
"""After one refusal the camera may just have been busy; if it refuses the ladder's restart as well, it has a reason."""

_PASSING_KINDS = (FailureKind.CAMERA_FAULT, FailureKind.CAMERA_BUSY)


class PreviewStream:
    """The camera's live view.

    ``available``: the camera has live view, as its session determined. ``on``: what was requested last.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        pause: Callable[[float], None],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._pause = pause
        self._failures = 0
        self._shown = False
        self._refusals = 0
        self.available = False
        self.on = False

    def supported(self) -> bool:
        """Whether this camera has live view: it has a switch for it, or an attempt does not fail with "not supported".

        Raises ``CameraError`` if the connection broke.
        """
        if self._configuration.read(*LIVE_VIEW_SWITCHES) is not None:
            return True
        try:
            self._camera.preview(FIRST_FRAME_SECONDS)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            return error.code in faults.PASSING
        return True

    @property
    def beginning(self) -> bool:
        """Whether the first frame is still expected soon; until then, the camera should receive no other request."""
        return self.on and not self._shown and self._failures < MOST_AWAITED

    def start(self) -> None:
        """Turn live view on; if it is on, turn it off first.

        Raises ``CameraError``.
        """
        if self.on:
            self.stop()
        self._shown = False
        self._switch(on=True)
        self.on = True
        self._failures = 0

    def stop(self) -> None:
        """Turn live view off, so that the mirror comes down and the sensor cools.

        Raises ``CameraError``.
        """
        self.on = False
        self._switch(on=False)

    def frame(self) -> bytes | None:
        """One whole JPEG; ``None``, after a pause, if none is ready or it is incomplete.

        ``worker.supervision.ladder`` decides how often that may happen before live view is restarted.

        Raises ``CameraError`` if another attempt cannot help: connection lost, battery low, camera too hot.
        """
        try:
            picture = self._camera.preview(NEXT_FRAME_SECONDS if self._shown else FIRST_FRAME_SECONDS)
        except CameraError as error:
            if error.code == faults.NOT_SUPPORTED:
                raise CameraError(NO_LIVE_VIEW, kind=FailureKind.NOT_SUPPORTED, code=error.code) from error
            if error.code not in faults.PASSING or error.kind not in _PASSING_KINDS:
                raise
        else:
            if (jpeg := whole_jpeg(picture)) is not None:
                self._shown = True
                self._failures = 0
                return jpeg
        self._failures += 1
        self._pause(min(PAUSE_SECONDS * self._failures, LONGEST_PAUSE_SECONDS))
        return None

    def _switch(self, *, on: bool) -> None:
        # Cameras without a switch start live view with the first frame.
        switch = self._configuration.read(*LIVE_VIEW_SWITCHES)
        if switch is None:
            return
        try:
            self._camera.write(switch.name, 1 if on else 0)
            if on:
                self._refusals = 0
        except CameraError as error:
            if error.code == faults.NOT_SUPPORTED:
                # As without a switch: the first frame turns it on, and it is off without frames.
                return
            if error.code not in faults.PASSING:
                raise
            self._refusals += on and error.code == faults.GENERIC
            if self._refusals >= MOST_REFUSALS:
                if battery_low(self._configuration):
                    raise CameraError(
                        f"no live view: {LOW_ADVICE}", kind=FailureKind.BATTERY_LOW, code=error.code
                    ) from error
                # A Canon reports that its temperature status changed, but not the new status (0xD1AB; 2.5.34 config.c).
                raise CameraError(
                    "the camera refuses live view; it may be too hot: let it cool down, and check its display",
                    kind=FailureKind.BLOCKED,
                    code=error.code,
                ) from error
            # If the camera is only busy, the next frame retries.
            self._pause(PAUSE_SECONDS)
