"""How faults are written: what is read, what is refused, and that writing is the inverse of reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.fault_writing import write_fault

from photonic.errors import BadInput
from photonic.simulator.fault_kinds import KINDS, FaultName
from photonic.simulator.fault_syntax import parse_fault, read_fault
from photonic.simulator.faults import Fault, FaultStart


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("mute", Fault(FaultName.MUTE)),
        ("mute:", Fault(FaultName.MUTE)),
        ("mute:now:2.5", Fault(FaultName.MUTE, seconds=2.5)),
        ("mute::2.5", Fault(FaultName.MUTE, seconds=2.5)),
        ("mute:seconds=2.5", Fault(FaultName.MUTE, seconds=2.5)),
        ("drip:capture=3", Fault(FaultName.DRIP, FaultStart.CAPTURE, 3)),
        ("endless_frame:frame=30:4", Fault(FaultName.ENDLESS_FRAME, FaultStart.FRAME, 30, 4.0)),
        ("unplug:capture", Fault(FaultName.UNPLUG, FaultStart.CAPTURE, 1)),
        ("late_twin:capture=2,amount=3", Fault(FaultName.LATE_TWIN, FaultStart.CAPTURE, 2, amount=3)),
        ("unplug:time=12.5,every=60:4", Fault(FaultName.UNPLUG, FaultStart.TIME, 12.5, 4, every=60)),
        ("busy_shot:capture=2,times=1,every=5", Fault(FaultName.BUSY_SHOT, FaultStart.CAPTURE, 2, times=1, every=5)),
    ],
)
def test_a_fault_is_read_from_the_command_line(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "unknown fault ''"),
        ("flood", "unknown fault 'flood'"),
        ("muet", "Did you mean mute"),
        ("mute:soon", "unknown fault field 'soon'"),
        ("mute:name=drip", "name: given twice"),
        ("mute:frame=x", "frame: must be a number"),
        ("mute:frame=", "frame: must be a number"),
        ("mute:frame=0", "frame: must be at least 1"),
        ("mute:frame=1.5", "frame: must be a whole number"),
        ("mute:frame=1,capture=1", "capture: cannot be combined with frame"),
        ("mute:frame=1,frame=2", "frame: given twice"),
        ("mute:time=-1", "time: must be at least 0"),
        ("mute:now:0", "seconds: must be more than 0"),
        ("mute:now:-1", "seconds"),
        ("mute:now:x", "seconds: must be a number"),
        ("mute:now:nan", "seconds: must be a number"),
        ("mute:now:inf", "seconds: must be a number"),
        ("mute:seconds=2:3", "seconds: given twice"),
        ("mute:times=2", "cannot be counted"),
        ("mute:amount=2", "amount: mute takes no amount"),
        ("truncated_frame:amount=1.5", "amount: must be at least 0 and at most 0.99"),
        ("empty_frame:times=0", "times: must be at least 1"),
        ("mute:every=0", "every: must be at least 0.01"),
        ("empty_frame:frame=1,every=0.5", "every"),
        ("mute:weight=1", "weight: unknown field"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint.replace("(", r"\(")):
        parse_fault(text)


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({}, "name"),
        ({"name": 7}, "name"),
        ({"name": ["mute"]}, "name"),
        ({"name": "mute", "seconds": "2"}, "seconds"),
        ({"name": "mute", "seconds": True}, "seconds"),
        ({"name": "mute", "seconds": None}, "seconds"),
        ({"name": "mute", "start": "now"}, "start"),
        ({"name": "mute", "frame": True}, "frame"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_its_field(table: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_fault(table)
    assert refused.value.field == field
    assert field in refused.value.reason


@given(
    st.text(max_size=30) | st.from_regex(r"mute(:(now|frame=\w+|seconds=.{0,4})(,every=\w+)?(:\w+)?)?", fullmatch=True)
)
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    try:
        fault = parse_fault(text)
    except BadInput:
        return
    assert fault.number >= 0
    assert fault.seconds is None or fault.seconds > 0
    assert fault.every is None or fault.every > 0


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    name, start = draw(st.sampled_from(FaultName)), draw(st.sampled_from(FaultStart))
    kind = KINDS[name]
    counts, seconds = st.integers(1, 10**9), st.floats(0.01, 1e9)
    counted = start in {FaultStart.FRAME, FaultStart.CAPTURE}
    return Fault(
        name,
        start,
        1 if start is FaultStart.NOW else draw(counts if counted else st.floats(0, 1e9)),
        draw(st.none() | seconds),
        None if kind.amount is None else draw(st.none() | st.floats(0, kind.most)),
        None if kind.counts is None else draw(st.none() | counts),
        draw(st.none() | (counts if counted else seconds)),
    )


@given(faults())
def test_what_is_written_is_read_as_the_same_fault(fault: Fault) -> None:
    assert parse_fault(write_fault(fault)) == fault
