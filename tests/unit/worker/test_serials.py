"""Serial numbers written in different ways."""

from __future__ import annotations

import pytest

from photonic.worker.serials import plausible_serial, same_serial


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("042", "42", True), ("A1b", "a1B", True), ("42", "420", False), ("42", " 42 ", True)],
)
def test_zeros_before_a_serial_number_do_not_matter(left: str, right: str, same: bool) -> None:
    assert same_serial(left, right) is same


@pytest.mark.parametrize(
    ("serial", "plausible"),
    [("012345678901", True), ("NO: 4-7/b", True), ("Đʑґ֑ޑ", False), ("12\ufffd4", False), ("12\x074", False)],
)
def test_a_serial_number_that_no_maker_gives_was_garbled(serial: str, plausible: bool) -> None:
    assert plausible_serial(serial) is plausible
