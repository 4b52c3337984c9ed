"""A Canon EOS that lists the keep-alive operation (KeepDeviceOn, 0x911D) and answers that it does not know it.

libgphoto2 asks an EOS to stay on before each picture and each wait for events, once 10 s have gone since that last
worked, and hands on a refusal as the result of the picture or the wait (2.5.34 ``config.c``,
``camera_keep_device_on``). From then on every one of them fails, although the camera can do both. The 10 s begin anew
when capture is prepared (``camera_prepare_canon_eos_capture``), which the library's entry ``capture`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from photonic.drivers.gphoto2 import faults
from photonic.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import Setting

PREPARE = "capture"
ONLY_EOS = "eosremoterelease"
"""Only an EOS has this entry. Other makers have an entry ``capture``, too: a Sony's presses the shutter button."""

T = TypeVar("T")


class KeepAlive:
    """Repeats a call that was refused only because of the keep-alive. ``read`` and ``write``: the camera's entries."""

    def __init__(self, read: Callable[[str], Setting | None], write: Callable[[str, int], None]) -> None:
        self._read = read
        self._write = write

    def around(self, call: Callable[[], T]) -> T:
        """What ``call`` returns. Raises ``CameraError``."""
        try:
            return call()
        except CameraError as error:
            if error.code != faults.NOT_SUPPORTED or not self.prepare():
                raise
        return call()

    def prepare(self) -> bool:
        """Prepare capture anew, and whether that was possible; events that wait are in the library by then."""
        if self._read(ONLY_EOS) is None:
            return False
        try:
            self._write(PREPARE, 1)
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            return False
        return True
