"""A USB camera that could not be claimed: who has it, and how it is freed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.holders import PROC, claimed, holders
from photonic.worker.supervision.usb import NODES

if TYPE_CHECKING:
    from pathlib import Path

CLAIMED = frozenset({-53, -60})
"""GP_ERROR_IO_USB_CLAIM and GP_ERROR_IO_LOCK (``gphoto2-port-result.h`` of 2.5.34)."""

_USB_PATH = re.compile(r"usb:(\d+),(\d+)")


def with_holder(error: CameraError, path: str, nodes: Path = NODES, proc: Path = PROC) -> CameraError:
    """The same error, with the name of who holds the camera at this port of the library (``usb:BUS,DEVICE``)."""
    place = _USB_PATH.fullmatch(path)
    if error.code not in CLAIMED or place is None:
        return error
    node = nodes / place[1] / place[2]
    return CameraError(claimed(holders([node], proc)), kind=FailureKind.BLOCKED, code=error.code)
