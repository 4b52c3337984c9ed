"""The socket on which one program has a device node open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.simulator.usb.preload import PreloadConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.simulator.usb.preload import OpenNode


class ProgramConnection(asyncio.Protocol):
    """One program that has a node open as ``file``, over the socket of umockdev's preload library.

    ``received`` carries out what the program calls and returns the answers; ``closed`` is told when the program has
    closed the node or ended. A call that does not exist ends the connection, and is raised.
    """

    def __init__(
        self, file: OpenNode, received: Callable[[PreloadConnection, bytes], bytes], closed: Callable[[], None]
    ) -> None:
        self._preload = PreloadConnection(file)
        self._received = received
        self._closed = closed
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        try:
            answer = self._received(self._preload, data)
        except ProtocolError:
            self._transport.abort()
            raise
        self._transport.write(answer)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._closed()
