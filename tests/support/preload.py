"""umockdev's preload library, which a test of the simulated buses needs."""

from __future__ import annotations

from pathlib import Path

from tests.support.absent import absent

from photonic.errors import BadInput
from photonic.simulator.usb.umockdev import find_library


def preload_library() -> Path:
    """Where it is; without it, the test is skipped by its name."""
    try:
        return find_library(Path("/"))
    except BadInput as error:
        absent(str(error))
