"""The server process: listen, serve, and end within seconds of a signal.

The shutdown, in order: the listeners close, so that no connection is accepted only to be cut, and those that wait on a
socket of systemd's are left to the next service; the context stops, which ends streams and long waits and releases
each camera; uvicorn finishes the open requests within ``CONNECTIONS_END_WITHIN_SECONDS``, and then ends the
application's lifespan, which waits for the cameras.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from photonic.access.forwarding import TrustedProxies
from photonic.access.names import is_loopback
from photonic.errors import BadInput, PhotonicError
from photonic.service.app import create_app, create_controllers
from photonic.service.base.surroundings import Surroundings
from photonic.service.base.unexpected import Where
from photonic.service.config import cameras
from photonic.service.config.access import access_policy
from photonic.service.config.certificates import create_certificates
from photonic.service.http import descriptors
from photonic.service.http.http_connection import HttpConnection
from photonic.service.http.http_server import HttpServer
from photonic.service.http.websocket_connection import AnsweredConnection, SocketConnection
from photonic.serving.access_state import AccessState
from photonic.serving.audit_log import AuditLog
from photonic.serving.certificates import keep_renewed
from photonic.serving.listening import listening, tcp_address, url_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from photonic.access.control import AccessControl
    from photonic.service.config.settings import ServiceSettings
    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.context import AppContext
    from photonic.service.support.log_ring import LogRing
    from photonic.serving.certificates import Certificates

CLIENT_MESSAGE_LIMIT_BYTES = 4 * 1024
PING_EVERY_SECONDS = 10.0
PONG_WITHIN_SECONDS = 10.0
CONNECTIONS_END_WITHIN_SECONDS = 1

log = structlog.stdlib.get_logger(__name__)


async def serve(
    settings: ServiceSettings,
    *,
    page: Path | None = None,
    logs: LogRing | None = None,
    on_ready: Callable[[str, AccessControl], None] | None = None,
) -> None:
    """Run the whole service, its cameras and its HTTP side, until SIGINT or SIGTERM.

    Args:
        settings: The service's settings.
        page: The folder of the web page; ``None``: there is no page.
        logs: The handler that keeps the newest log lines; ``None``: they are not kept.
        on_ready: Called with the service's address and its access control, once it answers requests.

    Raises:
        BadInput: It cannot listen on the port.
        PhotonicError: A camera failed for good.
    """
    descriptors.raise_limit()
    surroundings = Surroundings.of_this_machine()
    certificates = create_certificates(settings, surroundings.time)
    with listening(settings.host, settings.port, uds=settings.uds, environment=os.environ) as listeners:
        _check_reach(settings, listeners)
        addresses = [url_of(listener, tls=certificates is not None) for listener in listeners]
        log.info("listening", address=", ".join(addresses), cameras=cameras.summary(settings))
        state = await asyncio.to_thread(
            AccessState.load, settings.state_folder, access_policy(settings), monotonic=surroundings.time.monotonic
        )
        await serve_cameras(
            settings,
            create_controllers(settings, surroundings),
            listeners,
            surroundings=surroundings,
            certificates=certificates,
            state=state,
            page=page,
            logs=logs,
            on_ready=partial(on_ready, addresses[0], state.control) if on_ready is not None else None,
        )


def _check_reach(settings: ServiceSettings, listeners: Sequence[socket.socket]) -> None:
    """Who may do what depends on ``host``: systemd must not pass a socket that reaches further."""
    for listener in listeners:
        address = tcp_address(listener)
        if address is not None and settings.on_loopback and not is_loopback(address[0]):
            raise BadInput(
                f"the socket from systemd listens on {address[0]}, which other machines reach, but host is "
                f"{settings.host}: set host = {address[0]!r}, or ListenStream={settings.host}:{address[1]}",
                field="host",
            )


async def serve_cameras(
    settings: ServiceSettings,
    controllers: Sequence[CameraControl],
    listeners: Sequence[socket.socket],
    *,
    surroundings: Surroundings | None = None,
    certificates: Certificates | None = None,
    state: AccessState | None = None,
    page: Path | None = None,
    logs: LogRing | None = None,
    on_ready: Callable[[], None] | None = None,
    handle_signals: bool = True,
    stop: asyncio.Event | None = None,
    direct: bool = True,
    access: AccessControl | None = None,
) -> None:
    """Serve cameras on ``listeners`` until SIGINT, SIGTERM or ``stop``; then end streams, requests and cameras.

    Args:
        settings: The service's settings.
        controllers: The cameras; the first is the default camera.
        listeners: Listening sockets; they are closed at the end.
        surroundings: The clocks and processes; ``None``: those of this machine.
        certificates: The certificate for TLS on TCP sockets; ``None``: they speak plain HTTP, as Unix sockets do.
        state: Access control and its files; ``None``: ``access``, or what the settings make of it, in memory.
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
    ports = [address[1] for listener in listeners if (address := tcp_address(listener)) is not None]
    control = access if state is None else state.control
    settings = settings.model_copy(update={"port": ports[0]} if ports else {})
    folder = None if state is None else state.folder
    surroundings = surroundings or Surroundings.of_this_machine()
    audit_log = AuditLog(folder, time=surroundings.time)
    app = create_app(settings, controllers, page, logs, control, audit_log=audit_log, surroundings=surroundings)
    app_context: AppContext = app.state.app_context
    app_context.certificates, app_context.access_state = certificates, state
    server = HttpServer(_uvicorn_config(app, app_context, direct=direct), listeners, certificates, on_ready=on_ready)

    def begin_shutdown() -> None:
        server.stop_accepting()
        app_context.stop()

    async with asyncio.TaskGroup() as tasks:
        watchers = [tasks.create_task(_exit_when_stopping(server, app_context))]
        if stop is not None:
            watchers.append(tasks.create_task(_call_when_set(stop, begin_shutdown)))
        if certificates is not None:
            watchers.append(tasks.create_task(keep_renewed(certificates)))
        signals = _signals(begin_shutdown, app_context) if handle_signals else contextlib.nullcontext()
        with _callbacks(app_context), signals:
            await server.serve()
        for watcher in watchers:
            watcher.cancel()
    if app_context.failure is not None:
        raise PhotonicError(
            f"the service stopped because a camera failed: {app_context.failure}"
        ) from app_context.failure


async def _exit_when_stopping(server: HttpServer, app_context: AppContext) -> None:
    await app_context.stopping.wait()
    server.stop_accepting()
    await asyncio.sleep(0)  # a turn: the listeners are closed in it
    server.should_exit = True


async def _call_when_set(event: asyncio.Event, call: Callable[[], None]) -> None:
    await event.wait()
    call()


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
def _signals(begin_shutdown: Callable[[], None], app_context: AppContext) -> Generator[None]:
    """The first signal starts the shutdown; further ones change nothing, because its duration is limited."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def on_signal(number: signal.Signals) -> None:
        log.info("stopping", signal=number.name, already=app_context.stopping.is_set())
        begin_shutdown()

    for number in numbers:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _uvicorn_config(app: Any, app_context: AppContext, *, direct: bool) -> uvicorn.Config:
    # uvicorn calls these with its own arguments, as if they were classes.
    trusted = TrustedProxies.parse(app_context.settings.trusted_proxies)
    limits = {"refused": app_context.refused, "connections": app_context.connections}
    http: Any = partial(HttpConnection, **limits, trusted=trusted)
    ws: Any = partial(SocketConnection, **limits)
    return uvicorn.Config(
        app,
        http=http if direct else "httptools",
        ws=ws if direct else AnsweredConnection,
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
