"""The library's two ways to release: a trigger, with the photos as events; or a capture that returns its photo."""

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
"""A release that waits for its photo takes so much longer."""

_MOST_RETURNED = 8


class Trigger:
    """Triggers where the library can, since a capture tells of one file of RAW+JPEG only.

    The camera's abilities are no guide: 2.5.34 lists no trigger for PTP/IP, Fuji and PowerShot, and does it all the
    same. What cannot be triggered is refused (-6) before anything is done. ``call`` goes around each library call;
    ``capture`` is the second way, and gives the photo's folder and name.
    """

    def __init__(
        self,
        call: Callable[[str, float], AbstractContextManager[None]],
        capture: Callable[[gphoto2.Camera, gphoto2.Context], tuple[str, str]],
    ) -> None:
        self._call = call
        self._capture = capture
        self._refused = False
        self._untold: deque[ObjectAdded] = deque()
        self._returned: deque[ObjectAdded] = deque(maxlen=_MOST_RETURNED)

    def pull(self, camera: gphoto2.Camera, context: gphoto2.Context, limit_seconds: float) -> None:
        """Focus and release. Raises ``CameraError``."""
        if not self._refused:
            try:
                with self._call("trigger", limit_seconds):
                    camera.trigger_capture(context)
            except CameraError as error:
                # Refused after the press: a capture would be a second photo.
                if error.code != faults.NOT_SUPPORTED or faults.fired(error):
                    raise
                self._refused = True
            else:
                return
        with self._call("capture", limit_seconds + PHOTO_SECONDS):
            folder, name = self._capture(camera, context)
        if name:
            self._returned.append(ObjectAdded(folder, name))
            self._untold.append(self._returned[-1])

    def returned(self) -> ObjectAdded | None:
        """The next photo that a capture has returned; each once."""
        return self._untold.popleft() if self._untold else None

    def knows(self, added: ObjectAdded) -> bool:
        """Whether an event tells of a photo that a capture has returned already."""
        return added in self._returned
