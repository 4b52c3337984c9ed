"""Named profiles: which there are, and which is held."""

from __future__ import annotations

from fastapi import APIRouter

from photonic.model.profile import ProfileChoice, ProfileList
from photonic.service.http.routes.dependencies import TheStation


def profiles_router() -> APIRouter:
    """The profiles of one camera; to be included under its prefix."""
    router = APIRouter(tags=["settings"])

    @router.get("/profiles")
    async def profiles(controller: TheStation) -> ProfileList:
        """The profiles that are configured, and which one is held."""
        return controller.profiles.listed()

    @router.put("/profile")
    async def choose(choice: ProfileChoice, controller: TheStation) -> ProfileList:
        """Hold this profile from now on: all its settings, or go on as before. ``null``: hold none."""
        return await controller.profiles.choose(choice.name)

    return router
