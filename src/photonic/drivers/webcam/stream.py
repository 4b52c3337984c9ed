"""An MJPEG stream that is read by a thread of its own, so that the newest picture is there whenever it is wanted."""

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
"""What a source is given for its first picture: it may be a camera that has to wake up."""

STALL_SECONDS = 3.5
"""Without a picture for so long a stream is stalled, although bytes may come."""

JOIN_SECONDS = 1.0


class StreamReader:
    """One connection, used once: from ``begin`` to ``close``. ``clock`` gives seconds, monotonic."""

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
        self._news = threading.Condition()
        self._newest: bytes | None = None
        self._failure: CameraError | None = None
        self._others_bytes = 0
        self._since = clock()
        self._socket: socket.socket | None = None
        self._closed = False
        self.seen = False
        self._thread = threading.Thread(target=self._run, name="stream-reader", daemon=True)

    def begin(self) -> None:
        """Connect, and read until the stream ends."""
        self._thread.start()

    @property
    def patient(self) -> bool:
        """Whether it still waits for its first picture, and has not failed."""
        with self._news:
            return not self.seen and self._failure is None

    def forget(self) -> None:
        """The picture that waits is too old: only a later one will do."""
        with self._news:
            self._newest = None

    def picture(self, limit_seconds: float) -> bytes | None:
        """The newest picture that was not given before; ``None``: none within the limit.

        Raises ``CameraError``: why the stream ended, or that it is stalled.
        """
        with self._news:
            self._news.wait_for(lambda: self._newest is not None or self._failure is not None, limit_seconds)
            picture, self._newest = self._newest, None
            if picture is not None:
                return picture
            if self._failure is not None:
                raise self._failure
            if self._clock() - self._since < self._limit:
                return None
            others = self._others_bytes
            what = f"{others} bytes and no whole JPEG among them" if others else "no picture"
            raise CameraError(f"{self._site.name} is stalled: {what} for {self._limit:g} s")

    def close(self) -> None:
        """End the connection, and with it the thread."""
        with self._news:
            self._closed = True
            connection = self._socket
        if connection is not None:
            # Wakes the thread out of its read; closing the descriptor under it would not.
            with suppress(OSError):  # the other end may be quicker
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
        except Exception as error:  # noqa: BLE001 - told by the driver's thread, which waits for it
            failure = CameraError(f"{self._site.name} cannot be read: {type(error).__name__}: {error}")
        with self._news:
            self._failure = failure
            self._news.notify_all()

    def _read(self, response: httpx2.Response) -> None:
        splitter = JpegSplitter(delimiter=delimiter_of(response.headers.get("content-type", "")))
        connection = response.extensions.get("network_stream")
        with self._news:
            self._socket = None if connection is None else connection.get_extra_info("socket")
        for data in response.iter_bytes():
            pictures = splitter.feed(data)
            with self._news:
                if self._closed:
                    return
                self._others_bytes += len(data)
                if pictures:
                    self._newest, self._since, self._others_bytes = pictures[-1], self._clock(), 0
                    self.seen, self._limit = True, self._stall_seconds
                    self._news.notify_all()
