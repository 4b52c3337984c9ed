"""Faults: how they are written, when they begin, when they end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.simulator.faults import Fault, FaultName, Faults, Start


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("mute", Fault(FaultName.MUTE)),
        ("mute:", Fault(FaultName.MUTE)),
        ("mute:now:2.5", Fault(FaultName.MUTE, seconds=2.5)),
        ("drip:capture=3", Fault(FaultName.DRIP, Start.CAPTURE, 3)),
        ("endless_frame:frame=30:4", Fault(FaultName.ENDLESS_FRAME, Start.FRAME, 30, 4.0)),
        ("unplug:capture", Fault(FaultName.UNPLUG, Start.CAPTURE, 1)),
    ],
)
def test_a_fault_is_read_from_the_command_line(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "flood",
        "mute:soon",
        "mute:frame=x",
        "mute:frame=0",
        "mute:now:0",
        "mute:now:-1",
        "mute:now:x",
        "mute:now:nan",
        "mute:now:inf",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Fault.parse(text)


@given(st.text(max_size=30) | st.from_regex(r"mute(:(now|frame=\w+)(:\w+)?)?", fullmatch=True))
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    try:
        fault = Fault.parse(text)
    except BadInput:
        return
    assert fault.number >= 1
    assert fault.seconds is None or fault.seconds > 0


def test_a_fault_lasts_as_long_as_it_says() -> None:
    faults = Faults()
    faults.arm(Fault(FaultName.MUTE, seconds=2.0), 10.0)
    assert faults.next_end(10.0) == 12.0
    assert [faults.active(FaultName.MUTE, now) for now in (10.0, 11.9, 12.0, 13.0)] == [True, True, False, False]
    assert faults.next_end(12.0) is None
    assert faults.names(11.0) == ["mute"]
    assert faults.names(12.0) == []


def test_a_fault_without_an_end_lasts_until_it_is_cleared() -> None:
    faults = Faults()
    faults.arm(Fault(FaultName.MUTE), 0.0)
    faults.arm(Fault(FaultName.DRIP), 0.0)
    assert faults.active(FaultName.MUTE, 1e9)
    assert faults.next_end(0.0) is None
    faults.clear(FaultName.MUTE)
    assert faults.names(1.0) == ["drip"]
    faults.clear()
    assert faults.names(1.0) == []


@pytest.mark.parametrize("start", [Start.FRAME, Start.CAPTURE])
def test_a_fault_waits_for_its_frame_or_capture(start: Start) -> None:
    other = Start.CAPTURE if start is Start.FRAME else Start.FRAME
    faults = Faults()
    faults.arm(Fault(FaultName.DRIP, start, 2, seconds=5.0), 0.0)
    for kind in (start, other, other):
        faults.count(kind, 1.0)
    assert not faults.active(FaultName.DRIP, 1.0)
    faults.count(start, 7.0)
    assert faults.active(FaultName.DRIP, 7.0)
    assert faults.next_end(7.0) == 12.0
    faults.clear()
    faults.count(start, 8.0)
    assert not faults.active(FaultName.DRIP, 8.0)


def test_a_waiting_fault_can_be_cleared() -> None:
    faults = Faults()
    faults.arm(Fault(FaultName.DRIP, Start.FRAME), 0.0)
    faults.arm(Fault(FaultName.MUTE, Start.FRAME), 0.0)
    faults.clear(FaultName.DRIP)
    faults.count(Start.FRAME, 1.0)
    assert faults.names(1.0) == ["mute"]
