"""Prepares a Canon EOS for captures again, and works around two operations that a body may list but not support.

Theory of operation
-------------------
A preparation (2.5.34 ``config.c``, ``camera_prepare_canon_eos_capture``) turns on the camera's events, upon which it
reports every setting, and then asks for its cards. The library has a configuration entry that repeats it.

**KeepDeviceOn (0x911D).** The library asks an EOS to stay on before each frame and each wait for events once the last
successful request is 10 s old, and returns a refusal as the result of the frame or the wait (``config.c``,
``camera_keep_device_on``). From then on every one of them fails, although the camera can do both. A preparation
restarts the 10 s.

**GetStorageIDs (0x9101).** If the question for its cards is refused, the preparation has failed, and the library
repeats it before each wait for an event (``library.c``, ``camera_wait_for_event``). Each time all settings join the
queue, and the wait takes one event from it. So the camera is never quiet, and the event of a photo is behind thousands
of others, or lost if the body discards its events when they are turned on again. ``gp_camera_capture`` repeats the
preparation only before the release, and then waits for the photo without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.makers import registry
from photonic.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import Setting

T = TypeVar("T")


class Preparation:
    """Knows whether the camera is prepared. ``read`` and ``write`` access the camera's entries.

    Every method but ``quiet`` raises ``CameraError`` if the connection broke.
    """

    def __init__(self, read: Callable[[str], Setting | None], write: Callable[[str, int], None]) -> None:
        self._read = read
        self._write = write
        self._refused: bool | None = None

    def around(self, call: Callable[[], T]) -> T:
        """Return what ``call`` returns; it is repeated if only the keep-alive failed. Raises ``CameraError``."""
        try:
            return call()
        except CameraError as error:
            if error.code != faults.NOT_SUPPORTED or not self.repeat():
                raise
        return call()

    def repeat(self) -> bool:
        """Prepare capture again, which also makes the library fetch queued events; return whether that worked."""
        found = (one for one in registry.PREPARATIONS if self._read(one.only_with) is not None)
        preparation = next(found, None)
        if preparation is None:
            self._refused = False
            return False
        try:
            self._write(preparation.name, 1)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            # A camera that is only busy now is asked again.
            if self._refused is None and error.code == faults.NOT_SUPPORTED:
                self._refused = True
            return False
        self._refused = False
        return True

    def quiet(self) -> None:
        """Note that a wait for events ended without any: the camera is prepared, or needs no preparation."""
        self._refused = False

    def refused(self) -> bool:
        """Whether the library cannot prepare this camera. Tries it, unless the camera has been quiet before."""
        if self._refused is None:
            self.repeat()
        return self._refused is True
