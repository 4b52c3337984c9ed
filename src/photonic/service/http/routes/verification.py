"""The checks of one camera's stored photos: begin one, and see what was found."""

from __future__ import annotations

from fastapi import APIRouter

from photonic.access.permission import Permission
from photonic.model.verification import VerificationRequest, VerificationStatus
from photonic.service.http.routes.dependencies import Controller
from photonic.serving.route_permissions import needs


def verification_router() -> APIRouter:
    """The routes, to be included under each camera prefix."""
    router = APIRouter(prefix="/verification", tags=["verification"])

    @router.get("", summary="Stored photos: last check, check in progress")
    @needs(Permission.ADMINISTER)
    async def verification(controller: Controller) -> VerificationStatus:
        """The check in progress, the last one that ended, and when one last ended without open findings."""
        return controller.verification.status()

    @router.post("", summary="Check the stored photos", status_code=202)
    @needs(Permission.ADMINISTER)
    async def verify(wanted: VerificationRequest, controller: Controller) -> VerificationStatus:
        """Compare each stored photo with what the camera sent; answers at once.

        With `repair`, what is missing or changed is fetched from the second copy or the card. With `adopt`, photos that
        no record mentions are listed from then on. `GET` shows the progress; the check has ended when `requests` has
        reached the `requested` of this answer. `reason` says why it cannot be made now.
        """
        return controller.verification.request(repair=wanted.repair, adopt=wanted.adopt)

    return router
