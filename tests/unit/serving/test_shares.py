"""What one principal may hold at once, and what is kept for operators, through the application's own routes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import CAMERA, app_behind, app_context_behind, asking
from tests.support.fake_controller import FakeController

from photonic.access.links import LinkScope
from photonic.access.permission import Role
from photonic.access.principal import Means, Principal
from photonic.access.usage import Held, Use
from photonic.serving.shares import RESERVED, ShareRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx2
    from starlette.types import Message, Scope

    from photonic.serving.shares import Shares

VIEWER = Principal("session:a", "phone", Role.VIEWER, Means.SESSION)
OPERATOR = Principal("session:o", "laptop", Role.OPERATOR, Means.SESSION)
PROGRAM = Principal("loopback", "program on this machine", Role.GUEST, Means.LOOPBACK)


@contextlib.asynccontextmanager
async def shares(**settings: Any) -> AsyncGenerator[Shares]:
    async with asking(FakeController(), **settings) as client:
        yield app_context_behind(client).shares


def taken(shares: Shares, principal: Principal, count: int, *, views: bool = True) -> list[Held | ShareRefused]:
    return [shares.stream(principal, views=views) for _ in range(count)]


async def test_a_session_has_eight_streams_of_any_kind_and_another_session_has_its_own() -> None:
    async with shares() as all_shares:
        held = [*taken(all_shares, VIEWER, 4), *taken(all_shares, VIEWER, 4, views=False)]
        assert all(isinstance(one, Held) for one in held)
        refused = all_shares.stream(VIEWER, views=True)
        assert isinstance(refused, ShareRefused)
        assert (refused.status, refused.kind) == (429, "too_many_streams")
        assert "phone has as many streams as are allowed (8)" in refused.reason
        other = Principal("session:b", "tablet", Role.GUEST, Means.SESSION)
        assert isinstance(all_shares.stream(other, views=True), Held)


async def test_all_sessions_of_a_token_have_eight_streams_together() -> None:
    async with shares() as all_shares:
        phones = [Principal(f"session:{n}", "t", Role.GUEST, Means.SESSION, token_hash="ab" * 32) for n in range(3)]
        held = [one for phone in phones for one in taken(all_shares, phone, 3)]
        assert [isinstance(one, Held) for one in held] == [True] * 8 + [False]


async def test_a_refusal_by_the_limit_of_all_viewers_costs_the_viewer_nothing() -> None:
    async with shares(max_viewers=2) as all_shares:
        for principal in (VIEWER, Principal("session:b", "tablet", Role.GUEST, Means.SESSION)):
            assert isinstance(all_shares.stream(principal, views=True), Held)
        refused = all_shares.stream(VIEWER, views=True)
        assert isinstance(refused, ShareRefused)
        assert (refused.status, refused.kind) == (503, "too_many_viewers")
        assert all_shares.usage.held(VIEWER.key, Use.STREAM) == 1


@pytest.mark.parametrize("principal", [OPERATOR, PROGRAM])
async def test_operators_and_this_machine_are_bound_by_the_limit_of_all_only(principal: Principal) -> None:
    async with shares(max_viewers=16) as all_shares:
        held = taken(all_shares, principal, 17)
        assert [isinstance(one, Held) for one in held] == [True] * 16 + [False]


async def test_everything_that_was_held_is_given_back() -> None:
    async with shares() as all_shares:
        for one in taken(all_shares, VIEWER, 8):
            assert isinstance(one, Held)
            one.release()
        assert (len(all_shares.usage), all_shares.viewers.taken) == (0, 0)


async def test_a_link_has_as_many_streams_as_it_says_for_all_who_have_it() -> None:
    async with shares() as all_shares:
        now = all_shares.control.clock()
        record, _signature = all_shares.control.links.make(
            LinkScope.parse("live:left"), Role.VIEWER, now, 3600.0, made_by="anna", streams=12
        )
        link = Principal(f"link:{record.id}", "link", Role.VIEWER, Means.LINK, record.ends_at, record.scope)
        held = taken(all_shares, link, 13)
        assert [isinstance(one, Held) for one in held] == [True] * 12 + [False]


PROXIED = {"X-Real-IP": "192.0.2.7"}
"""Nobody on this machine: a proxy passed the request on."""


@pytest.mark.parametrize("path", ["/api/v1/events", f"{CAMERA}/liveview/stream.mjpg"])
async def test_a_stream_of_any_kind_is_refused_to_somebody_with_too_many(path: str) -> None:
    async with asking(FakeController(), allow_anonymous=Role.VIEWER) as client:
        viewer = Principal("anonymous:127.0.0.1", "anonymous", Role.VIEWER, Means.ANONYMOUS)
        assert all(isinstance(one, Held) for one in taken(app_context_behind(client).shares, viewer, 8))
        async with asyncio.timeout(10):
            refused = await client.get(path, headers=PROXIED)
        assert refused.status_code == 429
        assert refused.json()["type"] == "urn:photonic:problem:too_many_streams"


async def test_a_principal_with_too_many_open_requests_is_told_to_wait() -> None:
    async with asking(FakeController(), allow_anonymous=Role.VIEWER) as client, asyncio.TaskGroup() as tasks:
        long = {"wait_rev": 2**40}
        waiting = [
            tasks.create_task(client.get(f"{CAMERA}/capture/status", params=long, headers=PROXIED)) for _ in range(16)
        ]
        usage = app_context_behind(client).shares.usage
        for _turn in range(10_000):
            if usage.held("anonymous:127.0.0.1", Use.REQUEST) == 16:
                break
            await asyncio.sleep(0)
        refused = await client.get(f"{CAMERA}/status", headers=PROXIED)
        assert refused.status_code == 429
        assert refused.json()["type"] == "urn:photonic:problem:too_many_open_requests"
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get(f"{CAMERA}/status")).status_code == 200
        for one in waiting:
            one.cancel()


async def _answer(client: httpx2.AsyncClient, path: str, *, cookie: str = "", address: str = "192.0.2.1") -> int:
    """The status of a request on a connection of the reserved share."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"cookie", cookie.encode())],
        "client": (address, 4711),
        "server": ("127.0.0.1", 8000),
        "extensions": {RESERVED: True},
    }
    await app_behind(client)(scope, receive, send)
    return int(sent[0]["status"])


async def test_a_reserved_connection_answers_operators_this_machine_and_browsers_of_operators_only() -> None:
    async with asking(FakeController(), allow_anonymous=Role.GUEST) as client:
        control = app_context_behind(client).access
        device = control.devices.add(Role.OPERATOR, control.clock())
        known = f"{control.policy.device_cookie(secure=False)}={device}"
        assert await _answer(client, f"{CAMERA}/status") == 503
        assert await _answer(client, "/health") == 503
        assert await _answer(client, "/health", cookie=f"{control.policy.device_cookie(secure=False)}=wrong") == 503
        assert await _answer(client, "/health", cookie=known) == 200
        assert await _answer(client, f"{CAMERA}/status", address="127.0.0.1") == 200
