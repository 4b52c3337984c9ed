"""What a client gets for a viewfinder frame when a fault is on, read as libgphoto2's ``library.c`` reads it."""

from __future__ import annotations

import io
import struct

from PIL import Image
from tests.unit.simulator.eos import FULL, HALF, Eos

from photonic.model.jpeg_head import read_head
from photonic.ptp.codes import CanonOperation as Canon
from photonic.ptp.codes import CanonProperty as P
from photonic.ptp.codes import ResponseCode
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.faults import Fault, FaultName, FaultStart
from photonic.simulator.frame_damage import VAST_SIDE, with_claimed_side
from photonic.simulator.properties import VIEWFINDER_TO_PC


class Watched(Eos):
    """Live view is on."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.set_property(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC)
        self.pass_time(1.0)

    def jpeg(self) -> bytes:
        """The picture in the record of the next frame."""
        data = self.ask(Canon.GET_VIEWFINDER_DATA).data
        assert data is not None
        size, kind = struct.unpack_from("<II", data)
        assert (size, kind) == (len(data), 1)
        return data[8:]


def whole(jpeg: bytes) -> bool:
    return jpeg.startswith(b"\xff\xd8") and jpeg.endswith(b"\xff\xd9")


def test_frames_from_a_number_on_are_empty_truncated_or_not_there() -> None:
    eos = Watched()
    for name in (FaultName.EMPTY_FRAME, FaultName.TRUNCATED_FRAME, FaultName.VIEWFINDER_NOT_READY):
        eos.faults.arm(Fault(name, FaultStart.FRAME, 2, times=1), eos.now)
        assert whole(eos.jpeg())
        answer = eos.ask(Canon.GET_VIEWFINDER_DATA)
        if name is FaultName.VIEWFINDER_NOT_READY:
            assert answer.code == ResponseCode.VIEWFINDER_NOT_READY
        else:
            assert answer.code == ResponseCode.OK
            assert answer.data is not None
            assert struct.unpack_from("<I", answer.data) == (len(answer.data),)
            assert (len(answer.data) == 8) is (name is FaultName.EMPTY_FRAME)
            assert not whole(answer.data[8:])
        assert whole(eos.jpeg())


def test_even_nearly_all_of_a_frame_lacks_its_end() -> None:
    eos = Watched()
    eos.faults.arm(Fault(FaultName.TRUNCATED_FRAME, amount=0.99), eos.now)
    assert b"\xff\xd9" not in eos.jpeg() + b"\xd9"
    eos.faults.arm(Fault(FaultName.TRUNCATED_FRAME, amount=0.0), eos.now)
    assert eos.jpeg() == b""


def test_each_broken_frame_is_in_the_diary() -> None:
    eos = Watched()
    for name in (FaultName.EMPTY_FRAME, FaultName.TRUNCATED_FRAME, FaultName.ENDLESS_FRAME):
        eos.faults.arm(Fault(name, times=1), eos.now)
        eos.ask(Canon.GET_VIEWFINDER_DATA)
        assert len(eos.entries(name)) == 1


def test_a_hot_camera_answers_a_wish_for_live_view_with_a_general_error() -> None:
    eos = Watched()
    eos.faults.arm(Fault(FaultName.HEAT), eos.now)
    assert eos.set_property(P.VIEWFINDER_OUTPUT, VIEWFINDER_TO_PC) == ResponseCode.GENERAL_ERROR
    assert eos.ask(Canon.GET_VIEWFINDER_DATA).code == ResponseCode.VIEWFINDER_NOT_READY


def test_a_half_press_waits_for_the_shot_of_the_button_and_both_are_told_together() -> None:
    eos = Eos()
    eos.records()
    eos.faults.arm(Fault(FaultName.BUTTON, FaultStart.CAPTURE), eos.now)
    assert isinstance(eos.try_to(Canon.RELEASE_ON, HALF, 0), NotYet)
    assert eos.ask(Canon.RELEASE_ON, HALF, 0).code == ResponseCode.OK
    assert eos.events()[-1] == "focused"
    assert eos.ask(Canon.RELEASE_ON, FULL, 0).code == ResponseCode.OK
    assert [entry["source"] for entry in eos.entries("pressed")] == ["button", "client"]


def test_a_half_press_does_not_wait_for_a_long_exposure_of_the_button() -> None:
    eos = Eos()
    eos.set_property(P.SHUTTER, 0x1D)
    eos.faults.arm(Fault(FaultName.BUTTON, FaultStart.CAPTURE), eos.now)
    began = eos.now
    assert eos.ask(Canon.RELEASE_ON, HALF, 0).code == ResponseCode.DEVICE_BUSY
    assert eos.now - began < 3.0
    assert isinstance(eos.try_to(Canon.GET_EVENTS), Reply)


def test_a_drive_of_the_lens_is_no_capture() -> None:
    eos = Eos()
    eos.faults.arm(Fault(FaultName.BUSY_SHOT, FaultStart.CAPTURE, 2), eos.now)
    eos.ask(Canon.AUTOFOCUS)
    eos.take()
    assert eos.faults.names(eos.now) == []
    assert eos.ask(Canon.RELEASE_ON, FULL, 0).code == ResponseCode.DEVICE_BUSY


def test_a_record_of_zeros_stands_behind_a_frame_that_is_whole() -> None:
    eos = Watched()
    eos.faults.arm(Fault(FaultName.ZERO_RECORD, times=1), eos.now)
    answer = eos.ask(Canon.GET_VIEWFINDER_DATA).data
    assert answer is not None
    (length,) = struct.unpack_from("<I", answer)
    assert whole(answer[8:length])
    assert answer[length:] == bytes(8)
    assert len(eos.entries(FaultName.ZERO_RECORD)) == 1


def test_a_vast_frame_claims_more_pixels_than_anything_can_show() -> None:
    made = io.BytesIO()
    Image.new("RGB", (64, 48)).save(made, "JPEG")
    assert read_head(with_claimed_side(made.getvalue(), VAST_SIDE)).pixels == 65500**2
    assert len(with_claimed_side(made.getvalue(), VAST_SIDE)) == len(made.getvalue())
    eos = Watched()
    eos.faults.arm(Fault(FaultName.VAST_FRAME, times=1), eos.now)
    assert whole(eos.jpeg())
    assert len(eos.entries(FaultName.VAST_FRAME)) == 1
