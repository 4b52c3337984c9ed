"""How one viewer's bytes leave the service: through the connection's transport, or through ASGI's ``send``.

A server that offers its transport puts a sender into the ASGI scope (``extensions``, under ``SENDER``). Handshake,
pings, close and errors stay with the server; only complete messages bypass it.
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
    """Sends one message through the server: a frame, or a text if the second argument is true."""

SENDER = "photonic.sender"

SIOCOUTQNSD = 0x894B
"""Asks for bytes that the kernel has not sent at all (linux/sockios.h); SIOCOUTQ, tcp(7), adds unacknowledged ones."""
UNSENT_LIMIT_BYTES = 8 * 1024
"""Less than this does not delay the next frame: it leaves while that one is written."""
SHORTEST_POLL_SECONDS = 0.002
LONGEST_POLL_SECONDS = 0.05
"""The kernel signals room in its buffer, but not that it has sent. Only viewers that are behind are polled."""
MEASURE_SECONDS = 0.25
QUEUE_SECONDS = 0.4
"""How much older the network's own queue may make a frame."""


class FrameSender(Protocol):
    """Sends one viewer its messages. Never waits, and holds no more than the one message under way."""

    @property
    def picture(self) -> Envelope:
        """Wraps a frame for the wire."""
        ...

    @property
    def text(self) -> Envelope:
        """Wraps a text for the wire."""
        ...

    @property
    def busy(self) -> bool:
        """Whether an earlier message has not left yet, or the sender is not open: nothing may be sent then."""
        ...

    def send_picture(self, ready: bytes) -> None:
        """Send a frame that is already in its envelope."""
        ...

    def send_text(self, ready: bytes) -> None:
        """Send a text (UTF-8) that is already in its envelope."""
        ...

    def untaken_bytes(self) -> int | None:
        """How much this machine still holds for the viewer, in the kernel as well; ``None``: unknown."""
        ...

    def behind(self) -> bool:
        """Whether another frame would wait in the kernel or the network, and be old when it arrives.

        ``on_free`` is called as soon as it would not.
        """
        ...

    def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """Use the sender while the context lasts.

        Args:
            on_busy: Called when it becomes busy; may be called from within a send.
            on_free: Called when it is free again.
        """
        ...


class TransportSender:
    """Writes to the transport directly, in the caller's turn of the event loop: no task, no queue, no copy.

    The connection's protocol passes on its transport's ``pause_writing`` and ``resume_writing`` (``paused``,
    ``resumed``).
    """

    def __init__(self, transport: asyncio.Transport, *, picture: Envelope, text: Envelope) -> None:
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
        self.text = text
        self.busy = True

    @asynccontextmanager
    async def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AsyncGenerator[None]:
        """See ``FrameSender``. From here on every byte that the kernel does not accept pauses the transport."""
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
        # Writing to a closing connection is an error on uvloop; the end of the connection is reported elsewhere.
        if not self._transport.is_closing():
            self._sent_bytes += len(ready)
            self._transport.write(ready)

    send_text = send_picture

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
            self._schedule_poll(excess)
        return excess > 0

    def _poll_again(self) -> None:
        self._poll = None
        if (excess := self._excess_bytes()) > 0:
            self._schedule_poll(excess)
        elif self._on_free is not None and not self.busy:
            self._on_free()

    def _schedule_poll(self, excess_bytes: int) -> None:
        """Poll when the excess should have left."""
        seconds = excess_bytes / self._rate if self._rate else SHORTEST_POLL_SECONDS
        seconds = min(max(seconds, SHORTEST_POLL_SECONDS), LONGEST_POLL_SECONDS)
        self._poll = self._loop.call_later(seconds, self._poll_again)

    def _excess_bytes(self) -> int:
        """How many bytes must leave before another frame is worth sending; 0 or less: none.

        Two queues make a frame old. One is the kernel's: bytes that it has not sent. The other is the network's, which
        grows on a slow link: bytes that are sent but not acknowledged, if they are more than the peer takes in
        ``QUEUE_SECONDS``. A fast link with a long round trip has as many under way, but only briefly.
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
        """How many bytes of the connection the kernel holds; ``None``: it does not say."""
        if self._transport.is_closing():
            return None
        socket = self._transport.get_extra_info("socket")
        try:
            (held,) = struct.unpack("i", fcntl.ioctl(socket.fileno(), question, bytes(4)))
        except (OSError, AttributeError):
            return None
        return held

    def paused(self) -> None:
        """The transport holds bytes that the kernel did not accept."""
        self._holds = self.busy = True
        if self._on_busy is not None:
            self._on_busy()

    def lost(self) -> None:
        """The connection is lost: nothing can be sent any more."""
        self.paused()
        self._on_busy = self._on_free = None

    def resumed(self) -> None:
        """The transport is empty again."""
        self._holds = False
        if self._on_free is not None:
            self.busy = False
            self._on_free()


class ServerSender:
    """Sends through ASGI, one message at a time, in its own task: for servers that do not offer their transport."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._on_busy: Callable[[], None] | None = None
        self._handed: tuple[bytes, bool] | None = None
        self._given = asyncio.Event()
        self.picture = bare
        self.text = bare

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
        self._hand(ready, text=False)

    def send_text(self, ready: bytes) -> None:
        """See ``FrameSender``."""
        self._hand(ready, text=True)

    def untaken_bytes(self) -> int | None:
        """See ``FrameSender``: the server does not say."""
        return None

    def behind(self) -> bool:
        """See ``FrameSender``: the server does not say."""
        return False

    def _hand(self, ready: bytes, *, text: bool) -> None:
        self._handed = ready, text
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


def sender_of(scope: Scope, carry: Carry) -> FrameSender:
    """The sender that the server offers, else one that sends through ASGI."""
    offered: FrameSender | None = scope.get("extensions", {}).get(SENDER)
    return ServerSender(carry) if offered is None else offered
