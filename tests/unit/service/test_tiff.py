from __future__ import annotations

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.service.tiff import directories


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
