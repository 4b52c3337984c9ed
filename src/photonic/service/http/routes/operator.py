"""The operator's PIN: whether one is set, unlock, lock."""

from __future__ import annotations

import math

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photonic.access.audit import AuditAction
from photonic.access.outcome import TryLater, Wrong
from photonic.access.permission import Permission
from photonic.access.principal import Principal
from photonic.model.operator import OperatorAnswer, PinRequest
from photonic.service.http.context import AppContext
from photonic.service.http.routes.dependencies import Context
from photonic.serving.cookies import set_session
from photonic.serving.gate import caller_from, principal_of
from photonic.serving.problems import ProblemResponse
from photonic.serving.route_permissions import needs


def operator_router() -> APIRouter:
    """The routes, to be included under the API prefix."""
    router = APIRouter(prefix="/operator", tags=["operator"])

    @router.get("", summary="State of the lock", response_model_exclude_none=True)
    @needs(Permission.WATCH)
    async def lock(request: Request, app_context: Context) -> OperatorAnswer:
        """Whether a PIN is set, and whether this browser has entered it."""
        return _answer(app_context, principal_of(request))

    @router.post("", response_model=OperatorAnswer)
    @needs(Permission.WATCH)
    async def unlock(shown: PinRequest, request: Request, app_context: Context) -> Response:
        """Enter the PIN: for ten minutes, this browser may do what the operator may.

        403 for a wrong PIN; 429 with Retry-After after too many wrong ones.
        """
        access, principal = app_context.access, principal_of(request)
        if access.policy.pin is None:
            return _state(app_context, principal)
        outcome = access.elevate(shown.pin, caller_from(request), principal)
        if isinstance(outcome, Wrong | TryLater):
            await app_context.audit(request, AuditAction.ELEVATION_FAILED)
        if isinstance(outcome, Wrong):
            left = f"{outcome.tries_left} more {'try' if outcome.tries_left == 1 else 'tries'} before a wait"
            return ProblemResponse(
                "pin_wrong", f"wrong PIN: {left}", status=403, fields={"tries_left": outcome.tries_left}
            )
        if isinstance(outcome, TryLater):
            seconds = math.ceil(outcome.seconds)
            return ProblemResponse(
                "pin_wait",
                f"too many wrong PINs: try again in {seconds} seconds",
                status=429,
                fields={"retry_after_seconds": seconds},
                headers={"Retry-After": str(seconds)},
            )
        await app_context.audit(request, AuditAction.ELEVATED, principal=outcome.principal)
        answer = _state(app_context, outcome.principal)
        set_session(answer, access.policy, outcome, request)
        return answer

    @router.delete("", summary="Lock", response_model=OperatorAnswer)
    @needs(Permission.WATCH)
    async def lock_again(request: Request, app_context: Context) -> Response:
        """Lock this browser."""
        access = app_context.access
        return _state(app_context, access.lower(principal_of(request)))

    return router


def _answer(app_context: AppContext, principal: Principal) -> OperatorAnswer:
    access = app_context.access
    return OperatorAnswer.of(
        pin_set=access.policy.pin is not None,
        unlocked=principal.is_operator,
        limits=app_context.guests.limits,
        elevated_seconds=access.elevated_seconds(principal),
    )


def _state(app_context: AppContext, principal: Principal) -> JSONResponse:
    return JSONResponse(_answer(app_context, principal).model_dump(exclude_none=True))
