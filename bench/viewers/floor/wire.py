"""What the floors say: the least of a handshake, and frames in the bytes that the service sends."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass

from photonic.model.frame import Scale
from photonic.protocol.envelopes import http_chunk, websocket_binary
from photonic.protocol.live import SUBPROTOCOL, encode_header
from photonic.protocol.multipart import CONTENT_TYPE, DELIMITER, PART_END, part_header

REQUEST_LIMIT_BYTES = 16 * 1024
REQUEST_END = b"\r\n\r\n"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A frame's place in its stream (``protocol.live.Numbered``)."""

    sequence: int
    captured_us: int
    epoch: int = 1
    scale: Scale = Scale.FULL


def key_of(request: bytes) -> bytes | None:
    """The key of a WebSocket handshake; ``None`` for any other request."""
    for line in request.split(b"\r\n")[1:]:
        name, _colon, value = line.partition(b":")
        if name.strip().lower() == b"sec-websocket-key":
            return value.strip()
    return None


def answer_to(key: bytes | None) -> bytes:
    """What a viewer hears first: 101 for a WebSocket's key, else the head of a multipart body and its delimiter."""
    if key is not None:
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
        lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
        return _head(*lines, f"Sec-WebSocket-Accept: {accept}", f"Sec-WebSocket-Protocol: {SUBPROTOCOL}")
    head = _head("HTTP/1.1 200 OK", f"Content-Type: {CONTENT_TYPE}", "Transfer-Encoding: chunked")
    return head + b"".join(http_chunk((DELIMITER,)))


def _head(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "")).encode()


class Source:
    """The newest frame of an even clock; made once for each way of sending, and only when it is asked for.

    ``next_at`` is the time of the next frame, in seconds of CLOCK_MONOTONIC; frames whose time has passed are left out.
    """

    def __init__(self, fps: float, jpeg: bytes) -> None:
        self._fps = fps
        self._jpeg = jpeg
        self._began = time.monotonic()
        self._numbers = Numbers(0, 0)
        self._message: bytes | None = None
        self._part: bytes | None = None

    @property
    def sequence(self) -> int:
        """The newest frame's number; 0 before the first."""
        return self._numbers.sequence

    @property
    def next_at(self) -> float:
        """See the class."""
        return self._began + (self.sequence + 1) / self._fps

    def advance(self) -> None:
        """It is time for a frame."""
        now = time.monotonic()
        sequence = max(self.sequence + 1, int((now - self._began) * self._fps))
        self._numbers = Numbers(sequence, int(now * 1e6))
        self._message = self._part = None

    def message(self) -> bytes:
        """The newest frame as a WebSocket message of ``photonic.live.v1``."""
        if self._message is None:
            self._message = b"".join(websocket_binary((encode_header(self._numbers), self._jpeg)))
        return self._message

    def part(self) -> bytes:
        """The newest frame as one chunk with one part."""
        if self._part is None:
            head = part_header(self._numbers, len(self._jpeg))
            self._part = b"".join(http_chunk((head, self._jpeg, PART_END)))
        return self._part
