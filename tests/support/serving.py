"""The real server, with real sockets, around controllers that a test brings."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from tests.support import shared_routes
from tests.support.surroundings import THIS_MACHINE

from photonic.service.config.access import access_policy
from photonic.service.config.settings import ServiceSettings
from photonic.service.server import serve_cameras
from photonic.serving.access_state import AccessState
from photonic.serving.listening import bind, url_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from tests.support.certificate import IssuedCertificate

    from photonic.service.http.camera_control import CameraControl

shared_routes.install()


class Serving:
    """A running service: ``url``, ``stop`` to end it, ``task`` that ends with it; ``trust`` is a client's, for TLS."""

    def __init__(
        self, url: str, stop: asyncio.Event, task: asyncio.Task[None], trust: ssl.SSLContext | None = None
    ) -> None:
        self.url = url
        self.trust = trust
        self.stop = stop
        self.task = task

    @property
    def host_and_port(self) -> str:
        """As it stands in a Host header."""
        return self.url.partition("://")[2]

    def socket_url(self, camera: str = "camera") -> str:
        """The live socket's address."""
        return f"{'ws' if self.trust is None else 'wss'}://{self.host_and_port}/api/v1/{camera}/liveview/stream"


Path = Literal["direct", "plain", "tls"]
"""How frames leave the service: written to the transports themselves, through ASGI and uvicorn's own classes, or over
TLS, written to the transports themselves."""

Serve = Callable[..., AbstractAsyncContextManager[Serving]]


@asynccontextmanager
async def serving(
    *controllers: CameraControl,
    page: pathlib.Path | None = None,
    direct: bool = True,
    tls: IssuedCertificate | None = None,
    keeps_state: bool = False,
    **settings: Any,
) -> AsyncGenerator[Serving]:
    """Serve on a free port of this machine; the service has ended when the context has.

    ``direct``: whether frames are written to the transports themselves. ``tls``: over TLS, with this certificate.
    ``keeps_state``: whether it uses its state folder, as `photonic serve` does.
    """
    settings.setdefault("photo_root", pathlib.Path("/dev/null/nowhere"))
    chosen = ServiceSettings(**settings)
    listener = bind("127.0.0.1", 0)
    url = url_of(listener, tls=tls is not None)
    ready, stop = asyncio.Event(), asyncio.Event()
    task = asyncio.ensure_future(
        serve_cameras(
            chosen,
            controllers,
            [listener],
            state=_state(chosen) if keeps_state else None,
            certificates=None if tls is None else tls.certificates(),
            page=page,
            on_ready=ready.set,
            handle_signals=False,
            stop=stop,
            direct=direct,
        )
    )
    try:
        await ready.wait()
        yield Serving(url, stop, task, None if tls is None else tls.trust)
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await asyncio.wait([task])
        listener.close()
    task.result()


def _state(settings: ServiceSettings) -> AccessState:
    monotonic = THIS_MACHINE.time.monotonic
    return AccessState.load(settings.state_folder, access_policy(settings), monotonic=monotonic)
