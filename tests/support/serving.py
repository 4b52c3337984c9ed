"""The real server, with real sockets, around controllers that a test brings."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from tests.support import shared_routes

from photonic.service.config.settings import ServiceSettings
from photonic.service.server import bind, serve_cameras, url_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.service.http.camera_control import CameraControl

shared_routes.install()


class Serving:
    """A running service: ``url``, ``stop`` to end it, ``task`` that ends with it."""

    def __init__(self, url: str, stop: asyncio.Event, task: asyncio.Task[None]) -> None:
        self.url = url
        self.stop = stop
        self.task = task

    @property
    def host_and_port(self) -> str:
        """As it stands in a Host header."""
        return self.url.removeprefix("http://")

    def socket_url(self, camera: str = "camera") -> str:
        """The live socket's address."""
        return f"ws://{self.host_and_port}/api/v1/{camera}/liveview/stream"


Path = Literal["direct", "plain"]
"""How frames leave the service: written to the transports themselves, or through ASGI and uvicorn's own classes."""

Serve = Callable[..., AbstractAsyncContextManager[Serving]]


@asynccontextmanager
async def serving(
    *controllers: CameraControl, page: pathlib.Path | None = None, direct: bool = True, **settings: Any
) -> AsyncGenerator[Serving]:
    """Serve on a free port of this machine; the service has ended when the context has.

    ``direct``: whether frames are written to the transports themselves.
    """
    settings.setdefault("photo_root", pathlib.Path("/dev/null/nowhere"))
    listener = bind("127.0.0.1", 0)
    url = url_of(listener)
    ready, stop = asyncio.Event(), asyncio.Event()
    task = asyncio.ensure_future(
        serve_cameras(
            ServiceSettings(**settings),
            controllers,
            listener,
            page=page,
            on_ready=ready.set,
            handle_signals=False,
            stop=stop,
            direct=direct,
        )
    )
    try:
        await ready.wait()
        yield Serving(url, stop, task)
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await asyncio.wait([task])
        listener.close()
    task.result()
