from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.asking import CAMERA, app_behind, asking
from tests.support.fake_controller import FakeController

from photonic.service.http.bodies import LIMIT_BYTES, BodyLimit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Message, Receive, Scope, Send


def config_of(size_bytes: int) -> bytes:
    frame = b'{"iso_capture": "100"%s}'
    return frame % (b" " * (size_bytes - len(frame) + 2))


async def test_a_body_at_the_limit_is_accepted_and_a_larger_one_is_not() -> None:
    controller = FakeController()
    headers = {"Content-Type": "application/json"}
    async with asking(controller) as client:
        taken = await client.post(f"{CAMERA}/config", content=config_of(LIMIT_BYTES), headers=headers)
        refused = await client.post(f"{CAMERA}/config", content=config_of(LIMIT_BYTES + 1), headers=headers)
    assert taken.status_code == 200, taken.text
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:photonic:problem:body_too_large")
    assert refused.headers["connection"] == "close"
    assert len(controller.configs) == 1


async def test_a_chunked_body_is_counted_as_it_comes() -> None:
    controller = FakeController()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1000

    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/config", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert controller.configs == []


@pytest.mark.parametrize("length", ["-1", "9" * 30, "1e3", "x"])
async def test_an_invalid_length_is_refused(length: str) -> None:
    async with asking(FakeController()) as client:
        answer = await client.post(f"{CAMERA}/connect", headers={"Content-Length": length})
    assert answer.status_code == 413


async def test_a_body_that_never_ends_times_out() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        app = app_behind(client)
    sent: list[Message] = []

    async def app_of_quick_limit(scope: Scope, receive: Receive, send: Send) -> None:
        await BodyLimit(app, within_seconds=0.0)(scope, receive, send)

    async def receive() -> Message:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"9")]
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": f"{CAMERA}/config",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
    }
    await app_of_quick_limit(scope, receive, send)
    assert sent[0]["status"] == 408
