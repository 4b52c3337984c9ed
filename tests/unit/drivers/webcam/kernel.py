"""A kernel with one V4L2 device, behind ioctl(2): it answers linuxpy's calls as the media documentation says.

Structures and call numbers are linuxpy's own, so what this shows is how we call it, not that its structures are right.
"""

from __future__ import annotations

import errno
import mmap
import os
from collections import deque
from typing import Any

from linuxpy.video import raw
from linuxpy.video.device import PixelFormat

from photonic.drivers.webcam.video_device import Encoding, Mode

PIXELS = {Encoding.MJPEG: PixelFormat.MJPEG, Encoding.JPEG: PixelFormat.JPEG, Encoding.YUYV: PixelFormat.YUYV}
H264 = raw.v4l2_fourcc(*"H264")
LENGTH = 1 << 16
CAPTURE, STREAMING, META = 0x1, 0x04000000, 0x00800000
INTEGER, BOOLEAN, MENU, BUTTON, CLASS = 1, 2, 3, 4, 6
INACTIVE, READ_ONLY, NEXT = 0x10, 0x4, 0xC0000000


class Dial:
    """A control of the device."""

    def __init__(
        self, number: int, kind: int, name: str, limits: tuple[int, int, int], value: int, flags: int = 0
    ) -> None:
        self.number, self.kind, self.name, self.limits = number, kind, name, limits
        self.value, self.flags = value, flags


def dials() -> list[Dial]:
    return [
        Dial(0x00980001, CLASS, "User Controls", (0, 0, 0), 0, READ_ONLY),
        Dial(0x00980900, INTEGER, "Brightness", (0, 255, 1), 128),
        Dial(0x00980903, BUTTON, "Do White Balance", (0, 0, 0), 0),
        Dial(0x009A0901, MENU, "Auto Exposure", (0, 3, 1), 3),
        Dial(0x009A0902, INTEGER, "Exposure Time, Absolute", (3, 2047, 1), 250, INACTIVE),
        Dial(0x009A090C, BOOLEAN, "Focus, Automatic Continuous", (0, 1, 1), 1),
    ]


MENU_WORDS = {1: b"Manual Mode", 3: b"Aperture Priority Mode"}


class Kernel:
    """``modes``: what the device offers; ``pictures``: what it gives next; ``errors``: by call, what it answers."""

    def __init__(self, modes: tuple[Mode, ...]) -> None:
        self.modes = modes
        self.dials = dials()
        self.capable = CAPTURE | STREAMING
        self.pictures: deque[bytes] = deque()
        self.errors: dict[str, int] = {}
        self.flags = 0
        self.streaming = False
        self.buffers: list[mmap.mmap] = []
        self.queued: deque[int] = deque()
        self.format = modes[0] if modes else Mode(Encoding.MJPEG, 640, 480)
        self.fps = 0.0

    def mapped(self, fd: object, length: int, offset: int) -> mmap.mmap:
        """In place of mmap(2)."""
        return self.buffers[offset // mmap.PAGESIZE]

    def ioctl(self, fd: object, request: Any, given: Any = None) -> int:
        """In place of ioctl(2)."""
        name = raw.IOC(request).name
        if (number := self.errors.get(name)) is not None:
            raise OSError(number, os.strerror(number))
        answer = getattr(self, f"_{name.lower()}", None)
        if answer is None:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        answer(given)
        return 0

    def _querycap(self, given: Any) -> None:
        given.driver, given.card, given.bus_info = b"uvcvideo", b"HD Pro Webcam C920", b"usb-0000:00:14.0-1"
        given.version, given.capabilities, given.device_caps = 0x060100, self.capable, self.capable

    def _enum_fmt(self, given: Any) -> None:
        kinds = [*dict.fromkeys(PIXELS[mode.encoding] for mode in self.modes), H264]
        given.pixelformat = self._nth(kinds, given.index)

    def _enum_framesizes(self, given: Any) -> None:
        sizes = dict.fromkeys((m.width, m.height) for m in self.modes if PIXELS[m.encoding] == given.pixel_format)
        given.discrete.width, given.discrete.height = self._nth(list(sizes), given.index)
        given.type = 1

    def _enum_frameintervals(self, given: Any) -> None:
        wanted = (given.pixel_format, given.width, given.height)
        rates = [m.fps for m in self.modes if (PIXELS[m.encoding], m.width, m.height) == wanted]
        given.discrete.numerator, given.discrete.denominator = 1, int(self._nth(rates, given.index))
        given.type = 1

    def _g_fmt(self, given: Any) -> None:
        pix = given.fmt.pix
        pix.width, pix.height, pix.pixelformat = self.format.width, self.format.height, PIXELS[self.format.encoding]
        pix.bytesperline = 0 if self.format.encoding.compressed else self.format.width * 2
        pix.sizeimage = LENGTH

    def _s_fmt(self, given: Any) -> None:
        assert not self.buffers, "EBUSY: buffers are allocated"
        pix = given.fmt.pix
        encoding = next(one for one, pixels in PIXELS.items() if pixels == pix.pixelformat)
        self.format = Mode(encoding, pix.width, pix.height)

    def _s_parm(self, given: Any) -> None:
        interval = given.parm.capture.timeperframe
        self.fps = interval.denominator / interval.numerator

    def _reqbufs(self, given: Any) -> None:
        self.buffers = [mmap.mmap(-1, LENGTH) for _ in range(given.count)]
        self.queued.clear()

    def _querybuf(self, given: Any) -> None:
        given.length, given.m.offset = LENGTH, given.index * mmap.PAGESIZE

    def _qbuf(self, given: Any) -> None:
        self.queued.append(given.index)

    def _dqbuf(self, given: Any) -> None:
        if not self.pictures:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        picture = self.pictures.popleft()
        given.index, given.bytesused, given.flags = self.queued.popleft(), len(picture), self.flags
        self.buffers[given.index][: len(picture)] = picture

    def _streamon(self, given: Any) -> None:
        assert self.queued
        self.streaming = True

    def _streamoff(self, given: Any) -> None:
        self.streaming = False

    def _query_ext_ctrl(self, given: Any) -> None:
        after = given.id & ~NEXT
        dial = next((dial for dial in self.dials if dial.number > after), None)
        if dial is None:
            raise OSError(errno.EINVAL, "no more")
        given.id, given.type, given.name, given.flags = dial.number, dial.kind, dial.name.encode(), dial.flags
        given.minimum, given.maximum, given.step = dial.limits

    def _querymenu(self, given: Any) -> None:
        word = MENU_WORDS.get(given.index)
        if word is None:
            raise OSError(errno.EINVAL, "no such entry")
        given.name = word

    def _g_ext_ctrls(self, given: Any) -> None:
        given.controls[0].value = self._dial(given.controls[0].id).value

    def _s_ext_ctrls(self, given: Any) -> None:
        self._dial(given.controls[0].id).value = given.controls[0].value

    def _dial(self, number: int) -> Dial:
        return next(dial for dial in self.dials if dial.number == number)

    @staticmethod
    def _nth(things: list[Any], index: int) -> Any:
        if index >= len(things):
            raise OSError(errno.EINVAL, "no more")
        return things[index]
