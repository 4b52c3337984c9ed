from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.simulator.bodies import BodyHarness

from photonic.ptp.codes import OperationCode
from photonic.ptp.handler import Reply
from photonic.ptp.packets import OperationRequest
from photonic.simulator.canon import CanonEos
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.garbling import LONGEST, GarblingCamera, garbled


@given(st.binary(max_size=400), st.integers(0, 10**9))
def test_the_same_seed_makes_the_same_mutation_and_none_grows_without_bound(data: bytes, seed: int) -> None:
    assert garbled(data, seed) == garbled(data, seed)
    assert len(garbled(data, seed)) <= min(LONGEST, (len(data) + 64) * 10**4)


def test_nearly_every_seed_changes_something_and_each_its_own() -> None:
    made = [garbled(bytes(range(200)), seed) for seed in range(200)]
    assert len(set(made)) > 150
    assert made.count(bytes(range(200))) < 20


class Garbling(BodyHarness):
    """An EOS behind the garbler."""

    def __init__(self) -> None:
        super().__init__()
        eos = CanonEos(self.body, self.journal, model="Canon EOS Test", version="1", serial="17")
        self.camera = GarblingCamera(eos, self.faults, self.journal)

    def device_info(self) -> bytes:
        reply = self.camera.operate(
            OperationRequest(OperationCode.GET_DEVICE_INFO, 1, (), sends_data=False), b"", self.now
        )
        assert isinstance(reply, Reply)
        assert reply.data is not None
        return reply.data


def test_answers_are_mutated_while_the_fault_is_on_and_each_is_in_the_diary() -> None:
    harness = Garbling()
    good = harness.device_info()
    harness.faults.arm(Fault(FaultName.GARBLE, amount=7, times=2), harness.now)
    assert [harness.device_info() for _ in range(3)] == [garbled(good, 7), garbled(good, 8), good]
    reported = [one for one in harness.journal.since(0) if one["event"] == "garble"]
    assert [(one["operation"], one["seed"], one["size_bytes"], one["sha256"]) for one in reported] == [
        (OperationCode.GET_DEVICE_INFO, seed, len(sent := garbled(good, seed)), hashlib.sha256(sent).hexdigest())
        for seed in (7, 8)
    ]


@pytest.mark.parametrize("code", [0x9999, OperationCode.INITIATE_CAPTURE])
def test_an_answer_without_data_is_left_alone(code: int) -> None:
    harness = Garbling()
    harness.faults.arm(Fault(FaultName.GARBLE), harness.now)
    reply = harness.camera.operate(OperationRequest(code, 1, (), sends_data=False), b"", harness.now)
    assert isinstance(reply, Reply)
    assert reply.data is None
    assert harness.faults.active(FaultName.GARBLE, harness.now)
