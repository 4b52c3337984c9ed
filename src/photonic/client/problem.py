"""Turns a service's error response, v1 or compat, into a ``ServiceError``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from photonic.errors import HTTP_FORBIDDEN, HTTP_UNAUTHORIZED, AccessRefused, FailureKind, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2


Model = TypeVar("Model", bound=BaseModel)


class _Refusal(BaseModel):
    """A problem body (RFC 9457) or a compat error; ``detail`` can be anything, because frameworks put lists there."""

    model_config = ConfigDict(extra="ignore")

    type: str = ""
    title: str = ""
    detail: object = None
    error: str | None = None
    error_type: str | None = None


def service_error(response: httpx2.Response) -> ServiceError:
    """Return the error for a response with a status other than 2xx."""
    status = response.status_code
    error = AccessRefused if status in {HTTP_UNAUTHORIZED, HTTP_FORBIDDEN} else ServiceError
    wait_seconds = retry_after_seconds(response.headers)
    try:
        refusal = _Refusal.model_validate_json(response.content)
    except ValidationError:
        reason = f"the service answered {status} {response.reason_phrase}".rstrip()
        return error(reason, status=status, retry_after_seconds=wait_seconds)
    detail = refusal.detail if isinstance(refusal.detail, str) else None
    listed = None if refusal.detail is None else str(refusal.detail)
    reason = detail or refusal.error or listed or refusal.title or f"the service answered {status}"
    kind = _kind(refusal.type.rpartition(":")[2], refusal.error_type)
    return error(reason, status=status, kind=kind, retry_after_seconds=wait_seconds)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the response asks to wait (RFC 9110, 10.2.3); ``None``: it does not say, or names a date."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _kind(*names: str | None) -> FailureKind | None:
    known = {kind.value: kind for kind in FailureKind}
    return next((known[name] for name in names if name in known), None)


def parsed(response: httpx2.Response, shape: type[Model]) -> Model:
    """Parse a response. Raises ``ServiceError`` if it is an error response, or does not have this shape."""
    if not response.is_success:
        raise service_error(response)
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        reason = f"the response from {response.url.path} is not a valid {shape.__name__}"
        raise ServiceError(f"{reason}: {error.error_count()} errors", status=response.status_code) from error


def parsed_body(body: bytes, shape: type[Model]) -> Model:
    """Parse the body of a 2xx response. Raises ``ServiceError`` if it does not have this shape."""
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise ServiceError(f"the response is not a valid {shape.__name__}: {error.error_count()} errors") from error


def no_answer(url: str, error: Exception) -> ServiceError:
    """Return the error for a request that got no response."""
    return ServiceError(f"no answer from {url}: {error or type(error).__name__}")
