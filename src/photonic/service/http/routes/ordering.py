"""Several cameras' stills in one order."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.http.camera_control import CameraControl
    from photonic.service.library.sessions import Order


def order_of(controllers: Sequence[CameraControl]) -> Order:
    """Where the stills of all these cameras stand."""
    return ChainMap(*(dict(controller.gallery.order) for controller in controllers))
