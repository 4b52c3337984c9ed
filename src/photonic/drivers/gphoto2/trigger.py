"""The library's two ways to release: a trigger, which reports photos as events, or a capture, which returns a photo."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import gphoto2

PHOTO_SECONDS = 20.0
"""How much longer a release takes if it waits for its photo."""

_MOST_RETURNED = 8


class Trigger:
    """Uses a trigger if the library supports one and reports the photo, because a capture returns only one file.

    The camera's listed abilities are unreliable: 2.5.34 lists no trigger for PTP/IP, Fuji and PowerShot, but supports
    it. An unsupported trigger is refused (-6) before anything happens.

    Args:
        call: Wraps each library call, with its name and its limit in seconds.
        capture: The library's capture; returns the photo's folder and name.
        loses_photos: Whether the library may not report the photo of a trigger.
    """

    def __init__(
        self,
        call: Callable[[str, float], AbstractContextManager[None]],
        capture: Callable[[gphoto2.Camera, gphoto2.Context], tuple[str, str]],
        loses_photos: Callable[[], bool] = lambda: False,
    ) -> None:
        self._call = call
        self._capture = capture
        self._loses_photos = loses_photos
        self._refused = False
        self._unreported: deque[ObjectAdded] = deque()
        self._returned: deque[ObjectAdded] = deque(maxlen=_MOST_RETURNED)

    def pull(self, camera: gphoto2.Camera, context: gphoto2.Context, limit_seconds: float) -> None:
        """Focus and release. Raises ``CameraError``."""
        if not self._refused and not self._loses_photos():
            try:
                with self._call("trigger", limit_seconds):
                    camera.trigger_capture(context)
            except CameraError as error:
                # After a refusal that follows the press, a capture would be a second photo.
                if error.code != faults.NOT_SUPPORTED or faults.fired(error):
                    raise
                self._refused = True
            else:
                return
        with self._call("capture", limit_seconds + PHOTO_SECONDS):
            folder, name = self._capture(camera, context)
        if name:
            self._returned.append(ObjectAdded(folder, name))
            self._unreported.append(self._returned[-1])

    def returned(self) -> ObjectAdded | None:
        """The next photo that a capture has returned, each once."""
        return self._unreported.popleft() if self._unreported else None

    def knows(self, added: ObjectAdded) -> bool:
        """Whether a capture has already returned the photo of an event."""
        return added in self._returned
