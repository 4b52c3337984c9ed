"""The ioctls of V4L2 on one open device node, without I/O.

Each structure is read from the program's memory, filled in, and written back. A call that fails raises ``OSError`` with
the errno of the kernel.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING, NoReturn

from photonic.simulator.usb.preload import ReadMemory, WriteMemory
from photonic.simulator.video import layout
from photonic.simulator.video.layout import VideoRequest
from photonic.simulator.video.modes import MODES, PictureFormat, nearest_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.simulator.video.controls import WebcamControl
    from photonic.simulator.video.modes import WebcamMode
    from photonic.simulator.video.webcam import Webcam

    MemorySteps = Generator[ReadMemory | WriteMemory, bytes, int]
    Handler = Callable[[bytes, float], bytes | None]

DRIVER = "uvcvideo"
SRGB = 8
FORMATS = tuple(PictureFormat)
COMPRESSED = 1
PRIORITY_INTERACTIVE = 2
MOST_CONTROLS = 64


def _fail(number: int) -> NoReturn:
    raise OSError(number, errno.errorcode[number])


class VideoFile:
    """One program's open file on a webcam; implements ``OpenNode``. ``bus``: where the webcam is plugged in."""

    def __init__(self, webcam: Webcam, bus: str) -> None:
        self._webcam = webcam
        self._bus = bus
        self.gone = False
        self._calls: dict[int, Handler] = {
            VideoRequest.QUERY_CAPABILITIES: self._query_capabilities,
            VideoRequest.ENUM_FORMATS: self._enum_formats,
            VideoRequest.GET_FORMAT: self._get_format,
            VideoRequest.SET_FORMAT: self._set_format,
            VideoRequest.TRY_FORMAT: self._try_format,
            VideoRequest.ENUM_SIZES: self._enum_sizes,
            VideoRequest.ENUM_INTERVALS: self._enum_intervals,
            VideoRequest.GET_PARAMETERS: self._get_parameters,
            VideoRequest.SET_PARAMETERS: self._set_parameters,
            VideoRequest.ENUM_INPUTS: self._enum_inputs,
            VideoRequest.GET_INPUT: self._get_input,
            VideoRequest.SET_INPUT: self._set_input,
            VideoRequest.GET_PRIORITY: self._get_priority,
            VideoRequest.SET_PRIORITY: self._accept,
            VideoRequest.REQUEST_BUFFERS: self._request_buffers,
            VideoRequest.QUERY_BUFFER: self._query_buffer,
            VideoRequest.QUEUE_BUFFER: self._queue_buffer,
            VideoRequest.DEQUEUE_BUFFER: self._dequeue_buffer,
            VideoRequest.STREAM_ON: self._stream_on,
            VideoRequest.STREAM_OFF: self._stream_off,
            VideoRequest.QUERY_CONTROL: self._query_control,
            VideoRequest.QUERY_LONG_CONTROL: self._query_long_control,
            VideoRequest.QUERY_MENU: self._query_menu,
            VideoRequest.GET_CONTROL: self._get_control,
            VideoRequest.SET_CONTROL: self._set_control,
        }
        self._lists = {VideoRequest.GET_CONTROLS, VideoRequest.SET_CONTROLS, VideoRequest.TRY_CONTROLS}

    def ioctl(self, request: int, argument: int, now: float) -> MemorySteps:
        """Carry out an ioctl; ``argument`` is an address in the program's memory."""
        if self.gone:
            _fail(errno.ENODEV)
        number, size_bytes = request & 0xFF, request >> 16 & 0x3FFF
        if request >> 8 & 0xFF != layout.IOCTL_GROUP:
            _fail(errno.ENOTTY)
        if number in self._lists:
            return (yield from self._control_list(number, argument, now))
        call = self._calls.get(number)
        if call is None:
            _fail(errno.ENOTTY)
        answer = call((yield ReadMemory(argument, size_bytes)), now)
        if answer is not None:
            yield WriteMemory(argument, answer)
        return 0

    def read(self, address: int, size_bytes: int) -> MemorySteps:  # noqa: ARG002 - the protocol's signature
        """Fail: the device has no READWRITE capability."""
        yield from ()
        _fail(errno.ENODEV if self.gone else errno.EINVAL)

    def close(self) -> None:
        """Close the file: its stream ends, and its buffers are gone."""
        self._webcam.queue.forget(self)

    # Identity, formats, sizes, rates.

    def _query_capabilities(self, _data: bytes, _now: float) -> bytes:
        name, place = layout.text(self._webcam.model, 32), layout.text(self._bus, 32)
        capabilities = layout.CAPABILITIES | layout.DeviceCapability.DEVICE_CAPABILITIES
        return layout.CAPABILITY.pack(
            layout.text(DRIVER, 16), name, place, layout.VERSION, capabilities, layout.CAPABILITIES
        )

    def _enum_formats(self, data: bytes, _now: float) -> bytes:
        index, kind = map(int, layout.FORMAT_DESCRIPTION.unpack(data)[:2])
        if kind != layout.CAPTURE or index >= len(FORMATS):
            _fail(errno.EINVAL)
        one = FORMATS[index]
        compressed = COMPRESSED if one is PictureFormat.MJPEG else 0
        return layout.FORMAT_DESCRIPTION.pack(
            index, kind, compressed, layout.text(one.description, 32), layout.fourcc(one), 0
        )

    def _enum_sizes(self, data: bytes, _now: float) -> bytes:
        index, pixels = map(int, layout.SIZE.unpack(data)[:2])
        modes = [mode for mode in MODES if layout.fourcc(mode.format) == pixels]
        if index >= len(modes):
            _fail(errno.EINVAL)
        return layout.SIZE.pack(index, pixels, layout.DISCRETE, modes[index].width, modes[index].height)

    def _enum_intervals(self, data: bytes, _now: float) -> bytes:
        index, pixels, width, height, *_ = layout.INTERVAL.unpack(data)
        wanted = (pixels, width, height)
        rates = [
            rate
            for mode in MODES
            if (layout.fourcc(mode.format), mode.width, mode.height) == wanted
            for rate in mode.rates
        ]
        if index >= len(rates):
            _fail(errno.EINVAL)
        return layout.INTERVAL.pack(index, pixels, width, height, layout.DISCRETE, 1, rates[index])

    def _get_format(self, data: bytes, _now: float) -> bytes:
        return self._format(data, self._webcam.mode)

    def _set_format(self, data: bytes, _now: float) -> bytes:
        return self._format(data, self._webcam.choose(*self._wanted(data)))

    def _try_format(self, data: bytes, _now: float) -> bytes:
        return self._format(data, nearest_mode(*self._wanted(data)))

    @staticmethod
    def _wanted(data: bytes) -> tuple[str, int, int]:
        _kind, width, height, pixels, *_ = layout.PICTURE_FORMAT.unpack(data)
        return pixels.to_bytes(4, "little").decode("latin-1"), width, height

    @staticmethod
    def _format(data: bytes, mode: WebcamMode) -> bytes:
        kind = layout.PICTURE_FORMAT.unpack(data)[0]
        if kind != layout.CAPTURE:
            _fail(errno.EINVAL)
        pixels = (mode.width, mode.height, layout.fourcc(mode.format), layout.NO_FIELD)
        sizes = (mode.line_bytes, mode.size_bytes)
        return layout.PICTURE_FORMAT.pack(kind, *pixels, *sizes, SRGB, 0xFEEDCAFE, 0, 0, 0, 0)

    def _get_parameters(self, data: bytes, _now: float) -> bytes:
        kind = layout.PARAMETERS.unpack(data)[0]
        if kind != layout.CAPTURE:
            _fail(errno.EINVAL)
        return layout.PARAMETERS.pack(kind, layout.TIME_PER_FRAME, 0, 1, self._webcam.rate, 0, 0)

    def _set_parameters(self, data: bytes, now: float) -> bytes:
        _kind, _capability, _mode, seconds, count, *_ = layout.PARAMETERS.unpack(data)
        if seconds and count:
            self._webcam.choose_rate(count / seconds)
        return self._get_parameters(data, now)

    def _enum_inputs(self, data: bytes, _now: float) -> bytes:
        index = layout.INPUT.unpack(data)[0]
        if index:
            _fail(errno.EINVAL)
        return layout.INPUT.pack(0, layout.text("Camera 1", 32), 2, 0, 0, 0, 0, 0)

    def _get_input(self, _data: bytes, _now: float) -> bytes:
        return struct.pack("<I", 0)

    def _set_input(self, data: bytes, _now: float) -> bytes:
        if any(data):
            _fail(errno.EINVAL)
        return data

    def _get_priority(self, _data: bytes, _now: float) -> bytes:
        return struct.pack("<I", PRIORITY_INTERACTIVE)

    def _accept(self, _data: bytes, _now: float) -> None:
        return None

    # Buffers and the stream.

    def _request_buffers(self, data: bytes, now: float) -> bytes:
        count, kind, memory, *_ = layout.BUFFER_REQUEST.unpack(data)
        if kind != layout.CAPTURE or memory != layout.MAPPED:
            _fail(errno.EINVAL)
        if not count:
            self._webcam.stop(self, now)
        made = self._webcam.queue.request(self, count, self._webcam.mode.buffer_bytes)
        return layout.BUFFER_REQUEST.pack(made, kind, memory, layout.MEMORY_CAPABILITIES, 0)

    def _query_buffer(self, data: bytes, _now: float) -> bytes:
        return self._buffer(layout.BUFFER.unpack(data)[0])

    def _queue_buffer(self, data: bytes, _now: float) -> bytes:
        index = layout.BUFFER.unpack(data)[0]
        self._webcam.queue.queue(self, index)
        return self._buffer(index)

    def _dequeue_buffer(self, data: bytes, _now: float) -> bytes:
        if layout.BUFFER.unpack(data)[1] != layout.CAPTURE:
            _fail(errno.EINVAL)
        return self._buffer(self._webcam.queue.take(self))

    def _buffer(self, index: int) -> bytes:
        queue = self._webcam.queue
        frame = queue.frame(index)
        seconds, microseconds = divmod(frame.captured_us, 1_000_000)
        head = (index, layout.CAPTURE, frame.size_bytes, queue.flags(index), layout.NO_FIELD, seconds, microseconds)
        place = (frame.sequence, layout.MAPPED, queue.offset(index), queue.buffer_bytes)
        return layout.BUFFER.pack(*head, *place, 0, 0)

    def _stream_on(self, _data: bytes, now: float) -> None:
        self._webcam.start(self, now)

    def _stream_off(self, _data: bytes, now: float) -> None:
        self._webcam.stop(self, now)

    # Controls.

    def _asked(self, number: int) -> WebcamControl:
        controls = self._webcam.controls
        return controls.after(number) if number & layout.NEXT_CONTROL else controls.found(number & layout.CONTROL_ID)

    def _query_control(self, data: bytes, _now: float) -> bytes:
        one = self._asked(layout.SHORT_CONTROL.unpack(data)[0])
        limits = (one.minimum, one.maximum, one.step, one.default)
        flags = self._webcam.controls.flags(one)
        return layout.SHORT_CONTROL.pack(one.id, one.type, layout.text(one.name, 32), *limits, flags)

    def _query_long_control(self, data: bytes, _now: float) -> bytes:
        asked = layout.LONG_CONTROL.unpack(data)[0]
        if asked & layout.NEXT_COMPOUND and not asked & layout.NEXT_CONTROL:
            _fail(errno.EINVAL)
        one = self._asked(asked)
        limits = (one.minimum, one.maximum, one.step, one.default)
        flags = self._webcam.controls.flags(one)
        return layout.LONG_CONTROL.pack(one.id, one.type, layout.text(one.name, 32), *limits, flags, 4, 1, 0)

    def _query_menu(self, data: bytes, _now: float) -> bytes:
        number, index, _name = layout.MENU_ENTRY.unpack(data)
        entry = self._webcam.controls.found(number).menu.get(index)
        if entry is None:
            _fail(errno.EINVAL)
        return layout.MENU_ENTRY.pack(number, index, layout.text(entry, 32))

    def _get_control(self, data: bytes, _now: float) -> bytes:
        number = layout.CONTROL.unpack(data)[0]
        return layout.CONTROL.pack(number, self._webcam.controls.get(number))

    def _set_control(self, data: bytes, now: float) -> bytes:
        number, value = layout.CONTROL.unpack(data)
        return layout.CONTROL.pack(number, self._webcam.set_control(number, value, now))

    def _control_list(self, request: int, argument: int, now: float) -> MemorySteps:
        """Get or set several controls; the first that fails ends the call."""
        head = yield ReadMemory(argument, layout.CONTROL_LIST.size)
        which, count, _error_index, _descriptor, place = layout.CONTROL_LIST.unpack(head)
        if count > MOST_CONTROLS:
            _fail(errno.EINVAL)
        for index in range(count):
            address = place + index * layout.LISTED_CONTROL.size
            number, size_bytes, reserved, value = layout.LISTED_CONTROL.unpack(
                (yield ReadMemory(address, layout.LISTED_CONTROL.size))
            )
            if request == VideoRequest.GET_CONTROLS:
                value = self._webcam.controls.get(number, which)
            elif request == VideoRequest.SET_CONTROLS:
                value = self._webcam.set_control(number, value, now)
            yield WriteMemory(address, layout.LISTED_CONTROL.pack(number, size_bytes, reserved, value))
        return 0
