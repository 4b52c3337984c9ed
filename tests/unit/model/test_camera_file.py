"""Which files of a camera belong to one exposure, and which are copies on two cards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.model.camera_file import TWIN_SECONDS, below_storage, copies, of_one_exposure, storage

ONE, TWO = "/store_00020001/DCIM/100CANON", "/store_00030001/DCIM/100CANON"
NOW = 1_750_000_000


@dataclass(frozen=True)
class File:
    name: str
    folder: str | None = ONE
    size_bytes: int | None = 100
    taken_at: int | None = NOW


RAW = File("IMG_0001.CR3")


@pytest.mark.parametrize(
    "other",
    [
        File("IMG_0001.JPG"),
        File("IMG_0001.HIF"),
        File("IMG_0001.JPG", taken_at=NOW + TWIN_SECONDS),
        File("IMG_0001.JPG", folder=None, taken_at=None),
        File("IMG_0001.JPG", taken_at=None),
        File("IMG_0001.JPG", folder=TWO),
        File("IMG_0001.JPG", folder="/store_00030001/DCIM/103CANON"),
    ],
)
def test_raw_and_its_picture_are_of_one_exposure(other: File) -> None:
    assert of_one_exposure(RAW, other)
    assert of_one_exposure(other, RAW)


@pytest.mark.parametrize(
    "other",
    [
        RAW,
        File("IMG_0002.JPG"),
        File("IMG_0001.CR3", taken_at=NOW + 1),
        File("IMG_0001.JPG", taken_at=NOW + TWIN_SECONDS + 1),
        # The numbering goes on in the next folder.
        File("IMG_0001.JPG", folder="/store_00020001/DCIM/101CANON"),
        # Another card may have anything by that name.
        File("IMG_0001.JPG", folder=TWO, taken_at=None),
    ],
)
def test_others_are_not(other: File) -> None:
    assert not of_one_exposure(RAW, other)
    assert not of_one_exposure(other, RAW)


def test_a_copy_agrees_in_everything_but_the_storage() -> None:
    assert copies(RAW, replace(RAW, folder=TWO))
    assert not copies(RAW, RAW)


@given(
    st.sampled_from(["IMG_0001.CR3", "IMG_0002.CR3", "IMG_0001.JPG"]),
    st.sampled_from([None, ONE, TWO, "/store_00030001/DCIM/101CANON", "/"]),
    st.sampled_from([None, 100, 101]),
    st.sampled_from([None, NOW, NOW + 1]),
)
def test_files_that_differ_or_are_unknown_are_not_copies(
    name: str, folder: str | None, size_bytes: int | None, taken_at: int | None
) -> None:
    other = File(name, folder, size_bytes, taken_at)
    assert copies(RAW, other) == copies(other, RAW) == (other == replace(RAW, folder=TWO))


def test_a_folder_is_split_into_storage_and_path() -> None:
    assert (storage(ONE), below_storage(ONE)) == ("/store_00020001", "/DCIM/100CANON")
    assert (storage("/"), below_storage("/")) == ("", "/")
