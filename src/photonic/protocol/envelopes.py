"""The framing of one message, so that the same bytes can be sent on any number of connections.

Sans-I/O. A message is a tuple of pieces before and after framing; the sender joins them once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Pieces = tuple[bytes | memoryview, ...]
Envelope = Callable[[Pieces], Pieces]

CLOSE_REASON_LIMIT_BYTES = 123
"""RFC 6455, 5.5: a control frame holds 125 bytes, two of them the code."""
_FIN_TEXT = 0x81
_FIN_BINARY = 0x82
_SHORT = 126
_SHORT_LIMIT = 1 << 16
_LONG = 127


def bare(pieces: Pieces) -> Pieces:
    """No framing: the server adds its own."""
    return pieces


def websocket_binary(pieces: Pieces) -> Pieces:
    """A complete binary message as one unmasked frame from server to client, without extensions (RFC 6455, 5.2)."""
    return (_websocket_header(_FIN_BINARY, _size(pieces)), *pieces)


def websocket_text(pieces: Pieces) -> Pieces:
    """A complete UTF-8 text message as one unmasked frame from server to client, without extensions (RFC 6455, 5.2)."""
    return (_websocket_header(_FIN_TEXT, _size(pieces)), *pieces)


def close_reason(reason: str) -> str:
    """The reason, shortened to fit a close frame."""
    return reason.encode()[:CLOSE_REASON_LIMIT_BYTES].decode(errors="ignore")


def http_chunk(pieces: Pieces) -> Pieces:
    """One chunk of at least one byte in a body with ``Transfer-Encoding: chunked`` (RFC 9112, 7.1)."""
    return (b"%x\r\n" % _size(pieces), *pieces, b"\r\n")


def _size(pieces: Pieces) -> int:
    return sum(len(piece) for piece in pieces)


def _websocket_header(first: int, size: int) -> bytes:
    if size < _SHORT:
        return bytes((first, size))
    if size < _SHORT_LIMIT:
        return struct.pack(">BBH", first, _SHORT, size)
    return struct.pack(">BBQ", first, _LONG, size)
