"""The lens position for each photo of a stack, and which stacks are impossible."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from photonic.errors import BadInput
from photonic.model.sequence import LARGEST_FOCUS_STEPS, SequenceKind, SequenceRequest
from photonic.model.setting import Choice
from photonic.service.sequence.kinds.focus_stack import positions
from photonic.service.sequence.kinds.registry import KINDS

STEPS = st.integers(-LARGEST_FOCUS_STEPS, LARGEST_FOCUS_STEPS)
SHUTTER = Choice(name="shutter", path="/main/shutter", label="shutter", value="1/60", choices=("1/60",), writable=True)


def request(**fields: Any) -> SequenceRequest:
    return SequenceRequest.model_validate({"kind": "focus_stack", "session_id": "guest", **fields})


def test_without_a_count_there_is_a_photo_at_each_step() -> None:
    assert positions(request(focus_end=3)) == (0, 1, 2, 3)
    assert positions(request(focus_start=2, focus_end=-1)) == (2, 1, 0, -1)


def test_other_sequences_do_not_move_the_lens() -> None:
    for kind, definition in KINDS.items():
        if kind is not SequenceKind.FOCUS_STACK and definition.changes is not None:
            assert definition.changes(request(kind=kind, stops=[0.0]), (SHUTTER,), {}).lens == ()


@given(start=STEPS, end=STEPS, data=st.data())
def test_photos_go_from_end_to_end_in_one_direction_and_none_twice(start: int, end: int, data: st.DataObject) -> None:
    if start == end:
        return
    count = data.draw(st.integers(2, abs(end - start) + 1))
    found = positions(request(focus_start=start, focus_end=end, count=count))
    assert (found[0], found[-1], len(found)) == (start, end, count)
    assert list(found) == sorted(set(found), reverse=end < start)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "focus_end"),
        ({"focus_end": 0}, "focus_end"),
        ({"focus_start": 4, "focus_end": 4}, "focus_end"),
        ({"focus_end": 4, "count": 1}, "count"),
        ({"focus_end": 4, "count": 6}, "count"),
    ],
)
def test_an_impossible_stack_names_its_field(fields: dict[str, int], named: str) -> None:
    with pytest.raises(BadInput) as refused:
        positions(request(**fields))
    assert refused.value.field == named


@pytest.mark.parametrize("fields", [{"focus_end": 501}, {"focus_end": 3, "focus_size": 4}, {"focus_end": 1.5}])
def test_values_out_of_range_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        request(**fields)
