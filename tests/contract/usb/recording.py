"""``python -m tests.contract.usb.recording FILE [--capture]``: names an owner on the simulated EOS, and records it.

The last line says, as JSON, which properties of the body the recording has changed.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import gphoto2  # pyright: ignore[reportMissingTypeStubs]

from photonic.cli.application import run
from photonic.simulator.control import ControlClient

gp: Any = gphoto2

OWNER = {"ownername": "Jane Q. Doe", "artist": "Doe Studios", "copyright": "(c) 2026 Jane Doe"}


def name_owner() -> None:
    camera = gp.Camera()
    camera.init()
    for name, value in OWNER.items():
        widget = camera.get_single_config(name)
        widget.set_value(value)
        camera.set_single_config(name, widget)
    camera.exit()


def properties() -> dict[str, str]:
    return ControlClient.at(os.environ["PHOTONIC_SIMULATOR_CONTROL"]).state()["properties"]


if __name__ == "__main__":
    name_owner()
    before = properties()
    sys.argv = ["photonic", "body", "record", "--simulated", *sys.argv[1:]]
    try:
        run()
    finally:
        after = properties()
        changed = {code: [before[code], after[code]] for code in before if before[code] != after[code]}
        sys.stdout.write(json.dumps({"changed": changed}) + "\n")
