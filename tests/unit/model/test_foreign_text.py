"""Text from a camera: its bytes survive, and its readable part is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from photonic.model.foreign_text import decoded, encoded, name_of, raw_name, shown

LATIN1 = b"J\xf6rg"


def test_bytes_that_are_not_utf8_are_shown_as_a_replacement_and_kept() -> None:
    assert shown(decoded(LATIN1)) == "J\ufffdrg"
    assert encoded(decoded(LATIN1)) == LATIN1


def test_a_name_is_readable_where_it_can_be_and_an_escape_where_not() -> None:
    assert name_of(b"IMG_0001.JPG") == "IMG_0001.JPG"
    assert name_of("Übung.JPG".encode()) == "Übung.JPG"
    assert name_of(b"\xdcBER0001.JPG") == "\\xdcBER0001.JPG"
    assert name_of(b"a\\xdc.JPG") == "a\\x5cxdc.JPG"


def test_a_surrogate_without_a_byte_becomes_a_question_mark() -> None:
    assert encoded("\ud800") == b"?"


@given(st.binary())
def test_text_of_any_bytes_comes_back_and_is_shown_as_unicode(raw: bytes) -> None:
    assert encoded(decoded(raw)) == raw
    shown(decoded(raw)).encode("utf-8")


@given(st.binary())
def test_a_name_of_any_bytes_is_unicode_and_comes_back(raw: bytes) -> None:
    name = name_of(raw)
    assert name.encode("utf-8").decode("utf-8") == name
    assert raw_name(name) == raw


@given(st.binary(), st.binary())
def test_two_names_are_never_confused(one: bytes, other: bytes) -> None:
    assert (name_of(one) == name_of(other)) == (one == other)
