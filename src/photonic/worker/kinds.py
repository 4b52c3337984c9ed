"""Which driver a camera's address wants, by the name of its module: who starts a driver imports none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.camera_address import SourceKind

if TYPE_CHECKING:
    from collections.abc import Mapping

GPHOTO2 = "photonic.drivers.gphoto2"
WEBCAM = "photonic.drivers.webcam"
PATTERN = "pattern"
"""Kind of address of a test pattern instead of a camera."""

_DRIVERS: Mapping[str, str] = {PATTERN: "photonic.drivers.pattern", **dict.fromkeys(SourceKind, WEBCAM)}


def driver_of(address: str) -> str:
    """The module for ``python -m``."""
    return _DRIVERS.get(address.partition(":")[0], GPHOTO2)
