"""Where one viewer's bytes leave the service: the connection's transport, or the server's ``send`` where it has none.

A server that offers its transport puts an outlet into the ASGI scope (``extensions``, under ``OUTLET``). Handshake,
pings, close and errors stay with the server: only whole messages go past it.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from photonic.protocol.envelopes import bare

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.types import Scope

    from photonic.protocol.envelopes import Envelope

    Carry = Callable[[bytes, bool], Awaitable[None]]
    """Sends one message through the server: a picture, or words where the second argument is true."""

OUTLET = "photonic.outlet"


class Outlet(Protocol):
    """One viewer's way out. Nothing here waits, and nothing is kept beyond one message on its way."""

    @property
    def picture(self) -> Envelope:
        """What has to stand around a picture."""
        ...

    @property
    def words(self) -> Envelope:
        """What has to stand around a text."""
        ...

    @property
    def busy(self) -> bool:
        """Whether bytes of an earlier message have not left yet, or it is not open: nothing may be sent then."""
        ...

    def send_picture(self, ready: bytes) -> None:
        """Send a picture in its envelope."""
        ...

    def send_words(self, ready: bytes) -> None:
        """Send a text, UTF-8, in its envelope."""
        ...

    def untaken_bytes(self) -> int | None:
        """What this machine still holds for the viewer, the kernel's part included; ``None`` where nobody knows."""
        ...

    def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """Use the outlet for as long as the context lasts: it says when it is busy, and when it is no longer.

        ``on_busy`` may be called out of a send.
        """
        ...


class TransportOutlet:
    """Writes to the transport itself, in the caller's own turn of the event loop: no task, no queue, no copy.

    The connection's protocol says ``paused`` and ``resumed`` when its transport says so.
    """

    def __init__(self, transport: asyncio.Transport, *, picture: Envelope, words: Envelope) -> None:
        self._transport = transport
        self._on_busy: Callable[[], None] | None = None
        self._on_free: Callable[[], None] | None = None
        self._holds = False
        self.picture = picture
        self.words = words
        self.busy = True

    @asynccontextmanager
    async def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AsyncGenerator[None]:
        """See ``Outlet``. From now on, the transport is paused by every byte that the kernel does not take."""
        if not self._transport.is_closing():
            self._transport.set_write_buffer_limits(high=0)
        self._on_busy, self._on_free = on_busy, on_free
        self.busy = self._holds
        try:
            yield
        finally:
            self._on_busy = self._on_free = None
            self.busy = True

    def send_picture(self, ready: bytes) -> None:
        """See ``Outlet``."""
        # Writing to a connection that is being closed is an error on uvloop; its end is reported on its own.
        if not self._transport.is_closing():
            self._transport.write(ready)

    send_words = send_picture

    def untaken_bytes(self) -> int | None:
        """See ``Outlet``; what the peer has not acknowledged counts as held (tcp(7), SIOCOUTQ)."""
        if self._transport.is_closing():
            return None
        socket = self._transport.get_extra_info("socket")
        try:
            (in_kernel,) = struct.unpack("i", fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4)))
        except (OSError, AttributeError):
            return None
        return in_kernel + self._transport.get_write_buffer_size()

    def paused(self) -> None:
        """The transport holds bytes that the kernel did not take."""
        self._holds = self.busy = True
        if self._on_busy is not None:
            self._on_busy()

    def lost(self) -> None:
        """The connection is gone: nothing can be sent any more."""
        self.paused()
        self._on_busy = self._on_free = None

    def resumed(self) -> None:
        """The transport holds nothing any more."""
        self._holds = False
        if self._on_free is not None:
            self.busy = False
            self._on_free()


class ServerOutlet:
    """Sends through ASGI, one message at a time, in a task of its own: for servers that offer no transport."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._on_busy: Callable[[], None] | None = None
        self._handed: tuple[bytes, bool] | None = None
        self._given = asyncio.Event()
        self.picture = bare
        self.words = bare

    @property
    def busy(self) -> bool:
        """See ``Outlet``."""
        return self._handed is not None or self._on_busy is None

    @asynccontextmanager
    async def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AsyncGenerator[None]:
        """See ``Outlet``. What ``carry`` raises ends the context, in an exception group."""
        async with asyncio.TaskGroup() as tasks:
            carrying = tasks.create_task(self._carry_all(on_free))
            self._on_busy = on_busy
            try:
                yield
            finally:
                self._on_busy = None
                carrying.cancel()

    def send_picture(self, ready: bytes) -> None:
        """See ``Outlet``."""
        self._hand(ready, words=False)

    def send_words(self, ready: bytes) -> None:
        """See ``Outlet``."""
        self._hand(ready, words=True)

    def untaken_bytes(self) -> int | None:
        """See ``Outlet``: the server does not say."""
        return None

    def _hand(self, ready: bytes, *, words: bool) -> None:
        self._handed = ready, words
        self._given.set()
        if self._on_busy is not None:
            self._on_busy()

    async def _carry_all(self, on_free: Callable[[], None]) -> None:
        while True:
            await self._given.wait()
            self._given.clear()
            if self._handed is not None:
                await self._carry(*self._handed)
                self._handed = None
                if self._on_busy is not None:
                    on_free()


def outlet_of(scope: Scope, carry: Carry) -> Outlet:
    """The transport's own outlet where the server offers it, else one that sends through the server."""
    offered: Outlet | None = scope.get("extensions", {}).get(OUTLET)
    return ServerOutlet(carry) if offered is None else offered
