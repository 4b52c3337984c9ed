"""A real HTTP and WebSocket server on loopback, inside the test's own loop, whose sockets can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from tests.support.waiting import until_true

if TYPE_CHECKING:
    from collections.abc import Generator


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class AsgiServer:
    """Serves ``app`` on a port that stays the same over ``down`` and ``up``."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            lifespan="off",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            timeout_graceful_shutdown=1,
        )
        self._server = _Quiet(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        server = self._server
        await until_true(lambda: server.started)

    async def down(self) -> None:
        """As a killed process: every connection is gone."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = self._server.force_exit = True
        self.cut()
        await self._task
        self.cut()
        self._server = None

    def cut(self) -> None:
        """Cut every connection; the service itself goes on."""
        if self._server is not None:
            for connection in list(self._server.server_state.connections):
                transport: asyncio.Transport | None = getattr(connection, "transport", None)
                if transport is not None:
                    transport.abort()
