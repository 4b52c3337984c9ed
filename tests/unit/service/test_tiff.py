from __future__ import annotations

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.service.tiff import FIELD_BYTES_LIMIT, beginning, directories, fields


def file(order: str, *entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    packed = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    head = mark + struct.pack(f"{order}HIH", 42, 8, len(entries))
    return head + packed + struct.pack(f"{order}I", following)


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_of_a_directory_by_tag(order: str) -> None:
    content = file(order, (513, 4, 1, 1234), (514, 4, 1, 99))
    assert list(directories(io.BytesIO(content), len(content))) == [{513: (1234,), 514: (99,)}]


def test_directories_that_name_each_other_are_read_once() -> None:
    content = file("<", (330, 4, 1, 8), following=8)
    assert list(directories(io.BytesIO(content), len(content))) == [{330: (8,)}]


@given(st.binary(max_size=200))
def test_rubbish_is_refused_or_read_and_nothing_else(rubbish: bytes) -> None:
    for content in (rubbish, b"II*\0" + rubbish):
        with suppress(struct.error):
            list(directories(io.BytesIO(content), len(content)))


def test_fields_are_those_that_were_asked_for_each_the_first_of_its_tag() -> None:
    content = io.BytesIO(file("<", (1, 3, 1, 7), (1, 3, 1, 8), (2, 4, 1, 9), (3, 3, 1, 5)))
    found = fields(content, *beginning(content), {1, 2, 4})
    assert {tag: field.integers for tag, field in found.items()} == {1: (7,), 2: (9,)}


def test_a_field_that_points_beyond_the_file_is_empty_and_a_large_one_is_cut() -> None:
    data = file("<", (1, 4, 5, 10_000), (2, 2, 5_000, 38)) + b"x" * 5_000
    content = io.BytesIO(data)
    found = fields(content, *beginning(content), {1, 2})
    assert found[1].integers == ()
    assert found[1].number is None
    assert found[2].text == b"x" * FIELD_BYTES_LIMIT


@given(st.binary(max_size=200))
def test_fields_of_rubbish_are_fewer_and_nothing_is_raised(rubbish: bytes) -> None:
    content = io.BytesIO(rubbish)
    for field in fields(content, "<", 0, range(65536)).values():
        assert field.text is None or field.integers == ()
