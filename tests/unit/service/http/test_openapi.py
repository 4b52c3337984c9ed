"""The OpenAPI document says how to get in, and what a request may be answered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

TOKEN = "sixteen-letters-and-more"


async def document() -> dict[str, Any]:
    async with asking(FakeController()) as client:
        answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


async def test_the_four_ways_in_are_named() -> None:
    schemes = (await document())["components"]["securitySchemes"]
    assert set(schemes) == {"bearer", "basic", "session", "link"}
    assert schemes["session"]["name"].startswith("photonic_")
    assert (schemes["link"]["in"], schemes["link"]["name"]) == ("query", "signature")


@pytest.mark.parametrize(
    ("method", "path", "ways"),
    [
        ("get", "/health", set[str]()),
        ("post", f"{CAMERA}/capture", {"bearer", "basic", "session"}),
        ("get", "/api/v1/photos/{photo_id}", {"bearer", "basic", "session", "link"}),
        ("get", f"{CAMERA}/liveview/stream.mjpg", {"bearer", "basic", "session", "link"}),
    ],
)
async def test_each_operation_names_its_ways_in(method: str, path: str, ways: set[str]) -> None:
    operation = (await document())["paths"][path][method]
    assert {name for way in operation["security"] for name in way} == ways
    assert ("401" in operation["responses"]) == bool(ways)


async def test_every_operation_documents_what_is_refused_before_it_as_problems() -> None:
    for path, operations in (await document())["paths"].items():
        for method, operation in operations.items():
            for status in ("400", "403", "422", "429", "431", "500", "503"):
                content = operation["responses"][status]["content"]
                assert "application/problem+json" in content, (method, path, status)


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", f"{CAMERA}/status", {}, None),
        ("GET", f"{CAMERA}/status", {"Host": "other.example"}, None),
        ("POST", f"{CAMERA}/capture", {"Authorization": f"Bearer {TOKEN}"}, "{"),
        ("POST", f"{CAMERA}/capture", {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"}, "{}"),
        ("POST", f"{CAMERA}/config", {"Authorization": f"Bearer {TOKEN}"}, "x" * 70_000),
        ("GET", "/api/v1/photos/none", {"Authorization": f"Bearer {TOKEN}"}, None),
        ("DELETE", "/api/v1/links/none", {"Authorization": f"Bearer {TOKEN}"}, None),
    ],
)
async def test_what_is_answered_is_documented(
    method: str, path: str, headers: dict[str, str], body: str | None
) -> None:
    paths = (await document())["paths"]
    async with asking(FakeController(), token=TOKEN) as client:
        answer = await client.request(method, path, headers=headers, content=body)
    template = next(
        each for each in (path, path.replace("none", "{photo_id}"), path.replace("none", "{link_id}")) if each in paths
    )
    assert answer.status_code >= 400 or "Origin" in headers
    assert str(answer.status_code) in paths[template][method.lower()]["responses"]
