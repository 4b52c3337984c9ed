"""A plain PTP camera over a body, without network."""

from __future__ import annotations

import struct

from tests.unit.simulator.bodies import BodyHarness

from photonic.ptp.codes import EventCode, NikonOperation, OperationCode, ResponseCode
from photonic.ptp.codes import StandardProperty as S
from photonic.ptp.handler import NotYet, Reply
from photonic.ptp.packets import OperationRequest
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.generic import GenericCamera


class GenericHarness(BodyHarness):
    """A generic camera that carries out one request after another."""

    def __init__(self, **settings: object) -> None:
        super().__init__(speed=10.0, **settings)
        self.camera = GenericCamera(self.body, self.journal, model="Plain", version="1", serial="17")
        self.camera.session_opened(self.now)

    def ask(self, code: int, *parameters: int, data: bytes = b"") -> Reply:
        for _ in range(10):
            answer = self.camera.operate(OperationRequest(code, 1, parameters, bool(data)), data, self.now)
            if not isinstance(answer, NotYet):
                return answer
            self.now = answer.at
        raise AssertionError("no answer")


def test_a_capture_is_told_as_an_object_and_its_end_once() -> None:
    harness = GenericHarness()
    assert harness.ask(OperationCode.INITIATE_CAPTURE, 0, 0).code == ResponseCode.OK
    harness.finish()
    (added, done) = harness.camera.events()
    assert (added[0], done) == (EventCode.OBJECT_ADDED, (EventCode.CAPTURE_COMPLETE, ()))
    assert harness.ask(OperationCode.GET_OBJECT, *added[1]).data
    assert harness.camera.events() == []


def test_without_a_card_or_focus_there_is_no_photo() -> None:
    harness = GenericHarness(card_bytes=None)
    assert harness.ask(OperationCode.INITIATE_CAPTURE).code == ResponseCode.STORE_NOT_AVAILABLE
    harness = GenericHarness()
    harness.faults.arm(Fault(FaultName.AUTOFOCUS_FAILURE), harness.now)
    assert harness.ask(OperationCode.INITIATE_CAPTURE).code == ResponseCode.GENERAL_ERROR
    harness.finish()
    assert harness.entries("exposed") == []


def test_it_has_no_live_view() -> None:
    harness = GenericHarness()
    assert harness.ask(NikonOperation.START_LIVE_VIEW).code == ResponseCode.OPERATION_NOT_SUPPORTED


def test_a_setting_is_in_force_and_told() -> None:
    harness = GenericHarness()
    assert (
        harness.ask(OperationCode.SET_PROPERTY, S.EXPOSURE_INDEX, data=struct.pack("<H", 1600)).code == ResponseCode.OK
    )
    assert harness.body.dials.exposure.iso == 1600
    assert harness.camera.events() == [(EventCode.PROPERTY_CHANGED, (S.EXPOSURE_INDEX,))]
