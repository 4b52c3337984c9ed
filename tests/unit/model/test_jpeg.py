"""The end of a JPEG is found by its structure, regardless of the bytes in it and after it, in bounded time."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.pictures import RED, jpeg

from photonic.errors import ProtocolError
from photonic.model.jpeg import MARKERS_LIMIT, READ_BYTES, JpegWalk, end_of_jpeg, whole_jpeg


def noisy(*, progressive: bool = False, restarts: int = 0, side: int = 64) -> bytes:
    made = io.BytesIO()
    picture = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    picture.save(made, "JPEG", quality=95, progressive=progressive, restart_marker_blocks=restarts)
    return made.getvalue()


def filled() -> bytes:
    """With fill bytes before a marker (T.81, B.1.1.2)."""
    return RED[:2] + b"\xff" * 9 + RED[2:]


PICTURES = {
    "plain": RED,
    "thumbnail": jpeg("green", thumbnail=True),
    "stuffed": noisy(),
    "progressive": noisy(progressive=True),
    "restarts": noisy(restarts=2),
    "filled": filled(),
}
BEHIND = {
    "zeros": bytes(2),
    "line end": b"\r\n",
    "many zeros": bytes(70_000),
    "ones": b"\xff" * 100,
    "garbage": b"\x12\x34" * 32,
    "half an end": b"\xff",
    "another picture and a rest": RED + b"\0",
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_bytes_after_the_end_are_cut_off(picture: bytes, behind: bytes) -> None:
    assert whole_jpeg(picture + behind) == picture
    assert end_of_jpeg(io.BytesIO(picture + behind)) == len(picture)


def test_a_picture_that_ends_with_its_end_is_not_even_read() -> None:
    data = b"\xff\xd8 anything \xff\xd9"
    assert whole_jpeg(data) is data


@given(st.sampled_from(list(PICTURES.values())), st.data())
def test_part_of_a_jpeg_is_not_a_jpeg_however_it_is_padded(picture: bytes, data: st.DataObject) -> None:
    cut = picture[: data.draw(st.integers(0, len(picture) - 1))]
    padded = cut + data.draw(st.sampled_from([b"\0", b"\r\n", bytes(300)]))
    assert whole_jpeg(padded) is None
    assert end_of_jpeg(io.BytesIO(padded)) is None


def test_a_large_file_is_read_in_pieces() -> None:
    picture = noisy(side=700)
    assert len(picture) > 2 * READ_BYTES
    assert end_of_jpeg(io.BytesIO(picture + b"\0")) == len(picture)


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=20), st.sampled_from(list(PICTURES.values())))
def test_the_end_is_the_same_however_the_bytes_come(sizes: list[int], picture: bytes) -> None:
    data, walk, buffer, at, turn = picture + b"behind", JpegWalk(), bytearray(), 0, 0
    while not walk.follow(buffer):
        assert at < len(data)
        step = sizes[turn % len(sizes)]
        buffer += data[at : at + step]
        at, turn = at + step, turn + 1
    assert walk.place == len(picture)


@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    for begun in (data, b"\xff\xd8" + data, b"\xff\xd8\xff\xda\x00\x02" + data):
        whole_jpeg(begun)
        end_of_jpeg(io.BytesIO(begun))


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"\xff\xe0\x00\x02" * (MARKERS_LIMIT + 1), id="empty segments"),
        pytest.param(b"\xff\x01" * (MARKERS_LIMIT + 1), id="bare markers"),
    ],
)
def test_markers_are_counted(endless: bytes) -> None:
    with pytest.raises(ProtocolError, match="markers"):
        JpegWalk().follow(b"\xff\xd8" + endless)


@pytest.mark.parametrize("begun", [b"\xff\xd8", b"\xff\xd8\xff\xda\x00\x02"], ids=["fill bytes", "in a scan"])
def test_a_run_of_fill_bytes_takes_linear_time(begun: bytes) -> None:
    """Searching again from each of thirty million bytes would take hours."""
    assert whole_jpeg(begun + b"\xff" * 30_000_000) is None
