"""The cameras of the service."""

from __future__ import annotations

from fastapi import APIRouter

from photonic.access.permission import Permission
from photonic.access.principal import Principal
from photonic.model.api import CameraList, CameraSummary
from photonic.model.camera_address import redacted
from photonic.service.http.camera_control import CameraControl
from photonic.service.http.routes.dependencies import Context, Who
from photonic.service.http.session_names import shown_to
from photonic.serving.route_permissions import needs


def cameras_router() -> APIRouter:
    """The list of cameras, to be included under the API prefix."""
    router = APIRouter(tags=["cameras"])

    @router.get("/cameras", summary="List cameras")
    @needs(Permission.WATCH)
    async def cameras(app_context: Context, who: Who) -> CameraList:
        """All cameras, the default camera first."""
        first = app_context.controllers[:1]
        return CameraList(
            cameras=tuple(_summary(controller, controller in first, who) for controller in app_context.controllers)
        )

    return router


def _summary(controller: CameraControl, default: bool, who: Principal) -> CameraSummary:
    snapshot = shown_to(who, controller.snapshot(), controller)
    return CameraSummary(
        id=snapshot.camera.id,
        serial=controller.serial,
        address=redacted(controller.address),
        default=default,
        camera=snapshot.camera,
        live=snapshot.live,
        captures=snapshot.captures,
        capture_count=snapshot.capture_count,
    )
