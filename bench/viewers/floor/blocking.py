"""Plain blocking sockets: one loop that sends each frame to each viewer, one after the other."""

from __future__ import annotations

import select
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

from bench.viewers.floor.wire import REQUEST_END, REQUEST_LIMIT_BYTES, answer_to, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.viewers.floor.wire import Source

TAKES_WITHIN_SECONDS = 10


def serve(listener: socket.socket, source: Source) -> None:
    """Serve on ``listener`` until stdin ends. A viewer that reads nothing blocks all, until it is disconnected."""
    viewers: list[tuple[socket.socket, Callable[[], bytes]]] = []
    listener.setblocking(False)
    while True:
        wait_seconds = max(0.0, source.next_at - time.monotonic())
        readable, _, _ = select.select([listener, sys.stdin], [], [], wait_seconds)
        if sys.stdin in readable:
            return
        if listener in readable:
            viewers.append(_greet(listener, source))
        if time.monotonic() >= source.next_at:
            source.advance()
            viewers = [viewer for viewer in viewers if _send(*viewer)]


def _greet(listener: socket.socket, source: Source) -> tuple[socket.socket, Callable[[], bytes]]:
    connection, _address = listener.accept()
    connection.setblocking(True)
    # By the kernel: a time limit of Python's would wait for room with a call of its own before each send.
    for bound in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
        connection.setsockopt(socket.SOL_SOCKET, bound, struct.pack("ll", TAKES_WITHIN_SECONDS, 0))
    request = bytearray()
    while REQUEST_END not in request and len(request) < REQUEST_LIMIT_BYTES:
        data = connection.recv(4096)
        if not data:
            break
        request += data
    key = key_of(bytes(request))
    connection.sendall(answer_to(key))
    return connection, source.part if key is None else source.message


def _send(connection: socket.socket, ready: Callable[[], bytes]) -> bool:
    """Whether the viewer is still there."""
    try:
        connection.sendall(ready())
    except OSError:
        connection.close()
        return False
    return True
