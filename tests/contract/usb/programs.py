"""``python -m tests.contract.usb.programs COMMAND``: what runs beside the simulated body. Each says one JSON object.

``capabilities``: an ioctl and a read on the device node, without any library. ``capture``: autodetect, previews and a
capture with python-gphoto2, which brings its own libgphoto2 and libusb. ``replug``: the same library while the camera
is unplugged in its live view, and plugged in again.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import sys
import time
from contextlib import suppress
from typing import Any

import gphoto2  # pyright: ignore[reportMissingTypeStubs]
from tests.support.waiting import until_found

from photonic.simulator.control import ControlClient

gp: Any = gphoto2

NODE = "/dev/bus/usb/001/002"
GET_CAPABILITIES = 0x8004551A
PREVIEWS = 3
DETECTED_WITHIN_SECONDS = 30.0


def capabilities() -> dict[str, Any]:
    node = os.open(NODE, os.O_RDWR)
    answer = bytearray(4)
    result = fcntl.ioctl(node, GET_CAPABILITIES, answer)
    head = os.read(node, 18)
    return {"result": result, "capabilities": struct.unpack("<I", answer)[0], "head": head.hex()}


def capture() -> dict[str, Any]:
    seen = detected()
    camera = gp.Camera()
    camera.init()
    frames: list[int] = []
    if len(sys.argv) > 2:
        frames = [len(camera.capture_preview().get_data_and_size()) for _ in range(PREVIEWS)]
    path = camera.capture(gp.GP_CAPTURE_IMAGE)
    # The library owns the bytes: they are gone with the file object.
    file = camera.file_get(path.folder, path.name, gp.GP_FILE_TYPE_NORMAL)
    photo = bytes(file.get_data_and_size())
    camera.exit()
    ends = (photo[:2] + photo[-2:]).hex()
    return {"seen": seen, "frames": frames, "bytes": len(photo), "ends": ends}


def replug() -> dict[str, Any]:
    control = ControlClient.at(os.environ["PHOTONIC_SIMULATOR_CONTROL"])
    camera = gp.Camera()
    camera.init()
    camera.capture_preview()
    control.unplug()
    error = ""
    deadline = time.monotonic() + DETECTED_WITHIN_SECONDS
    while not error and time.monotonic() < deadline:
        try:
            camera.capture_preview()
        except gp.GPhoto2Error as failure:
            error = str(failure)
    with suppress(gp.GPhoto2Error):
        camera.exit()
    absent = detected()
    control.plug()
    seen = until_found(detected, bool)
    camera = gp.Camera()
    camera.init()
    serial = camera.get_single_config("serialnumber").get_value()
    camera.exit()
    return {"error": error, "absent": absent, "seen": seen, "serial": serial}


def detected() -> list[tuple[str, str]]:
    found = gp.Camera.autodetect()
    return [(found.get_name(index), found.get_value(index)) for index in range(found.count())]


COMMANDS = {"capabilities": capabilities, "capture": capture, "replug": replug}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(COMMANDS[sys.argv[1]]()) + "\n")
