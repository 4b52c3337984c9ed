"""Limits the bytes of one HTTP request before anything is known about its sender. No I/O, no clock.

Theory of operation: the parser reports an element (a piece of the address, a header field) when it is complete, and
buffers an incomplete one. So two numbers are kept: the size of the completed elements, and the bytes fed since the last
of them. Bytes are fed in pieces of ``PIECE_BYTES``; the bytes that precede an element in its piece are not counted,
so a head is refused at most one piece after its limit.
"""

from __future__ import annotations

from enum import Enum, auto

from photonic.errors import ProtocolError

PIECE_BYTES = 4 * 1024
HEAD_LIMIT_BYTES = 16 * 1024
FIELDS_LIMIT = 100
BETWEEN_LIMIT_BYTES = 1024
"""Limit for blank lines before a request (RFC 9112, 2.2)."""
BODY_LIMIT_BYTES = 512 * 1024
"""Includes chunk sizes, extensions and trailers: 64 KB (``service.http.bodies``) in chunks of one byte are 384 KB."""
FIELD_FRAME_BYTES = 4
"""Colon, space and line end."""

HEAD_TOO_LARGE = 431
BODY_TOO_LARGE = 413
BAD_REQUEST = 400


class RequestRejected(ProtocolError):
    """The request is refused with ``status``; nothing more of it is read."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Part(Enum):
    """The part of a request that a connection is receiving; ``BETWEEN`` is before a request begins."""

    BETWEEN = auto()
    HEAD = auto()
    BODY = auto()


class RequestBounds:
    """Counts the bytes of one connection; every method raises ``RequestRejected`` when a limit is exceeded."""

    def __init__(self) -> None:
        self._unfinished_bytes = 0
        self._finished_bytes = 0
        self._fields = 0
        self._hosts = 0
        self._finished_one = False
        self.part = Part.BETWEEN

    def begin(self) -> None:
        """A request has begun."""
        self._enter(Part.HEAD)
        self._fields = self._hosts = 0

    def address(self, piece: bytes) -> None:
        """The parser reported a piece of the request's address."""
        self._finish(len(piece))

    def field(self, name: bytes, value: bytes) -> None:
        """The parser reported a header or trailer field."""
        self._fields += 1
        if self._fields > FIELDS_LIMIT:
            raise RequestRejected(HEAD_TOO_LARGE, f"the request has more than {FIELDS_LIMIT} header fields")
        if self.part is Part.HEAD and name.lower() == b"host":
            self._hosts += 1
            if self._hosts > 1:  # RFC 9112, 3.2
                raise RequestRejected(BAD_REQUEST, "the request names more than one host")
        self._finish(len(name) + len(value) + FIELD_FRAME_BYTES)

    def head_complete(self) -> None:
        """The head has ended."""
        self._enter(Part.BODY)

    def complete(self) -> None:
        """The request has ended."""
        self._enter(Part.BETWEEN)

    def fed(self, size_bytes: int) -> None:
        """The parser was fed ``size_bytes`` and has reported every element that they completed."""
        if self._finished_one:
            self._finished_one = False
            return
        self._unfinished_bytes += size_bytes
        self._check()

    def _enter(self, part: Part) -> None:
        self.part = part
        self._unfinished_bytes = self._finished_bytes = 0
        self._finished_one = True

    def _finish(self, size_bytes: int) -> None:
        if self.part is not Part.HEAD:
            return
        self._finished_one = True
        self._unfinished_bytes = 0
        self._finished_bytes += size_bytes
        self._check()

    def _check(self) -> None:
        size_bytes = self._finished_bytes + self._unfinished_bytes
        if self.part is Part.HEAD and size_bytes > HEAD_LIMIT_BYTES:
            raise RequestRejected(HEAD_TOO_LARGE, f"the head of the request is larger than {HEAD_LIMIT_BYTES} bytes")
        if self.part is Part.BODY and size_bytes > BODY_LIMIT_BYTES:
            raise RequestRejected(BODY_TOO_LARGE, f"the body of the request is larger than {BODY_LIMIT_BYTES} bytes")
        if self.part is Part.BETWEEN and size_bytes > BETWEEN_LIMIT_BYTES:
            raise RequestRejected(BAD_REQUEST, f"{BETWEEN_LIMIT_BYTES} bytes arrived, but no request began")
