"""The photos of a guest in a minute: within the limit, whatever it asks for, and told exactly when it may go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from photonic.access import capture_rate
from photonic.access.capture_rate import MINUTE_SECONDS, CaptureRate, Counted

if TYPE_CHECKING:
    import pytest

KEY = "session:one"


@given(
    limit=st.integers(1, 12),
    requests=st.lists(
        st.tuples(st.integers(0, 70).map(float), st.integers(1, 20), st.booleans()), min_size=1, max_size=40
    ),
)
def test_in_each_minute_a_guest_takes_at_most_the_limit_or_one_long_sequence(
    limit: int, requests: list[tuple[float, int, bool]]
) -> None:
    rate = CaptureRate(limit)
    accepted: list[tuple[float, int]] = []
    now = 1000.0
    for pause_seconds, photos, is_refused_elsewhere in requests:
        now += pause_seconds
        recent = [taken for at, taken in accepted if at > now - MINUTE_SECONDS]
        fits = sum(recent) + photos <= limit or not recent
        outcome = rate.count(KEY, photos, now)
        assert isinstance(outcome, Counted) is fits
        if not isinstance(outcome, Counted):
            assert 0 < outcome <= MINUTE_SECONDS
            # It may go on then, and not earlier.
            left = [taken for at, taken in accepted if at > now + outcome - MINUTE_SECONDS]
            before = [taken for at, taken in accepted if at > now + outcome - 0.5 - MINUTE_SECONDS]
            assert sum(left) + photos <= max(limit, photos) < sum(before) + photos
        elif is_refused_elsewhere:
            rate.give_back(KEY, outcome)
        else:
            accepted.append((now, photos))
        window = [taken for at, taken in accepted if at > now - MINUTE_SECONDS]
        assert sum(window) <= limit or len(window) == 1


def test_guests_do_not_count_for_each_other() -> None:
    rate = CaptureRate(1)
    assert isinstance(rate.count("session:one", 1, 0.0), Counted)
    assert isinstance(rate.count("session:two", 1, 0.0), Counted)
    assert rate.count("session:one", 1, 10.0) == 50.0
    assert isinstance(rate.count("session:one", 1, 60.0), Counted)


def test_giving_back_twice_or_after_the_guest_was_forgotten_does_nothing() -> None:
    rate = CaptureRate(1)
    counted = rate.count(KEY, 1, 0.0)
    assert isinstance(counted, Counted)
    rate.give_back(KEY, counted)
    assert isinstance(rate.count(KEY, 1, 0.0), Counted)
    rate.give_back(KEY, counted)
    rate.give_back("session:unknown", counted)
    assert isinstance(rate.count(KEY, 1, 0.0), float)


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_rate, "GUESTS_LIMIT", 10)
    rate = CaptureRate(1)
    for number in range(50):
        rate.count(f"session:{number}", 1, float(number))
    assert len(rate) == 10
    assert isinstance(rate.count("session:49", 1, 50.0), float), "the newest are kept"


def test_a_refused_guest_takes_no_place_in_the_table() -> None:
    rate = CaptureRate(1)
    rate.count(KEY, 1, 0.0)
    for second in range(100):
        rate.count(KEY, 1, second / 10)
    assert len(rate) == 1
    assert rate.count(KEY, 1, 59.0) == 1.0
