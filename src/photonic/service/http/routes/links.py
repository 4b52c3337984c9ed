"""Signed links: made, listed, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from photonic.access.audit import AuditAction
from photonic.access.links import STREAMS, LinkScope, ScopeKind
from photonic.access.permission import Permission, Role
from photonic.errors import BadInput
from photonic.model.access import LinkRequest, MadeLink, SignedLink, SignedLinkList
from photonic.model.api import Answer
from photonic.service.http.access import known_cameras
from photonic.service.http.routes.dependencies import Context
from photonic.serving.gate import principal_of
from photonic.serving.public_address import public_address
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from photonic.access.links import LinkRecord
    from photonic.model.access import LinkRoleName
    from photonic.service.http.context import AppContext

_ADDRESSES = {
    ScopeKind.PHOTO: "/api/v1/photos/{}",
    ScopeKind.SESSION: "/api/v1/sessions/{}/photos.zip",
    ScopeKind.LIVE: "/api/v1/cameras/{}/liveview/stream.mjpg",
}
"""An address of each kind of scope."""


def links_router() -> APIRouter:
    """The routes, to be included under the API prefix."""
    router = APIRouter(prefix="/links", tags=["access"])

    @router.post("", summary="Make a signed link")
    @needs(Permission.ADMINISTER)
    async def make(wanted: LinkRequest, request: Request, response: Response, app_context: Context) -> MadeLink:
        """Make an address that opens one photo, the photos of one session, or the live view of one camera.

        The answer's `query` opens every address within the scope, also in other pages and in players.
        """
        access, scope = app_context.access, LinkScope.parse(wanted.scope)
        if scope.kind is ScopeKind.LIVE and scope.value not in (known := known_cameras(app_context)):
            choices = tuple(f"{ScopeKind.LIVE}:{name}" for name in known)
            raise BadInput(
                f"unknown camera {scope.value}. Known cameras: {', '.join(known)}", field="scope", choices=choices
            )
        role = _role(wanted.role, scope)
        record, signature = access.links.make(
            scope,
            role,
            access.clock(),
            wanted.ends_in_seconds,
            made_by=principal_of(request).name,
            streams=STREAMS if wanted.streams is None else wanted.streams,
        )
        await app_context.audit(request, AuditAction.LINK_MADE, what=record.id)
        public, query = public_address(request, app_context.settings.host), f"signature={signature}"
        response.headers["Cache-Control"] = "no-store"
        return MadeLink(
            **_link(record, access.clock()).model_dump(),
            query=query,
            address=f"{public.base}{_address(scope, app_context)}?{query}",
            warning=public.warning,
        )

    @router.get("", summary="List signed links")
    @needs(Permission.ADMINISTER)
    async def listed(app_context: Context) -> SignedLinkList:
        """All links, the oldest first, without their signatures; expired ones are listed for a week."""
        access = app_context.access
        now = access.clock()
        access.links.sweep(now)
        return SignedLinkList(links=tuple(_link(each, now) for each in access.links.records))

    @router.delete("/{link_id}", summary="Revoke a signed link")
    @needs(Permission.ADMINISTER)
    async def revoke(link_id: str, request: Request, app_context: Context) -> Answer:
        """End a link, and the streams that it opened."""
        record = app_context.access.links.revoke(link_id)
        if record is None:
            raise HTTPException(404, f"unknown link {link_id[:100]}: it may have been revoked")
        app_context.leases.check()
        await app_context.audit(request, AuditAction.LINK_REVOKED, what=record.id)
        return Answer(message=f"the link to {record.scope_text} is revoked")

    return router


def _role(wanted: LinkRoleName | None, scope: LinkScope) -> Role:
    """The role of a new link. Raises ``BadInput`` if the role could not open anything in the scope."""
    least = Role.VIEWER if scope.kind is ScopeKind.LIVE else Role.GUEST
    role = least if wanted is None else Role(wanted)
    if not role.allows(least):
        raise BadInput("viewers see no photos: a link to photos is for guests", field="role", choices=(Role.GUEST,))
    return role


def _address(scope: LinkScope, app_context: AppContext) -> str:
    if scope.kind is ScopeKind.LIVE and not any(one.answers(scope.value) for one in app_context.controllers):
        return "/api/v1/camera/liveview/stream.mjpg"
    return _ADDRESSES[scope.kind].format(quote(scope.value))


def _link(record: LinkRecord, now: float) -> SignedLink:
    return SignedLink(
        id=record.id,
        scope=record.scope_text,
        role=cast("LinkRoleName", record.role.value),
        made_by=record.made_by,
        ends_in_seconds=round(record.ends_at - now, 1),
        streams=record.streams,
    )
