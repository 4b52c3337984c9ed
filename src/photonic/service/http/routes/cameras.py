"""The cameras of the service."""

from __future__ import annotations

from fastapi import APIRouter

from photonic.model.api import CameraList, CameraSummary
from photonic.model.camera_address import shown
from photonic.service.http.roles import CameraStation
from photonic.service.http.routes.dependencies import TheSurface


def cameras_router() -> APIRouter:
    """The route at the root that says which cameras there are."""
    router = APIRouter(tags=["cameras"])

    @router.get("/cameras")
    async def cameras(surface: TheSurface) -> CameraList:
        """Every camera, the default one first."""
        first = surface.stations[:1]
        return CameraList(cameras=tuple(_summary(station, station in first) for station in surface.stations))

    return router


def _summary(station: CameraStation, default: bool) -> CameraSummary:
    snapshot = station.snapshot()
    return CameraSummary(
        id=snapshot.camera.id,
        serial=station.serial,
        address=shown(station.address),
        default=default,
        camera=snapshot.camera,
        live=snapshot.live,
        captures=snapshot.captures,
        capture_count=snapshot.capture_count,
    )
