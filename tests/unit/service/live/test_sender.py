"""Where a viewer's bytes leave: a real transport on a real pair of sockets, and the server's ``send``."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest
import uvloop

from photonic.protocol.envelopes import bare, websocket_binary, websocket_text
from photonic.service.live.sender import (
    LONGEST_POLL_SECONDS,
    SENDER,
    SIOCOUTQNSD,
    UNSENT_LIMIT_BYTES,
    ServerSender,
    TransportSender,
    sender_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

KERNEL_BYTES = 64 * 1024
LARGE = bytes(4_000_000)
"""Many times more than the kernel takes of it."""
LOOPS = pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


class Connection(asyncio.Protocol):
    """A protocol that tells its frame sender what its transport tells it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.made: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast("asyncio.Transport", transport)
        self.sender = TransportSender(transport, picture=websocket_binary, text=websocket_text)
        self.made.set_result(None)

    def pause_writing(self) -> None:
        self.sender.paused()

    def resume_writing(self) -> None:
        self.sender.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        self.sender.lost()
        self.ended.set_result(None)


class Side:
    """A connection with its peer, and what the frame sender said."""

    def __init__(self, connection: Connection, peer: socket.socket) -> None:
        self.connection = connection
        self.sender = connection.sender
        self.peer = peer
        self.said: list[str] = []
        self.freed = asyncio.Event()

    def busy(self) -> None:
        self.said.append("busy")

    def free(self) -> None:
        self.said.append("free")
        self.freed.set()

    async def take(self, size_bytes: int) -> None:
        loop = asyncio.get_running_loop()
        left = size_bytes
        while left:
            left -= len(await loop.sock_recv(self.peer, left))


@asynccontextmanager
async def connected() -> AsyncGenerator[Side]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _address = listener.accept()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BYTES)
        theirs.setblocking(False)
        _transport, connection = await asyncio.get_running_loop().create_connection(Connection, sock=ours)
        await connection.made
        yield Side(connection, theirs)
        connection.transport.abort()
        await connection.ended


def run(new_loop: Callable[[], asyncio.AbstractEventLoop], main: Callable[[Side], object]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), connected() as side, AsyncExitStack() as stack:
            await stack.enter_async_context(side.sender.opened(on_busy=side.busy, on_free=side.free))
            outcome = main(side)
            assert asyncio.iscoroutine(outcome)
            await outcome

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(body())


@LOOPS
def test_what_the_kernel_takes_leaves_the_outlet_free(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main(side: Side) -> None:
        side.sender.send_picture(b"picture")
        side.sender.send_text(b"words")
        assert (side.sender.busy, side.said) == (False, [])
        await side.take(len(b"picturewords"))

    run(new_loop, main)


@LOOPS
def test_one_byte_that_stays_makes_it_busy_until_all_have_left(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def main(side: Side) -> None:
        side.sender.send_picture(LARGE)
        assert (side.sender.busy, side.said) == (True, ["busy"])
        await side.take(len(LARGE) // 2)
        assert (side.sender.busy, side.said) == (True, ["busy"])
        await side.take(len(LARGE) - len(LARGE) // 2)
        await side.freed.wait()
        assert (side.sender.busy, side.said) == (False, ["busy", "free"])

    run(new_loop, main)


@LOOPS
def test_it_is_busy_from_the_first_byte_that_stays(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """By themselves, transports would keep tens of kilobytes before they say so."""

    async def main(side: Side) -> None:
        while not side.sender.busy:
            assert side.connection.transport.get_write_buffer_size() == 0
            side.sender.send_picture(bytes(1000))
            await asyncio.sleep(0)
        assert 0 < side.connection.transport.get_write_buffer_size() <= 1000

    run(new_loop, main)


@LOOPS
def test_what_is_untaken_shrinks_as_the_peer_takes(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main(side: Side) -> None:
        side.sender.send_picture(LARGE)
        before = side.sender.untaken_bytes()
        await side.take(1_000_000)
        after = side.sender.untaken_bytes()
        assert before is not None
        assert after is not None
        assert len(LARGE) // 2 < before < len(LARGE)
        assert after < before

    run(new_loop, main)


@LOOPS
def test_nothing_is_known_of_a_connection_that_is_being_cut_or_is_gone(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """The socket has no number any more, between the cut and the word of it."""

    async def main(side: Side) -> None:
        side.sender.send_picture(LARGE)
        side.connection.transport.abort()
        assert side.sender.untaken_bytes() is None
        await side.connection.ended
        assert side.sender.untaken_bytes() is None
        assert side.sender.busy

    run(new_loop, main)


@LOOPS
def test_what_is_sent_to_a_connection_that_is_closing_goes_nowhere(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def main(side: Side) -> None:
        side.connection.transport.close()
        side.sender.send_picture(b"late")
        await side.connection.ended
        side.sender.send_picture(b"later")
        assert await asyncio.get_running_loop().sock_recv(side.peer, 100) == b""

    run(new_loop, main)


@LOOPS
def test_it_is_busy_while_it_is_not_open(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        async with asyncio.timeout(20), connected() as side:
            assert side.sender.busy
            async with side.sender.opened(on_busy=side.busy, on_free=side.free):
                assert not side.sender.busy
            assert side.sender.busy
            side.sender.resumed()
            assert (side.sender.busy, side.said) == (True, [])

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


@LOOPS
def test_a_connection_that_holds_bytes_when_it_is_opened_is_busy(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """The head of the answer may be waiting."""

    async def main() -> None:
        async with asyncio.timeout(20), connected() as side:
            side.connection.transport.write(LARGE)
            async with side.sender.opened(on_busy=side.busy, on_free=side.free):
                assert side.sender.busy
                await side.take(len(LARGE))
                await side.freed.wait()
                assert not side.sender.busy

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


class Carrier:
    """A server's ``send`` that waits for a test."""

    def __init__(self) -> None:
        self.carried: list[tuple[bytes, bool]] = []
        self.given = asyncio.Event()
        self.goes = asyncio.Event()

    async def __call__(self, ready: bytes, words: bool) -> None:
        self.given.set()
        await self.goes.wait()
        self.goes.clear()
        self.carried.append((ready, words))


async def test_a_server_gets_one_message_at_a_time() -> None:
    carrier, said, freed = Carrier(), list[str](), asyncio.Event()
    sender = ServerSender(carrier)
    assert (sender.busy, sender.picture, sender.text, sender.untaken_bytes()) == (True, bare, bare, None)
    async with sender.opened(on_busy=lambda: said.append("busy"), on_free=freed.set):
        assert not sender.busy
        sender.send_picture(b"picture")
        assert (sender.busy, said) == (True, ["busy"])
        await carrier.given.wait()
        assert (sender.busy, carrier.carried) == (True, [])
        carrier.goes.set()
        await freed.wait()
        assert (sender.busy, carrier.carried) == (False, [(b"picture", False)])
        freed.clear()
        sender.send_text(b"words")
        carrier.goes.set()
        await freed.wait()
    assert sender.busy
    assert carrier.carried == [(b"picture", False), (b"words", True)]


async def test_what_the_server_raises_ends_the_stream() -> None:
    async def carry(ready: bytes, words: bool) -> None:
        raise ConnectionError(ready, words)

    sender = ServerSender(carry)
    with pytest.raises(ExceptionGroup) as raised:
        async with sender.opened(on_busy=lambda: None, on_free=lambda: None):
            sender.send_picture(b"picture")
            await asyncio.Event().wait()
    assert isinstance(raised.value.exceptions[0], ConnectionError)


async def test_the_transports_own_outlet_is_used_where_it_is_offered() -> None:
    carrier = Carrier()
    assert isinstance(sender_of({"type": "http"}, carrier), ServerSender)
    async with connected() as side:
        scope = {"type": "http", "extensions": {SENDER: side.sender}}
        assert sender_of(scope, carrier) is side.sender


class Wire:
    """A transport whose kernel holds what a test says: bytes not acknowledged, and those of them not sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.untaken = self.unsent = 0
        self.freed = asyncio.Event()
        self.sender = TransportSender(cast("asyncio.Transport", self), picture=bare, text=bare)
        monkeypatch.setattr("photonic.service.live.sender.fcntl.ioctl", self._ioctl)

    def _ioctl(self, _descriptor: int, question: int, _answer: bytes) -> bytes:
        return struct.pack("i", self.unsent if question == SIOCOUTQNSD else self.untaken)

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int) -> None:
        assert high == 0

    def write(self, data: bytes) -> None:
        assert data

    def get_extra_info(self, _name: str) -> Wire:
        return self

    def fileno(self) -> int:
        return -1


@pytest.mark.looptime
async def test_a_viewer_is_behind_while_the_kernel_has_not_sent_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch)
    async with wire.sender.opened(on_busy=lambda: None, on_free=wire.freed.set):
        assert not wire.sender.behind()
        wire.untaken = wire.unsent = UNSENT_LIMIT_BYTES + 1
        assert wire.sender.behind()
        await asyncio.sleep(5)
        assert wire.sender.behind()
        assert not wire.freed.is_set()
        wire.untaken = wire.unsent = UNSENT_LIMIT_BYTES
        await asyncio.sleep(2 * LONGEST_POLL_SECONDS)
        assert wire.freed.is_set()
        assert not wire.sender.behind()


@pytest.mark.looptime
@pytest.mark.parametrize(("bytes_a_second", "behind"), [(50_000, True), (5_000_000, False)])
async def test_what_a_slow_network_holds_counts_and_what_a_fast_one_has_under_way_does_not(
    monkeypatch: pytest.MonkeyPatch, bytes_a_second: int, behind: bool
) -> None:
    """200 KB are sent and not acknowledged: in a router's queue, or on a long way."""
    wire = Wire(monkeypatch)
    async with wire.sender.opened(on_busy=lambda: None, on_free=wire.freed.set):
        wire.untaken = 200_000
        for _look in range(30):
            wire.sender.behind()
            await asyncio.sleep(0.1)
            wire.sender.send_picture(bytes(bytes_a_second // 10))
        assert wire.sender.behind() is behind
        wire.untaken = 0
        assert not wire.sender.behind()
