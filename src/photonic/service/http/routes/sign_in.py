"""The way in for browsers: the sign-in page, what it sends, and the sign-out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, RedirectResponse, Response

from photonic.access.audit import AuditAction
from photonic.access.outcome import SignedIn, TryLater
from photonic.access.permission import Permission, Role
from photonic.access.return_path import SIGN_IN, return_path
from photonic.service.http.routes.dependencies import context_of
from photonic.serving.callers import below_root
from photonic.serving.cookies import clear_session, set_session
from photonic.serving.gate import PRINCIPAL, caller_from
from photonic.serving.route_permissions import needs
from photonic.serving.sign_in_page import SignInPage, SignInState, language_of

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.requests import Request

    from photonic.access.principal import Principal

SIGN_OUT = "/sign-out"
TEMPLATE = "sign_in.html"
FIELDS_LIMIT = 10
LONGEST_FORM_BYTES = 8 * 1024
LONGEST_CREDENTIAL = 300
_NOT_KEPT = {"Cache-Control": "no-store"}


def add_sign_in(app: FastAPI, page: Path | None) -> None:
    """Add the routes. ``page``: the folder of the web page; without its template, there is no sign-in."""
    if page is None or not (page / TEMPLATE).is_file():
        return
    shown = SignInPage(page / TEMPLATE)

    @needs(Permission.OPEN)
    async def show(request: Request) -> Response:
        query = request.query_params
        present = _present(request)
        wanted = query.get("needs")
        needed = Role(wanted) if wanted in set(Role) else None
        state = SignInState(
            return_path(query.get("next")),
            present=present,
            needed=None if needed is None or present is None or present.role.allows(needed) else needed,
            has_ended=present is None and _has_session_cookie(request),
        )
        return _page(shown, state, request, query.get("lang"))

    @needs(Permission.OPEN)
    async def sign_in(request: Request) -> Response:
        form = await _form(request)
        language, back = form.get("lang"), return_path(form.get("next"))
        credential = form.get("credential", "").strip()
        if not credential or len(credential) > LONGEST_CREDENTIAL:
            return _page(shown, SignInState(back, is_empty=True), request, language, status=400)
        app_context = context_of(request)
        access = app_context.access
        outcome = access.sign_in(credential, caller_from(request))
        if isinstance(outcome, SignedIn):
            await app_context.audit(request, AuditAction.SIGNED_IN, principal=outcome.principal)
            answer = RedirectResponse(below_root(request.scope, back), 303, _NOT_KEPT)
            set_session(answer, access.policy, outcome, request)
            return answer
        await app_context.audit(request, AuditAction.SIGN_IN_FAILED)
        if isinstance(outcome, TryLater):
            seconds = str(math.ceil(outcome.seconds))
            state = SignInState(back, wait_seconds=outcome.seconds)
            return _page(shown, state, request, language, status=429, headers={"Retry-After": seconds})
        state = SignInState(back, tries_left=outcome.tries_left)
        return _page(shown, state, request, language, status=401, headers={"WWW-Authenticate": "Bearer"})

    @needs(Permission.OPEN)
    async def sign_out(request: Request) -> Response:
        app_context = context_of(request)
        access = app_context.access
        ended = access.sign_out(caller_from(request))
        if ended is not None:
            await app_context.audit(request, AuditAction.SIGNED_OUT, what=ended.id)
        answer = RedirectResponse(below_root(request.scope, SIGN_IN), 303, _NOT_KEPT)
        clear_session(answer, access.policy, request)
        return answer

    app.add_route(SIGN_IN, show, methods=["GET"], include_in_schema=False)
    app.add_route(SIGN_IN, sign_in, methods=["POST"], include_in_schema=False)
    app.add_route(SIGN_OUT, sign_out, methods=["POST"], include_in_schema=False)


def _page(
    shown: SignInPage,
    state: SignInState,
    request: Request,
    asked: str | None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    language = language_of(request.headers.get("accept-language"), asked)
    html = shown.render(state, language, language if asked == language else "")
    return HTMLResponse(
        html, status, {"Content-Language": language, "Vary": "Accept-Language, Cookie", **_NOT_KEPT, **(headers or {})}
    )


def _present(request: Request) -> Principal | None:
    return cast("Principal | None", request.scope.get(PRINCIPAL))


def _has_session_cookie(request: Request) -> bool:
    caller = caller_from(request)
    return bool(caller.cookie(context_of(request).access.policy.session_cookie(secure=caller.secure)))


async def _form(request: Request) -> dict[str, str]:
    """The fields of the form, each once; nothing if it is too long, has too many fields, or is not a form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=FIELDS_LIMIT)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
