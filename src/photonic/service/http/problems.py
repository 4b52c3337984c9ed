"""Every failure as ``application/problem+json`` (RFC 9457): what failed, why, and a ``detail`` that is one string."""

from __future__ import annotations

import json
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
)
from photonic.model.api import CaptureAnswer
from photonic.model.refusal import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFIX = "urn:photonic:problem:"
MEDIA_TYPE = "application/problem+json"
GUEST_LIMIT = "guest_limit"
RETRY_AFTER_SECONDS = 2
SHOWN_ERRORS = 5

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

# Failures that HTTP itself has a name for, where no kind of ours says more.
_KINDS_OF_STATUS: Mapping[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: FailureKind.NOT_FOUND,
    405: "method_not_allowed",
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
    """One problem; ``fields`` stand beside the four that RFC 9457 names."""

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
    """The problem that an error of ours is; ``fields`` stand beside its own."""
    if isinstance(error, BadInput):
        own: dict[str, Any] = {"field": error.field, "choices": list(error.choices)}
        return ProblemResponse(FailureKind.BAD_INPUT, error.reason, fields={**own, **(fields or {})})
    if isinstance(error, BeyondGuests):
        own = {"field": error.field, "limit": error.limit}
        return ProblemResponse(GUEST_LIMIT, error.reason, status=403, fields={**own, **(fields or {})})
    if isinstance(error, CameraError | CaptureError | StorageError):
        return ProblemResponse(error.kind, error.reason, fields=fields)
    if isinstance(error, IllegalTransition):
        return ProblemResponse("conflict", str(error), status=409, fields=fields)
    return ProblemResponse("internal", "the service failed; its log says why", status=500, fields=fields)


def kind_of(status: int) -> str:
    """The kind of a problem of which no more is known than its HTTP status."""
    return _KINDS_OF_STATUS.get(status, "http_error")


def of_status(status: int, detail: str, headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """The problem that a bare HTTP status is."""
    return ProblemResponse(kind_of(status), detail, status=status, headers=headers)


def of_validation(errors: Sequence[Mapping[str, Any]], *, of_capture: bool = False) -> ProblemResponse:
    """The problem that a request with wrong fields is: each field with what it takes.

    ``of_capture``: with the fields of a capture's answer beside it, as every failed capture has them.
    """
    listed = [{"field": _place(error["loc"]), "message": words(error)} for error in errors[:SHOWN_ERRORS]]
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
    """``body.session_id`` is ``session_id`` to the one who wrote it; a JSON error's offset stays out."""
    names = [str(part)[:64] for part in location if isinstance(part, str)]
    return ".".join(names[1:]) or ".".join(names) or "request"


async def _photonic_error(_request: Request, error: Exception) -> Response:
    return of_error(error if isinstance(error, PhotonicError) else PhotonicError(str(error)))


async def _validation_error(request: Request, error: Exception) -> Response:
    of_capture = request.method == "POST" and request.url.path.endswith("/capture")
    return of_validation(error.errors() if isinstance(error, RequestValidationError) else [], of_capture=of_capture)


async def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return of_status(500, "the service failed; its log says why")
    detail = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"there is nothing at {request.url.path[:200]}"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _allowed(request)
        detail = f"{request.url.path[:200]} does not take {request.method}; it takes {', '.join(allowed)}"
        return of_status(error.status_code, detail, {**(error.headers or {}), "Allow": ", ".join(allowed)})
    return of_status(error.status_code, detail, error.headers)


def _allowed(request: Request) -> list[str]:
    """Every method that something at this address takes: the framework names those of the first route only."""
    app: FastAPI = request.app
    asked = request.scope
    # A mounted folder has made its own address the root.
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
    """Answer with problems wherever a route raises."""
    app.add_exception_handler(PhotonicError, _photonic_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
