"""Pictures from a URL: an MJPEG stream (``multipart/x-mixed-replace``), or one JPEG that is requested repeatedly."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from photonic.drivers.webcam.frame_schedule import FrameSchedule
from photonic.drivers.webcam.jpegs import JpegSplitter
from photonic.drivers.webcam.site import Site
from photonic.drivers.webcam.source import Identity
from photonic.drivers.webcam.stream import StreamReader
from photonic.errors import CameraError, ProtocolError
from photonic.model.jpeg import whole_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

    from photonic.drivers.webcam.control import Control
    from photonic.model.camera_address import SourceAddress

SNAPSHOT_FPS = 5.0


class UrlSource:
    """The pictures of one URL; the first response shows whether it is a stream.

    ``transport``: see ``Site``. ``clock`` gives seconds of CLOCK_MONOTONIC, ``pause`` waits for some seconds.
    """

    def __init__(
        self,
        address: SourceAddress,
        *,
        transport: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._site = Site(address.place, transport)
        self._schedule = FrameSchedule(address.fps or SNAPSHOT_FPS, clock, pause)
        self._streams = False
        self._reader: StreamReader | None = None

    def open(self) -> Identity:
        """Request once. Raises ``CameraError``: ABSENT, BLOCKED or a fault, with the response."""
        with self._site.answer() as response:
            self._streams = self._is_stream(response)
        digest = hashlib.blake2s(self._site.identity.encode(), digest_size=4).hexdigest()
        what = "Stream" if self._streams else "Picture"
        return Identity(serial=f"URL-{digest}", model=f"{what} of {self._site.host}")

    def start(self) -> None:
        """Connect to the stream; reconnect if it is stuck."""
        if not self._streams:
            self._schedule.begin()
            return
        if self._reader is not None and self._reader.awaiting_first:
            return
        self.stop()
        self._reader = StreamReader(self._site, clock=self._clock)
        self._reader.begin()

    def stop(self) -> None:
        """Disconnect from the stream."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def picture(self, limit_seconds: float) -> bytes | None:
        """The newest picture. Raises ``CameraError``."""
        if self._streams:
            return None if self._reader is None else self._reader.picture(limit_seconds)
        return self._snapshot() if self._schedule.due(limit_seconds) else None

    def still(self, limit_seconds: float) -> bytes:
        """A picture that arrives after this call, in the URL's size. Raises ``CameraError``."""
        if not self._streams:
            return self._snapshot()
        watched = self._reader is not None
        if self._reader is not None:
            self._reader.forget()
        else:
            self.start()
        reader = self._reader
        try:
            deadline = self._clock() + limit_seconds
            while reader is not None and (left := deadline - self._clock()) > 0:
                if (picture := reader.picture(left)) is not None:
                    return picture
        finally:
            if not watched:
                self.stop()
        raise CameraError(f"{self._site.name} sent no picture within {limit_seconds:g} s")

    def check(self) -> None:
        """Check that the host can be reached, without waking up a camera. Raises ``CameraError``."""
        self._site.reach()

    def controls(self) -> tuple[Control, ...]:
        """URLs have no controls."""
        return ()

    def set_controls(self, values: Mapping[str, int]) -> None:
        """Do nothing: URLs have no controls."""

    def close(self) -> None:
        """Close every connection."""
        self.stop()
        self._site.close()

    def _is_stream(self, response: httpx2.Response) -> bool:
        """Whether the response is a stream, regardless of its content type.

        It is one if it has no length and holds a second picture, or a delimiter before the first.

        Raises ``CameraError`` if there is no picture at all.
        """
        if _multipart(response):
            return True
        splitter, sized, streams = JpegSplitter(), "content-length" in response.headers, False
        head, pictures = b"", 0

        def enough(piece: bytes) -> bool:
            nonlocal head, pictures, streams
            head = head or piece.lstrip()[:2]
            pictures += len(splitter.feed(piece))
            streams = not sized and (pictures > 1 or (pictures == 1 and head == b"--"))
            return streams

        try:
            body = self._site.body(response, enough)
        except ProtocolError as error:
            raise self._site.unreadable(response.headers.get("content-type", "")) from error
        if not streams and _picture_in(body) is None:
            raise self._site.unreadable(response.headers.get("content-type", ""))
        return streams

    def _snapshot(self) -> bytes:
        with self._site.answer() as response:
            if _multipart(response):
                raise CameraError(f"{self._site.name} now sends a stream; reopening it")
            return self._jpeg(response)

    def _jpeg(self, response: httpx2.Response) -> bytes:
        """The JPEG in a body, regardless of its content type: some cameras send it as ``application/octet-stream``."""
        picture = _picture_in(self._site.body(response))
        if picture is None:
            raise self._site.unreadable(response.headers.get("content-type", ""))
        return picture


def _picture_in(body: bytes) -> bytes | None:
    """The picture in a body, without anything before and after it."""
    return whole_jpeg(body) or next(iter(JpegSplitter().feed(body)), None)


def _multipart(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").strip().casefold().startswith("multipart/")
