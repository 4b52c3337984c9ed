"""JPEGs from bytes: with any chunk sizes, with anything between them, and without taking thumbnails for pictures."""

from __future__ import annotations

import io
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.pictures import BLUE, GREEN, RED, jpeg

from photonic.drivers.webcam.jpegs import JpegSplitter, delimiter_of
from photonic.errors import ProtocolError
from photonic.model.frame import EOI, SOI


def noisy(*, progressive: bool = False, restarts: int = 0) -> bytes:
    made = io.BytesIO()
    picture = Image.frombytes("RGB", (64, 64), random.Random(1).randbytes(64 * 64 * 3))
    picture.save(made, "JPEG", quality=95, progressive=progressive, restart_marker_blocks=restarts)
    return made.getvalue()


PICTURES = [RED, jpeg("green", thumbnail=True), noisy(), noisy(progressive=True), noisy(restarts=2), BLUE]


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=20))
def test_every_picture_comes_out_whole_however_the_bytes_are_cut(sizes: list[int]) -> None:
    stream = b"".join(PICTURES)
    splitter, found, place, turn = JpegSplitter(), list[bytes](), 0, 0
    while place < len(stream):
        size = sizes[turn % len(sizes)]
        found += splitter.feed(stream[place : place + size])
        place, turn = place + size, turn + 1
    assert found == PICTURES
    assert splitter.feed(EOI) == []


def test_bytes_between_pictures_are_passed_over_and_a_cut_one_is_not_given() -> None:
    splitter = JpegSplitter()
    assert splitter.feed(b"\0\0noise\xff" + RED + b"\r\n--boundary\r\n" + GREEN + BLUE[:-2]) == [RED, GREEN]
    assert splitter.feed(BLUE[-2:]) == [BLUE]


@pytest.mark.parametrize("damaged", [b"\xff\xd8rubbish", b"\xff\xd8\xff\xe0\x00\x01", b"\xff\xd8\xff\x00", b"\xff\xd8"])
def test_what_only_begins_like_a_jpeg_is_passed_over(damaged: bytes) -> None:
    assert JpegSplitter().feed(damaged + bytes(10) + RED + GREEN) == [RED, GREEN]


@pytest.mark.parametrize("picture", PICTURES[1:5], ids=["thumbnail", "stuffed", "progressive", "restarts"])
@pytest.mark.parametrize("delimiter", [b"\r\n--frame\r\n\r\n", b"\n--frame\n\n"], ids=["lines", "short lines"])
def test_of_a_picture_that_ends_too_early_nothing_is_given_and_the_next_one_is(
    picture: bytes, delimiter: bytes
) -> None:
    """Wherever it was cut: not half of it with half of the next one, nor the thumbnail out of it."""
    for cut in (*range(2, 60), *range(len(picture) - 20, len(picture))):
        splitter = JpegSplitter(delimiter=b"--frame")
        assert splitter.feed(picture[:cut] + delimiter + RED + delimiter + BLUE + delimiter) == [RED, BLUE], cut


@given(
    st.lists(
        st.sampled_from([*PICTURES, b"\xff\xd8", b"\xff", b"\xff\xd9", b"\r\n--frame\r\n"]) | st.binary(max_size=50)
    )
)
def test_any_chunking_gives_the_same_pictures(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    at_once = JpegSplitter(delimiter=b"--frame").feed(stream)
    for size in (1, 7, 1000):
        splitter = JpegSplitter(delimiter=b"--frame")
        found = [one for at in range(0, len(stream), size) for one in splitter.feed(stream[at : at + size])]
        assert found == at_once
    assert all(one.startswith(b"\xff\xd8") and one.endswith(b"\xff\xd9") for one in at_once)


@given(st.lists(st.binary(max_size=300) | st.just(b"\xff\xd8\xff\xe0\xff\xff"), max_size=20), st.integers(4, 500))
def test_garbage_is_survived_and_never_kept_beyond_the_limit(chunks: list[bytes], limit: int) -> None:
    splitter = JpegSplitter(limit_bytes=limit)
    try:
        for chunk in chunks:
            splitter.feed(chunk)
            held = sum(len(part) for part in vars(splitter).values() if isinstance(part, bytearray))
            assert held <= limit
    except ProtocolError as error:
        assert "more than" in str(error)


@pytest.mark.parametrize(
    ("content_type", "delimiter"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"--frame"),
        ("multipart/x-mixed-replace; boundary =frame", b"--frame"),
        ("multipart/x-mixed-replace;BOUNDARY = frame ;a=b", b"--frame"),
        ('multipart/x-mixed-replace; boundary="--a b"; x=y', b"--a b"),
        ("multipart/x-mixed-replace; boundary='frame'", b"--frame"),
        ("multipart/x-mixed-replace; boundary=----frame", b"--frame"),
        ("multipart/x-mixed-replace", None),
        ('multipart/x-mixed-replace; boundary=""', None),
        ("multipart/x-mixed-replace; boundary=--", None),
        ("image/jpeg", None),
        ("", None),
    ],
)
def test_the_delimiter_is_read_however_it_is_written(content_type: str, delimiter: bytes | None) -> None:
    assert delimiter_of(content_type) == delimiter


@given(st.text(max_size=100))
def test_any_content_type_gets_an_answer(text: str) -> None:
    for content_type in (text, f"multipart/x; boundary={text}"):
        delimiter_of(content_type)


def test_memory_is_bounded() -> None:
    splitter = JpegSplitter(limit_bytes=1000)
    with pytest.raises(ProtocolError, match="more than 1000 bytes"):
        splitter.feed(RED[:-2] + bytes(2000))
    noise = JpegSplitter(limit_bytes=1000)
    assert noise.feed(bytes(5000)) == []


@given(st.lists(st.binary(max_size=60) | st.just(RED) | st.just(b"\xff\xd8\xff"), max_size=8))
def test_any_bytes_give_pictures_or_a_protocol_error(pieces: list[bytes]) -> None:
    splitter = JpegSplitter(limit_bytes=10_000)
    with suppress(ProtocolError):
        for piece in pieces:
            assert all(picture.startswith(SOI) for picture in splitter.feed(piece))
