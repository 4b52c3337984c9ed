"""One WebSocket to a live stream, used once: each reconnect opens a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import websockets
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from photonic.client.address import bearer
from photonic.client.problem import retry_after_seconds
from photonic.client.trust import trust_of
from photonic.errors import ProtocolError, ServiceError
from photonic.model.frame import Frame
from photonic.model.status import Snapshot
from photonic.protocol import live
from photonic.protocol.live_close import LiveClose, seconds_in

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from photonic.client.address import ServiceAddress

MESSAGE_LIMIT_BYTES = 32 * 1024 * 1024
# When the library holds this many messages, it stops reading the socket, and the service skips frames for this viewer.
QUEUED_MESSAGES = 4


class Connection:
    """One open socket.

    ``speaks_live``: whether the service accepted ``photonic.live.v1``; otherwise the socket uses the compat API.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._received = 0
        self.speaks_live = socket.subprotocol == live.SUBPROTOCOL

    @classmethod
    async def open(
        cls, address: ServiceAddress, *, token: str | None = None, trust: ssl.SSLContext | None = None
    ) -> Connection:
        """Open a socket, without a time limit: the session has one, and cancels the call.

        ``trust``: whose certificates are accepted (``client.trust``); ``None``: those of this machine, if it is TLS.

        Raises ``ServiceError`` if the service is unreachable, or if it refuses the socket (with its ``status``).
        """
        try:
            socket = await connect(
                address.stream_url,
                ssl=trust_of(address.base_url, trust),
                subprotocols=[Subprotocol(live.SUBPROTOCOL)],
                additional_headers=bearer(token),
                # JPEG does not compress further; the environment's proxies are for the internet, not a local camera.
                compression=None,
                proxy=None,
                open_timeout=None,
                # The session's watchdogs detect silence sooner than pings would, and report the reason.
                ping_interval=None,
                max_size=MESSAGE_LIMIT_BYTES,
                max_queue=QUEUED_MESSAGES,
            )
        except websockets.InvalidStatus as error:
            status = error.response.status_code
            wait_seconds = retry_after_seconds(error.response.headers)
            reason = f"the service refused the live stream with status {status}"
            raise ServiceError(reason, status=status, retry_after_seconds=wait_seconds) from error
        except (OSError, websockets.WebSocketException, EOFError) as error:
            raise ServiceError(f"cannot open the live stream at {address.stream_url}: {error}") from error
        return cls(socket)

    @property
    def close_code(self) -> int | None:
        """The close code; ``None`` while the socket is open, or if it was closed without a code."""
        return self._socket.close_code

    @property
    def retry_after_seconds(self) -> float | None:
        """How long the service asks to wait before the next socket; ``None``: it does not say."""
        full = self._socket.close_code == LiveClose.TOO_MANY
        return seconds_in(self._socket.close_reason or "") if full else None

    async def messages(self) -> AsyncGenerator[Frame | Snapshot | None]:
        """Yield the decoded messages until the socket closes; ``None``: a text message that is not a snapshot.

        On a compat socket, frames are numbered as they arrive, in epoch 0, without a capture time. Raises
        ``ProtocolError`` if the service uses another version of the protocol.
        """
        try:
            async for message in self._socket:
                yield self._snapshot(message) if isinstance(message, str) else self._frame(message)
        except websockets.ConnectionClosed:
            # The session reconnects after any close code; see close_code.
            return

    async def close(self) -> None:
        """Abort the socket at once: a closing handshake could hang for the same reason that the connection failed."""
        self._socket.transport.abort()
        await self._socket.wait_closed()

    def _frame(self, message: bytes) -> Frame:
        if self.speaks_live:
            return live.decode(message)
        self._received += 1
        return Frame(0, self._received, 0, message)

    def _snapshot(self, message: str) -> Snapshot | None:
        try:
            return Snapshot.model_validate_json(message)
        except ValidationError as error:
            if self.speaks_live:
                raise ProtocolError("received a text message that is not a snapshot") from error
            return None
