"""Splicing is correct if the spliced JPEG shows exactly what its parts show."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photonic.errors import ProtocolError
from photonic.simulator import jpeg

if TYPE_CHECKING:
    import numpy.typing as npt


def encoded(picture: npt.NDArray[np.uint8], quality: int = 80, subsampling: str = "4:4:4", **more: Any) -> bytes:
    stream = BytesIO()
    Image.fromarray(picture).save(
        stream, "JPEG", quality=quality, subsampling=subsampling, **{"restart_marker_rows": 1, **more}
    )
    return stream.getvalue()


def decoded(data: bytes, mode: str = "YCbCr") -> npt.NDArray[np.uint8]:
    with Image.open(BytesIO(data)) as image:
        image.draft(mode, image.size)
        assert image.mode == mode
        return np.asarray(image)


def noise(seed: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@st.composite
def splices(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    rows = draw(st.integers(1, 20))
    first = draw(st.integers(0, rows - 1))
    count = draw(st.integers(1, rows - first))
    return rows, first, count, draw(st.integers(1, 4)), draw(st.integers(0, 2**16))


@given(splices(), st.integers(1, 100), st.sampled_from([("4:4:4", 8), ("4:2:0", 16)]))
def test_a_spliced_picture_shows_its_parts(
    splice: tuple[int, int, int, int, int], quality: int, sampling: tuple[str, int]
) -> None:
    rows, first, count, columns, seed = splice
    subsampling, mcu = sampling
    background = encoded(noise(seed, rows * mcu, columns * mcu), quality, subsampling)
    strip = encoded(noise(seed + 1, count * mcu, columns * mcu), quality, subsampling)
    spliced = jpeg.Splicer(jpeg.parse(background), first, count).fill(jpeg.parse(strip))
    expected = decoded(background).copy()
    expected[first * mcu : (first + count) * mcu] = decoded(strip)
    shown = decoded(spliced)
    # With halved chroma the decoder smooths colours over the seam; brightness has no such neighbours.
    compared = slice(None) if subsampling == "4:4:4" else slice(0, 1)
    assert np.array_equal(shown[..., compared], expected[..., compared])
    assert jpeg.parse(spliced).to_bytes() == spliced


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**16))
def test_taking_apart_loses_nothing(width: int, height: int, seed: int) -> None:
    data = encoded(noise(seed, height, width), subsampling="4:2:0")
    parts = jpeg.parse(data)
    assert (parts.width, parts.height) == (width, height)
    assert len(parts.rows) == -(-height // 16)
    assert parts.to_bytes() == data


def test_a_grey_picture_has_rows_of_eight() -> None:
    stream = BytesIO()
    Image.new("L", (40, 24), 90).save(stream, "JPEG", restart_marker_rows=1)
    assert len(jpeg.parse(stream.getvalue()).rows) == 3


@pytest.mark.parametrize(
    ("strip", "reason"),
    [
        (encoded(noise(0, 16, 24)), "another width"),
        (encoded(noise(0, 16, 32), quality=30), "other tables"),
        (encoded(noise(0, 16, 32), subsampling="4:2:0"), "other tables"),
        (encoded(noise(0, 24, 32)), "3 MCU rows, the gap 2"),
    ],
)
def test_a_strip_that_does_not_fit_is_refused(strip: bytes, reason: str) -> None:
    splicer = jpeg.Splicer(jpeg.parse(encoded(noise(1, 64, 32))), 3, 2)
    with pytest.raises(ValueError, match=reason):
        splicer.fill(jpeg.parse(strip))


@pytest.mark.parametrize(("first", "count"), [(-1, 1), (0, 0), (8, 1), (7, 2)])
def test_a_gap_outside_the_picture_is_refused(first: int, count: int) -> None:
    with pytest.raises(ValueError, match="no room"):
        jpeg.Splicer(jpeg.parse(encoded(noise(1, 64, 32))), first, count)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a complete JPEG"),
        (encoded(noise(0, 16, 16))[:-2], "not a complete JPEG"),
        (b"\xff\xd8\xff\xd9", "without a scan"),
        (b"\xff\xd8\x00\x00\x00\x00\xff\xd9", "no JPEG marker"),
        (b"\xff\xd8\xff\xe0\xff\xff\xff\xd9", "runs past the end"),
        (b"\xff\xd8\xff\xda\x00\x02\xff\xd9", "without a frame header"),
        (b"\xff\xd8\xff\xc0\x00\x05\x08\x00\x10\xff\xda\x00\x02\xff\xd9", "frame header with a wrong length"),
        (encoded(noise(0, 32, 32), restart_marker_rows=0), "restart interval 0"),
        (encoded(noise(0, 32, 32), progressive=True), "frame type C2"),
    ],
)
def test_what_has_no_rows_of_its_own_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        jpeg.parse(data)


@given(st.binary(max_size=200))
def test_garbage_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        jpeg.parse(b"\xff\xd8" + data + b"\xff\xd9")


@pytest.mark.parametrize("size", [-5, 0, 3, 4, 5, 65_537, 65_538, 200_000])
def test_comments_lengthen_and_change_nothing_else(size: int) -> None:
    data = encoded(noise(0, 16, 16))
    longer = jpeg.with_comment(data, size)
    added = len(longer) - len(data)
    assert added == max(0, size) or max(0, size) - added < 4
    assert np.array_equal(decoded(longer), decoded(data))
    assert jpeg.parse(longer).rows == jpeg.parse(data).rows


def test_exif_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        jpeg.with_exif(encoded(noise(0, 16, 16)), bytes(65_528))
