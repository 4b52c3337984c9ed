"""``python -m tests.contract.usb.recording FILE``: names an owner on the simulated EOS, and records it."""

from __future__ import annotations

import sys
from typing import Any

import gphoto2  # pyright: ignore[reportMissingTypeStubs]

from photonic.cli.application import run

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


if __name__ == "__main__":
    name_owner()
    sys.argv = ["photonic", "body", "record", "--simulated", "--capture", sys.argv[1]]
    run()
