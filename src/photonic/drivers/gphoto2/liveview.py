"""Live view on the camera: started, stopped, and one frame at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.errors import CameraError, FailureKind
from photonic.model.frame import is_whole_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import Camera
    from photonic.drivers.gphoto2.configuration import Configuration

VIEWFINDER = "viewfinder"
PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.2
FAILURES = 5
PATIENCE_SECONDS = 4.0
RESTARTS = 2
FIRST_FRAME_SECONDS = 10.0
"""Nikon waits twice 2 s for live view to come on, then for the first picture (2.5.34 ``library.c``)."""

NEXT_FRAME_SECONDS = 5.0
"""EOS looks for 3 s for the next picture."""


class LiveView:
    """The camera's live view, with the first two rungs of the recovery ladder: retry, then viewfinder off and on."""

    def __init__(
        self,
        camera: Camera,
        configuration: Configuration,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._clock = clock
        self._pause = pause
        self._failures = 0
        self._failing_since: float | None = None
        self._restarts = 0
        self._shown = False
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

    def start(self) -> None:
        """Live view on; when it is on already, off and on.

        Raises ``CameraError``.
        """
        if self.on:
            self.stop()
        self._shown = False
        self._switch(on=True)
        self.on = True
        self._settled()
        self._restarts = 0

    def stop(self) -> None:
        """Live view off: mirror down, sensor cool.

        Raises ``CameraError``.
        """
        self.on = False
        self._switch(on=False)

    def frame(self) -> bytes | None:
        """One whole JPEG, or ``None`` after a pause: not yet, or not whole.

        Raises ``CameraError`` when live view stays away although it was restarted, and at once where retrying is no
        help (connection lost, battery, heat).
        """
        failure = None
        try:
            jpeg = self._camera.preview(NEXT_FRAME_SECONDS if self._shown else FIRST_FRAME_SECONDS)
        except CameraError as error:
            if error.code not in faults.PASSING or error.kind not in (
                FailureKind.CAMERA_FAULT,
                FailureKind.CAMERA_BUSY,
            ):
                raise
            failure = error
        else:
            if is_whole_jpeg(jpeg):
                self._shown = True
                if self._failures:
                    self._settled()
                self._restarts = 0
                return jpeg
        self._failed(failure)
        return None

    def _failed(self, failure: CameraError | None) -> None:
        now = self._clock()
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = now
        if self._failures < FAILURES and now - self._failing_since < PATIENCE_SECONDS:
            self._pause(min(PAUSE_SECONDS * self._failures, LONGEST_PAUSE_SECONDS))
            return
        if self._restarts >= RESTARTS:
            raise CameraError(
                f"no live view picture came although live view was restarted {RESTARTS} times"
                + (f": {failure.reason}" if failure else " (the camera gave cut or empty pictures)"),
                kind=FailureKind.CAMERA_FAULT,
                code=failure.code if failure else None,
            ) from failure
        self._restarts += 1
        self._settled()
        self._switch(on=False)
        self._switch(on=True)

    def _settled(self) -> None:
        self._failures = 0
        self._failing_since = None

    def _switch(self, *, on: bool) -> None:
        # Cameras without a switch start live view with the first picture.
        if self._configuration.read(VIEWFINDER) is None:
            return
        try:
            self._camera.write(VIEWFINDER, 1 if on else 0)
        except CameraError as error:
            if error.code not in faults.PASSING:
                raise
            # A camera that is busy now is asked again by the next picture.
            self._pause(PAUSE_SECONDS)
