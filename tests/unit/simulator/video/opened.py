"""A webcam without I/O, and a program that has it open: its memory, and its ioctls as the preload sends them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from photonic.simulator.faults import Faults
from photonic.simulator.journal import Journal
from photonic.simulator.usb.preload import ReadMemory
from photonic.simulator.video import layout
from photonic.simulator.video.layout import VideoRequest
from photonic.simulator.video.video_file import VideoFile
from photonic.simulator.video.webcam import Webcam

if TYPE_CHECKING:
    from collections.abc import Generator

    from photonic.simulator.usb.preload import WriteMemory

ARGUMENT = 0x1000
READ_AND_WRITE = 3


def made_webcam() -> Webcam:
    return Webcam("W42", Faults(0.0), Journal())


class Program:
    """One open file; a call answers with the structure, or raises the kernel's ``OSError``."""

    def __init__(self, webcam: Webcam) -> None:
        self.file = VideoFile(webcam, "usb-1")
        self.memory: dict[int, bytes] = {}

    def call(self, request: VideoRequest, data: bytes, now: float = 0.0) -> bytes:
        self.memory[ARGUMENT] = data
        number = READ_AND_WRITE << 30 | len(data) << 16 | layout.IOCTL_GROUP << 8 | request
        self._finish(self.file.ioctl(number, ARGUMENT, now))
        return self.memory[ARGUMENT]

    def _finish(self, steps: Generator[ReadMemory | WriteMemory, bytes, int]) -> None:
        answer = b""
        try:
            step = next(steps)
            while True:
                if isinstance(step, ReadMemory):
                    answer = self.memory[step.address]
                    assert len(answer) == step.size_bytes
                else:
                    self.memory[step.address] = step.data
                    answer = b""
                step = steps.send(answer)
        except StopIteration:
            return

    def set_format(self, pixels: str, width: int, height: int) -> tuple[int, ...]:
        wanted = (width, height, layout.fourcc(pixels))
        data = layout.PICTURE_FORMAT.pack(layout.CAPTURE, *wanted, *([0] * 9))
        return layout.PICTURE_FORMAT.unpack(self.call(VideoRequest.SET_FORMAT, data))

    def buffer(self, request: VideoRequest, index: int = 0, now: float = 0.0) -> tuple[int, ...]:
        data = layout.BUFFER.pack(index, layout.CAPTURE, *([0] * 5), 0, layout.MAPPED, 0, 0, 0, 0)
        return layout.BUFFER.unpack(self.call(request, data, now))

    def request_buffers(self, count: int) -> int:
        data = layout.BUFFER_REQUEST.pack(count, layout.CAPTURE, layout.MAPPED, 0, 0)
        return layout.BUFFER_REQUEST.unpack(self.call(VideoRequest.REQUEST_BUFFERS, data))[0]

    def stream(self, count: int = 2, now: float = 0.0) -> None:
        for index in range(self.request_buffers(count)):
            self.buffer(VideoRequest.QUEUE_BUFFER, index)
        self.call(VideoRequest.STREAM_ON, struct.pack("<I", layout.CAPTURE), now)
