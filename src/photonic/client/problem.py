"""Turns a service's error response, v1 or compat, into a ``ServiceError``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from photonic.errors import FailureKind, ServiceError

if TYPE_CHECKING:
    import httpx2


Model = TypeVar("Model", bound=BaseModel)


class _Refusal(BaseModel):
    """RFC 9457 where it is ours; frameworks put other things, lists among them, into ``detail``."""

    model_config = ConfigDict(extra="ignore")

    type: str = ""
    title: str = ""
    detail: object = None
    error: str | None = None
    error_type: str | None = None


def service_error(response: httpx2.Response) -> ServiceError:
    """The error for a response outside 2xx."""
    status = response.status_code
    try:
        refusal = _Refusal.model_validate_json(response.content)
    except ValidationError:
        return ServiceError(f"the service answered {status} {response.reason_phrase}".rstrip(), status=status)
    detail = refusal.detail if isinstance(refusal.detail, str) else None
    listed = None if refusal.detail is None else str(refusal.detail)
    reason = detail or refusal.error or listed or refusal.title or f"the service answered {status}"
    return ServiceError(reason, status=status, kind=_kind(refusal.type.rpartition(":")[2], refusal.error_type))


def _kind(*names: str | None) -> FailureKind | None:
    known = {kind.value: kind for kind in FailureKind}
    return next((known[name] for name in names if name in known), None)


def parsed(response: httpx2.Response, shape: type[Model]) -> Model:
    """The answer in its shape. Raises ``ServiceError``: what it refuses, or that it is something else."""
    if not response.is_success:
        raise service_error(response)
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        raise ServiceError(
            f"the answer of {response.url.path} is no {shape.__name__}: {error.error_count()} fields are off",
            status=response.status_code,
        ) from error


def no_answer(url: str, error: Exception) -> ServiceError:
    """The error for a request without a response."""
    return ServiceError(f"no answer from {url}: {error or type(error).__name__}")
