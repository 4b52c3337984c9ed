"""The camera's settings, to be listed and changed, several at once; and focusing."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from photonic.access.audit import AuditAction
from photonic.access.permission import Permission
from photonic.model.api import Answer, FocusRequest
from photonic.model.setting import SettingChanges, SettingList
from photonic.service.http.routes.dependencies import Context, Controller
from photonic.serving.route_permissions import needs


def settings_router() -> APIRouter:
    """The settings of one camera, to be included under each camera prefix."""
    router = APIRouter(tags=["settings"])

    @router.get("/settings", summary="List settings")
    @needs(Permission.OPERATE)
    async def settings(controller: Controller) -> SettingList:
        """All settings with their current choices, common ones first.

        During a capture, the response is sent after the capture has ended.
        """
        return await controller.settings.read()

    @router.patch("/settings", summary="Change settings")
    @needs(Permission.OPERATE)
    async def change(
        changes: SettingChanges, request: Request, controller: Controller, app_context: Context
    ) -> SettingList:
        """Change these settings, all or none.

        Names are common names or paths; values are written as in the list of settings. During a capture, the settings
        are changed after the capture has ended.
        """
        changed = await controller.settings.change(changes.texts)
        names = ", ".join(changes.texts)
        await app_context.audit(request, AuditAction.SETTING_CHANGED, names, camera=controller.camera_id)
        return changed

    @router.post("/focus")
    @needs(Permission.OPERATE)
    async def focus(wanted: FocusRequest, controller: Controller) -> Answer:
        """Start or stop autofocus, or drive the lens nearer or farther, without taking a photo."""
        await controller.focus(wanted)
        return Answer(message="done")

    return router
