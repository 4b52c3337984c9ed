"""The webcam's faults and pictures, in virtual time."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from tests.unit.simulator.video.opened import Program, made_webcam

from photonic.drivers.webcam.encoding import jpeg_of
from photonic.drivers.webcam.video_device import Encoding, Mode
from photonic.simulator import pixels
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.video.controls import AUTO_MANUAL, ControlId
from photonic.simulator.video.layout import BufferFlag, VideoRequest
from photonic.simulator.video.modes import MODES
from photonic.simulator.video.picture import Appearance, Painter

if TYPE_CHECKING:
    from photonic.simulator.video.modes import WebcamMode
    from photonic.simulator.video.webcam import Webcam


def _frame(webcam: Webcam, program: Program, now: float) -> bytes | None:
    filled = webcam.advance(now)
    if not filled:
        return None
    program.buffer(VideoRequest.DEQUEUE_BUFFER, now=now)
    return filled[0][1]


@pytest.fixture
def streaming() -> tuple[Webcam, Program]:
    webcam = made_webcam()
    program = Program(webcam)
    program.stream(8)
    return webcam, program


def test_a_muted_webcam_sends_nothing_and_goes_on_afterwards(streaming: tuple[Webcam, Program]) -> None:
    webcam, program = streaming
    webcam.faults.arm(Fault(FaultName.MUTE, seconds=2.0), 0.0)
    assert _frame(webcam, program, 1.0) is None
    assert _frame(webcam, program, 2.5) is not None


@pytest.mark.parametrize("name", [FaultName.EMPTY_FRAME, FaultName.TRUNCATED_FRAME])
def test_frames_are_damaged(streaming: tuple[Webcam, Program], name: FaultName) -> None:
    webcam, program = streaming
    whole = _frame(webcam, program, 1.0)
    webcam.faults.arm(Fault(name, times=1), 1.0)
    hurt = _frame(webcam, program, 2.0)
    assert whole is not None
    assert hurt is not None
    assert len(hurt) < 0.6 * len(whole)
    assert len(_frame(webcam, program, 3.0) or b"") > 0.9 * len(whole)


def test_a_frame_that_is_dropped_uses_up_no_fault() -> None:
    webcam = made_webcam()
    program = Program(webcam)
    program.stream(1)
    assert webcam.advance(1.0)
    webcam.faults.arm(Fault(FaultName.FLAGGED_FRAME, times=1), 1.0)
    assert not webcam.advance(2.0)
    program.buffer(VideoRequest.DEQUEUE_BUFFER)
    program.buffer(VideoRequest.QUEUE_BUFFER)
    assert webcam.advance(3.0)
    assert program.buffer(VideoRequest.DEQUEUE_BUFFER)[3] & BufferFlag.ERROR


def test_a_frame_is_flagged(streaming: tuple[Webcam, Program]) -> None:
    webcam, program = streaming
    webcam.faults.arm(Fault(FaultName.FLAGGED_FRAME, times=1), 0.0)
    webcam.advance(1.0)
    assert program.buffer(VideoRequest.DEQUEUE_BUFFER)[3] & BufferFlag.ERROR
    webcam.advance(2.0)
    assert not program.buffer(VideoRequest.DEQUEUE_BUFFER)[3] & BufferFlag.ERROR


def test_an_unplugged_webcam_sends_nothing(streaming: tuple[Webcam, Program]) -> None:
    webcam, program = streaming
    webcam.faults.arm(Fault(FaultName.UNPLUG), 0.0)
    assert not webcam.plugged(1.0)
    assert _frame(webcam, program, 1.0) is None


def test_a_control_stalls_once() -> None:
    webcam = made_webcam()
    webcam.faults.arm(Fault(FaultName.CONTROL_STALL, times=1), 0.0)
    with pytest.raises(OSError, match="stalled") as caught:
        webcam.set_control(ControlId.BRIGHTNESS, 3, 0.0)
    assert caught.value.errno == errno.EIO
    assert webcam.set_control(ControlId.BRIGHTNESS, 3, 0.0) == 3


def test_without_bandwidth_the_stream_does_not_start() -> None:
    webcam = made_webcam()
    webcam.faults.arm(Fault(FaultName.NO_BANDWIDTH), 0.0)
    with pytest.raises(OSError, match="bandwidth") as caught:
        Program(webcam).stream()
    assert caught.value.errno == errno.ENOSPC
    assert not webcam.queue.streaming


def test_controls_change_the_picture() -> None:
    controls = made_webcam().controls
    assert Appearance.of(controls.values) == Appearance(8000, 400, 0)
    controls.set(ControlId.AUTO_EXPOSURE, AUTO_MANUAL)
    controls.set(ControlId.EXPOSURE_TIME_ABSOLUTE, 100)
    controls.set(ControlId.BRIGHTNESS, 64)
    controls.set(ControlId.GAIN, 25)
    assert Appearance.of(controls.values) == Appearance(10_000, 500, -3)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.width == 640], ids=str)
def test_the_driver_reads_the_stamp_of_each_format(mode: WebcamMode) -> None:
    data = Painter().frame(mode, 7, 1.5, Appearance(8000, 400, 0))
    seen = Mode(Encoding(mode.format), mode.width, mode.height, 30.0, mode.line_bytes)
    jpeg = jpeg_of(data, seen)
    assert jpeg is not None
    stamp = pixels.read(jpeg)
    assert (stamp.counter, stamp.camera_us, stamp.shutter_us, stamp.iso) == (7, 1_500_000, 8000, 400)
    assert b"\xff\xc4" not in data[:1000] or mode.line_bytes
