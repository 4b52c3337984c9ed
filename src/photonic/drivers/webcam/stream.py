"""Reads an MJPEG stream in its own thread, so that the newest picture is always available."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.drivers.webcam.jpegs import JpegSplitter, delimiter_of
from photonic.errors import CameraError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from photonic.drivers.webcam.site import Site

FIRST_SECONDS = 10.0
"""The time for the first picture; the source may be a camera that has to wake up."""

STALL_SECONDS = 3.5
"""After this long without a picture a stream is stalled, even if bytes arrive."""

JOIN_SECONDS = 1.0


class StreamReader:
    """One connection, used once, from ``begin`` to ``close``. ``clock`` gives seconds, monotonic."""

    def __init__(
        self,
        site: Site,
        *,
        clock: Callable[[], float] = time.monotonic,
        first_seconds: float = FIRST_SECONDS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._site = site
        self._clock = clock
        self._limit = first_seconds
        self._stall_seconds = stall_seconds
        self._changed = threading.Condition()
        self._newest: bytes | None = None
        self._failure: CameraError | None = None
        self._unused_bytes = 0
        self._since = clock()
        self._socket: socket.socket | None = None
        self._closed = False
        self.seen = False
        self._thread = threading.Thread(target=self._run, name="stream-reader", daemon=True)

    def begin(self) -> None:
        """Connect, and read until the stream ends."""
        self._thread.start()

    @property
    def awaiting_first(self) -> bool:
        """Whether it is still waiting for its first picture, and has not failed."""
        with self._changed:
            return not self.seen and self._failure is None

    def forget(self) -> None:
        """Drop the newest picture, because only a later one is wanted."""
        with self._changed:
            self._newest = None

    def picture(self, limit_seconds: float) -> bytes | None:
        """The newest picture, each returned once; ``None`` if none arrives within the limit.

        Raises ``CameraError`` when the stream has ended, or is stalled.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._failure is not None, limit_seconds)
            picture, self._newest = self._newest, None
            if picture is not None:
                return picture
            if self._failure is not None:
                raise self._failure
            if self._clock() - self._since < self._limit:
                return None
            unused = self._unused_bytes
            what = f"{unused} bytes without a complete JPEG" if unused else "no picture"
            raise CameraError(f"{self._site.name} is stalled: {what} for {self._limit:g} s")

    def close(self) -> None:
        """Close the connection, which ends the thread."""
        with self._changed:
            self._closed = True
            connection = self._socket
        if connection is not None:
            # This interrupts the thread's read; closing the descriptor would not.
            with suppress(OSError):  # the other end may have closed it first
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        try:
            with self._site.answer() as response:
                self._read(response)
            failure = CameraError(f"{self._site.name} ended its stream")
        except CameraError as error:
            failure = error
        except ProtocolError as error:
            failure = CameraError(f"{self._site.name} sends a damaged stream: {error}")
        except Exception as error:  # noqa: BLE001 - raised in the driver's thread, which waits for it
            failure = CameraError(f"{self._site.name} cannot be read: {type(error).__name__}: {error}")
        with self._changed:
            self._failure = failure
            self._changed.notify_all()

    def _read(self, response: httpx2.Response) -> None:
        splitter = JpegSplitter(delimiter=delimiter_of(response.headers.get("content-type", "")))
        connection = response.extensions.get("network_stream")
        with self._changed:
            self._socket = None if connection is None else connection.get_extra_info("socket")
        for data in response.iter_bytes():
            pictures = splitter.feed(data)
            with self._changed:
                if self._closed:
                    return
                self._unused_bytes += len(data)
                if pictures:
                    self._newest, self._since, self._unused_bytes = pictures[-1], self._clock(), 0
                    self.seen, self._limit = True, self._stall_seconds
                    self._changed.notify_all()
