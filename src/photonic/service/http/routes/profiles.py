"""Named profiles: the list, and choosing one."""

from __future__ import annotations

from fastapi import APIRouter

from photonic.access.permission import Permission
from photonic.model.profile import ProfileChoice, ProfileList
from photonic.service.http.routes.dependencies import Controller
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
    async def choose(choice: ProfileChoice, controller: Controller) -> ProfileList:
        """Activate a profile with all its settings, or change nothing. `null` deactivates the active profile."""
        return await controller.profiles.choose(choice.name)

    return router
