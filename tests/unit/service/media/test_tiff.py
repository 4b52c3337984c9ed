from __future__ import annotations

import io
import struct
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.vast import exploding
from tests.support.vast import tiff_file as file

from photonic.service.media.tiff import (
    DIRECTORIES_LIMIT,
    ENTRIES_LIMIT,
    FIELD_BYTES_LIMIT,
    VALUES_LIMIT,
    beginning,
    directories,
    fields,
)


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_of_a_directory_by_tag(order: str) -> None:
    content = file(order, (513, 4, 1, 1234), (514, 4, 1, 99))
    assert list(directories(io.BytesIO(content), len(content), {513, 514})) == [{513: (1234,), 514: (99,)}]


def test_directories_that_name_each_other_are_read_once() -> None:
    content = file("<", (330, 4, 1, 8), following=8)
    assert list(directories(io.BytesIO(content), len(content), ())) == [{330: (8,)}]


@given(st.binary(max_size=200))
def test_rubbish_is_refused_or_read_and_nothing_else(rubbish: bytes) -> None:
    for content in (rubbish, b"II*\0" + rubbish):
        with suppress(struct.error):
            list(directories(io.BytesIO(content), len(content), range(65536)))


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


@pytest.mark.parametrize("asked", [frozenset({273, 279}), range(65536)], ids=["tags of previews", "every tag"])
def test_entries_that_all_name_the_same_values_take_no_memory(asked: frozenset[int]) -> None:
    """Each takes 3.6 MB: of a thousand entries in 0.4 MB became 4 GB."""
    content = exploding(40, 40)
    tracemalloc.start()
    try:
        with suppress(struct.error):
            list(directories(io.BytesIO(content), len(content), asked))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (exploding(3, 3, VALUES_LIMIT // 2), "values"),
        (file("<", *((1, 3, 1, 1) for _ in range(ENTRIES_LIMIT + 1))), "entries"),
        (
            file("<", (330, 4, DIRECTORIES_LIMIT, 26))
            + b"".join(struct.pack("<I", 26 + 4 * DIRECTORIES_LIMIT + 6 * n) for n in range(DIRECTORIES_LIMIT))
            + bytes(6 * DIRECTORIES_LIMIT),
            "directories",
        ),
    ],
    ids=["values", "entries", "directories"],
)
def test_what_no_camera_writes_is_refused_by_count(content: bytes, why: str) -> None:
    with pytest.raises(struct.error, match=f"more than .* {why}"):
        list(directories(io.BytesIO(content), len(content), range(65536)))


def test_a_value_of_a_tag_is_read_once() -> None:
    content = exploding(ENTRIES_LIMIT, 1, VALUES_LIMIT)
    (values,) = directories(io.BytesIO(content), len(content), {273})
    assert len(values[273]) == VALUES_LIMIT
