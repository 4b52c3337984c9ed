"""The child's writing side of the link: in order, without waiting, at most one frame in wait."""

from __future__ import annotations

import socket
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from photonic.worker.link import encode_frame_head, encode_message
from photonic.worker.messages import Calling, Idle

if TYPE_CHECKING:
    from collections.abc import Generator

    from photonic.worker.messages import Event


class _Waiting:
    """Something that is still to be written; ``replaceable`` by the next of its kind (a frame, or a call's state)."""

    __slots__ = ("chunks", "replaceable")

    def __init__(self, chunks: tuple[bytes | memoryview, ...], replaceable: str | None) -> None:
        self.chunks = chunks
        self.replaceable = replaceable


class LinkOutbox:
    """Writes at once where the socket takes it, so that a call is announced before it begins; a thread writes the rest.

    When the parent is slow, a waiting frame gives way to the next one, and an announced call to the next state; every
    other message is kept. Safe to use from several threads.
    """

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._writing = False
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="link-writer", daemon=True)
        self._writer.start()

    def send(self, message: Event) -> None:
        """Say something; messages arrive in order."""
        replaceable = "call" if isinstance(message, Calling | Idle) else None
        self._put((encode_message(message),), replaceable)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Show one frame; a waiting one is replaced."""
        self._put((encode_frame_head(captured_us, len(jpeg)), jpeg), "frame")

    @contextmanager
    def calling(self, call: str, limit_seconds: float) -> Generator[None]:
        """Announce a library call, and its end."""
        self.send(Calling(call=call, limit_seconds=limit_seconds))
        try:
            yield
        finally:
            self.send(Idle())

    def close(self, within_seconds: float) -> None:
        """Write what waits, for so long at the most; what is sent later is thrown away."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._waiting or self._writing), within_seconds)
            self._closed = True
            self._changed.notify_all()

    def _put(self, chunks: tuple[bytes, ...], replaceable: str | None) -> None:
        with self._changed:
            if self._closed:
                return
            if not self._waiting and not self._writing:
                rest = self._write_now(chunks)
                if rest:
                    self._waiting.append(_Waiting(rest, None))
                    self._changed.notify_all()
                return
            self._queue(_Waiting(chunks, replaceable))
            self._changed.notify_all()

    def _queue(self, item: _Waiting) -> None:
        if item.replaceable == "frame":
            for index, waiting in enumerate(self._waiting):
                if waiting.replaceable == "frame":
                    del self._waiting[index]
                    break
        elif item.replaceable is not None and self._waiting and self._waiting[-1].replaceable == item.replaceable:
            self._waiting.pop()
        self._waiting.append(item)

    def _write_now(self, chunks: tuple[bytes, ...]) -> tuple[memoryview, ...]:
        """What the socket's buffer does not take."""
        try:
            written = self._link.sendmsg(chunks, [], socket.MSG_DONTWAIT)
        except BlockingIOError:
            written = 0
        except OSError:
            # The parent is gone; the reader of commands ends this process.
            self._closed = True
            return ()
        rest: list[memoryview] = []
        for chunk in chunks:
            if written < len(chunk):
                rest.append(memoryview(chunk)[written:])
            written = max(0, written - len(chunk))
        return tuple(rest)

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                item = self._waiting.popleft()
                self._writing = True
            try:
                for chunk in item.chunks:
                    self._link.sendall(chunk)
            except OSError:
                with self._changed:
                    self._closed = True
            finally:
                with self._changed:
                    self._writing = False
                    self._changed.notify_all()
