"""The operator's PIN: whether one is set, unlock, lock."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photonic.model.operator import OperatorAnswer, PinRequest
from photonic.service.http.operator_lock import COOKIE, WaitBeforeNextTry, WrongPin
from photonic.service.http.problems import ProblemResponse
from photonic.service.http.routes.dependencies import Context


def operator_router() -> APIRouter:
    """The routes, to be included under the API prefix."""
    router = APIRouter(prefix="/operator", tags=["operator"])

    @router.get("", summary="State of the lock", response_model_exclude_none=True)
    async def lock(request: Request, app_context: Context) -> OperatorAnswer:
        """Whether a PIN is set, and whether this browser has entered it."""
        unlocked = app_context.lock.opens(request.cookies.get(COOKIE, ""))
        return OperatorAnswer.of(pin_set=app_context.lock.has_pin, unlocked=unlocked)

    @router.post("", response_model=OperatorAnswer)
    async def unlock(shown: PinRequest, request: Request, app_context: Context) -> Response:
        """Enter the PIN: this browser may then change the camera's settings until it is closed or locked again.

        403 for a wrong PIN; 429 with Retry-After after too many wrong ones from one address.
        """
        outcome = app_context.lock.unlock(shown.pin, request.client.host if request.client else "")
        if isinstance(outcome, WrongPin):
            left = f"{outcome.tries_left} more {'try' if outcome.tries_left == 1 else 'tries'} before a wait"
            return ProblemResponse(
                "pin_wrong", f"wrong PIN: {left}", status=403, fields={"tries_left": outcome.tries_left}
            )
        if isinstance(outcome, WaitBeforeNextTry):
            headers = {"Retry-After": str(outcome.seconds)}
            return ProblemResponse(
                "pin_wait",
                f"too many wrong PINs: try again in {outcome.seconds} seconds",
                status=429,
                fields={"retry_after_seconds": outcome.seconds},
                headers=headers,
            )
        answer = JSONResponse(
            OperatorAnswer.of(pin_set=app_context.lock.has_pin, unlocked=True).model_dump(exclude_none=True)
        )
        answer.set_cookie(COOKIE, outcome, httponly=True, samesite="strict")
        return answer

    @router.delete("", summary="Lock", response_model=OperatorAnswer)
    async def lock_again(app_context: Context) -> Response:
        """Lock this browser."""
        has_pin = app_context.lock.has_pin
        answer = JSONResponse(OperatorAnswer.of(pin_set=has_pin, unlocked=not has_pin).model_dump(exclude_none=True))
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return router
