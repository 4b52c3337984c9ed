"""For the operator: the health of a camera, the newest log lines, the doctor's report, and all of it in one file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from photonic.access.permission import Permission
from photonic.errors import CameraError, EndOfStream, FailureKind, StorageError
from photonic.model.health import CameraHealth, DoctorReport, LogPage, RoomLeft, Versions
from photonic.model.reach import EVERYTHING
from photonic.service.files.room import AVERAGED_PHOTOS, photos_left
from photonic.service.http.routes.dependencies import Context, Controller, Who
from photonic.service.http.routes.health import figures
from photonic.service.support import bundle
from photonic.service.support.redaction import Redactor
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from pydantic import JsonValue

    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.context import AppContext

MEGABYTE = 1_000_000
NUMBER_LIMIT = 2**53


def camera_health_router() -> APIRouter:
    """The route, to be included under each camera prefix."""
    router = APIRouter(tags=["diagnosis"])

    @router.get("/health")
    @needs(Permission.WATCH)
    async def health(controller: Controller, app_context: Context, who: Who) -> CameraHealth:
        """The camera's viewers with their frame rates, its battery, and room for photos.

        Recovery attempts, and the hooks and webhooks that are notified, are for the operator only.
        """
        found = await _health(controller, app_context)
        return found if who.is_operator else found.model_copy(update={"recoveries": (), "targets": ()})

    return router


def diagnosis_router() -> APIRouter:
    """The routes about the service as a whole, to be included under the API prefix."""
    router = APIRouter(prefix="/diagnosis", tags=["diagnosis"])

    @router.get(
        "",
        summary="Download the diagnosis bundle",
        response_class=Response,
        responses={200: {"content": {"application/zip": {}}}},
    )
    @needs(Permission.ADMINISTER)
    async def everything(app_context: Context) -> Response:
        """Status, settings, versions, log, recovery attempts, metrics and doctor report as a ZIP without secrets."""
        made_at = app_context.time.wall()
        report = await _report(app_context)
        documents: dict[str, JsonValue | str] = {
            "config.json": app_context.settings.model_dump(mode="json"),
            "doctor.json": report.model_dump(mode="json"),
            "log.txt": bundle.log_text(app_context.logs.page()),
            "metrics.txt": figures(app_context.controllers, app_context),
        }
        for number, controller in enumerate(app_context.controllers, 1):
            documents[f"camera-{number}/status.json"] = controller.snapshot().model_dump(mode="json")
            documents[f"camera-{number}/health.json"] = (await _health(controller, app_context)).model_dump(mode="json")

        def pack() -> bytes:
            versions = bundle.versions().model_dump(mode="json")
            return bundle.packed({**documents, "versions.json": versions}, Redactor.of(app_context.settings), made_at)

        name = f"photonic-diagnosis-{made_at:%Y%m%d-%H%M%S}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(await asyncio.to_thread(pack), media_type="application/zip", headers=headers)

    @router.get("/log")
    @needs(Permission.ADMINISTER)
    async def log(app_context: Context, after: Annotated[int, Query(ge=0, le=NUMBER_LIMIT)] = 0) -> LogPage:
        """The newest log lines, at most 200 and without secrets; with `after`, only those with a higher number."""
        return app_context.logs.page(after)

    @router.get("/doctor")
    @needs(Permission.ADMINISTER)
    async def doctor(app_context: Context) -> DoctorReport:
        """Run `photonic doctor` on the service's machine; it queries the service and opens no camera."""
        return await _report(app_context)

    @router.get("/versions")
    @needs(Permission.ADMINISTER)
    async def versions() -> Versions:
        """The versions of photonic, Python, the system and the packages."""
        return await asyncio.to_thread(bundle.versions)

    return router


async def _report(app_context: AppContext) -> DoctorReport:
    """The doctor's report, without secrets. Raises ``CameraError`` if the service stops before it is ready."""
    try:
        async with app_context.shutdown.bound():
            report = await app_context.doctor.report()
    except EndOfStream as ended:
        raise CameraError(str(ended), kind=FailureKind.SHUTTING_DOWN) from ended
    redactor = Redactor.of(app_context.settings)
    return DoctorReport.model_validate(redactor.value(report.model_dump(mode="json")))


async def _health(controller: CameraControl, app_context: AppContext) -> CameraHealth:
    health, storage = controller.health(), controller.snapshot().storage
    if storage is None:
        return health
    try:
        newest = (await controller.captures_page(None, AVERAGED_PHOTOS, EVERYTHING)).captures
    except StorageError:  # the index is not read yet, or cannot be
        return health
    left = photos_left(storage.free_bytes, app_context.settings.min_free_mb * MEGABYTE, newest)
    return health.model_copy(update={"room": RoomLeft(on_disk=left, on_card=health.room.on_card)})
