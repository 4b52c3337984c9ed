"""The ioctls of the simulated webcam."""

from __future__ import annotations

import errno
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.unit.simulator.video.opened import ARGUMENT, Program, made_webcam

from photonic.simulator.video import layout
from photonic.simulator.video.controls import ControlId
from photonic.simulator.video.layout import BufferFlag, VideoRequest

if TYPE_CHECKING:
    from collections.abc import Generator

SIZES = {
    "CAPABILITY": 104, "FORMAT_DESCRIPTION": 64, "PICTURE_FORMAT": 208, "BUFFER_REQUEST": 20, "BUFFER": 88,
    "PARAMETERS": 204, "SIZE": 44, "INTERVAL": 52, "INPUT": 80, "CONTROL": 8, "SHORT_CONTROL": 68, "LONG_CONTROL": 232,
    "MENU_ENTRY": 44, "CONTROL_LIST": 32, "LISTED_CONTROL": 20,
}  # fmt: skip
"""Of the kernel's structures on a 64-bit machine: the numbers of the ioctls contain them."""


@contextmanager
def fails(number: int) -> Generator[None]:
    with pytest.raises(OSError, match=r".") as caught:
        yield
    assert caught.value.errno == number, caught.value


def test_the_structures_have_the_sizes_of_the_kernel() -> None:
    assert {name: getattr(layout, name).size for name in SIZES} == SIZES


def test_a_format_that_is_not_there_becomes_the_nearest() -> None:
    program = Program(made_webcam())
    assert program.set_format("YUYV", 1300, 700)[1:4] == (1280, 720, layout.fourcc("YUYV"))
    assert program.set_format("H264", 10, 10)[1:4] == (640, 480, layout.fourcc("MJPG"))


def test_frames_come_at_the_rate_of_the_mode_and_in_order() -> None:
    webcam = made_webcam()
    program = Program(webcam)
    program.stream(2)
    with fails(errno.EAGAIN):
        program.buffer(VideoRequest.DEQUEUE_BUFFER)
    assert webcam.next_time == pytest.approx(1 / 30)
    places = [place for number in (1, 2) for place, data in webcam.advance(number / 30 + 0.001) if data]
    assert places == [0, webcam.mode.buffer_bytes]
    assert webcam.advance(3 / 30 + 0.001) == []
    taken = [program.buffer(VideoRequest.DEQUEUE_BUFFER) for _ in range(2)]
    assert [one[7] for one in taken] == [0, 1]
    assert all(one[2] > 1000 for one in taken)
    program.buffer(VideoRequest.QUEUE_BUFFER, 0)
    assert webcam.advance(4 / 30 + 0.001)
    assert program.buffer(VideoRequest.DEQUEUE_BUFFER)[7] == 3


def test_missed_frames_are_skipped() -> None:
    webcam = made_webcam()
    program = Program(webcam)
    program.stream(2)
    assert len(webcam.advance(10.0)) == 1
    assert webcam.next_time is not None
    assert 10.0 < webcam.next_time < 10.0 + 2 / 30


def test_another_program_cannot_stream_but_may_set_controls() -> None:
    webcam = made_webcam()
    first, second = Program(webcam), Program(webcam)
    first.stream()
    with fails(errno.EBUSY):
        second.request_buffers(2)
    with fails(errno.EBUSY):
        second.set_format("YUYV", 640, 480)
    second.call(VideoRequest.SET_CONTROL, layout.CONTROL.pack(ControlId.BRIGHTNESS, 5))
    first.file.close()
    second.stream()


def test_without_buffers_nothing_streams() -> None:
    program = Program(made_webcam())
    with fails(errno.EINVAL):
        program.buffer(VideoRequest.DEQUEUE_BUFFER)
    with fails(errno.EINVAL):
        program.call(VideoRequest.STREAM_ON, struct.pack("<I", layout.CAPTURE))
    program.request_buffers(1)
    with fails(errno.EINVAL):
        program.buffer(VideoRequest.QUEUE_BUFFER, 1)
    with fails(errno.EINVAL):
        program.buffer(VideoRequest.DEQUEUE_BUFFER)


def test_a_buffer_says_where_it_is() -> None:
    program = Program(made_webcam())
    program.request_buffers(2)
    assert not program.buffer(VideoRequest.QUERY_BUFFER)[3] & BufferFlag.QUEUED
    assert program.buffer(VideoRequest.QUEUE_BUFFER)[3] & BufferFlag.QUEUED
    with fails(errno.EINVAL):
        program.buffer(VideoRequest.QUEUE_BUFFER)


def test_controls_are_enumerated_with_their_classes() -> None:
    program = Program(made_webcam())
    found: list[int] = []
    number = 0
    with fails(errno.EINVAL):
        while True:
            data = layout.LONG_CONTROL.pack(number | layout.NEXT_CONTROL, *([0] * 1), b"", *([0] * 8))
            number = layout.LONG_CONTROL.unpack(program.call(VideoRequest.QUERY_LONG_CONTROL, data))[0]
            found.append(number)
    assert found == sorted(ControlId)


def test_a_control_that_another_one_sets_is_refused() -> None:
    program = Program(made_webcam())
    manual = layout.CONTROL.pack(ControlId.EXPOSURE_TIME_ABSOLUTE, 100)
    with fails(errno.EACCES):
        program.call(VideoRequest.SET_CONTROL, manual)
    program.call(VideoRequest.SET_CONTROL, layout.CONTROL.pack(ControlId.AUTO_EXPOSURE, 1))
    program.call(VideoRequest.SET_CONTROL, manual)
    with fails(errno.EINVAL):
        program.call(VideoRequest.SET_CONTROL, layout.CONTROL.pack(ControlId.AUTO_EXPOSURE, 2))
    with fails(errno.ERANGE):
        program.call(VideoRequest.SET_CONTROL, layout.CONTROL.pack(ControlId.AUTO_EXPOSURE, 9))


def test_values_are_rounded_to_what_the_camera_has() -> None:
    program = Program(made_webcam())
    program.call(VideoRequest.SET_CONTROL, layout.CONTROL.pack(ControlId.WHITE_BALANCE_AUTOMATIC, 0))
    for wanted, kept in ((4607, 4600), (99_999, 6500), (-1, 2800)):
        data = layout.CONTROL.pack(ControlId.WHITE_BALANCE_TEMPERATURE, wanted)
        assert layout.CONTROL.unpack(program.call(VideoRequest.SET_CONTROL, data))[1] == kept


def test_several_controls_are_read_at_once() -> None:
    program = Program(made_webcam())
    place = ARGUMENT + 0x100
    program.memory[place] = layout.LISTED_CONTROL.pack(ControlId.CONTRAST, 0, 0, 0)
    program.call(VideoRequest.GET_CONTROLS, layout.CONTROL_LIST.pack(0, 1, 0, 0, place))
    assert layout.LISTED_CONTROL.unpack(program.memory[place])[3] == 32


@pytest.mark.parametrize("count", [65, 2**32 - 1])
def test_a_list_without_an_end_is_refused(count: int) -> None:
    with fails(errno.EINVAL):
        Program(made_webcam()).call(VideoRequest.SET_CONTROLS, layout.CONTROL_LIST.pack(0, count, 0, 0, 0))


def test_a_webcam_that_is_gone_answers_nothing_else() -> None:
    program = Program(made_webcam())
    program.file.gone = True
    with fails(errno.ENODEV):
        program.request_buffers(1)


def test_what_is_no_call_of_v4l2_is_refused() -> None:
    program = Program(made_webcam())
    with fails(errno.ENOTTY):
        next(program.file.ioctl(ord("U") << 8, 0, 0.0))
    with fails(errno.ENOTTY):
        next(program.file.ioctl(layout.IOCTL_GROUP << 8 | 0xFF, 0, 0.0))
    with fails(errno.EINVAL):
        next(program.file.read(0, 1))
