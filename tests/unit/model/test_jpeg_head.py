from __future__ import annotations

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.vast import claiming, picture, with_exif

from photonic.errors import ProtocolError
from photonic.model.jpeg_head import KEPT_BYTES_LIMIT, SEGMENTS_LIMIT, is_showable, read_head


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def test_the_head_of_a_jpeg_is_read() -> None:
    whole = picture(321, 123)
    head = read_head(whole)
    assert (head.width, head.height, head.components, head.buffered, head.lossless) == (321, 123, 3, False, False)
    assert head.needed + whole[head.scan_at :] == whole
    assert read_head(memoryview(whole)) == head
    assert read_head(picture(progressive=True)).buffered


def test_only_what_decoding_needs_is_kept() -> None:
    plain = picture()
    full = plain[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + bytes(60_000)) + plain[2:]
    full = full[:2] + segment(0xFE, bytes(60_000)) + full[2:]
    assert read_head(full).needed == read_head(plain).needed
    reported = read_head(with_exif(10, 100))
    assert reported.exif is not None
    assert reported.exif.startswith(b"Exif\0\0II")
    assert b"Exif" not in reported.needed


def test_fill_bytes_may_precede_a_marker() -> None:
    whole = picture()
    assert read_head(whole[:2] + b"\xff\xff" + whole[2:]).needed == read_head(whole).needed


@pytest.mark.parametrize(
    ("jpeg", "why"),
    [
        (b"", "start marker"),
        (b"\xff\xd8", "marker"),
        (b"\xff\xd8\xff\xd9", "marker"),
        (picture()[:100], "segment"),
        (b"\xff\xd8" + segment(0xE0, b"") * SEGMENTS_LIMIT, "segments"),
        (b"\xff\xd8" + segment(0xDB, bytes(60_000)) * (KEPT_BYTES_LIMIT // 60_000 + 1), "head"),
        (b"\xff\xd8" + segment(0xDA, bytes(10)), "frame header"),
        (b"\xff\xd8" + segment(0xC0, bytes(15)) * 2, "two frame headers"),
        (b"\xff\xd8" + segment(0xC0, bytes(3)), "truncated"),
    ],
)
def test_an_invalid_head_is_refused(jpeg: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        read_head(jpeg)


@pytest.mark.parametrize(
    ("sides", "padding", "showable"),
    [
        ((65500, 65500), 0, False),
        ((65500, 65500), 30_000_000, False),
        ((11648, 8736), 0, False),
        ((11648, 8736), 400_000, True),
        ((4000, 4000), 0, True),
        ((640, 480), 0, True),
    ],
)
def test_a_frame_that_claims_more_than_cameras_have_or_its_bytes_hold_is_not_shown(
    sides: tuple[int, int], padding: int, *, showable: bool
) -> None:
    assert is_showable(claiming(*sides) + bytes(padding)) is showable
    assert is_showable(memoryview(claiming(*sides, picture(progressive=True)) + bytes(padding))) is showable


def test_a_plain_jpeg_has_fewer_pixels_per_byte_than_the_limit() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (5000, 4000)).save(plain, "JPEG", quality=1, optimize=True)
    assert is_showable(plain.getvalue())


@given(st.binary(max_size=300), st.integers(0, 700), st.binary(max_size=20))
def test_rubbish_is_refused_or_read_and_nothing_else(rubbish: bytes, place: int, damage: bytes) -> None:
    whole = picture()
    damaged = whole[:place] + damage + whole[place + len(damage) :]
    for jpeg in (rubbish, b"\xff\xd8\xff" + rubbish, damaged):
        is_showable(jpeg)
        with suppress(ProtocolError):
            read_head(jpeg)
