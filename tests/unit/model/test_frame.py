"""What counts as a frame."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.model.frame import EOI, SOI, Frame, is_whole_jpeg


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_jpeg_starts_and_ends_as_one(kind: type[bytes]) -> None:
    assert is_whole_jpeg(kind(SOI + b"picture" + EOI))


@pytest.mark.parametrize(
    "data",
    [b"", SOI, EOI, b"\xff\xd8\xd9", SOI + b"cut", b"x" + SOI + EOI, SOI + b"picture" + EOI + b"\0"],
    ids=["empty", "start", "end", "three bytes", "no end", "no start", "padded"],
)
def test_anything_else_is_no_frame(data: bytes) -> None:
    assert not is_whole_jpeg(data)


@given(st.binary(max_size=64))
def test_only_whole_pictures_pass(data: bytes) -> None:
    assert is_whole_jpeg(data) == (len(data) >= 4 and data.startswith(SOI) and data.endswith(EOI))


def test_a_frame_does_not_change() -> None:
    frame = Frame(epoch=1, sequence=2, captured_us=3, jpeg=SOI + EOI)
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.sequence = 3  # pyright: ignore[reportAttributeAccessIssue]
