"""A Nikon's operations over a body, without network."""

from __future__ import annotations

import struct

import pytest
from tests.unit.simulator.bodies import BodyHarness

from photonic.ptp.codes import CanonOperation, EventCode, NikonEvent, NikonProperty, OperationCode, ResponseCode
from photonic.ptp.codes import NikonOperation as N
from photonic.ptp.codes import StandardProperty as S
from photonic.ptp.datasets import DeviceInfo
from photonic.ptp.handler import NotYet, Reply
from photonic.ptp.packets import OperationRequest
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.nikon import FRAME_HEAD, TO_RAM, TOO_HOT, WITH_AUTOFOCUS, Nikon

WITHOUT_AUTOFOCUS = 0xFFFFFFFF


class NikonHarness(BodyHarness):
    """A Nikon that carries out one request after another."""

    def __init__(self) -> None:
        super().__init__(speed=10.0)
        self.nikon = Nikon(self.body, self.journal, model="D750", version="1", serial="17")

    def ask(self, code: int, *parameters: int, data: bytes = b"") -> Reply:
        for _ in range(10):
            answer = self.nikon.operate(OperationRequest(code, 1, parameters, bool(data)), data, self.now)
            if not isinstance(answer, NotYet):
                return answer
            self.now = answer.at
        raise AssertionError("no answer")

    def events(self) -> list[tuple[int, int]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        data = self.ask(N.GET_EVENTS).data
        assert data is not None
        assert len(data) == 2 + 6 * int.from_bytes(data[:2], "little")
        return [struct.unpack_from("<HI", data, at) for at in range(2, len(data), 6)]


def test_device_information_names_every_operation_that_is_answered() -> None:
    harness = NikonHarness()
    data = harness.ask(OperationCode.GET_DEVICE_INFO).data
    assert data is not None
    info = DeviceInfo.unpack(data)
    assert (info.vendor, info.model, info.serial) == (0x0A, "D750", "17")
    for code in set(info.operations) - {OperationCode.OPEN_SESSION, OperationCode.CLOSE_SESSION}:
        assert harness.ask(code).code != ResponseCode.OPERATION_NOT_SUPPORTED
    for code in info.properties:
        assert harness.ask(OperationCode.GET_PROPERTY_DESCRIPTION, code).code == ResponseCode.OK


@pytest.mark.parametrize("code", sorted(set(CanonOperation) - set(N)))
def test_what_only_a_canon_knows_is_refused(code: int) -> None:
    if code not in {0x9201, 0x9202, 0x9203, 0x9207}:
        assert NikonHarness().ask(code).code == ResponseCode.OPERATION_NOT_SUPPORTED


def test_live_view_is_busy_until_it_shows_and_refused_when_it_is_off() -> None:
    harness = NikonHarness()
    assert harness.ask(N.GET_LIVE_VIEW_IMAGE).code == ResponseCode.NIKON_NOT_LIVE_VIEW
    assert harness.ask(N.START_LIVE_VIEW).code == ResponseCode.OK
    assert harness.ask(N.DEVICE_READY).code == ResponseCode.DEVICE_BUSY
    assert harness.ask(N.GET_LIVE_VIEW_IMAGE).code == ResponseCode.DEVICE_BUSY
    assert harness.ask(OperationCode.GET_PROPERTY, NikonProperty.LIVE_VIEW_STATUS).data == b"\x01"
    harness.pass_time(1.0)
    assert harness.ask(N.DEVICE_READY).code == ResponseCode.OK
    frame = harness.ask(N.GET_LIVE_VIEW_IMAGE).data
    assert frame is not None
    assert frame.startswith(FRAME_HEAD + b"\xff\xd8")
    assert harness.ask(N.END_LIVE_VIEW).code == ResponseCode.OK
    assert harness.ask(N.GET_LIVE_VIEW_IMAGE).code == ResponseCode.NIKON_NOT_LIVE_VIEW


def test_heat_is_a_reason_that_is_told() -> None:
    harness = NikonHarness()
    harness.faults.arm(Fault(FaultName.HEAT), harness.now)
    data = harness.ask(OperationCode.GET_PROPERTY, NikonProperty.LIVE_VIEW_PROHIBITION).data
    assert data == struct.pack("<I", TOO_HOT)
    assert harness.ask(N.START_LIVE_VIEW).code == ResponseCode.GENERAL_ERROR


def test_a_shot_to_the_card_is_told_as_an_object_and_its_end() -> None:
    harness = NikonHarness()
    assert harness.ask(N.CAPTURE, WITHOUT_AUTOFOCUS, 0).code == ResponseCode.OK
    assert harness.ask(N.DEVICE_READY).code == ResponseCode.DEVICE_BUSY
    assert harness.ask(N.CAPTURE, WITHOUT_AUTOFOCUS, 0).code == ResponseCode.DEVICE_BUSY
    harness.finish()
    assert harness.ask(N.DEVICE_READY).code == ResponseCode.OK
    (added, done) = harness.events()
    assert (added[0], done) == (EventCode.OBJECT_ADDED, (EventCode.CAPTURE_COMPLETE, 0))
    assert harness.events() == []
    assert harness.ask(OperationCode.GET_OBJECT, added[1]).data
    assert harness.ask(OperationCode.GET_OBJECT, added[1]).data


def test_a_photo_of_the_ram_is_there_until_it_is_fetched() -> None:
    harness = NikonHarness()
    harness.ask(N.CAPTURE, WITHOUT_AUTOFOCUS, TO_RAM)
    harness.finish()
    (added, done) = harness.events()
    assert (added[0], done[0]) == (NikonEvent.OBJECT_ADDED_IN_RAM, NikonEvent.CAPTURE_COMPLETE_IN_RAM)
    assert harness.ask(OperationCode.GET_OBJECT, added[1]).data
    assert harness.ask(OperationCode.GET_OBJECT, added[1]).code == ResponseCode.INVALID_OBJECT


def test_a_lens_without_focus_exposes_nothing() -> None:
    harness = NikonHarness()
    harness.faults.arm(Fault(FaultName.AUTOFOCUS_FAILURE), harness.now)
    assert harness.ask(N.CAPTURE, WITH_AUTOFOCUS, 0).code == ResponseCode.NIKON_OUT_OF_FOCUS
    harness.finish()
    assert harness.entries("exposed") == []
    harness.faults.clear(None, harness.now)
    assert harness.ask(N.CAPTURE, WITH_AUTOFOCUS, 0).code == ResponseCode.OK
    harness.finish()
    assert len(harness.entries("exposed")) == 1


def test_a_new_value_is_told_for_both_ways_to_write_it_and_in_force() -> None:
    harness = NikonHarness()
    harness.ask(OperationCode.SET_PROPERTY, S.EXPOSURE_TIME, data=struct.pack("<I", 40))
    assert harness.events() == [
        (EventCode.PROPERTY_CHANGED, S.EXPOSURE_TIME),
        (EventCode.PROPERTY_CHANGED, NikonProperty.EXPOSURE_TIME),
    ]
    assert harness.ask(OperationCode.GET_PROPERTY, NikonProperty.EXPOSURE_TIME).data == struct.pack("<I", 1 << 16 | 250)
    assert harness.body.dials.exposure.seconds == 1 / 250


@pytest.mark.parametrize(
    ("code", "data", "refusal"),
    [
        (S.EXPOSURE_INDEX, struct.pack("<H", 123), ResponseCode.INVALID_VALUE),
        (S.EXPOSURE_INDEX, b"\x64", ResponseCode.INVALID_VALUE),
        (S.BATTERY_LEVEL, b"\x64", ResponseCode.ACCESS_DENIED),
        (NikonProperty.LIVE_VIEW_STATUS, b"\x01", ResponseCode.ACCESS_DENIED),
        (0xD103, struct.pack("<I", 0x48), ResponseCode.PROPERTY_NOT_SUPPORTED),
    ],
)
def test_a_wrong_value_changes_nothing(code: int, data: bytes, refusal: ResponseCode) -> None:
    harness = NikonHarness()
    before = dict(harness.body.dials.properties)
    assert harness.ask(OperationCode.SET_PROPERTY, code, data=data).code == refusal
    assert harness.body.dials.properties == before


def test_what_the_mode_chooses_cannot_be_set() -> None:
    harness = NikonHarness()
    harness.ask(OperationCode.SET_PROPERTY, S.EXPOSURE_PROGRAM, data=struct.pack("<H", 3))
    refused = harness.ask(OperationCode.SET_PROPERTY, S.EXPOSURE_TIME, data=struct.pack("<I", 40))
    assert refused.code == ResponseCode.ACCESS_DENIED
    description = harness.ask(OperationCode.GET_PROPERTY_DESCRIPTION, S.EXPOSURE_TIME).data
    assert description == struct.pack("<HHBIIBHI", S.EXPOSURE_TIME, 6, 0, 80, 80, 2, 1, 80)
