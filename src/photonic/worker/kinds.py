"""Maps a camera's address to its driver, by module name, so that nothing in the parent imports a driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.camera_address import SourceKind

if TYPE_CHECKING:
    from collections.abc import Mapping

GPHOTO2 = "photonic.drivers.gphoto2"
WEBCAM = "photonic.drivers.webcam"
PATTERN = "pattern"
"""The address kind of a test pattern."""

_DRIVERS: Mapping[str, str] = {PATTERN: "photonic.drivers.pattern", **dict.fromkeys(SourceKind, WEBCAM)}


def driver_of(address: str) -> str:
    """The driver's module, to be run with ``python -m``."""
    return _DRIVERS.get(address.partition(":")[0], GPHOTO2)
