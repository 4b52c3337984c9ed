"""Settings as bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.simulator.properties import ImageFormat, Property, battery_code, factory_settings

SETTINGS = factory_settings(serial="17", lens="50mm", has_card=True, card_storage=0x20001)


@pytest.mark.parametrize("code", [code for code, known in SETTINGS.items() if known.choices])
def test_every_choice_is_taken_as_it_is_told(code: int) -> None:
    known = SETTINGS[code]
    assert known.value in known.choices
    for choice in known.choices:
        assert known.unpack(known.pack(choice)) == choice


@given(st.sampled_from(sorted(SETTINGS)), st.binary(max_size=48))
def test_other_bytes_are_a_choice_or_refused(code: int, data: bytes) -> None:
    known = SETTINGS[code]
    try:
        value = known.unpack(data)
    except BadInput:
        return
    assert value in known.choices or (known.free and isinstance(value, str))


def test_raw_and_jpeg_are_two_files_as_libgphoto2_reads_them() -> None:
    # ptp-pack.c, ptp_unpack_EOS_ImageFormat: files, then for each 16, type (1 JPEG, 6 raw), size, compression.
    assert struct.unpack("<9I", ImageFormat.RAW_L.pack()) == (2, 16, 6, 0, 4, 16, 1, 0, 3)


def test_text_ends_with_a_zero_and_fills_whole_words() -> None:
    assert Property("").pack() == b"\0\0\0\0"
    assert Property("abc").pack() == b"abc\0"
    assert Property("abcd").pack() == b"abcd\0\0\0\0"


@pytest.mark.parametrize(("percent", "code"), [(100, 2), (88, 2), (87, 4), (50, 1), (20, 5), (5, 0), (0, 0)])
def test_the_battery_is_shown_in_quarters(percent: float, code: int) -> None:
    assert battery_code(percent) == code
