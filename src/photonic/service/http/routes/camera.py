"""The camera itself: connect, disconnect, status, settings."""

from __future__ import annotations

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from photonic.errors import CameraError, FailureKind
from photonic.model.api import Answer, ConfigRequest, StatusAnswer
from photonic.service.http import problems
from photonic.service.http.routes.dependencies import TheStation

log = structlog.stdlib.get_logger(__name__)


def no_camera(error: CameraError) -> Response:
    """Existing clients know one status for a camera that cannot be had: 503; the type still says why."""
    if error.kind is FailureKind.NOT_SUPPORTED:
        return problems.of_error(error)
    return problems.ProblemResponse(error.kind, error.reason, status=503)


def camera_router() -> APIRouter:
    """The routes, to be mounted under each camera prefix."""
    router = APIRouter(tags=["camera"])

    @router.post("/connect", response_model=Answer)
    async def connect(controller: TheStation) -> Answer | Response:
        """Open the camera, and keep it open from now on."""
        try:
            await controller.connect()
        except CameraError as error:
            return no_camera(error)
        return Answer(message=f"connected to {controller.status().model or 'the camera'}")

    @router.post("/disconnect")
    async def disconnect(controller: TheStation) -> Answer:
        """Let go of the camera; nothing reconnects until it is connected on request."""
        await controller.disconnect()
        return Answer(message="disconnected")

    @router.get("/status")
    async def status(controller: TheStation) -> StatusAnswer:
        """What the camera is and has; without one, ``connected`` is false."""
        try:
            return controller.status()
        except Exception:
            log.exception("status could not be told", camera=controller.camera_id)
            return StatusAnswer(connected=False)

    @router.post("/config")
    async def config(request: ConfigRequest, controller: TheStation) -> Answer:
        """Take every given setting, or none."""
        await controller.apply(request)
        return Answer(message="settings applied")

    return router
