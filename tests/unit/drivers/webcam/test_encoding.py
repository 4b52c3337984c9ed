"""Devices' pictures, converted to JPEGs that every viewer can show."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.pictures import RED, yuyv

from photonic.drivers.webcam.encoding import jpeg_of, standard_tables, with_tables
from photonic.drivers.webcam.video_device import Encoding, Mode
from photonic.model.frame import is_whole_jpeg

MJPEG = Mode(Encoding.MJPEG, 32, 16)


@pytest.mark.parametrize("padding", [0, 12])
def test_yuyv_becomes_a_jpeg_of_the_same_colours(padding: int) -> None:
    mode = Mode(Encoding.YUYV, 64, 32, line_bytes=64 * 2 + padding)
    picture = jpeg_of(yuyv(64, 32, padding=padding), mode)
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert pixels.shape == (32, 64, 3)
    assert pixels[:, :28].min() >= 250
    red = pixels[:, 36:].mean(axis=(0, 1))
    assert red == pytest.approx([254, 0, 0], abs=4)


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        (yuyv(64, 32)[:-1], Mode(Encoding.YUYV, 64, 32)),
        (b"", Mode(Encoding.YUYV, 64, 32)),
        (yuyv(64, 32), Mode(Encoding.YUYV, 63, 32)),
        (yuyv(64, 32), Mode(Encoding.YUYV, 64, 32, line_bytes=100)),
        (RED[:-2], MJPEG),
        (b"", MJPEG),
    ],
)
def test_what_did_not_come_whole_is_no_picture(data: bytes, mode: Mode) -> None:
    assert jpeg_of(data, mode) is None


def test_a_jpeg_is_left_as_it_is_but_for_the_zeros_behind_it() -> None:
    assert jpeg_of(RED + bytes(77), MJPEG) == RED


def test_motion_jpeg_without_its_tables_gets_the_standard_ones() -> None:
    bare = RED.replace(standard_tables(), b"")
    assert len(bare) < len(RED)
    whole = jpeg_of(bare, MJPEG)
    assert whole is not None
    with Image.open(io.BytesIO(whole)) as image, Image.open(io.BytesIO(RED)) as before:
        assert image.tobytes() == before.tobytes()
    assert whole.count(standard_tables()) == 1
    assert with_tables(RED) == RED


@given(
    st.binary(max_size=200),
    st.sampled_from(Encoding),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 20),
)
def test_whatever_a_device_gives_is_a_jpeg_or_none(
    data: bytes, encoding: Encoding, width: int, height: int, line_bytes: int
) -> None:
    for given_bytes in (data, b"\xff\xd8\xff" + data + b"\xff\xd9"):
        made = jpeg_of(given_bytes, Mode(encoding, width, height, line_bytes=line_bytes))
        assert made is None or is_whole_jpeg(made)
