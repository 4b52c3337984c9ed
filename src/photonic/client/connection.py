"""One WebSocket to a live stream, used once; reconnecting makes a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import websockets
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from photonic.client.address import bearer
from photonic.errors import ProtocolError, ServiceError
from photonic.model.frame import Frame
from photonic.model.status import Snapshot
from photonic.protocol import live

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.client.address import ServiceAddress

MESSAGE_LIMIT_BYTES = 32 * 1024 * 1024
# Frames that may wait inside the library before the socket itself is left unread: the service then skips frames for us.
QUEUED_MESSAGES = 4


class Connection:
    """One open socket. ``speaks_live``: whether the service accepted ``photonic.live.v1``; if not: compat API.

    ``close`` ends it without waiting for the other side, which may be gone.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._received = 0
        self.speaks_live = socket.subprotocol == live.SUBPROTOCOL

    @classmethod
    async def open(cls, address: ServiceAddress, *, token: str | None = None) -> Connection:
        """Dial, without a time limit: the session has one, and cancels.

        Raises ``ServiceError`` when there is no service, or it does not take the socket (``status`` of its answer).
        """
        try:
            socket = await connect(
                address.stream_url,
                subprotocols=[Subprotocol(live.SUBPROTOCOL)],
                additional_headers=bearer(token),
                # JPEG does not shrink; the environment's proxies are for the internet, not for the camera beside us.
                compression=None,
                proxy=None,
                open_timeout=None,
                # The session's watchdogs notice silence sooner than pings do, and say why.
                ping_interval=None,
                max_size=MESSAGE_LIMIT_BYTES,
                max_queue=QUEUED_MESSAGES,
            )
        except websockets.InvalidStatus as error:
            status = error.response.status_code
            raise ServiceError(f"the service refused the live stream with status {status}", status=status) from error
        except (OSError, websockets.WebSocketException, EOFError) as error:
            raise ServiceError(f"no live stream at {address.stream_url}: {error}") from error
        return cls(socket)

    @property
    def close_code(self) -> int | None:
        """The code that the socket was closed with, ``None`` while it is open or when there was none."""
        return self._socket.close_code

    async def messages(self) -> AsyncGenerator[Frame | Snapshot | None]:
        """What arrives, decoded, until the socket ends; ``None`` for a text that is no snapshot.

        On a compat socket frames are numbered by arrival, in epoch 0, without a capture time. Raises ``ProtocolError``
        when the service speaks another version.
        """
        try:
            async for message in self._socket:
                yield self._snapshot(message) if isinstance(message, str) else self._frame(message)
        except websockets.ConnectionClosed:
            # The session reconnects after any code; which one it was stands in close_code.
            return

    async def close(self) -> None:
        """Abort the socket at once; a closing handshake could take as long as the failure that made us close."""
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
                raise ProtocolError("a text message that is no snapshot") from error
            return None
