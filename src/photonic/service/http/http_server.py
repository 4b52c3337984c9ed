"""uvicorn on sockets that listen already, of which those on TCP may speak TLS."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from photonic.serving.listening import BACKLOG, is_unix
from photonic.serving.tls_connection import TlsConnection

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Generator, Sequence

    from photonic.serving.certificates import Certificates


class HttpServer(uvicorn.Server):
    """Listens on the given sockets, and leaves signals to its caller.

    Args:
        config: uvicorn's settings.
        listeners: Listening sockets.
        certificates: The certificate for TLS on TCP sockets; ``None``: they speak plain HTTP, as Unix sockets do.
        on_ready: Called once it answers requests.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listeners: Sequence[socket.socket],
        certificates: Certificates | None,
        *,
        on_ready: Callable[[], None] | None,
    ) -> None:
        super().__init__(config)
        self._listeners = listeners
        self._certificates = certificates
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets  # uvicorn has one protocol for all sockets; here, Unix sockets never speak TLS
        await super().startup([])
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            # A Unix socket is created with its path already; either function takes a socket that listens.
            create = loop.create_unix_server if is_unix(listener) else loop.create_server
            protocol = self._create_protocol(None if is_unix(listener) else self._certificates)
            self.servers.append(await create(protocol, sock=listener, backlog=BACKLOG))
        if self._on_ready is not None:
            self._on_ready()

    def stop_accepting(self) -> None:
        """Close the listeners; open connections go on. A second call changes nothing.

        They are closed in the next turn of the loop: asyncio forgets, without closing it, a connection that it has
        accepted in this one and whose server is closed before it has a transport.
        """
        loop = asyncio.get_running_loop()
        for server in getattr(self, "servers", ()):
            for listener in server.sockets:
                loop.remove_reader(listener.fileno())
            loop.call_soon(server.close)

    def _create_protocol(self, certificates: Certificates | None) -> Callable[[], asyncio.Protocol]:
        """Creates the protocol of each connection; with ``certificates`` over TLS."""
        create: Any = self.config.http_protocol_class
        http = partial(create, config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        return http if certificates is None else lambda: TlsConnection(certificates.context, http)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
