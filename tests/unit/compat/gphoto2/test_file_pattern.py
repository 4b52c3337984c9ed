"""Names of saved files: gphoto2's patterns, and ranges of numbers."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.compat.gphoto2.file_numbers import file_numbers, is_file_number
from photonic.compat.gphoto2.file_pattern import TIME_LETTERS, FilePattern, preview_name
from photonic.compat.gphoto2.results import ActionFailed, ResultCode

TAKEN = datetime(2026, 5, 4, 15, 6, 7).astimezone()
NAME, FOLDER = "IMG_0001.JPG", "/store_00020001/DCIM/100CANON"


def named(pattern: str | None, name: str = NAME, folder: str = FOLDER, first: int = 1) -> str:
    return FilePattern(pattern, first).name_for(name, folder, TAKEN)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, NAME),
        ("", NAME),
        ("photo.jpg", "photo.jpg"),
        ("%n.%C", "1.JPG"),
        ("%03n", "001"),
        ("%3n", "001"),
        ("%0n", "1"),
        ("%00n", "1"),
        ("%099n", "0" * 19 + "1"),
        ("%f-%:", "IMG_0001-img_0001.jpg"),
        ("%F/%f", "store_00020001/DCIM/100CANON/IMG_0001"),
        ("100%%", "100%"),
        ("%Y%m%d-%H%M%S", "20260504-150607"),
        ("d/%y/%j", "d/26/124"),
    ],
)
def test_a_pattern_makes_a_name(pattern: str | None, expected: str) -> None:
    assert named(pattern) == expected


def test_numbers_count_up_from_the_first() -> None:
    pattern = FilePattern("%02n%n.jpg", 9)
    assert [pattern.name_for(NAME, FOLDER, TAKEN) for _ in range(2)] == ["0910.jpg", "1112.jpg"]


def test_the_root_is_a_dot_and_a_name_without_suffix_is_its_own_stem() -> None:
    assert named("%F-%f", "plain", "/") == ".-plain"


@pytest.mark.parametrize(
    ("pattern", "name", "why"),
    [
        ("a%q.jpg", NAME, "Invalid format 'a%q.jpg' (error at position 3)."),
        ("a%", NAME, "Invalid format 'a%' (error at position 3)."),
        ("%05.jpg", NAME, "Zero padding numbers in file names is only possible with %n."),
        ("%0C", NAME, "You cannot use %n zero padding without a precision value!"),
        ("%C", "plain", "The filename provided by the camera ('plain') does not contain a suffix!"),
    ],
)
def test_an_impossible_pattern_says_why(pattern: str, name: str, why: str) -> None:
    with pytest.raises(ActionFailed) as refused:
        named(pattern, name)
    assert (refused.value.code, refused.value.reason) == (ResultCode.BAD_PARAMETERS, why)


PIECES = st.sampled_from([("%%", "%"), ("%f", "IMG_0001"), ("%C", "JPG"), ("%:", "img_0001.jpg")])
PLAIN = st.text(st.characters(exclude_characters="%"), max_size=5).map(lambda text: (text, text))


@given(st.lists(PIECES | PLAIN, min_size=1, max_size=8))
def test_text_stays_and_fields_are_replaced(pieces: list[tuple[str, str]]) -> None:
    pattern = "".join(piece for piece, _ in pieces)
    assert named(pattern or "%%") == ("".join(text for _, text in pieces) if pattern else "%")


@given(st.text("%0123456789nCfF:aq.", max_size=12))
def test_every_pattern_makes_a_name_or_is_refused(pattern: str) -> None:
    try:
        name = named(pattern)
    except ActionFailed as refused:
        assert refused.reason
    else:
        assert name or not pattern


@given(st.sampled_from(TIME_LETTERS))
def test_times_are_those_of_strftime(letter: str) -> None:
    assert named(f"%{letter}") == TAKEN.strftime(f"%{letter}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("x.jpg", "thumb_x.jpg"), ("d/x.cr2", "d/thumb_x.jpg"), ("x", "thumb_x.jpg")],
)
def test_previews_have_a_prefix(name: str, expected: str) -> None:
    assert preview_name(name) == expected


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1", [1]), ("2-4", [2, 3, 4]), ("1-5,3,7", [1, 2, 4, 5, 7]), ("4,1,", [1, 4]), ("3,3", [])],
)
def test_ranges(text: str, numbers: list[int]) -> None:
    assert file_numbers(text) == numbers


@pytest.mark.parametrize("text", ["0", "-3", "4-2", "1-2-3", "x", "70000", "1-", "1;2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ActionFailed):
        file_numbers(text)


def test_a_name_is_told_from_numbers_by_its_characters() -> None:
    assert is_file_number("1-3")
    assert not is_file_number("1,3")
    assert not is_file_number("IMG_0001.JPG")


@given(st.sets(st.integers(1, 300), min_size=1, max_size=20))
def test_a_list_of_numbers_is_that_set(numbers: set[int]) -> None:
    assert file_numbers(",".join(map(str, numbers))) == sorted(numbers)
