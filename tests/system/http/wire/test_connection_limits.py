"""Connections and viewers on the wire: how many there may be, who makes way, and what the others are told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import FakeController
from tests.support.raw_viewers import LIVEVIEW, Kind, joined, viewing
from tests.support.raw_wire import WITHIN_SECONDS, EndOfWire, request, upgrade_lines, wire
from tests.support.serving import serving

from photonic.access.permission import Role

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.support.raw_wire import Address, Head, Wire

HEALTH = "/health"
ELSEWHERE = "127.7.7.7"


@pytest.fixture(autouse=True)
def only_one_address_is_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other addresses of 127.0.0.0/8 stand for other computers."""

    def is_this_computer(address: str) -> bool:
        return address == "127.0.0.1"

    for module in ("service.http.http_connection", "access.loopback"):
        monkeypatch.setattr(f"photonic.{module}.is_loopback", is_this_computer)


async def problem(client: Wire) -> tuple[Head, dict[str, object]]:
    head = await client.head()
    return head, json.loads(await client.exactly(int(head["content-length"])))


async def healthy(service: Address, client: Wire) -> int:
    await client.send(request(HEALTH, service.host_and_port))
    head = await client.head()
    await client.exactly(int(head["content-length"]))
    return head.status


async def figures(service: Address) -> dict[str, float]:
    with wire(service) as client:
        await client.send(request("/metrics", service.host_and_port))
        head = await client.head()
        text = (await client.exactly(int(head["content-length"]))).decode()
    pairs = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _space, value in pairs}


async def test_an_address_with_too_many_connections_is_told_so_and_others_are_not_affected() -> None:
    async with serving(FakeController(), max_connections_per_address=4) as service:
        with contextlib.ExitStack() as held:
            theirs = [held.enter_context(wire(service, source=ELSEWHERE)) for _ in range(4)]
            assert [await healthy(service, one) for one in theirs] == [200] * 4
            with wire(service, source=ELSEWHERE) as late:
                head, body = await problem(late)
            assert (head.status, body["type"]) == (503, "urn:photonic:problem:too_many_connections")
            assert "your address" in str(body["detail"])
            assert int(head["retry-after"]) > 0
            with wire(service, source="127.7.7.8") as other:
                assert await healthy(service, other) == 200
            ours = [held.enter_context(wire(service)) for _ in range(8)]
            assert [await healthy(service, one) for one in ours] == [200] * 8
            shown = await figures(service)
            assert shown['photonic_refused_connections_total{limit="address"}'] == 1
            assert shown["photonic_connections"] == 13


async def test_silent_connections_make_way_for_new_ones_and_talking_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.http.http_connection.HEAD_WITHIN_SECONDS", 3600.0)
    async with serving(FakeController(), max_connections=16, max_connections_per_address=1000) as service:
        with contextlib.ExitStack() as held:
            talking = held.enter_context(wire(service, source=ELSEWHERE))
            assert await healthy(service, talking) == 200
            silent = [held.enter_context(wire(service, source=f"127.8.0.{n % 250 + 1}")) for n in range(100)]
            with wire(service, source="127.9.9.9") as browser:
                assert await healthy(service, browser) == 200
            assert await healthy(service, talking) == 200
            for one in silent[:80]:
                with pytest.raises((EndOfWire, ConnectionError)):
                    await one.some()
            shown = await figures(service)
            assert shown["photonic_connections"] <= shown["photonic_connections_limit"] == 16
            assert shown["photonic_silent_connections_closed_total"] >= 80
    assert 'photonic_refused_connections_total{limit="full"}' not in shown


async def test_connections_are_counted_out_when_they_end_also_as_sockets() -> None:
    controller = FakeController()
    async with serving(controller) as service:
        for kind in Kind:
            async with viewing(service, kind):
                assert (await figures(service))["photonic_connections"] == 2
        async with asyncio.timeout(WITHIN_SECONDS):
            while (await figures(service))["photonic_connections"] != 1:  # each question is a turn of the loop
                pass


@contextlib.asynccontextmanager
async def crowded(controller: FakeController) -> AsyncGenerator[Address]:
    """A service with eight places for viewers, one of them reserved, and seven viewers from elsewhere."""
    async with (
        serving(controller, max_viewers=8, allow_anonymous=Role.VIEWER) as service,
        contextlib.AsyncExitStack() as watching,
    ):
        for number in range(7):
            kind = list(Kind)[number % 3]
            await watching.enter_async_context(viewing(service, kind, source=ELSEWHERE))
        await joined(controller, 7)
        yield service


async def test_too_many_viewers_are_refused_before_the_handshake_or_by_a_code() -> None:
    controller = FakeController()
    async with crowded(controller) as service:
        for path, lines in ((f"{LIVEVIEW}/stream.mjpg", ()), (f"{LIVEVIEW}/stream", upgrade_lines())):
            with wire(service, source=ELSEWHERE) as late:
                await late.send(request(path, service.host_and_port, *lines))
                head, body = await problem(late)
                assert (head.status, body["type"]) == (503, "urn:photonic:problem:too_many_viewers")
                assert int(head["retry-after"]) > 0
        async with viewing(service, Kind.LIVE, source=ELSEWHERE) as refused:
            end = await refused.end()
            assert end.code == 4429
            assert "try again in 5 s" in end.reason
        shown = await figures(service)
        assert (shown["photonic_viewers"], shown["photonic_viewers_limit"]) == (7, 8)
        assert shown["photonic_refused_viewers_total"] == 3


async def test_a_viewer_on_this_computer_has_a_reserved_place() -> None:
    controller = FakeController()
    async with crowded(controller) as service, viewing(service, Kind.PLAIN):
        await joined(controller, 8)


async def test_a_place_is_free_again_when_its_viewer_leaves_and_a_request_for_the_head_takes_none() -> None:
    controller = FakeController()
    async with serving(controller, max_viewers=1) as service:
        for kind in (*Kind, *Kind):
            async with viewing(service, kind):
                await joined(controller, 1)
            await joined(controller, 0)
            with wire(service) as client:
                await client.send(request(f"{LIVEVIEW}/stream.mjpg", service.host_and_port, method="HEAD"))
                assert (await client.head()).status == 200
        assert (await figures(service))["photonic_viewers"] == 0
