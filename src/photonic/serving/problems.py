"""Every failure as ``application/problem+json`` (RFC 9457): its type, its status, and ``detail`` in one sentence."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount

from photonic.errors import (
    BadInput,
    BeyondGuests,
    CameraError,
    CaptureError,
    FailureKind,
    IllegalTransition,
    PhotonicError,
    StorageError,
    TooSoonForGuest,
)
from photonic.model.api import CaptureAnswer
from photonic.model.refusal import refusal_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFIX = "urn:photonic:problem:"
MEDIA_TYPE = "application/problem+json"
GUEST_LIMIT = "guest_limit"
GUEST_RATE = "guest_rate"
RETRY_AFTER_SECONDS = 2
SHOWN_ERRORS = 5
INTERNAL_ERROR = "internal error: see the log of the service"

STATUSES: Mapping[FailureKind, int] = {
    FailureKind.AUTOFOCUS_FAILED: 422,
    FailureKind.CAMERA_BUSY: 409,
    FailureKind.NO_CARD: 409,
    FailureKind.CANCELLED: 409,
    FailureKind.QUEUE_FULL: 429,
    FailureKind.CAMERA_FAULT: 502,
    FailureKind.CAMERA_ABSENT: 503,
    FailureKind.BLOCKED: 503,
    FailureKind.BATTERY_LOW: 503,
    FailureKind.DISCONNECTED: 503,
    FailureKind.SHUTTING_DOWN: 503,
    FailureKind.TIMEOUT: 504,
    FailureKind.HOST_STORAGE_FULL: 507,
    FailureKind.HOST_STORAGE_UNUSABLE: 507,
    FailureKind.CAMERA_STORAGE_FULL: 507,
    FailureKind.INDEX_UNREAD: 503,
    FailureKind.NOT_SUPPORTED: 501,
    FailureKind.BAD_INPUT: 422,
    FailureKind.NOT_FOUND: 404,
    FailureKind.PHOTO_UNREADABLE: 422,
}

# The types of problems for which only the HTTP status is known.
_KINDS_OF_STATUS: Mapping[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: FailureKind.NOT_FOUND,
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: FailureKind.BAD_INPUT,
    426: "upgrade_required",
    429: "too_many_requests",
    431: "head_too_large",
    500: "internal",
    503: FailureKind.SHUTTING_DOWN,
}


class ProblemResponse(Response):
    """One problem; ``fields`` are added to the four members that RFC 9457 names."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        status: int | None = None,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        code = status if status is not None else STATUSES[FailureKind(kind)]
        body = {
            **(fields or {}),
            "type": PREFIX + kind,
            "title": kind.replace("_", " ").capitalize(),
            "status": code,
            "detail": detail,
        }
        every_header = {"Cache-Control": "no-store", **(headers or {})}
        if code == HTTPStatus.TOO_MANY_REQUESTS or kind == FailureKind.INDEX_UNREAD:
            every_header.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        super().__init__(json.dumps(body, ensure_ascii=False), code, every_header)


def of_error(error: PhotonicError, fields: Mapping[str, Any] | None = None) -> ProblemResponse:
    """The problem for one of the project's errors; ``fields`` are added to those of the error."""
    if isinstance(error, BadInput):
        own: dict[str, Any] = {"field": error.field, "choices": list(error.choices)}
        return ProblemResponse(FailureKind.BAD_INPUT, error.reason, fields={**own, **(fields or {})})
    if isinstance(error, BeyondGuests):
        own = {"field": error.field, "limit": error.limit, "pin_lifts": error.pin_lifts}
        return ProblemResponse(GUEST_LIMIT, error.reason, status=403, fields={**own, **(fields or {})})
    if isinstance(error, TooSoonForGuest):
        seconds = math.ceil(error.wait_seconds)
        own = {"retry_after_seconds": seconds}
        headers = {"Retry-After": str(seconds)}
        return ProblemResponse(GUEST_RATE, error.reason, status=429, fields={**own, **(fields or {})}, headers=headers)
    if isinstance(error, CameraError | CaptureError | StorageError):
        return ProblemResponse(error.kind, error.reason, fields=fields)
    if isinstance(error, IllegalTransition):
        return ProblemResponse("conflict", str(error), status=409, fields=fields)
    return ProblemResponse("internal", INTERNAL_ERROR, status=500, fields=fields)


def kind_of(status: int) -> str:
    """The type of a problem for which only the HTTP status is known."""
    return _KINDS_OF_STATUS.get(status, "http_error")


def of_status(status: int, detail: str, headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """The problem for a bare HTTP status."""
    return ProblemResponse(kind_of(status), detail, status=status, headers=headers)


def of_ended_access(ended: PhotonicError) -> ProblemResponse:
    """The problem for a request whose right ended before it was answered."""
    return of_status(HTTPStatus.UNAUTHORIZED, str(ended), {"WWW-Authenticate": "Bearer"})


def of_validation(errors: Sequence[Mapping[str, Any]], *, of_capture: bool = False) -> ProblemResponse:
    """The problem for a request with invalid fields; it names each field and what the field accepts.

    ``of_capture``: add the fields of a capture's answer, which every failed capture has.
    """
    listed = [{"field": _place(error["loc"]), "message": refusal_text(error)} for error in errors[:SHOWN_ERRORS]]
    detail = "; ".join(f"{error['field']}: {error['message']}" for error in listed)
    if len(errors) > SHOWN_ERRORS:
        detail += f"; and {len(errors) - SHOWN_ERRORS} more"
    field = listed[0]["field"] if listed else None
    fields: dict[str, Any] = {"field": field, "choices": [], "errors": listed}
    if of_capture:
        failed = CaptureAnswer(success=False, error=detail, error_type=FailureKind.BAD_INPUT, capture_time_ms=0)
        fields |= failed.model_dump(mode="json")
    return ProblemResponse(FailureKind.BAD_INPUT, detail, fields=fields)


def _place(location: Sequence[object]) -> str:
    """The field as the client names it, ``session_id`` for ``body.session_id``; without the offset of a JSON error."""
    names = [str(part)[:64] for part in location if isinstance(part, str)]
    return ".".join(names[1:]) or ".".join(names) or "request"


async def _photonic_error(_request: Request, error: Exception) -> Response:
    return of_error(error if isinstance(error, PhotonicError) else PhotonicError(str(error)))


async def _validation_error(request: Request, error: Exception) -> Response:
    of_capture = request.method == "POST" and request.url.path.endswith("/capture")
    return of_validation(error.errors() if isinstance(error, RequestValidationError) else [], of_capture=of_capture)


async def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return of_status(500, INTERNAL_ERROR)
    detail = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"unknown address {request.url.path[:200]}"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _allowed(request)
        detail = f"{request.url.path[:200]} does not allow {request.method}; allowed: {', '.join(allowed)}"
        return of_status(error.status_code, detail, {**(error.headers or {}), "Allow": ", ".join(allowed)})
    return of_status(error.status_code, detail, error.headers)


def _allowed(request: Request) -> list[str]:
    """All methods that routes at this address allow; the framework names only those of the first route."""
    app: FastAPI = request.app
    asked = request.scope
    # A mounted folder changes root_path to its own address.
    root = asked.get("app_root_path", asked.get("root_path", ""))
    scope = {"type": "http", "path": asked["path"], "root_path": root, "headers": asked["headers"]}
    allowed = [
        method
        for method in METHODS
        if any(
            route.matches({**scope, "method": method})[0] is Match.FULL
            and (method == "GET" or not isinstance(route, Mount))
            for route in app.routes
        )
    ]
    return [*allowed, "HEAD"] if "GET" in allowed else allowed


def install(app: FastAPI) -> None:
    """Register the handlers that turn exceptions of routes into problems."""
    app.add_exception_handler(PhotonicError, _photonic_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
