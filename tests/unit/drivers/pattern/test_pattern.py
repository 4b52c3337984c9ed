from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.pattern_stamps import stamp_of

from photonic.drivers.pattern.pattern import Pattern, stamped
from photonic.errors import BadInput


@given(st.integers(30_000, 300_000), st.integers(0, 5))
def test_a_frame_is_a_real_jpeg_of_exactly_the_size_asked_for(size: int, seed: int) -> None:
    pattern = Pattern.parse(f"pattern:size={size},width=96,height=64,seed={seed}")
    for number, picture in enumerate(pattern.pictures()):
        frame = stamped(picture, number, 1_234_567_890)
        assert len(frame) == size
        assert stamp_of(frame) == (number, 1_234_567_890)
        with Image.open(io.BytesIO(frame)) as image:
            image.load()
            assert image.size == (96, 64)


def test_the_same_seed_draws_the_same_pictures_and_no_two_are_the_same() -> None:
    first = Pattern().pictures()
    assert first == Pattern().pictures()
    assert first != Pattern(seed=2).pictures()
    assert len(set(first)) == len(first)


def test_an_address_without_keys_is_the_default() -> None:
    assert Pattern.parse("pattern:") == Pattern(fps=30, size=80_000, width=960, height=640, seed=1)
    assert Pattern.parse("pattern:fps=25,seed=7") == Pattern(fps=25, seed=7)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("vusb:x", "not a test pattern"),
        ("pattern:colour=red", "its keys are fps, size, width, height, seed"),
        ("pattern:fps=0", "from 1 to 240"),
        ("pattern:fps=fast", "whole number"),
        ("pattern:size=", "whole number"),
        ("pattern:size=-5", "whole number"),
    ],
)
def test_bad_addresses_are_refused_with_what_they_take(address: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Pattern.parse(address)


def test_pictures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="at least"):
        Pattern(size=4_000).pictures()


def test_other_pictures_have_no_stamp() -> None:
    for other in (b"", b"\xff\xd8\xff\xd9", Pattern().pictures()[0]):
        with pytest.raises(ValueError, match="not a frame"):
            stamp_of(other)
