"""TLS below an HTTP protocol: one connection, encrypted in the same step of the event loop in which it is written.

Theory of operation. The event loops have TLS transports of their own, but those put a second buffer between the
protocol and the kernel: on uvloop up to 64 KB, whose state the protocol does not learn. A slow viewer would then get
old frames. Here, what the protocol writes is encrypted at once and handed to the TCP transport in the same call, so the
TCP transport's buffer is the only one: its limits, its ``pause_writing`` and its size mean the same as without TLS.

- The protocol exists from the first byte on. Its limits (time until a request's head is complete, number of
  connections) therefore also hold for clients that never finish, or never begin, their handshake.
- ``TlsTransport`` may be written to only after the handshake; earlier writes are dropped. A protocol that refuses a
  connection before then closes it without an answer: a handshake would cost more than the refusal.
- The certificate is chosen when a connection begins, so a new one needs no restart and cuts nobody.
- Encrypted data comes in records of at most 16 KB. ``_incoming`` holds at most one incomplete record: everything that
  arrives is decrypted at once. ``_outgoing`` is empty between calls.
- After ``write_eof``, what the client still sends is discarded without being decrypted.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PIECE_BYTES = 64 * 1024
"""How much is encrypted at a time; bounds the memory that OpenSSL keeps for each connection."""
READ_BYTES = 256 * 1024
LINGER_SECONDS = 1.0
"""How long a client has to read why its connection failed."""

_PLAIN_HTTP = "HTTP_REQUEST"
"""OpenSSL's reason for a client that speaks HTTP instead of TLS."""
_PLAIN_HTTP_PROBLEM = json.dumps(
    {
        "type": "urn:photonic:problem:bad_request",
        "title": "Bad Request",
        "status": 400,
        "detail": "this port speaks TLS only: use an address that begins with https:// or wss://",
    }
).encode()
_PLAIN_HTTP_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_PLAIN_HTTP_PROBLEM), _PLAIN_HTTP_PROBLEM)
)

log = structlog.stdlib.get_logger(__name__)


class TlsConnection(asyncio.Protocol):
    """The protocol of the TCP transport. Decrypts what arrives for the protocol on top.

    Args:
        context: The certificate, for this connection.
        create_protocol: Creates the protocol on top, which gets a ``TlsTransport``.
    """

    def __init__(self, context: ssl.SSLContext, create_protocol: Callable[[], asyncio.Protocol]) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._context = context
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._create_protocol = create_protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._raw = cast("asyncio.Transport", transport)
        self._transport = TlsTransport(self._raw, self._tls, self._outgoing, self._context, self._create_protocol())
        self._transport.protocol.connection_made(self._transport)

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        if self._transport.ended_writing or self._raw.is_closing():
            return
        self._incoming.write(data)
        try:
            pieces, ended = self._decrypt()
        except ssl.SSLWantReadError:
            self._transport.flush()
            return
        except ssl.SSLError as error:
            self._fail(error)
            return
        self._transport.flush()
        if pieces:
            self._transport.protocol.data_received(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if ended and not self._raw.is_closing() and not self._transport.protocol.eof_received():
            self._transport.close()

    def eof_received(self) -> bool | None:
        """See ``asyncio.Protocol``."""
        return self._transport.protocol.eof_received() if self._transport.writable else None

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        protocol = self._transport.protocol
        # Protocol and transport know each other: without this, OpenSSL's memory is kept until a garbage collection.
        self._transport.protocol = asyncio.Protocol()
        protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """See ``asyncio.Protocol``."""
        self._transport.protocol.pause_writing()

    def resume_writing(self) -> None:
        """See ``asyncio.Protocol``."""
        self._transport.protocol.resume_writing()

    def _decrypt(self) -> tuple[list[bytes], bool]:
        """Everything that has arrived, and whether the client ended with close_notify."""
        if not self._transport.writable:
            self._tls.do_handshake()
            self._transport.writable = True
        pieces: list[bytes] = []
        with suppress(ssl.SSLWantReadError):
            while piece := self._tls.read(READ_BYTES):
                pieces.append(piece)
            return pieces, True
        return pieces, False

    def _fail(self, error: ssl.SSLError) -> None:
        """End a connection whose client does not speak TLS, or does not trust the certificate."""
        peer = self._raw.get_extra_info("peername")
        log.debug("TLS connection failed", reason=error.reason or str(error), client=peer)
        if error.reason == _PLAIN_HTTP and not self._transport.writable:
            self._raw.write(_PLAIN_HTTP_ANSWER)
        else:
            self._transport.flush()  # the alert says why
        self._raw.close()
        # Closing waits for a client that reads nothing.
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._raw.abort)


class TlsTransport(asyncio.Transport):
    """What the protocol on top writes to: encrypts, and passes everything else to the TCP transport.

    ``protocol``: the protocol on top, which may be replaced. ``writable``: the handshake is complete.
    ``ended_writing``: nothing more can be written.
    """

    def __init__(
        self,
        raw: asyncio.Transport,
        tls: ssl.SSLObject,
        outgoing: ssl.MemoryBIO,
        context: ssl.SSLContext,
        protocol: Any,
    ) -> None:
        super().__init__()
        self._raw = raw
        self._tls = tls
        self._outgoing = outgoing
        self._context = context
        self.protocol: Any = protocol
        self.writable = False
        self.ended_writing = False

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        """Encrypt and send."""
        if not self.writable or self.ended_writing or self._raw.is_closing():
            return
        if len(data) <= PIECE_BYTES:
            if data:
                self._tls.write(data)
                self._raw.write(self._outgoing.read())
            return
        whole = memoryview(data)
        sealed: list[bytes] = []
        for start in range(0, len(whole), PIECE_BYTES):
            self._tls.write(whole[start : start + PIECE_BYTES])
            sealed.append(self._outgoing.read())
        self._raw.writelines(sealed)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[int]]) -> None:
        """Encrypt and send."""
        self.write(b"".join(list_of_data))

    def flush(self) -> None:
        """Send what TLS itself has to say: handshake, keys, alerts."""
        if self._outgoing.pending and not self._raw.is_closing():
            self._raw.write(self._outgoing.read())

    def write_eof(self) -> None:
        """Send close_notify, and the end of the TCP stream; the client may still send."""
        if self._end_writing():
            self._raw.write_eof()

    def can_write_eof(self) -> bool:
        """It can."""
        return True

    def close(self) -> None:
        """Send what is buffered and close_notify, then close, without waiting for the client's close_notify."""
        if not self._raw.is_closing():
            self._end_writing()
            self._raw.close()

    def abort(self) -> None:
        """Close at once; what is buffered is lost."""
        self.ended_writing = True
        self._raw.abort()

    def is_closing(self) -> bool:
        """Whether it is closed or being closed."""
        return self._raw.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """``sslcontext``, ``ssl_object``, or what the TCP transport knows."""
        match name:
            case "sslcontext":
                return self._context
            case "ssl_object":
                return self._tls
            case _:
                return self._raw.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Replace the protocol on top."""
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol on top."""
        return self.protocol

    def is_reading(self) -> bool:
        """Whether data is being received."""
        return self._raw.is_reading()

    def pause_reading(self) -> None:
        """Receive nothing for now."""
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        """Receive again."""
        self._raw.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """See ``asyncio.Transport``; the limits count encrypted bytes."""
        self._raw.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """The encrypted bytes that the kernel has not accepted yet."""
        return self._raw.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """See ``asyncio.Transport``."""
        return self._raw.get_write_buffer_limits()

    def _end_writing(self) -> bool:
        """Send close_notify, once; returns whether this is the first time."""
        if self.ended_writing or self._raw.is_closing():
            return False
        if self.writable:
            # It sends close_notify, then finds that the client's has not come yet.
            with suppress(ssl.SSLError):
                self._tls.unwrap()
            self.flush()
        self.ended_writing = True
        return True
