"""JPEGs out of bytes: whatever the chunks, whatever lies between them, and a thumbnail is no picture."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.unit.drivers.webcam.pictures import BLUE, GREEN, RED, jpeg

from photonic.drivers.webcam.jpegs import JpegSplitter
from photonic.errors import ProtocolError


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
    assert splitter.between


def test_bytes_between_pictures_are_passed_over_and_a_cut_one_is_not_given() -> None:
    splitter = JpegSplitter()
    assert splitter.feed(b"\0\0noise\xff" + RED + b"\r\n--boundary\r\n" + GREEN + BLUE[:-2]) == [RED, GREEN]
    assert not splitter.between


@pytest.mark.parametrize("damaged", [b"\xff\xd8rubbish", b"\xff\xd8\xff\xe0\x00\x01", b"\xff\xd8\xff\x00"])
def test_what_only_begins_like_a_jpeg_is_refused(damaged: bytes) -> None:
    with pytest.raises(ProtocolError):
        JpegSplitter().feed(damaged + bytes(10))


def test_memory_is_bounded() -> None:
    splitter = JpegSplitter(limit_bytes=1000)
    with pytest.raises(ProtocolError, match="more than 1000 bytes"):
        splitter.feed(RED[:-2] + bytes(2000))
    noise = JpegSplitter(limit_bytes=1000)
    assert noise.feed(bytes(5000)) == []
