"""Socket activation: takes over the listening sockets that systemd opened (sd_listen_fds(3)).

Descriptors from 3 on are the sockets, ``LISTEN_FDS`` is their number, and ``LISTEN_PID`` is the process that they are
meant for: a child that inherits the variables must not believe them.
"""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FIRST_DESCRIPTOR = 3
VARIABLES = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID")
MOST_SOCKETS = 64
FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6, socket.AF_UNIX})


def passed_listeners(environment: MutableMapping[str, str]) -> tuple[socket.socket, ...]:
    """The listening sockets that this process was started with; empty if it was not.

    Removes the variables from ``environment``, and keeps the descriptors from children.

    Raises:
        BadInput: A passed descriptor is not a listening stream socket, or the number of sockets is invalid.
    """
    values = {name: environment.pop(name, "") for name in VARIABLES}
    if values["LISTEN_PID"] != str(os.getpid()):
        return ()
    text = values["LISTEN_FDS"]
    count = int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else -1
    if not 0 <= count <= MOST_SOCKETS:
        raise BadInput(f"LISTEN_FDS is {text[:20]!r}: it must be a number from 0 to {MOST_SOCKETS}", field="LISTEN_FDS")
    with ExitStack() as stack:
        passed = tuple(stack.enter_context(_listener(FIRST_DESCRIPTOR + index)) for index in range(count))
        stack.pop_all()
    return passed


def _listener(descriptor: int) -> socket.socket:
    try:
        os.set_inheritable(descriptor, False)
        passed = socket.socket(fileno=descriptor)
        listens = passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise _refusal(descriptor, error.strerror or str(error)) from error
    if not listens or passed.type != socket.SOCK_STREAM or passed.family not in FAMILIES:
        passed.close()
        raise _refusal(descriptor, "it is not a listening stream socket")
    return passed


def _refusal(descriptor: int, reason: str) -> BadInput:
    return BadInput(
        f"cannot use descriptor {descriptor} from systemd: {reason}; use ListenStream= with Accept=no",
        field="LISTEN_FDS",
    )
