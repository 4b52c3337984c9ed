"""Access over restarts of the service, and a token that is removed while somebody uses it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.fake_controller import FakeController
from tests.support.serving import serving
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from photonic import web
from photonic.access.permission import Role
from photonic.protocol.live import SUBPROTOCOL
from photonic.serving.token_file import edited_tokens

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

WITHIN_SECONDS = 5.0
"""The promise, from the moment that the token is removed."""
PAGE = Path(web.__file__).parent
SESSIONS = "/api/v1/access/sessions"


def add_token(folder: Path, name: str, role: Role) -> str:
    with edited_tokens(folder) as table:
        return table.add(name, role, None, "2026-01-01T00:00:00Z")


async def sign_in(client: httpx2.AsyncClient, credential: str) -> None:
    answer = await client.post("/sign-in", data={"credential": credential, "next": "/"})
    assert answer.status_code == 303, answer.text


async def test_streams_end_when_their_token_is_removed(tmp_path: Path) -> None:
    token = add_token(tmp_path, "tablet", Role.GUEST)
    add_token(tmp_path, "other", Role.GUEST)
    camera = FakeController(publish_every_seconds=0.05)
    async with serving(camera, keeps_state=True, state_folder=tmp_path) as service:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            connect(
                service.socket_url(), additional_headers=headers, subprotocols=[Subprotocol(SUBPROTOCOL)]
            ) as socket,
            httpx2.AsyncClient(base_url=service.url, headers=headers) as client,
            client.stream("GET", "/api/v1/camera/liveview/stream.mjpg") as pictures,
            client.stream("GET", "/api/v1/events") as events,
        ):
            assert (pictures.status_code, events.status_code) == (200, 200)
            await socket.recv()
            with edited_tokens(tmp_path) as table:
                table.remove("tablet")
            async with asyncio.timeout(WITHIN_SECONDS):
                closed, *_ended = await asyncio.gather(code_at_the_end(socket), ended(pictures), ended(events))
    assert closed == 4401


async def code_at_the_end(socket: ClientConnection) -> int | None:
    """Of the close frame; waits for it."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await socket.recv()
    return None if closed.value.rcvd is None else closed.value.rcvd.code


async def ended(stream: httpx2.Response) -> None:
    """Waits until an answer has ended, or was cut."""
    with suppress(httpx2.RemoteProtocolError, httpx2.ReadError):
        async for _piece in stream.aiter_bytes():
            pass


async def test_sessions_survive_a_restart_and_ended_ones_do_not(tmp_path: Path) -> None:
    token = add_token(tmp_path, "desk", Role.OPERATOR)
    cookies: list[httpx2.Cookies] = []
    async with serving(FakeController(), keeps_state=True, state_folder=tmp_path, page=PAGE) as service:
        for _browser in range(2):
            async with httpx2.AsyncClient(base_url=service.url) as client:
                await sign_in(client, token)
                cookies.append(client.cookies)
        async with httpx2.AsyncClient(base_url=service.url, cookies=cookies[0]) as client:
            await client.post("/sign-out")
    async with serving(FakeController(), keeps_state=True, state_folder=tmp_path, page=PAGE) as service:
        async with httpx2.AsyncClient(base_url=service.url, cookies=cookies[0]) as client:
            assert (await client.get(SESSIONS)).status_code == 401
        async with httpx2.AsyncClient(base_url=service.url, cookies=cookies[1]) as client:
            assert len((await client.get(SESSIONS)).json()["sessions"]) == 1
