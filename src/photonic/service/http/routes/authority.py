"""The certificate of the service's own authority (``--tls auto``), for devices that shall trust the service."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from photonic.access.permission import Permission
from photonic.service.http.routes.dependencies import Context
from photonic.serving.route_permissions import needs

AUTHORITY_PATH = "/authority.pem"
MEDIA_TYPE = "application/x-x509-ca-cert"
"""With this type, phones offer to install the certificate."""


def authority_router() -> APIRouter:
    """The route of the authority's certificate."""
    router = APIRouter(tags=["service"])

    @router.get(
        AUTHORITY_PATH,
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}, 404: {"description": "The service has no authority."}},
    )
    @needs(Permission.OPEN)
    async def get_authority(app_context: Context) -> Response:
        """The certificate of the service's authority in PEM form, with `tls = auto`; otherwise 404."""
        pem = None if app_context.certificates is None else app_context.certificates.authority_pem
        if pem is None:
            raise HTTPException(404, "the service has no authority of its own: it is made with tls = auto")
        return Response(pem, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache"})

    return router
