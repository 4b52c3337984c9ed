from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photonic.errors import BadInput, ProtocolError
from photonic.simulator import pixels
from photonic.simulator.pixels import Stamp

STAMP = Stamp("viewfinder", 0xDEADBEEF, 1_234_567_890_123, 25_600, 56, 30_000_000)

stamps = st.builds(
    Stamp,
    kind=st.sampled_from(["viewfinder", "photo"]),
    counter=st.integers(0, 2**32 - 1),
    camera_us=st.integers(0, 2**64 - 1),
    iso=st.integers(0, 2**24 - 1),
    aperture_tenths=st.integers(0, 2**16 - 1),
    shutter_us=st.integers(0, 2**40 - 1),
)


def picture(stamp: Stamp, width: int = 960, height: int = 640, seed: int = 0) -> Image.Image:
    """A stamp under the most difficult picture: noise."""
    grey = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    strip = pixels.encode(stamp, width)
    grey[-len(strip) :] = strip
    return Image.fromarray(grey).convert("RGB")


def jpeg_of(image: Image.Image, quality: int) -> bytes:
    stream = BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


@given(stamps, st.sampled_from([1, 2, 4]), st.sampled_from([8, 25, 90]))
def test_a_stamp_survives_scaling_down_and_low_quality(stamp: Stamp, divisor: int, quality: int) -> None:
    image = picture(stamp)
    small = image.resize((image.width // divisor, image.height // divisor))
    assert pixels.read(small) == stamp
    assert pixels.read(jpeg_of(small, quality)) == stamp


@pytest.mark.parametrize("width", [240, 480, 1024, 1504, 1920, 3008])
def test_every_width_has_a_strip_of_whole_mcu_rows(width: int) -> None:
    strip = pixels.encode(STAMP, width)
    assert strip.shape == (pixels.strip_height(width), width)
    assert strip.shape[0] % 16 == 0
    assert pixels.read(jpeg_of(picture(STAMP, width, width * 2 // 3), 50)) == STAMP


@pytest.mark.parametrize(
    ("field", "value"),
    [("counter", 2**32), ("counter", -1), ("camera_us", 2**64), ("iso", 2**24), ("aperture_tenths", 2**16)],
)
def test_a_field_that_does_not_fit_is_refused_by_name(field: str, value: int) -> None:
    with pytest.raises(BadInput, match=field) as caught:
        pixels.encode(replace(STAMP, **{field: value}))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a readable picture"),
        (b"\xff\xd8\xff\xd9", "not a readable picture"),
        (jpeg_of(picture(STAMP), 80)[:20_000], "not a readable picture"),
        (jpeg_of(picture(STAMP).resize((120, 80)), 95), "too small"),
        (jpeg_of(Image.new("RGB", (960, 640), (90, 90, 90)), 80), "no black and white cells"),
    ],
)
def test_what_carries_no_stamp_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        pixels.read(data)


@given(st.integers(0, 2**32))
def test_noise_is_no_stamp(seed: int) -> None:
    grey = np.random.default_rng(seed).integers(0, 256, (160, 240), dtype=np.uint8)
    with pytest.raises(ProtocolError):
        pixels.read(Image.fromarray(grey))


@given(st.integers(0, 3), st.integers(0, 55))
def test_one_wrong_cell_is_noticed(row: int, column: int) -> None:
    image = picture(STAMP)
    box = (32 + 16 * column, 592 + 12 * row, 48 + 16 * column, 604 + 12 * row)
    cell = np.asarray(image.crop(box).convert("L"))
    image.paste((20, 20, 20) if cell.mean() > 120 else (228, 228, 228), box)
    with pytest.raises(ProtocolError):
        pixels.read(image)
