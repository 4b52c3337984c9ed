"""One viewer's connection: handshake, then frames that are counted and thrown away."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bench.viewers.drain.reading import PartReader, SealedReader, SocketReader
from bench.viewers.drain.tally import Counts
from photonic.errors import ProtocolError
from photonic.protocol.live import SUBPROTOCOL

if TYPE_CHECKING:
    from bench.viewers.drain.reading import Reader
    from bench.viewers.drain.tally import Window

CONNECT_WITHIN_SECONDS = 10.0
PEEK_BYTES = 4096
HEAD_LIMIT_BYTES = 16 * 1024
SLOW_RECEIVE_BUFFER_BYTES = 16 * 1024
RECEIVES_A_TURN = 4
"""So that one viewer with much to read does not hold up the others."""

_unseen = bytearray(4 * 1024 * 1024)  # what MSG_TRUNC throws away is never written here (tcp(7))
_peek = bytearray(PEEK_BYTES)
_peeked = memoryview(_peek)
_trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Whose certificate it is does not matter here.
_trust.check_hostname = False
_trust.verify_mode = ssl.CERT_NONE


class Transport(StrEnum):
    """How viewers take their frames."""

    WEBSOCKET = "websocket"
    MJPEG = "mjpeg"


@dataclass(frozen=True, slots=True)
class Target:
    """What viewers connect to.

    ``token``: ``None`` shows none. ``tls_frame_bytes``: the size of a frame over TLS; 0: without TLS.
    """

    host: str
    port: int
    path: str
    transport: Transport
    token: str | None = None
    tls_frame_bytes: int = 0

    def request(self, query: str) -> bytes:
        """What a viewer says first."""
        lines = [f"GET {self.path}{query} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if self.token is not None:
            lines.append(f"Authorization: Bearer {self.token}")
        if self.transport is Transport.WEBSOCKET:
            key = base64.b64encode(os.urandom(16)).decode()
            lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
            lines += [f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Protocol: {SUBPROTOCOL}"]
        return "\r\n".join((*lines, "", "")).encode()


class Viewer:
    """A connection whose request has been sent. ``ended``: why it is over, ``None`` while it goes on.

    A slow one asks for nothing in its address, and its kernel holds little; the others ask for full frames only, so
    that nobody's adaptation changes what is measured. Raises ``OSError`` when nobody listens.
    """

    __slots__ = ("_head", "_reader", "counts", "ended", "greeted", "slow", "socket")

    def __init__(self, target: Target, window: Window, *, slow: bool) -> None:
        self.socket = socket.socket()
        self.slow = slow
        self.greeted = False
        self.ended: str | None = None
        self.counts = Counts(window)
        self._head = bytearray()
        reader = SocketReader if target.transport is Transport.WEBSOCKET else PartReader
        self._reader: Reader = reader(self.counts.on_frame)
        if target.tls_frame_bytes:
            self._reader = SealedReader(self.counts.on_frame, target.tls_frame_bytes)
        try:
            if slow:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_RECEIVE_BUFFER_BYTES)
            self.socket.settimeout(CONNECT_WITHIN_SECONDS)
            self.socket.connect((target.host, target.port))
            request = target.request("" if slow else "?scale=full")
            if target.tls_frame_bytes:
                self._ask_sealed(request)
            else:
                self.socket.sendall(request)
            self.socket.setblocking(False)
        except BaseException:
            self.socket.close()
            raise

    def _ask_sealed(self, request: bytes) -> None:
        """Handshake and request over TLS; what comes is then thrown away as it is: nobody decrypts it."""
        with _trust.wrap_socket(self.socket) as sealed:
            sealed.sendall(request)
            self._head += sealed.recv(PEEK_BYTES)
            if self._head.split()[1:2] not in ([b"101"], [b"200"]):
                raise ConnectionError(f"the server answers {bytes(self._head[:80])!r}")
            self.greeted = True
            self.socket = socket.socket(fileno=sealed.detach())

    def receive(self, limit_bytes: int | None = None) -> None:
        """Take what has come, at most ``limit_bytes`` (``None``: as long as there is something)."""
        try:
            for _turn in range(RECEIVES_A_TURN):
                limit_bytes = self._receive_once(limit_bytes)
                if limit_bytes == 0:
                    return
        except BlockingIOError:
            return
        except (OSError, ProtocolError) as error:
            self.ended = str(error)

    def close(self) -> None:
        """Reset the connection, so that no port remains in TIME_WAIT."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _receive_once(self, limit_bytes: int | None) -> int | None:
        """What may still be taken in this turn."""
        skip = self._reader.skip
        asked = min(skip or PEEK_BYTES, len(_unseen)) if limit_bytes is None else min(skip or PEEK_BYTES, limit_bytes)
        if skip:
            count = self.socket.recv_into(_unseen, asked, socket.MSG_TRUNC)
            self._reader.passed(count)
        else:
            count = self.socket.recv_into(_peek, asked)
            self._feed(_peeked[:count])
        if not count or self._reader.ended is not None:
            self.ended = self._reader.ended or "the server has hung up"
            return 0
        if limit_bytes is not None:
            return limit_bytes - count
        return 0 if count < asked or self._reader.between else None

    def _feed(self, data: memoryview) -> None:
        if not self.greeted:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                if len(self._head) > HEAD_LIMIT_BYTES:
                    raise ProtocolError("an unterminated answer to the handshake")
                return
            status = bytes(self._head[: self._head.find(b"\r\n")])
            if status.split()[1:2] not in ([b"101"], [b"200"]):
                raise ProtocolError(f"the server answers {status.decode(errors='replace')}")
            self.greeted = True
            data = memoryview(bytes(self._head[end + 4 :]))
        reply = self._reader.feed(data)
        if reply:
            self.socket.sendall(reply)
