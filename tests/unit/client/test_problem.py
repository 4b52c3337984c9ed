"""Error responses are converted to service errors."""

from __future__ import annotations

import httpx2
import pytest

from photonic.client.problem import service_error
from photonic.client.status_route import parse_status
from photonic.errors import AccessRefused, FailureKind


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ('{"type": "urn:photonic:problem:no_card", "title": "t", "detail": "none in"}', FailureKind.NO_CARD, "none in"),
        ('{"detail": "Camera not connected"}', None, "Camera not connected"),
        ('{"success": false, "error": "dark", "error_type": "autofocus_failed"}', FailureKind.AUTOFOCUS_FAILED, "dark"),
        ('{"detail": [{"loc": ["body"], "msg": "bad"}]}', None, "[{'loc': ['body'], 'msg': 'bad'}]"),
        ("<html>", None, "the service answered 503 Service Unavailable"),
        ("[1]", None, "the service answered 503 Service Unavailable"),
    ],
)
def test_problem_bodies_of_both_kinds_and_others(body: str, kind: FailureKind | None, reason: str) -> None:
    error = service_error(httpx2.Response(503, content=body.encode()))
    assert (error.status, error.kind, error.reason) == (503, kind, reason)


@pytest.mark.parametrize(("status", "step"), [(401, "token add NAME`"), (403, "--role operator")])
def test_a_refusal_of_access_says_what_to_do(status: int, step: str) -> None:
    error = service_error(httpx2.Response(status, content=b'{"detail": "a token is required"}'))
    assert isinstance(error, AccessRefused)
    assert str(error) == "a token is required"
    assert step in error.what_to_do


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30.0), ("0", 0.0), ("", None), ("-1", None), ("Sun, 06 Nov", None)]
)
def test_how_long_a_response_asks_to_wait(text: str, seconds: float | None) -> None:
    assert service_error(httpx2.Response(503, headers={"Retry-After": text})).retry_after_seconds == seconds


def test_a_status_is_v1_compat_or_nothing() -> None:
    assert type(parse_status(b'{"is_capturing": true}')).__name__ == "CompatStatusAnswer"
    assert parse_status(b'{"camera": 1}') is None
    assert parse_status(b"<html>") is None
