"""The pipes from commands to the service. Their descriptors are real, since they are handed on; no byte goes through.

A command finds the reading end by the pipe's inode, and gives it what it prints.
"""

from __future__ import annotations

import asyncio
import os
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class ReadingEnd(asyncio.ReadTransport):
    """The transport of a protocol that reads a pipe."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, pipe: IO[bytes], gone: Callable[[], None]
    ) -> None:
        super().__init__({"pipe": pipe})
        self._loop = loop
        self._protocol = protocol
        self._pipe = pipe
        self._gone = gone
        self._closing = False
        protocol.connection_made(self)

    def printed(self, output: bytes) -> None:
        """A command has printed this."""
        if not self._closing:
            self._loop.call_soon(self._protocol.data_received, output)

    def is_closing(self) -> bool:
        """See ``asyncio``."""
        return self._closing

    def close(self) -> None:
        """See ``asyncio``; also called when the last command has closed its end."""
        if not self._closing:
            self._closing = True
            self.forget()
            self._loop.call_soon(self._protocol.connection_lost, None)

    def forget(self) -> None:
        """Give the descriptor back."""
        self._gone()
        self._pipe.close()


class SimulatedPipes:
    """All pipes of one machine."""

    def __init__(self) -> None:
        self._ends: dict[int, ReadingEnd] = {}

    def serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give a loop its ``connect_read_pipe``."""

        async def connect(create: Callable[[], asyncio.Protocol], pipe: IO[bytes]) -> tuple[Any, asyncio.Protocol]:
            protocol = create()
            inode = os.fstat(pipe.fileno()).st_ino
            end = self._ends[inode] = ReadingEnd(loop, protocol, pipe, lambda: self._forget(inode))
            return end, protocol

        loop.connect_read_pipe = connect  # type: ignore[method-assign]

    def reading(self, descriptor: int) -> ReadingEnd | None:
        """Who reads what is written to this descriptor; ``None``: nobody."""
        return None if descriptor < 0 else self._ends.get(os.fstat(descriptor).st_ino)

    def service_died(self) -> None:
        """The kernel closes what is left."""
        for end in tuple(self._ends.values()):
            end.forget()

    def _forget(self, inode: int) -> None:
        self._ends.pop(inode, None)
