"""Datasets: round trips, and truncated or malformed bytes are refused."""

from __future__ import annotations

import struct
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import ProtocolError
from photonic.ptp import datasets
from photonic.ptp.datasets import DeviceInfo, ObjectInfo, StorageInfo

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
CODES = st.lists(st.integers(0, 2**16 - 1), max_size=20).map(tuple)
NOON = datetime(2026, 5, 17, 12, 30, 1)  # noqa: DTZ001  cameras have no zone

DEVICES = st.builds(
    DeviceInfo,
    vendor=st.integers(0, 2**32 - 1),
    operations=CODES,
    events=CODES,
    properties=CODES,
    capture_formats=CODES,
    image_formats=CODES,
    manufacturer=TEXT,
    model=TEXT,
    version=TEXT,
    serial=TEXT,
)


@given(TEXT, st.binary(max_size=5))
def test_a_string_is_read_as_it_was_written(text: str, behind: bytes) -> None:
    data = datasets.pack_string(text)
    assert datasets.unpack_string(data + behind) == (text, len(data))


def test_the_empty_string_is_a_single_zero() -> None:
    assert datasets.pack_string("") == b"\0"


def test_a_string_that_is_too_long_is_cut_and_still_closed() -> None:
    data = datasets.pack_string("x" * 1000)
    assert datasets.unpack_string(data) == ("x" * datasets.LONGEST_STRING, len(data))


@given(st.lists(st.integers(0, 2**32 - 1), max_size=30))
def test_an_array_is_read_as_it_was_written(values: list[int]) -> None:
    data = datasets.pack_array(values, "I")
    assert datasets.unpack_array(data, "I") == (tuple(values), len(data))


@given(DEVICES)
def test_device_information_is_read_as_it_was_written(device: DeviceInfo) -> None:
    assert DeviceInfo.unpack(device.pack()) == device


@given(DEVICES, st.data())
def test_cut_device_information_is_refused(device: DeviceInfo, data: st.DataObject) -> None:
    whole = device.pack()
    with pytest.raises(ProtocolError):
        DeviceInfo.unpack(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_read(data: bytes) -> None:
    with suppress(ProtocolError):
        DeviceInfo.unpack(data)


def test_a_string_that_is_not_utf_16_is_refused() -> None:
    with pytest.raises(ProtocolError, match="UTF-16"):
        datasets.unpack_string(b"\x02\x00\xd8\x00\x00")


def test_storage_information_has_the_layout_that_libgphoto2_reads() -> None:
    data = StorageInfo(32_000_000_000, 5_000_000_000, 400, "SD", "EOS_DIGITAL", read_only=True).pack()
    # ptp-pack.c, ptp_unpack_SI: type, file system, access, capacity at 6, free at 14, images at 22, strings at 26.
    assert struct.unpack_from("<HHHQQI", data) == (4, 3, 1, 32_000_000_000, 5_000_000_000, 400)
    label_at = datasets.unpack_string(data, 26)
    assert label_at[0] == "SD"
    assert datasets.unpack_string(data, label_at[1]) == ("EOS_DIGITAL", len(data))


def test_object_information_has_the_layout_that_libgphoto2_reads() -> None:
    data = ObjectInfo(0x20001, 0x3801, 1234, 0x20000001, "IMG_0001.JPG", NOON, 99).pack()
    # ptp-pack.c, ptp_unpack_OI: storage 0, format 4, size 8, thumbnail size 14, parent 38, name 52.
    assert struct.unpack_from("<IH", data) == (0x20001, 0x3801)
    assert struct.unpack_from("<I", data, 8) == (1234,)
    assert struct.unpack_from("<I", data, 14) == (99,)
    assert struct.unpack_from("<I", data, 38) == (0x20000001,)
    name, behind = datasets.unpack_string(data, 52)
    assert name == "IMG_0001.JPG"
    assert datasets.unpack_string(data, behind)[0] == "20260517T123001"
