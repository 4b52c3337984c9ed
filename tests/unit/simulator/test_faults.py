"""Faults: when they begin, what they affect, when they end."""

from __future__ import annotations

import pytest

from photonic.simulator.fault_kinds import FaultName
from photonic.simulator.faults import Fault, Faults, FaultStart


class Watched(Faults):
    """Faults, and the calls that report their begin and end."""

    def __init__(self, started_at: float = 0.0) -> None:
        super().__init__(started_at)
        self.reported: list[tuple[str, str, float]] = []
        self.begun = lambda fault, now: self.reported.append((fault.name, "begun", now))
        self.ended = lambda fault, now, why: self.reported.append((fault.name, why, now))


def test_a_fault_lasts_as_long_as_it_says() -> None:
    faults = Watched()
    faults.arm(Fault(FaultName.MUTE, seconds=2.0), 10.0)
    assert faults.next_time == 12.0
    assert [faults.active(FaultName.MUTE, now) for now in (10.0, 11.9, 12.0, 13.0)] == [True, True, False, False]
    assert faults.names(11.0) == ["mute"]
    faults.advance(12.0)
    assert faults.names(12.0) == []
    assert faults.next_time is None
    assert faults.reported == [("mute", "begun", 10.0), ("mute", "time", 12.0)]


def test_a_fault_without_an_end_lasts_until_it_is_cleared() -> None:
    faults = Watched()
    faults.arm(Fault(FaultName.MUTE), 0.0)
    faults.arm(Fault(FaultName.DRIP), 0.0)
    faults.advance(1e9)
    assert faults.active(FaultName.MUTE, 1e9)
    assert faults.next_time is None
    faults.clear(FaultName.MUTE, 3.0)
    assert faults.names(4.0) == ["drip"]
    faults.clear(None, 5.0)
    assert faults.names(5.0) == []
    assert faults.reported[2:] == [("mute", "cleared", 3.0), ("drip", "cleared", 5.0)]


@pytest.mark.parametrize("start", [FaultStart.FRAME, FaultStart.CAPTURE])
def test_a_fault_waits_for_its_frame_or_capture(start: FaultStart) -> None:
    other = FaultStart.CAPTURE if start is FaultStart.FRAME else FaultStart.FRAME
    faults = Faults()
    faults.arm(Fault(FaultName.DRIP, start, 2, seconds=5.0), 0.0)
    for kind in (start, other, other):
        faults.count(kind, 1.0)
    assert not faults.active(FaultName.DRIP, 1.0)
    assert faults.waiting() == [Fault(FaultName.DRIP, start, 1, seconds=5.0)]
    faults.count(start, 7.0)
    assert faults.active(FaultName.DRIP, 7.0)
    assert faults.next_time == 12.0
    faults.clear(None, 7.0)
    faults.count(start, 8.0)
    assert not faults.active(FaultName.DRIP, 8.0)


def test_a_fault_waits_for_its_time_since_the_cameras_start() -> None:
    faults = Watched(started_at=100.0)
    faults.arm(Fault(FaultName.MUTE, FaultStart.TIME, 5.0, seconds=1.0), 101.0)
    assert faults.next_time == 105.0
    faults.advance(104.9)
    assert faults.on(104.9) == []
    faults.advance(105.0)
    assert faults.reported == [("mute", "begun", 105.0)]
    assert faults.next_time == 106.0


def test_a_time_that_has_passed_is_now() -> None:
    faults = Faults(started_at=100.0)
    faults.arm(Fault(FaultName.MUTE, FaultStart.TIME, 5.0), 200.0)
    assert faults.next_time == 105.0
    faults.advance(200.0)
    assert faults.active(FaultName.MUTE, 200.0)


def test_a_waiting_fault_can_be_cleared() -> None:
    faults = Faults()
    faults.arm(Fault(FaultName.DRIP, FaultStart.FRAME), 0.0)
    faults.arm(Fault(FaultName.MUTE, FaultStart.FRAME), 0.0)
    faults.clear(FaultName.DRIP, 0.0)
    faults.count(FaultStart.FRAME, 1.0)
    assert faults.names(1.0) == ["mute"]


@pytest.mark.parametrize("start", [FaultStart.FRAME, FaultStart.CAPTURE])
def test_a_fault_comes_again_each_so_many(start: FaultStart) -> None:
    faults = Watched()
    faults.arm(Fault(FaultName.EMPTY_FRAME, start, 2, times=1, every=3), 0.0)
    struck: list[int] = []
    for number in range(1, 12):
        faults.count(start, float(number))
        if faults.strike(FaultName.EMPTY_FRAME, float(number)):
            struck.append(number)
    assert struck == [2, 5, 8, 11]


@pytest.mark.parametrize(("start", "first"), [(FaultStart.NOW, 100.0), (FaultStart.TIME, 107.0)])
def test_a_fault_comes_again_each_so_many_seconds(start: FaultStart, first: float) -> None:
    faults = Watched(started_at=100.0)
    faults.arm(Fault(FaultName.MUTE, start, 7, seconds=1.0, every=10.0), 100.0)
    while (at := faults.next_time) is not None and at < first + 25:
        faults.advance(at)
    assert [at for _, what, at in faults.reported if what == "begun"] == [first, first + 10, first + 20]
    assert [at for _, what, at in faults.reported if what == "time"] == [first + 1, first + 11, first + 21]


def test_a_fault_strikes_as_often_as_it_should() -> None:
    faults = Watched()
    fault = Fault(FaultName.TRUNCATED_FRAME, amount=0.2, times=2)
    faults.arm(fault, 0.0)
    assert [faults.strike(FaultName.TRUNCATED_FRAME, 1.0) for _ in range(3)] == [fault, fault, None]
    assert faults.reported[-1] == ("truncated_frame", "spent", 1.0)


def test_a_fault_that_is_over_or_was_never_on_strikes_nothing() -> None:
    faults = Faults()
    assert faults.strike(FaultName.EMPTY_FRAME, 0.0) is None
    faults.arm(Fault(FaultName.EMPTY_FRAME, seconds=1.0), 0.0)
    assert faults.strike(FaultName.EMPTY_FRAME, 0.9) is not None
    assert faults.strike(FaultName.EMPTY_FRAME, 1.0) is None


def test_the_usual_amount_and_times_are_those_of_the_kind() -> None:
    assert Fault(FaultName.TRUNCATED_FRAME).strength == 0.5
    assert Fault(FaultName.TRUNCATED_FRAME, amount=0.0).strength == 0
    assert Fault(FaultName.CUT_TRANSFER).occurrences == 1
    assert Fault(FaultName.EMPTY_FRAME).occurrences is None
    assert Fault(FaultName.MUTE).strength == 0


def test_a_later_fault_takes_the_place_of_an_earlier_one_of_its_name() -> None:
    faults = Watched()
    faults.arm(Fault(FaultName.LATE_TWIN, amount=1.0, seconds=5.0), 0.0)
    faults.arm(Fault(FaultName.LATE_TWIN, amount=2.0), 1.0)
    assert [fault.amount for fault in faults.on(9.0)] == [2.0]
    assert [what for _, what, _ in faults.reported] == ["begun", "replaced", "begun"]


def test_the_faults_of_a_stream_begin_one_after_the_other() -> None:
    faults = Watched(started_at=10.0)
    stream = iter([Fault(FaultName.MUTE, FaultStart.TIME, 1.0, 0.5), Fault(FaultName.DRIP, FaultStart.TIME, 2.0, 5.0)])
    faults.follow(stream)
    assert [fault.name for fault in faults.waiting()] == ["mute"]
    while (at := faults.next_time) is not None:
        faults.advance(at)
    assert faults.reported == [
        ("mute", "begun", 11.0),
        ("mute", "time", 11.5),
        ("drip", "begun", 12.0),
        ("drip", "time", 17.0),
    ]


def test_another_stream_takes_the_place_of_the_first_and_clearing_all_ends_it() -> None:
    faults = Faults()
    faults.follow(iter([Fault(FaultName.MUTE, FaultStart.TIME, 1.0), Fault(FaultName.MUTE, FaultStart.TIME, 2.0)]))
    names = (FaultName.DRIP, FaultName.HEAT, FaultName.SLEEP)
    faults.follow(Fault(name, FaultStart.TIME, at) for at, name in enumerate(names, 1))
    assert [fault.name for fault in faults.waiting()] == ["drip"]
    faults.clear(FaultName.DRIP, 0.0)
    assert [fault.name for fault in faults.waiting()] == ["heat"], "clearing one of a stream's faults ended the stream"
    faults.clear(None, 0.0)
    assert faults.next_time is None
