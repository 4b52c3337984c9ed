"""The doctor of a service on another machine: requested over HTTP, and printed like a local one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asgi import AsgiServer

from photonic.cli.doctor import _remote_findings
from photonic.errors import ServiceError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

FINDING = {"check": "camera", "outcome": "failed", "what": "no camera", "why": "w", "mend": "plug it in", "code": 16}


async def received(body: dict[str, Any], status: int = 200) -> list[dict[str, Any]]:
    """The findings if a service answers with this body and status."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["path"] == "/api/v1/diagnosis/doctor"
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async with AsgiServer(app) as server:
        return [finding.as_json() for finding in await _remote_findings(server.url, None, None)]


async def test_its_findings_are_printed_like_local_ones() -> None:
    assert await received({"code": 16, "findings": [FINDING]}) == [FINDING]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"failure": "the doctor did not end within 45 s"}, 200, "did not end"),
        ({"code": 0, "findings": [{**FINDING, "check": "aura"}]}, 200, "another version"),
        ({"type": "urn:photonic:problem:unauthorized", "detail": "a token is required"}, 401, "token"),
        ({"findings": 7}, 200, "DoctorReport"),
    ],
)
async def test_an_invalid_report_is_an_error_with_the_reason(body: dict[str, Any], status: int, reason: str) -> None:
    with pytest.raises(ServiceError, match=reason):
        await received(body, status)


async def test_a_service_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(ServiceError) as refused:
        await _remote_findings("http://127.0.0.1:9", None, None)
    assert refused.value.status is None
