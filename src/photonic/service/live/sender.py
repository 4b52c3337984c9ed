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

SIOCOUTQNSD = 0x894B
"""How many bytes the kernel has not sent for the first time (linux/sockios.h; tcp(7) calls the other one SIOCOUTQ)."""
UNSENT_LIMIT_BYTES = 8 * 1024
"""Less does not make the next picture wait: what remains leaves while that one is written."""
SHORTEST_POLL_SECONDS = 0.002
LONGEST_POLL_SECONDS = 0.05
"""The kernel tells of room in its buffer, not of this. Only viewers that are behind are looked at."""
MEASURE_SECONDS = 0.25
QUEUE_SECONDS = 0.4
"""The age that the network's own queue may add to a picture."""


class FrameSender(Protocol):
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

    def behind(self) -> bool:
        """Whether the kernel has not sent what it was given: a picture would wait there, and be old when it arrives.

        When that is over, ``on_free`` is called.
        """
        ...

    def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """Use the outlet for as long as the context lasts: it says when it is busy, and when it is no longer.

        ``on_busy`` may be called out of a send.
        """
        ...


class TransportSender:
    """Writes to the transport itself, in the caller's own turn of the event loop: no task, no queue, no copy.

    The connection's protocol says ``paused`` and ``resumed`` when its transport says so.
    """

    def __init__(self, transport: asyncio.Transport, *, picture: Envelope, words: Envelope) -> None:
        self._transport = transport
        self._on_busy: Callable[[], None] | None = None
        self._on_free: Callable[[], None] | None = None
        self._holds = False
        self._poll: asyncio.TimerHandle | None = None
        self._sent_bytes = 0
        self._measured_from: tuple[float, int] | None = None
        self._rate: float | None = None
        self._loop = asyncio.get_running_loop()
        self.picture = picture
        self.words = words
        self.busy = True

    @asynccontextmanager
    async def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AsyncGenerator[None]:
        """See ``FrameSender``. From now on, the transport is paused by every byte that the kernel does not take."""
        if not self._transport.is_closing():
            self._transport.set_write_buffer_limits(high=0)
        self._on_busy, self._on_free = on_busy, on_free
        self.busy = self._holds
        try:
            yield
        finally:
            self._on_busy = self._on_free = None
            self.busy = True
            self._stop_polling()

    def send_picture(self, ready: bytes) -> None:
        """See ``FrameSender``."""
        # Writing to a connection that is being closed is an error on uvloop; its end is reported on its own.
        if not self._transport.is_closing():
            self._sent_bytes += len(ready)
            self._transport.write(ready)

    send_words = send_picture

    def untaken_bytes(self) -> int | None:
        """See ``FrameSender``; what the peer has not acknowledged counts as held (tcp(7), SIOCOUTQ)."""
        in_kernel = self._asked_kernel(termios.TIOCOUTQ)
        return None if in_kernel is None else in_kernel + self._transport.get_write_buffer_size()

    def behind(self) -> bool:
        """See ``FrameSender``."""
        excess = self._excess_bytes()
        if excess <= 0:
            self._stop_polling()
        elif self._poll is None:
            self._look_again(excess)
        return excess > 0

    def _look(self) -> None:
        self._poll = None
        if (excess := self._excess_bytes()) > 0:
            self._look_again(excess)
        elif self._on_free is not None and not self.busy:
            self._on_free()

    def _look_again(self, excess_bytes: int) -> None:
        """Look when the excess should have left."""
        seconds = excess_bytes / self._rate if self._rate else SHORTEST_POLL_SECONDS
        seconds = min(max(seconds, SHORTEST_POLL_SECONDS), LONGEST_POLL_SECONDS)
        self._poll = self._loop.call_later(seconds, self._look)

    def _excess_bytes(self) -> int:
        """How much has to leave before another picture is worth sending; 0 or less: it is.

        Two queues make a picture old. The kernel's: what it has not sent. The network's, which swells on a slow link:
        what was sent and not acknowledged, where it is more than the peer takes in ``QUEUE_SECONDS``. A fast link with
        a long way has as much under way, but for a short time only.
        """
        untaken = self._asked_kernel(termios.TIOCOUTQ)
        if untaken is None or untaken <= UNSENT_LIMIT_BYTES:
            self._measured_from = self._rate = None
            return 0
        now, taken = self._loop.time(), self._sent_bytes - untaken
        since, taken_then = self._measured_from or (now, taken)
        if self._measured_from is None:
            self._measured_from = now, taken
        elif now - since >= MEASURE_SECONDS:
            self._rate = max(1.0, (taken - taken_then) / (now - since))
            self._measured_from = now, taken
        unsent = self._asked_kernel(SIOCOUTQNSD) or 0
        excess = unsent - UNSENT_LIMIT_BYTES
        if self._rate is not None:
            excess = max(excess, untaken - max(UNSENT_LIMIT_BYTES, round(self._rate * QUEUE_SECONDS)))
        return excess

    def _stop_polling(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None

    def _asked_kernel(self, question: int) -> int | None:
        """Bytes of the connection that the kernel holds; ``None`` where it does not say."""
        if self._transport.is_closing():
            return None
        socket = self._transport.get_extra_info("socket")
        try:
            (held,) = struct.unpack("i", fcntl.ioctl(socket.fileno(), question, bytes(4)))
        except (OSError, AttributeError):
            return None
        return held

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


class ServerSender:
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
        """See ``FrameSender``."""
        return self._handed is not None or self._on_busy is None

    @asynccontextmanager
    async def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AsyncGenerator[None]:
        """See ``FrameSender``. What ``carry`` raises ends the context, in an exception group."""
        async with asyncio.TaskGroup() as tasks:
            carrying = tasks.create_task(self._carry_all(on_free))
            self._on_busy = on_busy
            try:
                yield
            finally:
                self._on_busy = None
                carrying.cancel()

    def send_picture(self, ready: bytes) -> None:
        """See ``FrameSender``."""
        self._hand(ready, words=False)

    def send_words(self, ready: bytes) -> None:
        """See ``FrameSender``."""
        self._hand(ready, words=True)

    def untaken_bytes(self) -> int | None:
        """See ``FrameSender``: the server does not say."""
        return None

    def behind(self) -> bool:
        """See ``FrameSender``: the server does not say."""
        return False

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


def outlet_of(scope: Scope, carry: Carry) -> FrameSender:
    """The transport's own outlet where the server offers it, else one that sends through the server."""
    offered: FrameSender | None = scope.get("extensions", {}).get(OUTLET)
    return ServerSender(carry) if offered is None else offered
