"""The camera process's way out: ordered, never waiting for the parent, at most one frame behind."""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from photonic.worker.link.codec import frame_header, message_record
from photonic.worker.link.messages import Calling, Idle

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.worker.link.messages import Event

WRITER = "link-writer"
BUFFERS_A_CALL = 64
"""Buffers for one writev; Linux takes 1024 (limits.h, IOV_MAX)."""


class LinkSender:
    """Writes to the non-blocking descriptor of the link.

    The caller's own thread writes what the kernel takes at once: a call that holds the GIL for ever has been announced
    before it begins. The rest is left to a writer thread. ``clock`` gives seconds, monotonic.
    """

    def __init__(self, descriptor: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._descriptor = descriptor
        self._clock = clock
        self._lock = threading.Lock()
        self._blocked = threading.Condition(self._lock)
        self._emptied = threading.Condition(self._lock)
        # Records that are whole or have begun; each is a list of buffers that go out together.
        self._records: deque[list[memoryview]] = deque()
        self._frame: list[memoryview] | None = None
        self._gone = False
        self._calls: list[tuple[str, float]] = []
        self._spoke_at = clock()
        self.dropped_frames = 0

    def start(self) -> None:
        """Start the writer thread; it ends with the link, or with the process."""
        threading.Thread(target=self._pump, name=WRITER, daemon=True).start()

    @property
    def silent_seconds(self) -> float:
        """How long ago the last message or frame was handed over."""
        return self._clock() - self._spoke_at

    def send(self, message: Event) -> None:
        """Say something to the parent."""
        record = [memoryview(message_record(message))]
        with self._lock:
            self._records.append(record)
            self._flush()

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Hand over a JPEG; one that still waits is replaced, and its place in the order with it."""
        record = [memoryview(frame_header(captured_us, len(jpeg))), memoryview(jpeg)]
        with self._lock:
            if self._frame is not None:
                self._records.remove(self._frame)
                self.dropped_frames += 1
            self._frame = record
            self._records.append(record)
            self._flush()

    @contextmanager
    def calling(self, call: str, limit_seconds: float) -> Generator[None]:
        """Announce a library call around it; the outer call's limit holds again after an inner one."""
        self._calls.append((call, self._clock() + limit_seconds))
        self.send(Calling(call=call, limit_seconds=limit_seconds))
        try:
            yield
        finally:
            self._calls.pop()
            if self._calls:
                outer, until = self._calls[-1]
                self.send(Calling(call=outer, limit_seconds=max(0.0, until - self._clock())))
            else:
                self.send(Idle())

    def drain(self, limit_seconds: float) -> bool:
        """Wait until all is written; whether it was within the time."""
        with self._lock:
            return self._emptied.wait_for(lambda: self._gone or not self._records, limit_seconds)

    def _flush(self) -> None:
        """Write what the kernel takes now; with the lock held."""
        self._spoke_at = self._clock()
        while self._records and not self._gone:
            try:
                written = os.writev(self._descriptor, self._buffers())
            except BlockingIOError:
                self._blocked.notify()
                return
            except OSError:
                # The reader sees the end of the link, and ends the process.
                self._gone = True
                self._blocked.notify()
                break
            self._forget(written)
        self._emptied.notify_all()

    def _buffers(self) -> list[memoryview]:
        buffers: list[memoryview] = []
        for record in self._records:
            buffers += record
            if len(buffers) >= BUFFERS_A_CALL:
                break
        return buffers

    def _forget(self, written: int) -> None:
        while written:
            record = self._records[0]
            if record is self._frame:
                # It has begun: it can no longer be replaced.
                self._frame = None
            while record and written >= len(record[0]):
                written -= len(record.pop(0))
            if record:
                record[0] = record[0][written:]
                return
            self._records.popleft()

    def _pump(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while True:
            with self._lock:
                self._blocked.wait_for(lambda: self._gone or bool(self._records))
                if self._gone:
                    return
            poll.poll()
            with self._lock:
                self._flush()
