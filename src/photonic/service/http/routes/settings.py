"""The camera's settings: everything that can be set, several changed at once; and its lens."""

from __future__ import annotations

from fastapi import APIRouter

from photonic.model.api import Answer, FocusRequest
from photonic.model.setting import SettingChanges, SettingList
from photonic.service.http.routes.dependencies import TheStation


def settings_router() -> APIRouter:
    """The settings of one camera; to be included under its prefix."""
    router = APIRouter(tags=["settings"])

    @router.get("/settings")
    async def settings(controller: TheStation) -> SettingList:
        """Everything that can be set, with its choices as they are now; common settings first.

        During a capture, the answer comes when it has ended.
        """
        return await controller.settings.read()

    @router.patch("/settings")
    async def change(changes: SettingChanges, controller: TheStation) -> SettingList:
        """Set these now: all, or none.

        Names are common ones, or paths; values are as people write them. During a capture, they are set when it has
        ended.
        """
        return await controller.settings.change(changes.texts)

    @router.post("/focus")
    async def focus(request: FocusRequest, controller: TheStation) -> Answer:
        """Find the focus, stop finding it, or drive the lens nearer or farther; takes no photo."""
        await controller.focus(request)
        return Answer(message="done")

    return router
