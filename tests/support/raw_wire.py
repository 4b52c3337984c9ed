"""A client that speaks in bytes: what a test gives goes out as it is, and what comes is seen as it was sent."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator

WITHIN_SECONDS = 20.0
PIECE_BYTES = 64 * 1024

CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
CLOSE, PING, PONG = 0x8, 0x9, 0xA
MASK = bytes((0x37, 0xFA, 0x21, 0x3D))

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The key of RFC 6455, 1.3, and the answer to it."""


class Address(Protocol):
    """Where a service answers."""

    @property
    def host_and_port(self) -> str:
        """As it stands in a Host header."""
        ...

    @property
    def trust(self) -> ssl.SSLContext | None:
        """Whom a client trusts; ``None``: the service does not speak TLS."""
        ...


class EndOfWire(Exception):
    """The service has ended the connection; ``held`` came before and was not asked for."""

    def __init__(self, held: bytes) -> None:
        super().__init__(f"the connection ended; before: {held[:200]!r}")
        self.held = held


@dataclass(frozen=True, slots=True)
class WireFrame:
    """One WebSocket frame as it came: ``head`` is everything before the payload (RFC 6455, 5.2)."""

    head: bytes
    payload: bytes

    @property
    def final(self) -> bool:
        return bool(self.head[0] & 0x80)

    @property
    def reserved(self) -> int:
        return self.head[0] >> 4 & 0b111

    @property
    def opcode(self) -> int:
        return self.head[0] & 0xF

    @property
    def raw(self) -> bytes:
        return self.head + self.payload

    @property
    def code(self) -> int | None:
        """Of a close frame."""
        return int.from_bytes(self.payload[:2], "big") if self.payload else None

    @property
    def reason(self) -> str:
        """Of a close frame."""
        return self.payload[2:].decode()


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and header lines of an answer; names in lower case, in the order in which they came."""

    status: int
    lines: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.lines if key == name]

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a body as it came: ``line`` is its size line (RFC 9112, 7.1); the last chunk is empty."""

    line: bytes
    data: bytes

    @property
    def raw(self) -> bytes:
        return self.line + self.data + b"\r\n"


def client_frame(
    opcode: int, payload: bytes = b"", *, final: bool = True, reserved: int = 0, mask: bytes | None = MASK
) -> bytes:
    """A frame as a client sends it; ``mask`` ``None`` leaves it unmasked, which RFC 6455, 5.1, forbids."""
    first, masked, size = final << 7 | reserved << 4 | opcode, (mask is not None) << 7, len(payload)
    if size < 126:
        head = struct.pack(">BB", first, masked | size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", first, masked | 126, size)
    else:
        head = struct.pack(">BBQ", first, masked | 127, size)
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def client_close(code: int, reason: str = "") -> bytes:
    """A close frame as a client sends it."""
    return client_frame(CLOSE, code.to_bytes(2, "big") + reason.encode())


def request(path: str, host: str, *lines: str, method: str = "GET") -> bytes:
    """An HTTP request without a body."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "", "")).encode()


def upgrade_lines(*more: str) -> tuple[str, ...]:
    """The header lines of a good WebSocket handshake (RFC 6455, 4.1), beside Host."""
    return (
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13",
        *more,
    )


class Wire:
    """One connection. Whatever waits is bounded by ``WITHIN_SECONDS`` and raises ``TimeoutError``."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._held = bytearray()

    async def send(self, data: bytes) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def some(self, limit_bytes: int = PIECE_BYTES) -> bytes:
        """What has come, at least one byte. Raises ``EndOfWire`` at the end, ``ConnectionError`` after a reset."""
        if not self._held:
            await self._receive(limit_bytes)
        return self._cut(limit_bytes)

    async def exactly(self, size_bytes: int) -> bytes:
        while len(self._held) < size_bytes:
            await self._receive(PIECE_BYTES)
        return self._cut(size_bytes)

    async def through(self, mark: bytes) -> bytes:
        """Everything up to and with the next ``mark``."""
        while (at := self._held.find(mark)) < 0:
            await self._receive(PIECE_BYTES)
        return await self.exactly(at + len(mark))

    async def rest(self) -> bytes:
        """Everything up to the end; a reset is an end, too."""
        data = bytearray()
        try:
            while True:
                data += await self.some()
        except (EndOfWire, ConnectionError):
            return bytes(data)

    async def head(self) -> Head:
        status, *lines = (await self.through(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        pairs = (line.partition(":") for line in lines)
        return Head(int(status.split()[1]), tuple((name.lower(), value.strip()) for name, _colon, value in pairs))

    async def frame(self) -> WireFrame:
        """The next WebSocket frame, whole."""
        while (frame := self.held_frame()) is None:
            await self._receive(PIECE_BYTES)
        return frame

    async def chunk(self) -> Chunk:
        """The next chunk of a chunked body, whole; the last one is empty."""
        while (chunk := self.held_chunk()) is None:
            await self._receive(PIECE_BYTES)
        return chunk

    async def take(self, size_bytes: int) -> None:
        """Take so many more bytes off the connection, and hold them."""
        wanted = len(self._held) + size_bytes
        while len(self._held) < wanted:
            await self._receive(wanted - len(self._held))

    def held_frame(self) -> WireFrame | None:
        """The next WebSocket frame, if all of it is held."""
        if len(self._held) < 2:
            return None
        assert not self._held[1] & 0x80, "a server masks nothing (RFC 6455, 5.1)"
        size, start = self._held[1], 2
        if size >= 126:
            start += 2 if size == 126 else 8
            size = int.from_bytes(self._held[2:start], "big")
        if len(self._held) < start + size:
            return None
        return WireFrame(self._cut(start), self._cut(size))

    def held_chunk(self) -> Chunk | None:
        """The next chunk, if all of it is held."""
        start = self._held.find(b"\r\n") + 2
        if start < 2 or len(self._held) < start + (size := int(self._held[: start - 2], 16)) + 2:
            return None
        chunk = Chunk(self._cut(start), self._cut(size))
        assert self._cut(2) == b"\r\n"
        return chunk

    def half_close(self) -> None:
        """Nothing more comes from this client, which goes on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End without a word: the service gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _cut(self, size_bytes: int) -> bytes:
        data = bytes(self._held[:size_bytes])
        del self._held[:size_bytes]
        return data

    async def _receive(self, limit_bytes: int) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            data = await asyncio.get_running_loop().sock_recv(self.socket, limit_bytes)
        self._add(data)

    def _add(self, data: bytes) -> None:
        if not data:
            held = bytes(self._held)
            self._held.clear()
            raise EndOfWire(held)
        self._held += data


class TlsWire(Wire):
    """A connection over TLS: what is sent and taken is plain text, ``socket`` carries its encrypted form."""

    def __init__(self, connection: socket.socket, trust: ssl.SSLContext) -> None:
        super().__init__(connection)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.tls = trust.wrap_bio(self._incoming, self._outgoing, server_hostname="127.0.0.1")
        self._shaken = False

    async def send(self, data: bytes) -> None:
        if not self._shaken:
            await self._shake()
        self.tls.write(data)
        await super().send(self._outgoing.read())

    async def _shake(self) -> None:
        self._shaken = True
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await super().send(self._outgoing.read())
                await self._more(PIECE_BYTES)
        await super().send(self._outgoing.read())

    async def _receive(self, limit_bytes: int) -> None:
        if not self._shaken:
            await self._shake()
        while True:
            try:
                data = self.tls.read(limit_bytes)
            except ssl.SSLWantReadError:
                await self._more(limit_bytes)
                continue
            self._add(data)
            return

    async def _more(self, limit_bytes: int) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            data = await asyncio.get_running_loop().sock_recv(self.socket, limit_bytes)
        if data:
            self._incoming.write(data)
        else:
            self._add(b"")


@contextmanager
def wire(service: Address, *, receive_buffer_bytes: int | None = None, source: str | None = None) -> Generator[Wire]:
    """A connection to the service.

    ``receive_buffer_bytes``: what the kernel is asked to hold, ``None``: nothing. ``source``: the address that it comes
    from, any of 127.0.0.0/8; ``None``: the usual one.
    """
    host, _colon, port = service.host_and_port.partition(":")
    with socket.socket() as connection:
        if receive_buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        if source is not None:
            connection.bind((source, 0))
        connection.connect((host, int(port)))
        connection.setblocking(False)
        yield Wire(connection) if service.trust is None else TlsWire(connection, service.trust)


@contextmanager
def accepted(client: Wire) -> Generator[socket.socket]:
    """The other end of a client's connection, where this very process is the service."""
    with _other_end(client.socket.getsockname()) as other:
        yield other


def _other_end(peer: object) -> socket.socket:
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if not str(entry.readlink()).startswith("socket:"):
                continue
            other = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:
            continue
        with suppress(OSError):
            if other.family == socket.AF_INET and other.getpeername() == peer:
                return other
        other.close()
    raise LookupError("this process has not accepted that connection")
