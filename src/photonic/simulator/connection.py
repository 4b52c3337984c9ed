"""One TCP connection of the simulated camera, with an outbox that faults can hold back."""

from __future__ import annotations

import asyncio
import socket
from typing import Protocol

DEAD_SECONDS = 10
"""How long a peer that has left the network blocks the camera."""


class ConnectionListener(Protocol):
    """Receives what happens on the connections."""

    def connected(self, number: int, connection: ClientConnection) -> None:
        """A connection was accepted."""
        ...

    def received(self, number: int, data: bytes) -> None:
        """Bytes arrived."""
        ...

    def lost(self, number: int, error: Exception | None) -> None:
        """A connection was closed or lost."""
        ...


def detect_dead_peers(connection: socket.socket) -> None:
    """Detect a peer that has left the network within ``DEAD_SECONDS``.

    This covers both an idle connection (keep-alive) and unacknowledged data (user timeout).
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, DEAD_SECONDS // 2),
        (socket.TCP_KEEPINTVL, 1),
        (socket.TCP_KEEPCNT, DEAD_SECONDS // 2),
        (socket.TCP_USER_TIMEOUT, DEAD_SECONDS * 1000),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)


class ClientConnection(asyncio.Protocol):
    """One TCP connection: passes incoming bytes to the server, and holds outgoing bytes until ``flush``.

    A ``dead`` one stays open, but neither receives nor sends anything any more.
    """

    def __init__(self, server: ConnectionListener, number: int) -> None:
        self._server = server
        self._number = number
        self._closing = False
        self._outbox = bytearray()
        self.dead = False
        self.held_input = bytearray()
        self.identify_timer: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport | None = None

    @property
    def pending(self) -> bool:
        """Whether bytes wait to be sent, or the connection to be closed after them."""
        closing = self.transport is not None and self.transport.is_closing()
        return bool(self._outbox) or (self._closing and not closing)

    def mark_dead(self) -> None:
        """Ignore input and send nothing from now on, not even what is queued."""
        self.dead = True
        self._closing = False
        self._outbox.clear()
        self.held_input.clear()
        self.cancel_identify_timer()

    def cancel_identify_timer(self) -> None:
        """Cancel the deadline for the client to identify itself."""
        if self.identify_timer is not None:
            self.identify_timer.cancel()
            self.identify_timer = None

    def queue(self, data: bytes) -> None:
        """Queue bytes in the outbox."""
        self._outbox += data

    def close(self) -> None:
        """Close as soon as the outbox is empty."""
        self._closing = True

    def flush(self, most: int | None = None) -> None:
        """Write at most ``most`` of the queued bytes (``None``: all), and close the connection if requested."""
        if self.transport is None:
            return
        size = len(self._outbox) if most is None else most
        if self._outbox:
            self.transport.write(bytes(self._outbox[:size]))
            del self._outbox[:size]
        if self._closing and not self._outbox:
            self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
            detect_dead_peers(transport.get_extra_info("socket"))
            self._server.connected(self._number, self)

    def data_received(self, data: bytes) -> None:
        self._server.received(self._number, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.lost(self._number, exc)
