"""Access control of the application: its tables, and what each of its routes needs."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from photonic.access.browser_sessions import SessionTable
from photonic.access.codes import CodeTable
from photonic.access.control import AccessControl
from photonic.access.links import LinkTable
from photonic.access.tokens import TokenTable
from photonic.access.tries import DeviceTable, TryLimiter
from photonic.serving.route_permissions import RoutePermissions

if TYPE_CHECKING:
    from fastapi import FastAPI

    from photonic.access.control import AccessPolicy
    from photonic.service.http.context import AppContext

LINK_KEY_BYTES = 32


def access_in_memory(policy: AccessPolicy) -> AccessControl:
    """Access control that forgets everything when the service stops, for applications without a state folder."""
    return AccessControl(
        policy,
        clock=time.monotonic,
        tokens=TokenTable(),
        sessions=SessionTable(),
        links=LinkTable(secrets.token_bytes(LINK_KEY_BYTES)),
        codes=CodeTable(),
        tries=TryLimiter(),
        pin_tries=TryLimiter(),
        devices=DeviceTable(),
    )


def route_permissions(app: FastAPI, app_context: AppContext) -> RoutePermissions:
    """What each route of the application needs."""

    def camera_name(camera_id: str | None) -> str:
        names = [
            controller for controller in app_context.controllers if camera_id is None or controller.answers(camera_id)
        ]
        return names[0].camera_id if names else ""

    return RoutePermissions(app.routes, camera_name)
