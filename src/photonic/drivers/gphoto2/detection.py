"""``python -m photonic.drivers.gphoto2.detection``: the cameras on USB and their abilities, as one JSON list.

This runs in its own process, because importing the library loads all of it, and scanning a broken bus may hang. No
camera is opened: libgphoto2 recognises cameras by their USB ids (``gp_abilities_list_detect``) and lists their
abilities.
"""

from __future__ import annotations

import json
import sys

import gphoto2

from photonic.drivers.gphoto2 import native

ABILITIES = {
    "capture": gphoto2.GP_OPERATION_CAPTURE_IMAGE,
    "live view": gphoto2.GP_OPERATION_CAPTURE_PREVIEW,
    "settings": gphoto2.GP_OPERATION_CONFIG,
    "trigger": gphoto2.GP_OPERATION_TRIGGER_CAPTURE,
}


def detected() -> list[dict[str, str | list[str]]]:
    """The cameras found, each with ``model``, ``port`` (as ``usb:001,004``) and ``abilities``."""
    context = gphoto2.Context()
    ports = gphoto2.PortInfoList()
    ports.load()
    known = gphoto2.CameraAbilitiesList()
    known.load(context)
    found = known.detect(ports, context)
    cameras: list[dict[str, str | list[str]]] = []
    for model, port in native.pairs(found):
        operations = known[known.lookup_model(model)].operations
        able = [name for name, operation in ABILITIES.items() if operations & operation]
        cameras.append({"model": model, "port": port, "abilities": able})
    return cameras


if __name__ == "__main__":
    sys.stdout.write(json.dumps(detected()) + "\n")
