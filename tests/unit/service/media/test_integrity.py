"""Cut at any place, no photo passes for whole where its length is not known."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.camera_process import JPEG
from tests.support.pictures import jpeg

from photonic.service.media.integrity import Structure, fault, structure


def tiff(order: str = "<", data: bytes = b"sensor" * 100) -> bytes:
    """Two directories, the second with one strip at the end of the file; a strip list that does not fit its entry."""
    mark = b"II" if order == "<" else b"MM"
    lists = 8 + 2 + 2 * 12 + 4
    second = lists + 16
    place = second + 2 + 2 * 12 + 4

    def directory(entries: list[tuple[int, int, int, int]], following: int) -> bytes:
        packed = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
        return struct.pack(f"{order}H", len(entries)) + packed + struct.pack(f"{order}I", following)

    half = len(data) // 2
    return b"".join(
        (
            mark + struct.pack(f"{order}HI", 42, 8),
            directory([(273, 4, 2, lists), (279, 4, 2, lists + 8)], second),
            struct.pack(f"{order}4I", place, place + half, half, len(data) - half),
            directory([(273, 4, 1, place), (279, 4, 1, len(data))], 0),
            data,
        )
    )


def boxes(data: bytes = b"sensor" * 100) -> bytes:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), kind) + content

    return box(b"ftyp", b"crx ") + box(b"moov", b"x" * 20) + struct.pack(">I4sQ", 1, b"mdat", 16 + len(data)) + data


def picture(*, thumbnail: bool = False) -> bytes:
    return jpeg("red", (64, 48), thumbnail=thumbnail)


WHOLE = {".jpg": JPEG, ".cr2": tiff(), ".nef": tiff(">"), ".cr3": boxes()}


@pytest.mark.parametrize("extension", WHOLE)
def test_a_whole_photo_is_whole(extension: str) -> None:
    content = WHOLE[extension]
    assert structure(io.BytesIO(content), len(content), extension) is Structure.WHOLE
    assert fault(io.BytesIO(content), len(content), extension, None) is None


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_photo_that_is_cut_off_is_never_whole(extension: str, data: st.DataObject) -> None:
    content = WHOLE[extension]
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    # A JPEG ends at its end marker; what a camera pads it with is not missed.
    assert fault(io.BytesIO(cut), len(cut), extension, None) is not None


@given(st.sampled_from([".jpg", ".cr2", ".cr3", ".raf", ".bin"]), st.binary(max_size=300))
def test_any_bytes_get_an_answer(extension: str, content: bytes) -> None:
    for reported in (None, len(content)):
        fault(io.BytesIO(content), len(content), extension, reported)


@given(st.data())
def test_a_damaged_directory_gets_an_answer(data: st.DataObject) -> None:
    content = bytearray(tiff())
    for _change in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, 90))] = data.draw(st.integers(0, 255))
    structure(io.BytesIO(bytes(content)), len(content), ".cr2")


PADDINGS = [b"\0\0", b"\r\n", bytes(70_000)]


@pytest.mark.parametrize("behind", PADDINGS, ids=len)
@pytest.mark.parametrize("extension", WHOLE)
def test_padding_behind_the_end_makes_no_photo_less_whole(extension: str, behind: bytes) -> None:
    content = (picture() if extension == ".jpg" else WHOLE[extension]) + behind
    for reported in (None, len(content)):
        assert fault(io.BytesIO(content), len(content), extension, reported) is None


def test_what_lies_behind_a_jpeg_is_believed_where_the_length_is_the_cameras() -> None:
    content = picture() + b"a film of the moment before" * 5000
    assert fault(io.BytesIO(content), len(content), ".jpg", len(content)) is None
    assert "structure" in (fault(io.BytesIO(content), len(content), ".jpg", None) or "")
    assert "instead of" in (fault(io.BytesIO(content), len(content), ".jpg", len(content) + 1) or "")


@pytest.mark.parametrize("behind", [b"\0\0", b"\r\n", bytes(70_000)], ids=len)
def test_a_jpeg_that_is_cut_is_not_whole_for_its_padding(behind: bytes) -> None:
    """A thumbnail has an end of its own."""
    whole = picture(thumbnail=True)
    for cut in (200, len(whole) - 2, len(whole) - 1):
        content = whole[:cut] + behind
        assert fault(io.BytesIO(content), len(content), ".jpg", len(content)) is not None


def test_the_cameras_length_counts_and_zeros_are_no_photo() -> None:
    assert fault(io.BytesIO(b"raw"), 3, ".raf", 3) is None
    assert fault(io.BytesIO(b"raw"), 3, ".raf", 4) == "3 bytes arrived instead of 4 bytes"
    assert fault(io.BytesIO(b"raw"), 3, ".raf", None) is not None
    assert fault(io.BytesIO(bytes(99)), 99, ".cr2", 99) is not None
    assert fault(io.BytesIO(b""), 0, ".jpg", None) is not None
