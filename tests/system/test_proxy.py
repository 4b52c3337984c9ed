"""The fault proxy in front of a server that sends everything back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from tests.support.proxy import PIECES_A_SECOND, fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

WITHIN_SECONDS = 10


class Echo:
    """``heard`` is set whenever bytes have come through."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.port = 0
        self._ended: list[asyncio.Event] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = asyncio.Event()
        self._ended.append(ended)
        with suppress(OSError):
            while data := await reader.read(65536):
                self.heard.set()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
        ended.set()

    async def over(self) -> None:
        for ended in self._ended:
            await ended.wait()


@pytest.fixture
async def echo() -> AsyncGenerator[Echo]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    echo.port = server.sockets[0].getsockname()[1]
    yield echo
    server.close()
    async with asyncio.timeout(WITHIN_SECONDS):
        await echo.over()


class Caller:
    """One connection through the proxy; every wait has a limit."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, data: bytes) -> None:
        self._writer.write(data)

    async def hears(self, size: int) -> bytes:
        async with asyncio.timeout(WITHIN_SECONDS):
            return await self._reader.readexactly(size)

    async def rest(self) -> bytes:
        """What comes until the connection ends; a reset is raised."""
        async with asyncio.timeout(WITHIN_SECONDS):
            return await self._reader.read()


@asynccontextmanager
async def calling(port: int) -> AsyncGenerator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


async def test_bytes_pass_both_ways(echo: Echo) -> None:
    async with fault_proxy(echo.port) as proxy, calling(proxy.port) as caller:
        caller.say(b"x" * 300_000)
        assert await caller.hears(300_000) == b"x" * 300_000
        assert proxy.accepted == 1


async def test_a_cut_resets_what_is_there_and_lets_new_ones_in(echo: Echo) -> None:
    async with fault_proxy(echo.port) as proxy:
        async with calling(proxy.port) as caller:
            caller.say(b"one")
            await caller.hears(3)
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                await caller.rest()
        async with calling(proxy.port) as caller:
            caller.say(b"two")
            assert await caller.hears(3) == b"two"


async def test_a_muted_link_is_silent_and_open_and_goes_on_where_it_was(echo: Echo) -> None:
    async with fault_proxy(echo.port) as proxy, calling(proxy.port) as old:
        old.say(b"one")
        await old.hears(3)
        echo.heard.clear()
        proxy.mute()
        old.say(b"two")
        async with calling(proxy.port) as new:
            new.say(b"three")
            answers = [asyncio.ensure_future(each) for each in (old.hears(3), new.hears(5))]
            # Another way round the loop and through the kernel, beside the proxy, is no shorter.
            async with calling(echo.port) as witness:
                echo.heard.clear()
                witness.say(b"w")
                await witness.hears(1)
            assert not any(answer.done() for answer in answers)
            proxy.unmute()
            assert await asyncio.gather(*answers) == [b"two", b"three"]


async def test_a_delay_holds_each_piece_back(echo: Echo) -> None:
    waits: asyncio.Queue[float] = asyncio.Queue()
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.put_nowait(seconds)
        await over.wait()

    async with fault_proxy(echo.port, sleep) as proxy, calling(proxy.port) as caller:
        proxy.delay_seconds = 2.5
        caller.say(b"late")
        assert await asyncio.wait_for(waits.get(), WITHIN_SECONDS) == 2.5
        assert not echo.heard.is_set()
        over.set()
        assert await caller.hears(4) == b"late"
        assert await asyncio.wait_for(waits.get(), WITHIN_SECONDS) == 2.5


async def test_a_throttle_takes_the_time_that_the_bytes_need(echo: Echo) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with fault_proxy(echo.port, sleep) as proxy:
        proxy.bytes_per_second = 10_000
        async with calling(proxy.port) as caller:
            caller.say(b"x" * 5_000)
            assert await caller.hears(5_000) == b"x" * 5_000
    assert sum(waits) == pytest.approx(2 * 5_000 / 10_000)
    assert max(waits) <= 1 / PIECES_A_SECOND


async def test_turning_away_accepts_and_closes(echo: Echo) -> None:
    async with fault_proxy(echo.port) as proxy:
        proxy.turning_away = True
        async with calling(proxy.port) as caller:
            assert await caller.rest() == b""
        assert proxy.accepted == 1
        assert not echo.heard.is_set()
        proxy.turning_away = False
        async with calling(proxy.port) as caller:
            caller.say(b"back")
            assert await caller.hears(4) == b"back"


async def test_a_dead_target_resets(echo: Echo) -> None:
    async with fault_proxy(echo.port) as nowhere:
        closed_port = nowhere.port
    async with fault_proxy(closed_port) as proxy, calling(proxy.port) as caller:
        with pytest.raises(ConnectionResetError):
            await caller.rest()
