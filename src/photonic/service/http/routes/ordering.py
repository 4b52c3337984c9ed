"""The order of several cameras' stills in one list."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.http.camera_control import CameraControl
    from photonic.service.library.sessions import Order


def order_of(controllers: Sequence[CameraControl]) -> Order:
    """The position of every still of these cameras in the order of acceptance."""
    return ChainMap(*(dict(controller.gallery.order) for controller in controllers))
