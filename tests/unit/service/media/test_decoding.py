from __future__ import annotations

import io
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.vast import claiming, picture, with_exif

from photonic.errors import ProtocolError
from photonic.service.media.decoding import SCANS_LIMIT, opened

if TYPE_CHECKING:
    from collections.abc import Callable


def half(width: int, height: int) -> tuple[int, int]:
    return width // 2, height // 2


def shown(jpeg: bytes) -> bytes:
    with opened(jpeg, half) as (decoded, wanted):
        made = io.BytesIO()
        decoded.resize(wanted).save(made, "JPEG")
    return made.getvalue()


def peak_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_picture_is_decoded_in_about_the_size_that_is_wanted() -> None:
    with opened(picture(1600, 1200), half) as (decoded, wanted):
        decoded.load()
        assert wanted == decoded.size == (800, 600)


@pytest.mark.parametrize(
    ("jpeg", "why"),
    [
        (claiming(65500, 65500), "too large.*65500 x 65500"),
        (claiming(10000, 10000, picture(progressive=True)), "too large.*10000 x 10000"),
        (claiming(0, 48), "0 x 48"),
        (picture()[:700], "cannot be decoded: OSError"),
        (b"GIF89a", "start marker is missing"),
    ],
    ids=["vast", "vast in scans", "empty", "cut", "other"],
)
def test_what_cannot_be_decoded_within_the_limits_is_refused(jpeg: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        shown(jpeg)


def test_a_picture_of_very_many_scans_is_refused() -> None:
    whole = picture(progressive=True)
    again = whole[whole.rindex(b"\xff\xda") : -2]
    with pytest.raises(ProtocolError, match="scans"):
        shown(whole[:-2] + again * SCANS_LIMIT + whole[-2:])


@pytest.mark.parametrize("error", [MemoryError(), IndexError("x"), ValueError("y"), ZeroDivisionError()], ids=repr)
def test_whatever_goes_wrong_in_the_body_is_one_error_with_its_cause(error: Exception) -> None:
    with pytest.raises(ProtocolError, match="cannot be decoded") as refused, opened(picture(), half):
        raise error
    assert refused.value.__cause__ is error


def test_an_exif_block_of_thousands_of_odd_entries_is_not_read() -> None:
    """Pillow reads it when it opens the picture, and writes a warning for each entry; a warning fails a test."""
    jpeg = with_exif(2000, 40_000)
    assert peak_bytes(lambda: shown(jpeg)) < 5_000_000
    with opened(jpeg, half) as (decoded, _wanted):
        assert decoded.info["exif"].startswith(b"Exif\0\0")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(st.integers(0, 700), st.binary(min_size=1, max_size=30), st.booleans())
def test_a_damaged_picture_is_decoded_or_refused_and_nothing_else(place: int, damage: bytes, progressive: bool) -> None:
    whole = picture(progressive=progressive)
    with suppress(ProtocolError):
        shown(whole[:place] + damage + whole[place + len(damage) :])
