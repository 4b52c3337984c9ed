"""Sends messages and frames to the parent in order, without waiting for it; at most one frame is queued."""

from __future__ import annotations

import os
import select
import threading
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
"""Buffers for one writev; Linux accepts 1024 (limits.h, IOV_MAX)."""


class LinkSender:
    """Writes to the non-blocking descriptor of the link.

    The calling thread writes as much as the kernel accepts at once, so that a library call that never releases the GIL
    is announced before it begins. A writer thread writes the rest. ``clock`` returns monotonic seconds.
    """

    def __init__(self, descriptor: int, *, clock: Callable[[], float]) -> None:
        self._descriptor = descriptor
        self._clock = clock
        self._lock = threading.Lock()
        self._blocked = threading.Condition(self._lock)
        self._emptied = threading.Condition(self._lock)
        # Records that are partly or not yet written; each is a list of buffers.
        self._records: deque[list[memoryview]] = deque()
        self._frame: list[memoryview] | None = None
        self._gone = False
        self._calls: list[tuple[str, float]] = []
        self._sent_at = clock()
        self.dropped_frames = 0

    def start(self) -> None:
        """Start the writer thread; it ends with the link or the process."""
        threading.Thread(target=self._pump, name=WRITER, daemon=True).start()

    @property
    def silent_seconds(self) -> float:
        """Time since the last message or frame was sent."""
        return self._clock() - self._sent_at

    def send(self, message: Event) -> None:
        """Send a message to the parent."""
        record = [memoryview(message_record(message))]
        with self._lock:
            self._records.append(record)
            self._flush()

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Send a JPEG; one that has not been sent yet is dropped, and the new one queued last."""
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
        """Announce a library call for the duration of the context; the limit of an outer call then applies again."""
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
        """Wait until everything is written; returns whether that happened within the limit."""
        with self._lock:
            return self._emptied.wait_for(lambda: self._gone or not self._records, limit_seconds)

    def _flush(self) -> None:
        """Write what the kernel accepts now; called with the lock held."""
        self._sent_at = self._clock()
        while self._records and not self._gone:
            try:
                written = os.writev(self._descriptor, self._buffers())
            except BlockingIOError:
                self._blocked.notify()
                return
            except OSError:
                # The reader thread sees the end of the link, and ends the process.
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
                # It is partly written and can no longer be replaced.
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
