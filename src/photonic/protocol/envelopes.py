"""What stands around one message on the wire, so that the same bytes can go to any number of connections.

Sans-I/O. A message is given in pieces, and comes back in pieces: whoever sends joins them, once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Pieces = tuple[bytes | memoryview, ...]
Envelope = Callable[[Pieces], Pieces]

_FIN_TEXT = 0x81
_FIN_BINARY = 0x82
_SHORT = 126
_SHORT_LIMIT = 1 << 16
_LONG = 127


def bare(pieces: Pieces) -> Pieces:
    """Nothing around it: the server that it goes through does the rest."""
    return pieces


def websocket_binary(pieces: Pieces) -> Pieces:
    """A whole binary message as one unmasked frame from server to client, no extension (RFC 6455, 5.2)."""
    return (_websocket_header(_FIN_BINARY, _size(pieces)), *pieces)


def websocket_text(pieces: Pieces) -> Pieces:
    """A whole text message, UTF-8, as one unmasked frame from server to client, no extension (RFC 6455, 5.2)."""
    return (_websocket_header(_FIN_TEXT, _size(pieces)), *pieces)


def http_chunk(pieces: Pieces) -> Pieces:
    """One chunk, of at least one byte, of a body with ``Transfer-Encoding: chunked`` (RFC 9112, 7.1)."""
    return (b"%x\r\n" % _size(pieces), *pieces, b"\r\n")


def _size(pieces: Pieces) -> int:
    return sum(len(piece) for piece in pieces)


def _websocket_header(first: int, size: int) -> bytes:
    if size < _SHORT:
        return bytes((first, size))
    if size < _SHORT_LIMIT:
        return struct.pack(">BBH", first, _SHORT, size)
    return struct.pack(">BBQ", first, _LONG, size)
