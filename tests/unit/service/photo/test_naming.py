"""Names of photos, and directories that never leave the photo root."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.service.photo import naming

AWKWARD = st.lists(
    st.sampled_from(["..", ".", "", "a", "...", "~", " ", "\\", "..\\..", ".staging", "é", "x" * 255, "x" * 256, "\0"]),
    max_size=12,
).map("/".join)


@given(st.one_of(AWKWARD, st.text(max_size=60)))
@example("/etc")
@example("..")
@example("\ud800")
def test_a_directory_is_refused_or_stays_below_the_root(text: str) -> None:
    try:
        below = naming.directory_below_root(text)
    except BadInput as error:
        assert error.field == "output_directory"
        return
    assert not below.is_absolute()
    assert ".." not in below.parts
    landed = os.path.normpath(os.path.join("/srv/photos", str(below)))  # noqa: PTH118
    assert landed == "/srv/photos" or landed.startswith("/srv/photos/")
    assert not below.parts or below.parts[0] not in naming.RESERVED
    assert all(len(part.encode()) <= 255 for part in below.parts)


@pytest.mark.parametrize(
    ("text", "below"), [("./photos", "photos"), ("", "."), (".", "."), ("a//b/", "a/b"), ("...", "...")]
)
def test_what_clients_send_is_taken(text: str, below: str) -> None:
    assert naming.directory_below_root(text) == PurePosixPath(below)


@given(st.text(max_size=40))
def test_an_extension_is_always_plain(camera_name: str) -> None:
    suffix = naming.extension(camera_name)
    assert suffix.startswith(".")
    assert suffix[1:].isascii()
    assert suffix[1:].isalnum()
    assert suffix == suffix.lower()


@pytest.mark.parametrize(
    ("camera_name", "suffix"),
    [("IMG_0001.JPG", ".jpg"), ("a.JPEG", ".jpg"), ("IMG_0001.CR2", ".cr2"), ("noname", ".bin"), ("a.b/c", ".bin")],
)
def test_extensions(camera_name: str, suffix: str) -> None:
    assert naming.extension(camera_name) == suffix


def test_siblings_share_a_stem_and_differ() -> None:
    assert naming.siblings("s_1_2", ["A.JPG", "A.CR2", "B.JPG"]) == ["s_1_2.jpg", "s_1_2.cr2", "s_1_2-2.jpg"]


def test_stems_go_on_with_two() -> None:
    stems = naming.stems("x")
    assert [next(stems) for _number in range(3)] == ["x", "x_2", "x_3"]


def test_media_types() -> None:
    assert naming.media_type(".jpg") == "image/jpeg"
    assert naming.media_type(".xyz") == "application/octet-stream"
