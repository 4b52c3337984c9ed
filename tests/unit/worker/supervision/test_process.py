"""What the parent's end of a camera process passes on, without a process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.support.camera_process import JPEG, OPENED

from photonic.errors import CameraError
from photonic.recurring import Recurring
from photonic.worker.link.codec import frame_header, message_record
from photonic.worker.link.messages import Facts
from photonic.worker.supervision.process import CameraProcess
from photonic.worker.supervision.this_machine import ThisMachine

if TYPE_CHECKING:
    from photonic.worker.link.messages import Event


class Received:
    """Keeps what the process passed on."""

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.events: list[Event] = []

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        del jpeg
        self.frames.append(captured_us)

    def event(self, event: Event) -> None:
        self.events.append(event)

    def tick(self, now: float) -> None:
        del now


def feed(process: CameraProcess, record: bytes) -> None:
    """These bytes arrive on the link."""
    while record:
        room = process.get_buffer(-1)
        size = min(len(room), len(record))
        room[:size] = record[:size]
        process.buffer_updated(size)
        record = record[size:]


async def test_a_frame_of_a_process_that_has_failed_proves_nothing_and_its_events_still_count() -> None:
    received = Received()
    process = CameraProcess(received, ThisMachine(), time.monotonic, Recurring(time.monotonic))
    feed(process, message_record(OPENED))
    feed(process, frame_header(1, len(JPEG)) + JPEG)
    process.dismiss(CameraError("the camera was unplugged"))
    feed(process, frame_header(2, len(JPEG)) + JPEG)
    feed(process, message_record(Facts()))
    assert received.frames == [1]
    assert received.events == [OPENED, Facts()]
