"""Access control of the application: its tables, and what each of its routes needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.access.control import AccessControl
from photonic.access.credentials import random_bytes
from photonic.access.links import KEY_BYTES, LinkTable
from photonic.serving.route_permissions import RoutePermissions

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from photonic.access.policy import AccessPolicy
    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.context import AppContext

DEFAULT_CAMERA = "camera"


def access_in_memory(policy: AccessPolicy, clock: Callable[[], float]) -> AccessControl:
    """Access control that forgets everything when the service stops, for applications without a state folder.

    ``clock`` returns monotonic seconds.
    """
    return AccessControl(policy, clock=clock, links=LinkTable(random_bytes(KEY_BYTES)))


def route_permissions(app: FastAPI, app_context: AppContext) -> RoutePermissions:
    """What each route of the application needs."""

    def camera_names(camera_id: str | None) -> frozenset[str]:
        found = [one for one in app_context.controllers if camera_id is None or one.answers(camera_id)]
        return frozenset(_names(found[0], app_context)) if found else frozenset()

    return RoutePermissions(app.routes, camera_names)


def known_cameras(app_context: AppContext) -> tuple[str, ...]:
    """Every name that a link may give a camera."""
    return tuple(dict.fromkeys(name for one in app_context.controllers for name in _names(one, app_context)))


def _names(controller: CameraControl, app_context: AppContext) -> list[str]:
    """The camera's name and serial number; of the default camera also ``camera``, which it is called in addresses.

    A camera without a configured name gets its name when it is first opened: a link that was made before stays valid.
    """
    names = [controller.camera_id, *([controller.serial] if controller.serial else [])]
    named_so = any(one.answers(DEFAULT_CAMERA) for one in app_context.controllers)
    return [*names, DEFAULT_CAMERA] if controller is app_context.controllers[0] and not named_so else names
