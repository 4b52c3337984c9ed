"""Sends one viewer's bytes, through the connection's transport or through ASGI's ``send``.

A server that offers its transport puts a sender into the ASGI scope (``extensions``, key ``SENDER``). The server still
handles the handshake, pings, close and errors; only complete messages bypass it.
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
"""Returns the bytes not yet sent (linux/sockios.h); SIOCOUTQ, tcp(7), also counts those sent but unacknowledged."""
UNSENT_LIMIT_BYTES = 8 * 1024
"""Fewer unsent bytes than this do not delay the next frame: they leave while it is written."""
SHORTEST_POLL_SECONDS = 0.002
LONGEST_POLL_SECONDS = 0.05
"""The kernel signals free buffer space, but not that it has sent everything. Only slow connections are polled."""
MEASURE_SECONDS = 0.25
QUEUE_SECONDS = 0.4
"""How much the network's own queue may delay a frame."""


class FrameSender(Protocol):
    """Sends messages to one viewer. Never waits, and buffers at most the message being sent."""

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
        """Whether an earlier message is still being sent, or the sender is not open; then nothing may be sent."""
        ...

    def send_picture(self, ready: bytes) -> None:
        """Send a frame that is already in its envelope."""
        ...

    def send_text(self, ready: bytes) -> None:
        """Send a text (UTF-8) that is already in its envelope."""
        ...

    def untaken_bytes(self) -> int | None:
        """How many bytes for the viewer this machine still buffers, including the kernel; ``None``: unknown."""
        ...

    def behind(self) -> bool:
        """Whether another frame would wait in the kernel or the network and arrive late.

        If so, ``on_free`` is called as soon as it would no longer wait.
        """
        ...

    def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """Use the sender while the context lasts.

        Args:
            on_busy: Called when the sender becomes busy, possibly during a send.
            on_free: Called when the sender is free again.
        """
        ...


class TransportSender:
    """Writes directly to the transport, in the caller's iteration of the event loop: no task, no queue, no copy.

    The connection's protocol passes on its transport's ``pause_writing`` and ``resume_writing`` (``paused``,
    ``resumed``).
    """

    def __init__(self, transport: asyncio.Transport, *, picture: Envelope, text: Envelope) -> None:
        self._transport = transport
        self._on_busy: Callable[[], None] | None = None
        self._on_free: Callable[[], None] | None = None
        self._paused = False
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
        """See ``FrameSender``. From now on the transport pauses as soon as the kernel does not accept a byte."""
        if not self._transport.is_closing():
            self._transport.set_write_buffer_limits(high=0)
        self._on_busy, self._on_free = on_busy, on_free
        self.busy = self._paused
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
        """See ``FrameSender``; includes bytes that the peer has not acknowledged (tcp(7), SIOCOUTQ)."""
        in_kernel = self._query_kernel(termios.TIOCOUTQ)
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
        """Poll again when the excess should be gone."""
        seconds = excess_bytes / self._rate if self._rate else SHORTEST_POLL_SECONDS
        seconds = min(max(seconds, SHORTEST_POLL_SECONDS), LONGEST_POLL_SECONDS)
        self._poll = self._loop.call_later(seconds, self._poll_again)

    def _excess_bytes(self) -> int:
        """How many bytes must leave before another frame is worth sending; 0 or less: none.

        Two queues delay a frame: the kernel's (unsent bytes), and the network's, which grows on a slow link (bytes sent
        but not acknowledged, if they exceed what the peer takes in ``QUEUE_SECONDS``). A fast link with a long round
        trip has as many bytes in flight, but only briefly.
        """
        untaken = self._query_kernel(termios.TIOCOUTQ)
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
        unsent = self._query_kernel(SIOCOUTQNSD) or 0
        excess = unsent - UNSENT_LIMIT_BYTES
        if self._rate is not None:
            excess = max(excess, untaken - max(UNSENT_LIMIT_BYTES, round(self._rate * QUEUE_SECONDS)))
        return excess

    def _stop_polling(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None

    def _query_kernel(self, request: int) -> int | None:
        """How many bytes of the connection the kernel holds; ``None``: unknown."""
        if self._transport.is_closing():
            return None
        socket = self._transport.get_extra_info("socket")
        try:
            (held,) = struct.unpack("i", fcntl.ioctl(socket.fileno(), request, bytes(4)))
        except (OSError, AttributeError):
            return None
        return held

    def paused(self) -> None:
        """The kernel did not accept all bytes: the transport buffers the rest."""
        self._paused = self.busy = True
        if self._on_busy is not None:
            self._on_busy()

    def lost(self) -> None:
        """The connection is lost: nothing can be sent anymore."""
        self.paused()
        self._on_busy = self._on_free = None

    def resumed(self) -> None:
        """The transport is empty again."""
        self._paused = False
        if self._on_free is not None:
            self.busy = False
            self._on_free()


class ServerSender:
    """Sends through ASGI, one message at a time, in its own task: for servers that do not offer their transport."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._on_busy: Callable[[], None] | None = None
        self._message: tuple[bytes, bool] | None = None
        self._has_message = asyncio.Event()
        self.picture = bare
        self.text = bare

    @property
    def busy(self) -> bool:
        """See ``FrameSender``."""
        return self._message is not None or self._on_busy is None

    @asynccontextmanager
    async def opened(self, *, on_busy: Callable[[], None], on_free: Callable[[], None]) -> AsyncGenerator[None]:
        """See ``FrameSender``. An exception from ``carry`` ends the context, in an exception group."""
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
        """See ``FrameSender``; unknown behind a server."""
        return None

    def behind(self) -> bool:
        """See ``FrameSender``; unknown behind a server."""
        return False

    def _hand(self, ready: bytes, *, text: bool) -> None:
        self._message = ready, text
        self._has_message.set()
        if self._on_busy is not None:
            self._on_busy()

    async def _carry_all(self, on_free: Callable[[], None]) -> None:
        while True:
            await self._has_message.wait()
            self._has_message.clear()
            if self._message is not None:
                await self._carry(*self._message)
                self._message = None
                if self._on_busy is not None:
                    on_free()


def sender_of(scope: Scope, carry: Carry) -> FrameSender:
    """The sender that the server offers, or one that sends through ASGI."""
    offered: FrameSender | None = scope.get("extensions", {}).get(SENDER)
    return ServerSender(carry) if offered is None else offered
