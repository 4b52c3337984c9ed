"""Live view on the camera: started, stopped, and one frame at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.battery import LOW_ADVICE, battery_low
from photonic.errors import CameraError, FailureKind
from photonic.model.jpeg import whole_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration

VIEWFINDER = "viewfinder"
NO_LIVE_VIEW = "this camera has no live view over this connection"
PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.2
FIRST_FRAME_SECONDS = 10.0
"""Nikon waits twice 2 s for live view to come on, then for the first picture (2.5.34 ``library.c``)."""

NEXT_FRAME_SECONDS = 4.0
"""EOS looks for 3.2 s for the next picture (2.5.34 ``library.c``: a last pause after the 3 s), and one answer is
on its way then; a link that is quite silent is given up by the library, 2.5 s after its last word (``ptpip.c``)."""

MOST_AWAITED = 20
"""Pictures that did not come: with the pauses between them, 3 s and more."""

MOST_REFUSALS = 2
"""Refused once, a camera may just have been busy; refused again by the ladder's next start, it has a reason."""

_PASSING_KINDS = (FailureKind.CAMERA_FAULT, FailureKind.CAMERA_BUSY)


class LiveView:
    """The camera's live view; ``on`` is what was last asked for."""

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
        self.on = False

    def supported(self) -> bool:
        """Whether this camera has live view: it has a viewfinder switch, or a first try gives no "not supported".

        Raises ``CameraError`` where the connection broke.
        """
        if self._configuration.read(VIEWFINDER) is not None:
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
        """Whether the first picture is still awaited, and may well come: nothing else is asked of the camera then."""
        return self.on and not self._shown and self._failures < MOST_AWAITED

    def start(self) -> None:
        """Live view on; when it is on already, off and on.

        Raises ``CameraError``.
        """
        if self.on:
            self.stop()
        self._shown = False
        self._switch(on=True)
        self.on = True
        self._failures = 0

    def stop(self) -> None:
        """Live view off: mirror down, sensor cool.

        Raises ``CameraError``.
        """
        self.on = False
        self._switch(on=False)

    def frame(self) -> bytes | None:
        """One whole JPEG, or ``None`` after a pause: not yet, or not whole.

        How often that may happen before live view is restarted is for ``worker.supervision.ladder`` to decide.

        Raises ``CameraError`` where trying again is no help: connection lost, battery, heat.
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
        # Cameras without a switch start live view with the first picture.
        if self._configuration.read(VIEWFINDER) is None:
            return
        try:
            self._camera.write(VIEWFINDER, 1 if on else 0)
            if on:
                self._refusals = 0
        except CameraError as error:
            if error.code == faults.NOT_SUPPORTED:
                # As without a switch: the first picture decides, and without pictures it is off.
                return
            if error.code not in faults.PASSING:
                raise
            self._refusals += on and error.code == faults.GENERIC
            if self._refusals >= MOST_REFUSALS:
                if battery_low(self._configuration):
                    raise CameraError(
                        f"no live view: {LOW_ADVICE}", kind=FailureKind.BATTERY_LOW, code=error.code
                    ) from error
                # Canon tells libgphoto2 that the temperature's status changed, not to what (0xD1AB; 2.5.34 config.c).
                raise CameraError(
                    "the camera refuses live view; it may be too hot: let it cool down, and look at its display",
                    kind=FailureKind.BLOCKED,
                    code=error.code,
                ) from error
            # A camera that is busy now is asked again by the next picture.
            self._pause(PAUSE_SECONDS)
