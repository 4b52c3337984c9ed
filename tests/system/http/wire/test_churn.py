"""Viewers that come and go, in the middle of whatever they do: afterwards the service holds what it held before."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest
from tests.support.raw_viewers import Kind, opening, viewing
from tests.support.raw_wire import EndOfWire, client_close, wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

    from tests.support.certificate import IssuedCertificate
    from tests.support.serving import Path

WARM_UP = 1000
AT_A_TIME = 24
SETTLES_WITHIN_SECONDS = 30.0
ROUNDS = 3
"""What is kept for each connection grows in every round; the room that more viewers at once need grows in one."""
GROWTH_KB = {"direct": 1024, "plain": 1024, "tls": 6 * 1024}
"""About twice what was measured (10,000 connections: 0.5 MB, most of it with the first thousand; over TLS 2 to 4 MB,
after 2,000 connections as after 10,000): half a kilobyte for each of 2,000 connections, over TLS of 10,000, is too
much."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process serves."""

    host_and_port: str
    trust: ssl.SSLContext | None = None


class Service:
    """A process that serves, and tells what it holds."""

    def __init__(self, process: asyncio.subprocess.Process, place: Place) -> None:
        self._process = process
        self.place = place

    async def figures(self) -> dict[str, int]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(b"\n")
        return json.loads(await stdout.readline())

    async def settled(self) -> dict[str, int]:
        """What it holds when nobody watches any more and two looks in a row see the same."""
        before: dict[str, int] = {}
        async with asyncio.timeout(SETTLES_WITHIN_SECONDS):
            while True:
                now = await self.figures()
                held = {name: now[name] for name in ("viewers", "tasks", "descriptors")}
                if now["viewers"] == 0 and held == before:
                    return now
                before = held
                await asyncio.sleep(1.0)


@asynccontextmanager
async def process(path: Path, certificate: IssuedCertificate) -> AsyncGenerator[Service]:
    """Ends in order, with nothing in its log from warnings up but what clients did wrong."""
    pipe = asyncio.subprocess.PIPE
    files = (str(certificate.certificate), str(certificate.key)) if path == "tls" else ()
    command = (sys.executable, "-m", "tests.support.churned_service", path, *files)
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    assert child.stdout is not None
    try:
        async with asyncio.timeout(30):
            url = (await child.stdout.readline()).decode().strip()
        yield Service(child, Place(url.partition("://")[2], certificate.trust if path == "tls" else None))
        child.terminate()
        async with asyncio.timeout(20):
            _output, log = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line for line in lines if line["level"] in {"error", "critical"}] == []
    assert child.returncode == 0


async def leave_politely(place: Place, kind: Kind) -> None:
    async with viewing(place, kind) as viewer:
        await viewer.picture()
        if kind is not Kind.MULTIPART:
            await viewer.wire.send(client_close(1000))
            await viewer.end()


async def leave_in_a_frame(place: Place, kind: Kind) -> None:
    async with viewing(place, kind) as viewer:
        await viewer.wire.some(100)


async def reset_in_a_frame(place: Place, kind: Kind) -> None:
    async with viewing(place, kind, receive_buffer_bytes=16 * 1024) as viewer:
        await viewer.wire.some(100)
        viewer.wire.reset()


async def close_one_half(place: Place, kind: Kind) -> None:
    async with viewing(place, kind) as viewer:
        viewer.wire.half_close()
        await viewer.wire.rest()


async def leave_in_the_handshake(place: Place, kind: Kind) -> None:
    whole = opening(kind, place)
    with wire(place) as client:
        await client.send(whole[: len(whole) // 2])


async def reset_in_the_handshake(place: Place, kind: Kind) -> None:
    whole = opening(kind, place)
    with wire(place) as client:
        await client.send(whole[:-1])
        client.reset()


async def reset_behind_the_handshake(place: Place, kind: Kind) -> None:
    with wire(place) as client:
        await client.send(opening(kind, place))
        client.reset()


async def say_nothing(place: Place, kind: Kind) -> None:
    with wire(place) as client:
        client.reset()


WAYS: tuple[Callable[[Place, Kind], Awaitable[None]], ...] = (
    leave_politely,
    leave_in_a_frame,
    reset_in_a_frame,
    close_one_half,
    leave_in_the_handshake,
    reset_in_the_handshake,
    reset_behind_the_handshake,
    say_nothing,
)
KINDS = tuple(Kind)


async def churn(place: Place, connections: int) -> None:
    """So many come and go, some at a time, in every way in turn."""
    numbers = count()

    async def come_and_go(numbers: Iterator[int]) -> None:
        while (number := next(numbers)) < connections:
            with suppress(ConnectionError, EndOfWire, ssl.SSLError):
                await WAYS[number % len(WAYS)](place, KINDS[number // len(WAYS) % len(KINDS)])

    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_A_TIME):
            tasks.create_task(come_and_go(numbers))


@pytest.mark.parametrize("connections", [2000, pytest.param(10_000, marks=pytest.mark.long)])
@pytest.mark.timeout(300)
async def test_viewers_that_come_and_go_leave_nothing(
    path: Path, certificate: IssuedCertificate, connections: int
) -> None:
    async with process(path, certificate) as service:
        await churn(service.place, WARM_UP)
        figures = [await service.settled()]
        while len(figures) <= ROUNDS:
            await churn(service.place, connections)
            figures.append(await service.settled())
            before, after = figures[-2:]
            assert (after["tasks"], after["descriptors"]) == (before["tasks"], before["descriptors"])
            if after["rss_kb"] - before["rss_kb"] <= GROWTH_KB[path]:
                return
    pytest.fail(f"it has grown in each of {ROUNDS} rounds: {figures}")
