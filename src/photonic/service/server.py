"""The server process: listen, serve, and end within seconds of a signal.

The shutdown, in order: the context stops, which ends streams and long waits and releases each camera; uvicorn stops
accepting connections, finishes the open requests within ``CONNECTIONS_END_WITHIN_SECONDS``, and then ends the
application's lifespan, which waits for the cameras.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from photonic.errors import BadInput, PhotonicError
from photonic.service.app import create_app, create_controllers
from photonic.service.base.unexpected import Where
from photonic.service.config import cameras
from photonic.service.http import descriptors
from photonic.service.http.http_connection import HttpConnection
from photonic.service.http.websocket_connection import SocketConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from photonic.access.control import AccessControl
    from photonic.service.config.settings import ServiceSettings
    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.context import AppContext
    from photonic.service.support.log_ring import LogRing

BACKLOG = 512
CLIENT_MESSAGE_LIMIT_BYTES = 4 * 1024
PING_EVERY_SECONDS = 10.0
PONG_WITHIN_SECONDS = 10.0
CONNECTIONS_END_WITHIN_SECONDS = 1
# Frames that the kernel buffers for a slow viewer are old when they arrive; see docs/reference/performance.md.
SEND_BUFFER_BYTES = 128 * 1024
NOT_SENT_BYTES = 16 * 1024
UNTAKEN_LIMIT_MS = 20_000

log = structlog.stdlib.get_logger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free port. Raises ``BadInput`` with advice if it cannot listen.

    Accepted connections inherit two options: a small send buffer, so that a slow viewer does not see old frames, and
    the kernel's timeout for a peer that acknowledges no data for ``UNTAKEN_LIMIT_MS``.
    """
    name = host.strip("[]")
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise BadInput(
            f"cannot listen on {host}: not an address of this machine ({error.strerror}); choose one with --host",
            field="host",
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOT_SENT_BYTES)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_LIMIT_MS)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise refusal_of_port(host, port, error) from error
    listener.setblocking(False)
    return listener


def refusal_of_port(host: str, port: int, error: OSError) -> BadInput:
    """The error for a failed ``bind``, with the reason and the option that avoids it."""
    match error.errno:
        case errno.EADDRNOTAVAIL:
            reason, advice, field = "it is not an address of this machine", "choose one with --host", "host"
        case errno.EACCES:
            reason, advice, field = "low ports need root", "choose a port above 1023 with --port", "port"
        case errno.EADDRINUSE:
            reason, advice, field = "the port is in use", "choose another with --port (0: any free port)", "port"
        case _:
            reason, advice, field = f"{error.strerror}", "choose another port with --port (0: any free port)", "port"
    return BadInput(f"cannot listen on {host}:{port}: {reason}; {advice}", field=field)


def url_of(listener: socket.socket) -> str:
    """The service's address for a browser on this machine."""
    address: tuple[str, int] = listener.getsockname()[:2]
    host, port = address
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


async def serve(
    settings: ServiceSettings,
    *,
    page: Path | None = None,
    logs: LogRing | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Run the whole service, its cameras and its HTTP side, until SIGINT or SIGTERM.

    Args:
        settings: The service's settings.
        page: The folder of the web page; ``None``: there is no page.
        logs: The handler that keeps the newest log lines; ``None``: they are not kept.
        on_ready: Called with the service's address once it answers requests.

    Raises:
        BadInput: It cannot listen on the port.
        PhotonicError: A camera failed for good.
    """
    descriptors.raise_limit()
    with bind(settings.host, settings.port) as listener:
        address = url_of(listener)
        log.info("listening", address=address, cameras=cameras.summary(settings))
        await serve_cameras(
            settings,
            create_controllers(settings),
            listener,
            page=page,
            logs=logs,
            on_ready=(lambda: on_ready(address)) if on_ready is not None else None,
        )


async def serve_cameras(
    settings: ServiceSettings,
    controllers: Sequence[CameraControl],
    listener: socket.socket,
    *,
    page: Path | None = None,
    logs: LogRing | None = None,
    on_ready: Callable[[], None] | None = None,
    handle_signals: bool = True,
    stop: asyncio.Event | None = None,
    direct: bool = True,
    access: AccessControl | None = None,
) -> None:
    """Serve cameras on ``listener`` until SIGINT, SIGTERM or ``stop``; then end streams, requests and cameras.

    Args:
        settings: The service's settings.
        controllers: The cameras; the first is the default camera.
        listener: A listening socket; it is closed at the end.
        page: The folder of the web page; ``None``: there is no page.
        logs: The handler that keeps the newest log lines; ``None``: they are not kept.
        on_ready: Called once the service answers requests.
        handle_signals: Whether to end on SIGINT and SIGTERM.
        stop: Ends the service when it is set; ``None``: only signals do.
        direct: Whether live routes write to the transport itself; otherwise they write through ASGI, as on other
            servers.
        access: Knows who sent a request; ``None``: made from the settings, and kept in memory.

    Raises:
        PhotonicError: A camera failed for good; ``__cause__`` is its exception.
    """
    # The real port instead of 0, so that the doctor finds this service.
    port: int = listener.getsockname()[1]
    app = create_app(settings.model_copy(update={"port": port}), controllers, page, logs, access)
    app_context: AppContext = app.state.app_context
    server = _Server(_uvicorn_config(app, app_context, direct=direct), on_ready)
    async with asyncio.TaskGroup() as tasks:
        watchers = [tasks.create_task(_exit_when_stopping(server, app_context))]
        if stop is not None:
            watchers.append(tasks.create_task(_stop_when_set(stop, app_context)))
        with _callbacks(app_context), _signals(app_context) if handle_signals else contextlib.nullcontext():
            await server.serve(sockets=[listener])
        for watcher in watchers:
            watcher.cancel()
    if app_context.failure is not None:
        raise PhotonicError(
            f"the service stopped because a camera failed: {app_context.failure}"
        ) from app_context.failure


async def _exit_when_stopping(server: uvicorn.Server, app_context: AppContext) -> None:
    await app_context.stopping.wait()
    server.should_exit = True


async def _stop_when_set(stop: asyncio.Event, app_context: AppContext) -> None:
    await stop.wait()
    app_context.stop()


@contextlib.contextmanager
def _callbacks(app_context: AppContext) -> Generator[None]:
    """Count failures in callbacks of the event loop, which no task can handle."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def on_failure(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        app_context.unexpected.met(Where.CALLBACKS, context.get("exception") or RuntimeError(context["message"]))

    loop.set_exception_handler(on_failure)
    try:
        yield
    finally:
        loop.set_exception_handler(before)


@contextlib.contextmanager
def _signals(app_context: AppContext) -> Generator[None]:
    """The first signal starts the shutdown; further ones change nothing, because its duration is limited."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def on_signal(number: signal.Signals) -> None:
        log.info("stopping", signal=number.name, already=app_context.stopping.is_set())
        app_context.stop()

    for number in numbers:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _uvicorn_config(app: Any, app_context: AppContext, *, direct: bool) -> uvicorn.Config:
    # uvicorn calls these with its own arguments, as if they were classes.
    http: Any = partial(HttpConnection, refused=app_context.refused, connections=app_context.connections)
    ws: Any = partial(SocketConnection, refused=app_context.refused, connections=app_context.connections)
    return uvicorn.Config(
        app,
        http=http if direct else "httptools",
        ws=ws if direct else "websockets-sansio",
        ws_max_size=CLIENT_MESSAGE_LIMIT_BYTES,
        ws_ping_interval=PING_EVERY_SECONDS,
        ws_ping_timeout=PONG_WITHIN_SECONDS,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        workers=1,
        timeout_graceful_shutdown=CONNECTIONS_END_WITHIN_SECONDS,
    )


class _Server(uvicorn.Server):
    """Reports when it is ready, and leaves signals to ``serve_cameras``."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._on_ready is not None:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
