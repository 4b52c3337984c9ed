"""What is still being answered ends with the right of the one who asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.asking import CAMERA, app_behind, app_context_behind, asking
from tests.support.fake_controller import FakeCaptureJob, FakeController
from tests.support.gallery import still

from photonic.access.permission import Role
from photonic.access.tokens import TokenTable
from photonic.service.http.streams import ABORT

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from starlette.types import Message, Scope

MADE_AT = "2026-01-02T03:04:05+00:00"
WITHIN_SECONDS = 20.0
LARGE_BYTES = 1_000_000


def token_of(client: httpx2.AsyncClient, role: Role) -> str:
    return app_context_behind(client).access.tokens.add("tablet", role, None, MADE_AT)


def take_away(client: httpx2.AsyncClient) -> None:
    app_context = app_context_behind(client)
    app_context.access.replace_tokens(TokenTable())
    app_context.leases.check()


async def test_a_long_poll_ends_with_the_right_to_it() -> None:
    controller = FakeController()
    async with asking(controller) as client, asyncio.timeout(WITHIN_SECONDS):
        headers = {"Authorization": f"Bearer {token_of(client, Role.VIEWER)}"}
        query = {"wait_rev": controller.snapshot().rev + 1, "timeout_seconds": 60}
        poll = asyncio.ensure_future(client.get(f"{CAMERA}/capture/status", params=query, headers=headers))
        await controller.polled.wait()
        take_away(client)
        answer = await poll
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:photonic:problem:unauthorized")
    assert "tablet has ended" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/photos/c1-1", "/api/v1/sessions/party/photos.zip"])
async def test_a_download_is_cut_when_the_right_to_it_ends(path: str, tmp_path: Path) -> None:
    controller = FakeController()
    controller.gallery.root = tmp_path
    async with asking(controller) as client, asyncio.timeout(WITHIN_SECONDS):
        token = token_of(client, Role.OPERATOR)
        photo = still("c1", "party", "one.jpg")
        controller.gallery.add(photo)
        controller.jobs.append(FakeCaptureJob(photo))
        file = photo.files[0]
        content = tmp_path / file.path
        content.parent.mkdir(exist_ok=True)
        content.write_bytes(bytes(LARGE_BYTES))
        controller.files[file.id] = (file, content)
        begun, cut = asyncio.Event(), asyncio.Event()
        received: list[Message] = []

        async def receive() -> Message:
            await cut.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            received.append(message)
            if message["type"] == "http.response.body":
                begun.set()
                await asyncio.Event().wait()  # the reader takes nothing more

        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1:8000"), (b"authorization", f"Bearer {token}".encode())],
            "client": ("192.0.2.1", 4711),
            "server": ("127.0.0.1", 8000),
            "extensions": {ABORT: cut.set},
        }
        answer = asyncio.ensure_future(app_behind(client)(scope, receive, send))
        await begun.wait()
        app_context_behind(client).leases.check()
        assert not cut.is_set()
        take_away(client)
        await answer
    assert cut.is_set()
    assert received[0]["status"] == 200
    assert not any(one["type"] == "http.response.body" and not one.get("more_body") for one in received)
