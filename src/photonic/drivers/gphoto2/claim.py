"""Says why a USB camera cannot be opened: the program that holds it, a missing permission, or an unplugged cable."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.holders import PROC, claimed, holders
from photonic.worker.supervision.usb import GONE, NODES

if TYPE_CHECKING:
    from pathlib import Path

CLAIMED = frozenset({-53, -60})
"""GP_ERROR_IO_USB_CLAIM and GP_ERROR_IO_LOCK (``gphoto2-port-result.h`` of 2.5.34)."""

_USB_PATH = re.compile(r"usb:(\d+),(\d+)")


def with_holder(error: CameraError, path: str, nodes: Path = NODES, proc: Path = PROC) -> CameraError:
    """The same error; for a USB camera that is claimed, not permitted or gone, one that says what to do.

    The library also reports a camera as claimed that is unplugged between its detection and the claim
    (``gp_port_usb_open`` of 2.5.34); then the kernel no longer shows the device.

    Args:
        error: The error of opening the camera.
        path: The library's port, as ``usb:BUS,DEVICE``.
        nodes: Where the kernel shows USB devices.
        proc: Where the kernel shows processes.
    """
    place = _USB_PATH.fullmatch(path)
    if place is None:
        return error
    node = nodes / place[1] / place[2]
    there = node.exists()
    if there and not os.access(node, os.R_OK | os.W_OK):
        text = f"no permission for the camera's device file {node}: run photonic doctor for the command that grants it"
        return CameraError(text, kind=FailureKind.BLOCKED, code=error.code)
    if error.code not in CLAIMED:
        return error
    if not there:
        return CameraError(GONE, kind=FailureKind.CAMERA_ABSENT, code=error.code)
    return CameraError(claimed(holders([node], proc)), kind=FailureKind.BLOCKED, code=error.code)
