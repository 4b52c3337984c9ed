"""Who asks, and letting others in: browser sessions and one-time codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import segno
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photonic.access.audit import AuditAction
from photonic.access.codes import CODE_SECONDS
from photonic.access.grant import grant_of
from photonic.access.permission import PERMISSIONS, Permission, Role
from photonic.access.principal import Means, Principal, Stranger
from photonic.model.access import (
    AccessAnswer,
    BrowserSessionList,
    BrowserSessionRecord,
    CodeList,
    CodeRequest,
    CodeStatus,
    IssuedCode,
)
from photonic.model.api import Answer
from photonic.service.http.routes.dependencies import Context
from photonic.serving.cookies import clear_session
from photonic.serving.gate import IDENTIFIED, SIGN_IN, principal_of
from photonic.serving.public_address import public_address
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from photonic.access.browser_sessions import BrowserSession
    from photonic.access.codes import CodeRecord
    from photonic.access.principal import Identified
    from photonic.service.http.context import AppContext

NOT_KEPT = {"Cache-Control": "no-store"}


def access_router() -> APIRouter:
    """The routes, to be included under the API prefix."""
    router = APIRouter(prefix="/access", tags=["access"])

    @router.get("", summary="Who am I")
    @needs(Permission.OPEN)
    async def who(request: Request, response: Response, app_context: Context) -> AccessAnswer:
        """Who asks, by which means, and what it may do; strangers get the reason why they have no right."""
        response.headers["Cache-Control"] = "no-store"
        return _access(request, app_context)

    @router.get("/sessions", summary="List browser sessions")
    @needs(Permission.ADMINISTER)
    async def sessions(request: Request, app_context: Context) -> BrowserSessionList:
        """The browsers that are signed in, the newest first."""
        access, own = app_context.access, _session_id(principal_of(request))
        now = access.clock()
        access.sessions.sweep(now)
        found = (_session(each, own, now) for each in reversed(access.sessions.records))
        return BrowserSessionList(sessions=tuple(found))

    @router.delete("/sessions/{session_id}", summary="End a browser session", response_model=Answer)
    @needs(Permission.ADMINISTER)
    async def end_session(session_id: str, request: Request, app_context: Context) -> Response:
        """End a session, and the streams that it opened."""
        session = app_context.access.sessions.end(session_id)
        if session is None:
            raise HTTPException(404, f"unknown session {session_id[:100]}: it may have ended")
        app_context.leases.check()
        await app_context.audit(request, AuditAction.SESSION_ENDED, what=session.id)
        answer = JSONResponse(Answer(message=f"the session of {session.name} has ended").model_dump(), headers=NOT_KEPT)
        if session.id == _session_id(principal_of(request)):
            clear_session(answer, app_context.access.policy, request)
        return answer

    @router.post("/codes", summary="Issue a one-time code")
    @needs(Permission.ADMINISTER)
    async def issue(wanted: CodeRequest, request: Request, response: Response, app_context: Context) -> IssuedCode:
        """Issue a code that signs one browser in, within five minutes: by its QR code, or typed on the sign-in page."""
        access, role = app_context.access, Role(wanted.role)
        now = access.clock()
        grant = grant_of(principal_of(request), access.sessions, now)
        if not grant.most.allows(role):
            raise HTTPException(403, f"you can let others in as {grant.most} at most: an operator's token grants more")
        record, text = access.codes.issue(
            role, now, CODE_SECONDS, typed=wanted.typed, token_hash=grant.token_hash, not_after=grant.not_after
        )
        await app_context.audit(request, AuditAction.CODE_MADE, what=record.id)
        public = public_address(request, app_context.settings.host)
        address = f"{public.base}{SIGN_IN}#code={text}"
        qr = segno.make(address, error="m", micro=False)
        response.headers["Cache-Control"] = "no-store"
        return IssuedCode(
            **_code(record, access.clock()).model_dump(),
            code=text,
            address=address,
            qr=qr.svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None),
            warning=public.warning,
        )

    @router.get("/codes", summary="List one-time codes")
    @needs(Permission.ADMINISTER)
    async def codes(app_context: Context) -> CodeList:
        """The codes that were not used yet, without their texts."""
        access = app_context.access
        now = access.clock()
        access.codes.sweep(now)
        return CodeList(codes=tuple(_code(each, now) for each in access.codes.records))

    @router.delete("/codes/{code_id}", summary="Cancel a one-time code")
    @needs(Permission.ADMINISTER)
    async def cancel(code_id: str, request: Request, app_context: Context) -> Answer:
        """Make a code void before it is used."""
        record = app_context.access.codes.cancel(code_id)
        if record is None:
            raise HTTPException(404, f"unknown code {code_id[:100]}: it may have been used, or its time is over")
        await app_context.audit(request, AuditAction.CODE_REVOKED, what=record.id)
        return Answer(message="the code is void")

    return router


def _access(request: Request, app_context: AppContext) -> AccessAnswer:
    """Who asks; a signed link counts where there is no other right."""
    access = app_context.access
    identified = cast("Identified", request.scope[IDENTIFIED])
    who = identified.principal
    if isinstance(who, Stranger) and identified.link is not None:
        who = identified.link
    pin_set = access.policy.pin is not None
    if isinstance(who, Stranger):
        return AccessAnswer(
            name=None,
            role=None,
            means=None,
            ends_in_seconds=None,
            pin_set=pin_set,
            may=(Permission.OPEN.value,),
            reason=who.reason,
        )
    now = access.clock()
    elevated_seconds = access.elevated_seconds(who)
    return AccessAnswer(
        name=who.name,
        role=who.role.value,
        means=who.means.value,
        ends_in_seconds=None if who.ends_at is None else round(who.ends_at - now, 1),
        pin_set=pin_set,
        may=tuple(each.value for each in Permission if each in PERMISSIONS[who.role]),
        elevated_seconds=None if elevated_seconds is None else round(elevated_seconds, 1),
        session_id=_session_id(who),
        scope=None if who.scope is None else str(who.scope),
    )


def _session_id(principal: Principal) -> str | None:
    return principal.identity if principal.means is Means.SESSION else None


def _session(session: BrowserSession, own: str | None, now: float) -> BrowserSessionRecord:
    return BrowserSessionRecord(
        id=session.id,
        name=session.name,
        role=session.role_at(now).value,
        elevated=session.is_elevated(now),
        device=session.device,
        address=session.address,
        began_seconds_ago=round(now - session.began_at, 1),
        last_seconds_ago=round(now - session.last_at, 1),
        ends_in_seconds=round(session.ends_at - now, 1),
        current=session.id == own,
    )


def _code(record: CodeRecord, now: float) -> CodeStatus:
    return CodeStatus(
        id=record.id, role=record.role.value, typed=record.typed, ends_in_seconds=round(record.ends_at - now, 1)
    )
