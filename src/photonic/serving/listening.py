"""Listening sockets: a TCP port, a Unix socket, or those that systemd passes; and their addresses.

Theory of operation. No matter who opened a listening socket, ``tune`` gives it the same options, which accepted
connections inherit (Linux copies them from the listener). A port that this process opened closes with it; one that
systemd passed stays open, because systemd keeps its own descriptor: clients that connect while no service
runs wait in the kernel's queue instead of being refused, and the next service accepts them.
"""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.serving.activation import passed_listeners
from photonic.serving.unix_socket import bound_unix

if TYPE_CHECKING:
    from collections.abc import Generator, MutableMapping
    from pathlib import Path

BACKLOG = 512
# Frames that the kernel buffers for a slow viewer are old when they arrive; see docs/reference/performance.md.
SEND_BUFFER_BYTES = 128 * 1024
NOT_SENT_BYTES = 16 * 1024
UNTAKEN_LIMIT_MS = 20_000

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@contextmanager
def listening(
    host: str, port: int, *, uds: Path | None, environment: MutableMapping[str, str]
) -> Generator[tuple[socket.socket, ...]]:
    """The service's listening sockets, closed with the context.

    Sockets that systemd passed replace all others; ``uds`` replaces the port.

    Args:
        host: The address to listen on.
        port: The port; 0: any free one.
        uds: The path of a Unix socket; ``None``: none.
        environment: Where systemd announces its sockets; its variables are removed, so that no child sees them.

    Raises:
        BadInput: It cannot listen there, or what systemd passed is no listening stream socket.
    """
    with ExitStack() as stack:
        listeners = passed_listeners(environment)
        for listener in listeners:
            stack.enter_context(listener)
        if not listeners:
            listeners = (stack.enter_context(bind(host, port) if uds is None else bound_unix(uds)),)
        for listener in listeners:
            tune(listener)
        yield listeners


def bind(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes any free port. Raises ``BadInput`` with advice if it cannot listen."""
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
        tune(listener)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise refusal_of_port(host, port, error) from error
    return listener


def tune(listener: socket.socket) -> None:
    """Set the options that accepted connections inherit, no matter who opened the listener.

    A small send buffer, so that a slow viewer does not see old frames, and on TCP the kernel's timeout for a peer that
    acknowledges no data for ``UNTAKEN_LIMIT_MS``.
    """
    listener.setblocking(False)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    if is_unix(listener):
        return
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOT_SENT_BYTES)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_LIMIT_MS)


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


def is_unix(listener: socket.socket) -> bool:
    """Whether it is a Unix socket."""
    return listener.family == socket.AF_UNIX


def tcp_address(listener: socket.socket) -> tuple[str, int] | None:
    """The host and port that it listens on; ``None``: it is a Unix socket."""
    if is_unix(listener):
        return None
    host, port, *_rest = listener.getsockname()
    return host, port


def url_of(listener: socket.socket, *, tls: bool = False) -> str:
    """The service's address for a browser on this machine; ``unix:PATH`` for a Unix socket, which never speaks TLS."""
    address = tcp_address(listener)
    if address is None:
        return f"unix:{listener.getsockname()}"
    host, port = address
    name = _WILDCARDS.get(host, host)
    return f"{'https' if tls else 'http'}://{f'[{name}]' if ':' in name else name}:{port}"
