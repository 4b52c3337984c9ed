"""Reads our own multipart streams strictly: what the service sends has to keep every rule.

(What others send is read by ``drivers.webcam.jpegs``, which needs no rule but a JPEG's.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.protocol.multipart import BOUNDARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEADER_LIMIT_BYTES = 8 * 1024
PART_LIMIT_BYTES = 32 * 1024 * 1024

# RFC 2046, 5.1.1: at most 70 characters, quoted where it holds others than token characters.
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,72})"|([^\s;"]{1,72}))', re.IGNORECASE)
_DECIMAL = re.compile(r"[0-9]{1,20}")


def boundary_of(content_type: str) -> str:
    """The boundary named by a ``Content-Type`` header.

    Two leading dashes are taken off: some cameras and servers write the delimiter where the boundary belongs.
    Raises ``ProtocolError`` when the type is no multipart type or names no boundary.
    """
    found = _BOUNDARY.search(content_type) if content_type.lower().lstrip().startswith("multipart/") else None
    boundary = (found[1] or found[2]).removeprefix("--") if found is not None else ""
    if not boundary:
        raise ProtocolError(f"content type {content_type!r} is no multipart type with a boundary")
    return boundary


@dataclass(frozen=True, slots=True)
class Part:
    """One part: header names in lower case, and the body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def sequence(self) -> int | None:
        """``X-Sequence``; ``None`` when the server does not number its frames."""
        return _decimal(self.headers.get("x-sequence"))

    @property
    def captured_us(self) -> int | None:
        """``X-Timestamp`` in microseconds; ``None`` when absent or of another form."""
        return _decimal(self.headers.get("x-timestamp"))


class MultipartReader:
    """Bytes in, whole parts out, in bounded memory.

    Parts with ``Content-Length`` are taken by length, others up to the next delimiter. A broken rule or limit raises
    ``ProtocolError``; the reader is then of no further use. After the closing delimiter further bytes are ignored.
    """

    def __init__(
        self,
        boundary: str = BOUNDARY,
        *,
        header_limit_bytes: int = HEADER_LIMIT_BYTES,
        part_limit_bytes: int = PART_LIMIT_BYTES,
    ) -> None:
        self._delimiter = b"--" + boundary.encode()
        self._header_limit_bytes = header_limit_bytes
        self._part_limit_bytes = part_limit_bytes
        self._buffer = bytearray()
        self._searched = 0
        self._headers: dict[str, str] | None = None
        self._length: int | None = None
        self.ended = False

    @property
    def buffered_bytes(self) -> int:
        """What is held back for parts that are not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Part]:
        """Take the next bytes of the stream; give the parts that they complete, oldest first."""
        if self.ended:
            return []
        self._buffer += data
        return list(self._parts())

    def _parts(self) -> Iterator[Part]:
        while not self.ended:
            if self._headers is None and not self._take_header():
                return
            body = self._take_body()
            if body is None:
                return
            headers, self._headers = self._headers or {}, None
            yield Part(headers, body)

    def _take_header(self) -> bool:
        """Pass the delimiter and the header lines; whether both were whole."""
        start = self._buffer.find(self._delimiter)
        after = start + len(self._delimiter)
        if start >= 0 and self._buffer.startswith(b"--", after):
            self.ended = True
            self._buffer.clear()
            return False
        end = self._buffer.find(b"\r\n\r\n", after) if start >= 0 else -1
        if (len(self._buffer) if end < 0 else end) > self._header_limit_bytes + len(self._delimiter):
            raise ProtocolError(f"no part header within {self._header_limit_bytes} bytes")
        if end < 0:
            return False
        headers = _header_lines(bytes(self._buffer[after:end]))
        length = headers.get("content-length")
        self._length = _decimal(length)
        if length is not None and self._length is None:
            raise ProtocolError(f"part with the content length {length!r}")
        if self._length is not None and self._length > self._part_limit_bytes:
            raise ProtocolError(f"part of {self._length} bytes; the limit is {self._part_limit_bytes}")
        self._headers = headers
        del self._buffer[: end + 4]
        self._searched = 0
        return True

    def _take_body(self) -> bytes | None:
        if self._length is None:
            return self._take_body_up_to_delimiter()
        if len(self._buffer) < self._length:
            return None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        return body

    def _take_body_up_to_delimiter(self) -> bytes | None:
        marker = b"\r\n" + self._delimiter
        end = self._buffer.find(marker, self._searched)
        if (len(self._buffer) if end < 0 else end) > self._part_limit_bytes:
            raise ProtocolError(f"part of more than {self._part_limit_bytes} bytes")
        if end < 0:
            self._searched = max(0, len(self._buffer) - len(marker))
            return None
        body = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return body


def _header_lines(block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in block.decode("latin-1").split("\r\n"):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise ProtocolError(f"part header line without a colon: {line[:80]!r}")
        headers[name.strip().lower()] = value.strip()
    return headers


def _decimal(text: str | None) -> int | None:
    return int(text) if text is not None and _DECIMAL.fullmatch(text) else None
