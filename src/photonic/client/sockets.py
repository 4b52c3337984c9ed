"""The sockets of a live view: each is dialed once, served by a task, and reported to the session."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from photonic.client.connection import Connection
from photonic.errors import ProtocolError, ServiceError
from photonic.model.frame import Frame, is_whole_jpeg
from photonic.model.jpeg_head import is_showable
from photonic.model.status import Snapshot
from photonic.protocol.session_events import Closed, FrameArrived, FromSocket, Opened, SnapshotArrived

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import Callable, Coroutine

    from photonic.client.address import ServiceAddress
    from photonic.protocol.session_events import Input

# RFC 6455, 7.4.1: the endpoint cannot accept this type of data.
WRONG_DATA = 1003


class Sockets:
    """Opens and closes the sockets of one view.

    Args:
        address: The service and the camera.
        spawn: Starts a task that its owner awaits.
        report: Receives what happens to the sockets, and the frame that a ``FrameArrived`` is about.
        broken: Called when a socket's task ends with an error of this program.
        token: The service's token; ``None``: no token.
        trust: Whose certificates are accepted (``client.trust``).
    """

    def __init__(
        self,
        address: ServiceAddress,
        spawn: Callable[[Coroutine[None, None, Closed]], asyncio.Task[Closed]],
        report: Callable[[Input, Frame | None], None],
        broken: Callable[[], None],
        *,
        token: str | None,
        trust: ssl.SSLContext | None,
    ) -> None:
        self._address = address
        self._spawn = spawn
        self._report = report
        self._broken = broken
        self._token = token
        self._trust = trust
        self._tasks: dict[int, asyncio.Task[Closed]] = {}

    @property
    def pending(self) -> tuple[asyncio.Task[Closed], ...]:
        """The tasks of the sockets that are not closed yet."""
        return tuple(self._tasks.values())

    def dial(self, gen: int) -> None:
        """Open a socket with this number; report its outcome."""
        task = self._tasks[gen] = self._spawn(self._serve(gen))
        task.add_done_callback(lambda task: self._gone(gen, task))

    def close(self, gen: int) -> None:
        """Abort the socket, or its dial."""
        self._tasks[gen].cancel()

    async def _serve(self, gen: int) -> Closed:
        try:
            connection = await Connection.open(self._address, token=self._token, trust=self._trust)
        except ServiceError as error:
            # The session then requests the status, which tells a refusal from an unreachable service.
            return Closed(gen, None, error.retry_after_seconds)
        try:
            self._report(Opened(gen), None)
            async with contextlib.aclosing(connection.messages()) as messages:
                async for message in messages:
                    self._receive(gen, message)
        except ProtocolError:
            return Closed(gen, WRONG_DATA)
        finally:
            await connection.close()
        return Closed(gen, connection.close_code, connection.retry_after_seconds)

    def _receive(self, gen: int, message: Frame | Snapshot | None) -> None:
        match message:
            case Frame():
                valid = is_whole_jpeg(message.jpeg) and is_showable(message.jpeg)
                self._report(FrameArrived(gen, message.sequence, valid), message)
            case Snapshot():
                self._report(SnapshotArrived(FromSocket(gen), message), None)
            case None:
                # A compat-only service sends no text messages: ignore this one.
                return

    def _gone(self, gen: int, task: asyncio.Task[Closed]) -> None:
        del self._tasks[gen]
        if task.cancelled():
            self._report(Closed(gen), None)
        elif task.exception() is not None:
            self._broken()
        else:
            self._report(task.result(), None)
