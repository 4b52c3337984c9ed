"""Parses as much of a stream as is needed to count and time frames; the JPEGs are skipped.

Sans I/O. The caller may discard ``skip`` bytes unread and reports them with ``passed``; all other bytes go to ``feed``,
in pieces of any size.
"""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Callable
from typing import Protocol

from photonic.errors import ProtocolError
from photonic.protocol.live import HEADER

OnFrame = Callable[[int, int], None]
"""Called with sequence number and capture time (microseconds of CLOCK_MONOTONIC) when a picture's last byte came."""

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
CONTROL_LIMIT_BYTES = 125
HEAD_LIMIT_BYTES = 8 * 1024
MASK = bytes(4)
"""A mask of zeros is one, too (RFC 6455, 5.3), and leaves the payload as it is."""

_PART = re.compile(rb"Content-Length: (\d+)\r\nX-Sequence: (\d+)\r\nX-Timestamp: (\d+)\r\n", re.IGNORECASE)
_CHUNK_LINE_LIMIT_BYTES = 64


class Reader(Protocol):
    """One stream after its handshake. ``ended`` is the reason why nothing more comes, ``None`` while it goes on."""

    skip: int
    between: bool
    ended: str | None

    def feed(self, data: bytes | memoryview) -> bytes:
        """Take the next bytes; what has to be answered to them, mostly nothing. Raises ``ProtocolError``."""
        ...

    def passed(self, count: int) -> None:
        """So many bytes, at most ``skip``, were thrown away."""
        ...


class SocketReader:
    """A WebSocket of ``photonic.live.v1``. ``between``: nothing of a message has come yet."""

    __slots__ = ("_frame", "_held", "_on_frame", "between", "ended", "skip")

    def __init__(self, on_frame: OnFrame) -> None:
        self._on_frame = on_frame
        self._held = bytearray()
        self._frame: tuple[int, int] | None = None
        self.skip = 0
        self.between = True
        self.ended: str | None = None

    def feed(self, data: bytes | memoryview) -> bytes:
        """See ``Reader``; the answer is the pong to a ping."""
        held = self._held
        held += data
        reply = b""
        while held and self.ended is None:
            if self.skip:
                count = min(self.skip, len(held))
                del held[:count]
                self.passed(count)
                continue
            size, answer = self._take_head()
            reply += answer
            if not size:
                break
            del held[:size]
        self.between = not held and not self.skip
        return reply

    def passed(self, count: int) -> None:
        """See ``Reader``."""
        self.skip -= count
        if not self.skip:
            self.between = True
            if self._frame is not None:
                self._on_frame(*self._frame)
                self._frame = None

    def _take_head(self) -> tuple[int, bytes]:
        """How many of the held bytes were taken, 0 where more are needed; and what has to be answered."""
        held = self._held
        if len(held) < 2:
            return 0, b""
        first, size, start = held[0], held[1], 2
        if not first & 0x80 or first & 0x70 or size & 0x80:
            raise ProtocolError(f"a message that begins with {held[:2].hex()} does not come from the service")
        if size >= 126:
            start += 2 if size == 126 else 8
            if len(held) < start:
                return 0, b""
            size = int.from_bytes(held[2:start], "big")
        if first & 0xF == BINARY:
            return self._begin_picture(start, size), b""
        if first & 0xF == TEXT:
            self.skip = size
            return start, b""
        return self._take_control(first & 0xF, start, size)

    def _begin_picture(self, start: int, size: int) -> int:
        if size <= HEADER.size:
            raise ProtocolError(f"a picture's message of {size} bytes")
        if len(self._held) < start + HEADER.size:
            return 0
        _version, _flags, _reserved, _epoch, sequence, captured_us = HEADER.unpack_from(self._held, start)
        self._frame = sequence, captured_us
        self.skip = size - HEADER.size
        return start + HEADER.size

    def _take_control(self, opcode: int, start: int, size: int) -> tuple[int, bytes]:
        if size > CONTROL_LIMIT_BYTES or opcode not in {CLOSE, PING, PONG}:
            raise ProtocolError(f"a message of kind {opcode:#x} and {size} bytes")
        if len(self._held) < start + size:
            return 0, b""
        payload = bytes(self._held[start : start + size])
        if opcode == CLOSE:
            self.ended = f"closed by the server: {payload[2:].decode(errors='replace') or 'without a reason'}"
        reply = struct.pack(">BB", 0x80 | PONG, 0x80 | size) + MASK + payload if opcode == PING else b""
        return start + size, reply


class PartReader:
    """A chunked multipart stream as the service sends it. ``between``: a chunk has ended, and nothing came after it."""

    __slots__ = ("_begun", "_body", "_chunk", "_frame", "_held", "_on_frame", "_text", "between", "ended", "skip")

    def __init__(self, on_frame: OnFrame) -> None:
        self._on_frame = on_frame
        self._held = bytearray()
        self._text = bytearray()
        self._begun = False
        self._chunk = 0
        self._body = 0
        self._frame = (0, 0)
        self.skip = 0
        self.between = True
        self.ended: str | None = None

    def feed(self, data: bytes | memoryview) -> bytes:
        """See ``Reader``; nothing is ever answered."""
        held = self._held
        held += data
        while held and self.ended is None:
            if self.skip:
                count = min(self.skip, len(held))
                del held[:count]
                self.passed(count)
            elif not (self._take_text() if self._chunk else self._take_chunk_line()):
                break
        self.between = not self._chunk and bytes(held) == b"\r\n"
        return b""

    def passed(self, count: int) -> None:
        """See ``Reader``."""
        self._chunk -= count
        self._body -= count
        self.skip = min(self._body, self._chunk)
        self.between = False
        if not self._body:
            self._on_frame(*self._frame)

    def _take_chunk_line(self) -> bool:
        """The end of a chunk and the size of the next one (RFC 9112, 7.1)."""
        held = self._held
        start = 2 if self._begun else 0
        end = held.find(b"\r\n", start)
        if end < 0:
            if len(held) > _CHUNK_LINE_LIMIT_BYTES:
                raise ProtocolError("an unterminated chunk header")
            return False
        try:
            self._chunk = int(held[start:end], 16)
        except ValueError as error:
            raise ProtocolError(f"a chunk of the size {bytes(held[start:end])!r}") from error
        if not self._chunk:
            self.ended = "ended by the server"
        del held[: end + 2]
        self._begun = True
        self.skip = min(self._body, self._chunk)
        return True

    def _take_text(self) -> bool:
        """What stands between two pictures, up to the blank line."""
        held, text = self._held, self._text
        before = len(text)
        text += held[: self._chunk]
        end = text.find(b"\r\n\r\n", max(0, before - 3))
        if end < 0 and len(text) > HEAD_LIMIT_BYTES:
            raise ProtocolError(f"no part within {HEAD_LIMIT_BYTES} bytes")
        count = (len(text) if end < 0 else end + 4) - before
        del held[:count]
        self._chunk -= count
        if end >= 0:
            found = _PART.search(text, 0, end + 2)
            if found is None:
                raise ProtocolError(f"a part without length, number and time: {bytes(text[:end])!r}")
            self._body = int(found[1])
            self._frame = int(found[2]), int(found[3])
            self.skip = min(self._body, self._chunk)
            text.clear()
        return True


class SealedReader:
    """A stream that nobody decrypts: frames are counted by their bytes, and have no number and no time.

    ``between`` is never known. What is sent beside the frames (a text each second) is a thousandth of the bytes.
    """

    __slots__ = ("_frame_bytes", "_on_frame", "_sequence", "_taken_bytes", "between", "ended", "skip")

    def __init__(self, on_frame: OnFrame, frame_bytes: int) -> None:
        self._on_frame = on_frame
        self._frame_bytes = frame_bytes
        self._taken_bytes = 0
        self._sequence = 0
        self.skip = frame_bytes
        self.between = False
        self.ended: str | None = None

    def feed(self, data: bytes | memoryview) -> bytes:
        """See ``Reader``; nothing is ever answered."""
        self.passed(len(data))
        return b""

    def passed(self, count: int) -> None:
        """See ``Reader``."""
        self._taken_bytes += count
        while self._taken_bytes >= self._frame_bytes:
            self._taken_bytes -= self._frame_bytes
            self._sequence += 1
            self._on_frame(self._sequence, time.monotonic_ns() // 1000)
