"""The camera itself: connect, disconnect, status, settings."""

from __future__ import annotations

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from photonic.access.audit import AuditAction
from photonic.access.permission import Permission
from photonic.errors import CameraError, FailureKind
from photonic.model.api import Answer, ConfigRequest, StatusAnswer
from photonic.model.status import CameraState
from photonic.service.http.routes.dependencies import Context, Controller, Who
from photonic.serving import problems
from photonic.serving.route_permissions import needs

RELEASED = "an operator has disconnected the camera: only an operator can connect it again"

log = structlog.stdlib.get_logger(__name__)


def no_camera(error: CameraError) -> Response:
    """503 for any camera failure, the only status that clients of the compat API expect; the type gives the reason."""
    if error.kind is FailureKind.NOT_SUPPORTED:
        return problems.of_error(error)
    return problems.ProblemResponse(error.kind, error.reason, status=503)


def camera_router() -> APIRouter:
    """The routes, to be included under each camera prefix."""
    router = APIRouter(tags=["camera"])

    @router.post("/connect", response_model=Answer)
    @needs(Permission.CAPTURE)
    async def connect(controller: Controller, who: Who) -> Answer | Response:
        """Open the camera and keep it open; after `/disconnect`, for the operator only."""
        if not who.is_operator and controller.snapshot().camera.state is CameraState.DISCONNECTED:
            return problems.of_status(403, RELEASED)
        try:
            await controller.connect()
        except CameraError as error:
            return no_camera(error)
        return Answer(message=f"connected to {controller.status().model or 'the camera'}")

    @router.post("/disconnect")
    @needs(Permission.OPERATE)
    async def disconnect(controller: Controller) -> Answer:
        """Release the camera; it is not reconnected until `/connect` is called."""
        await controller.disconnect()
        return Answer(message="disconnected")

    @router.get("/status")
    @needs(Permission.WATCH)
    async def status(controller: Controller) -> StatusAnswer:
        """Model, battery, storage and settings of the camera; `connected` is false if no camera is connected."""
        try:
            return controller.status()
        except Exception:
            log.exception("reading the status failed", camera=controller.camera_id)
            return StatusAnswer(connected=False)

    @router.post("/config", summary="Change settings")
    @needs(Permission.OPERATE)
    async def config(wanted: ConfigRequest, request: Request, controller: Controller, app_context: Context) -> Answer:
        """Change all of these settings, or none."""
        await controller.apply(wanted)
        names = ", ".join(sorted(wanted.model_fields_set))
        await app_context.audit(request, AuditAction.SETTING_CHANGED, names, camera=controller.camera_id)
        return Answer(message="settings applied")

    return router
