"""A recurring problem is logged when it changes, and then rarely."""

from __future__ import annotations

import logging

from tests.support.virtual_time import FakeClock

from photonic.recurring import REMEMBERED, REMIND_SECONDS, Recurring


def said(recurring: Recurring, words: str) -> bool:
    return recurring.level(words) == logging.WARNING


def test_a_night_without_a_camera_is_a_few_lines() -> None:
    clock = FakeClock(0.0)
    recurring, lines = Recurring(clock), 0
    for _look in range(8 * 1800):
        lines += said(recurring, "no camera found")
        clock.now += 2.0
    assert lines == 8 * 3600 / REMIND_SECONDS


def test_a_change_is_logged_at_once_and_numbers_are_not_a_change() -> None:
    recurring = Recurring(FakeClock(0.0))
    assert said(recurring, "process 12 has it")
    assert not said(recurring, "process 13 has it")
    assert said(recurring, "no camera found")
    assert not said(recurring, "process 14 has it")
    assert recurring.over()
    assert not recurring.over()
    assert said(recurring, "process 12 has it")


def test_what_is_remembered_is_bounded() -> None:
    recurring = Recurring(FakeClock(0.0))
    for number in range(10 * REMEMBERED):
        assert said(recurring, f"reason {'x' * number}")
    assert len(recurring._logged) == REMEMBERED  # pyright: ignore[reportPrivateUsage]


def test_the_caller_chooses_the_level() -> None:
    recurring = Recurring(FakeClock(0.0))
    assert recurring.level("a", logging.INFO) == logging.INFO
    assert recurring.level("a", logging.INFO) == logging.DEBUG
