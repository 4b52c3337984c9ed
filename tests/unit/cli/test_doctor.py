"""The doctor of a service on another machine: asked for over HTTP, and shown as one's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asgi import AsgiServer

from photonic.cli.doctor import _asked
from photonic.errors import ServiceError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

FINDING = {"check": "camera", "outcome": "failed", "what": "no camera", "why": "w", "mend": "plug it in", "code": 16}


async def asked(body: dict[str, Any], status: int = 200) -> list[dict[str, Any]]:
    """What comes of it where a service answers that."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["path"] == "/api/v1/diagnosis/doctor"
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async with AsgiServer(app) as server:
        return [finding.as_json() for finding in await _asked(server.url, None)]


async def test_its_findings_are_shown_as_ones_own() -> None:
    assert await asked({"code": 16, "findings": [FINDING]}) == [FINDING]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"failure": "the doctor did not end within 45 s"}, 200, "did not end"),
        ({"code": 0, "findings": [{**FINDING, "check": "aura"}]}, 200, "another version"),
        ({"type": "urn:photonic:problem:unauthorized", "detail": "a token is required"}, 401, "token"),
        ({"findings": 7}, 200, "DoctorReport"),
    ],
)
async def test_what_is_no_report_is_said_in_a_line(body: dict[str, Any], status: int, said: str) -> None:
    with pytest.raises(ServiceError, match=said):
        await asked(body, status)


async def test_nobody_there_is_said() -> None:
    with pytest.raises(ServiceError) as refused:
        await _asked("http://127.0.0.1:9", None)
    assert refused.value.status is None
