"""Works around a Canon EOS that lists the keep-alive operation (KeepDeviceOn, 0x911D) but does not support it.

libgphoto2 asks an EOS to stay on before each frame and each wait for events once the last successful request is 10 s
old, and returns a refusal as the result of the frame or the wait (2.5.34 ``config.c``, ``camera_keep_device_on``). From
then on every one of them fails, although the camera can do both. The 10 s restart when capture is prepared
(``camera_prepare_canon_eos_capture``); the library has a configuration entry for that.
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


class KeepAlive:
    """Repeats a call that failed only because of the keep-alive. ``read`` and ``write`` access the camera's entries."""

    def __init__(self, read: Callable[[str], Setting | None], write: Callable[[str, int], None]) -> None:
        self._read = read
        self._write = write

    def around(self, call: Callable[[], T]) -> T:
        """Return what ``call`` returns. Raises ``CameraError``."""
        try:
            return call()
        except CameraError as error:
            if error.code != faults.NOT_SUPPORTED or not self.prepare():
                raise
        return call()

    def prepare(self) -> bool:
        """Prepare capture again, which also makes the library fetch queued events; return whether that worked."""
        found = (one for one in registry.PREPARATIONS if self._read(one.only_with) is not None)
        preparation = next(found, None)
        if preparation is None:
            return False
        try:
            self._write(preparation.name, 1)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            return False
        return True
