"""Named profiles: the list, and choosing one."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from photonic.access.audit import AuditAction
from photonic.access.permission import Permission
from photonic.model.profile import ProfileChoice, ProfileList
from photonic.service.http.routes.dependencies import Context, Controller
from photonic.serving.route_permissions import needs


def profiles_router() -> APIRouter:
    """The profiles of one camera, to be included under each camera prefix."""
    router = APIRouter(tags=["settings"])

    @router.get("/profiles", summary="List profiles")
    @needs(Permission.OPERATE)
    async def profiles(controller: Controller) -> ProfileList:
        """The configured profiles, and the active one."""
        return controller.profiles.listed()

    @router.put("/profile", summary="Activate a profile")
    @needs(Permission.OPERATE)
    async def choose(
        choice: ProfileChoice, request: Request, controller: Controller, app_context: Context
    ) -> ProfileList:
        """Activate a profile with all its settings, or change nothing. `null` deactivates the active profile."""
        chosen = await controller.profiles.choose(choice.name)
        what = f"profile {choice.name}" if choice.name is not None else "no profile"
        await app_context.audit(request, AuditAction.SETTING_CHANGED, what, camera=controller.camera_id)
        return chosen

    return router
