"""The three kinds of live viewer as raw connections: every unit on the wire is seen, none is skipped unasked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.support.multipart_reader import MultipartReader
from tests.support.raw_wire import (
    BINARY,
    CLOSE,
    WITHIN_SECONDS,
    Chunk,
    WireFrame,
    client_close,
    request,
    upgrade_lines,
    wire,
)

from photonic.protocol import live
from photonic.protocol.live import SUBPROTOCOL
from photonic.protocol.multipart import DELIMITER, PART_END

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import pytest
    from tests.support.fake_controller import FakeController
    from tests.support.raw_wire import Address, Head, Wire

LIVEVIEW = "/api/v1/camera/liveview"


class Kind(StrEnum):
    """How a viewer takes its frames."""

    PLAIN = "plain"
    LIVE = "live"
    MULTIPART = "multipart"


SOCKETS = (Kind.PLAIN, Kind.LIVE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame as it came: ``raw`` with everything around it; ``sequence`` is ``None`` where the kind does not tell."""

    raw: bytes
    jpeg: bytes
    sequence: int | None


class StreamEnd(Exception):
    """The service has ended the stream in order: with a close frame, or with the last chunk."""

    def __init__(self, unit: WireFrame | Chunk) -> None:
        super().__init__(repr(unit))
        self.unit = unit

    @property
    def code(self) -> int | None:
        """The close frame's; ``None`` for multipart."""
        return self.unit.code if isinstance(self.unit, WireFrame) else None

    @property
    def reason(self) -> str:
        """The close frame's; empty for multipart."""
        return self.unit.reason if isinstance(self.unit, WireFrame) else ""


class RawViewer:
    """A viewer whose handshake is done; ``head`` is the answer to it."""

    def __init__(self, connection: Wire, kind: Kind, head: Head) -> None:
        self.wire = connection
        self.kind = kind
        self.head = head

    async def picture(self) -> Picture:
        """The next picture; words, pings and the first delimiter are passed over. Raises ``StreamEnd``."""
        while True:
            unit = await (self.wire.chunk() if self.kind is Kind.MULTIPART else self.wire.frame())
            if (picture := self._picture(unit)) is not None:
                return picture

    async def take(self, size_bytes: int) -> list[Picture]:
        """Take so many bytes, and give the pictures that they complete."""
        await self.wire.take(size_bytes)
        pictures: list[Picture] = []
        while unit := self.wire.held_chunk() if self.kind is Kind.MULTIPART else self.wire.held_frame():
            if (picture := self._picture(unit)) is not None:
                pictures.append(picture)
        return pictures

    def _picture(self, unit: WireFrame | Chunk) -> Picture | None:
        if isinstance(unit, Chunk):
            if not unit.data:
                raise StreamEnd(unit)
            return _picture_of_part(unit) if unit.data != DELIMITER else None
        if unit.opcode == CLOSE:
            raise StreamEnd(unit)
        return _picture_of_frame(unit, self.kind) if unit.opcode == BINARY else None

    async def end(self) -> StreamEnd:
        """Take everything up to the ordered end, answer it, and make sure that nothing follows it."""
        try:
            while True:
                await self.picture()
        except StreamEnd as end:
            if self.kind is not Kind.MULTIPART:
                with suppress(ConnectionError):
                    await self.wire.send(client_close(1000))
                assert await self.wire.rest() == b""
            return end


def _picture_of_frame(frame: WireFrame, kind: Kind) -> Picture:
    assert (frame.final, frame.reserved) == (True, 0)
    if kind is Kind.PLAIN:
        return Picture(frame.raw, frame.payload, None)
    decoded = live.decode(frame.payload)
    return Picture(frame.raw, decoded.jpeg, decoded.sequence)


def _picture_of_part(chunk: Chunk) -> Picture:
    """One part a chunk, and the delimiter of the next part behind it."""
    assert chunk.data.endswith(PART_END)
    (part,) = MultipartReader().feed(DELIMITER + chunk.data)
    return Picture(chunk.raw, part.body, part.sequence)


def opening(kind: Kind, service: Address, query: str = "", *lines: str) -> bytes:
    """What a viewer of that kind says first."""
    if kind is Kind.MULTIPART:
        return request(f"{LIVEVIEW}/stream.mjpg{query}", service.host_and_port, *lines)
    ours = (f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",) if kind is Kind.LIVE else ()
    return request(f"{LIVEVIEW}/stream{query}", service.host_and_port, *upgrade_lines(*ours, *lines))


@asynccontextmanager
async def viewing(
    service: Address,
    kind: Kind,
    *lines: str,
    query: str = "",
    receive_buffer_bytes: int | None = None,
    source: str | None = None,
) -> AsyncGenerator[RawViewer]:
    """A viewer of that kind; ``lines`` are further lines of its request; ``source`` is the address it comes from."""
    with wire(service, receive_buffer_bytes=receive_buffer_bytes, source=source) as connection:
        await connection.send(opening(kind, service, query, *lines))
        head = await connection.head()
        assert head.status == (200 if kind is Kind.MULTIPART else 101)
        yield RawViewer(connection, kind, head)


async def joined(controller: FakeController, count: int) -> None:
    """Wait until so many viewers are at the hub."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while controller.hub.viewers != count:
            await controller.changed(controller.boot_id, controller.snapshot().rev, 0.2)


async def turns(count: int = 50) -> None:
    """Let the service, which shares this loop, do what it can do now."""
    for _turn in range(count):
        await asyncio.sleep(0)


def numbered(number: int, size_bytes: int = 1000) -> bytes:
    """Something that starts and ends as a JPEG does, with a number inside."""
    head = b"\xff\xd8\xff\xfe\x00\x0a" + number.to_bytes(8, "big")
    return head + b"\x55" * (size_bytes - len(head) - 2) + b"\xff\xd9"


def number_of(jpeg: bytes) -> int:
    """The number inside."""
    assert (jpeg[:6], jpeg[-2:]) == (b"\xff\xd8\xff\xfe\x00\x0a", b"\xff\xd9")
    return int.from_bytes(jpeg[6:14], "big")


@asynccontextmanager
async def flowing(controller: FakeController, size_bytes: int = 30_000) -> AsyncGenerator[None]:
    """Numbered frames, as fast as the loop turns."""

    async def flow() -> None:
        number = 0
        while True:
            number += 1
            controller.publish(numbered(number, size_bytes))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        publisher = tasks.create_task(flow())
        try:
            yield
        finally:
            publisher.cancel()


def patience(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """How long a viewer may take nothing."""
    for module in ("live.subscriber", "http.streams"):
        monkeypatch.setattr(f"photonic.service.{module}.TAKE_WITHIN_SECONDS", seconds)
