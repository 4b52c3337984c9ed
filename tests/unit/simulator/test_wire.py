"""Which response a wire fault affects, and its journal entry."""

from __future__ import annotations

import pytest

from photonic.ptp.damage import Cut, Damage, Misnumber, Strand
from photonic.ptp.packets import OperationRequest
from photonic.simulator.faults import Fault, FaultName, Faults
from photonic.simulator.journal import Journal
from photonic.simulator.wire import FaultyWire

REQUEST = OperationRequest(0x9153, 7, (), sends_data=False)


class WireHarness:
    """A wire with its faults and its journal."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = Faults()
        self.journal = Journal()
        self.wire = FaultyWire(self.faults, self.journal)
        for fault in faults:
            self.faults.arm(fault, 100.0)

    def damage(self, data_bytes: int | None, now: float = 100.0) -> Damage | None:
        return self.wire.damage(REQUEST, data_bytes, now)


BREAKS = pytest.mark.parametrize(("name", "kind"), [(FaultName.CUT_TRANSFER, Cut), (FaultName.STRANDED_DATA, Strand)])


def test_a_good_wire_does_nothing() -> None:
    harness = WireHarness()
    assert harness.damage(50_000) is None
    assert harness.journal.since(0) == []


@BREAKS
def test_a_break_waits_for_an_answer_that_is_longer_than_its_amount(name: FaultName, kind: type[Damage]) -> None:
    harness = WireHarness(Fault(name, amount=5000))
    assert [harness.damage(size) for size in (None, 0, 5000)] == [None, None, None]
    assert harness.damage(5001) == kind(5000)  # pyright: ignore[reportCallIssue]
    (entry,) = harness.journal.since(0)
    assert entry | {"n": 0, "at_us": 0} == {
        "n": 0,
        "at_us": 0,
        "event": name,
        "operation": 0x9153,
        "transaction": 7,
        "after_bytes": 5000,
        "data_bytes": 5001,
    }


@BREAKS
def test_a_break_strikes_one_transfer_or_as_many_as_are_said(name: FaultName, kind: type[Damage]) -> None:
    assert [WireHarness(Fault(name)).damage(9000)] == [kind(1000)]  # pyright: ignore[reportCallIssue]
    once, twice = WireHarness(Fault(name)), WireHarness(Fault(name, times=2))
    assert [once.damage(9000) is None for _ in range(2)] == [False, True]
    assert [twice.damage(9000) is None for _ in range(3)] == [False, False, True]


@BREAKS
def test_a_break_that_lasts_for_seconds_is_over_then(name: FaultName, kind: type[Damage]) -> None:
    harness = WireHarness(Fault(name, seconds=2.0, times=100))
    assert [type(harness.damage(9000, now)) for now in (100.0, 101.9, 102.0)] == [kind, kind, type(None)]


@pytest.mark.parametrize(("amount", "offset"), [(None, -1), (3, 3), (0, -1)])
def test_a_wrong_number_is_ahead_or_the_one_before(amount: float | None, offset: int) -> None:
    harness = WireHarness(Fault(FaultName.WRONG_TRANSACTION, amount=amount))
    assert harness.damage(None) == Misnumber(offset)
    assert harness.damage(None) is None
    assert [entry["offset"] for entry in harness.journal.since(0)] == [offset]
