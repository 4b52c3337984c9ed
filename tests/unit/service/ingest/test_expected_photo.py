"""The capture that a late still resolves: by the camera's clock, and none if the clock does not decide it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.model.exif import ExifFacts
from photonic.service.ingest.expected_photo import (
    FRACTION_SECONDS,
    LONGEST_SHOT_SECONDS,
    SLOWEST_RELEASE_SECONDS,
    TOLERANCE_SECONDS,
    WHOLE_SECONDS,
    fits,
    is_of_another,
    is_proven,
    latest_moment,
    owners,
)
from photonic.service.journal.card_rows import ExpectedPhoto, RivalCapture

NOW = 1_750_000_000
AHEAD = 7200.0
FIRST, SECOND = ExpectedPhoto("c1", NOW + 10, NOW), ExpectedPhoto("c2", NOW + 60, NOW + 40)
NEXT = ExpectedPhoto("c3", NOW + 35, NOW + 11)


def on_camera(*seconds: float) -> list[int | None]:
    return [round(NOW + AHEAD + one) for one in seconds]


@pytest.mark.parametrize(
    ("stills", "owed", "expected"),
    [
        (on_camera(5), [FIRST], ["c1"]),
        (on_camera(200), [FIRST], [None]),
        (on_camera(-60), [FIRST], [None]),
        (on_camera(5, 200), [FIRST], ["c1", None]),
        # Two stills match the time of one capture: both are uncertain.
        (on_camera(5, 7), [FIRST], [None, None]),
        (on_camera(5, 50), [FIRST, SECOND], ["c1", "c2"]),
        (on_camera(50), [FIRST, SECOND], ["c2"]),
        (on_camera(5, 6, 50), [FIRST, SECOND], [None, None, "c2"]),
        # As many stills as captures prove nothing: the first one may be of the second capture, and the other nobody's.
        (on_camera(12, 30), [FIRST, NEXT], [None, None]),
        ([None], [FIRST], [None]),
        ([], [FIRST], []),
        (on_camera(5), [], [None]),
    ],
)
def test_the_time_decides(stills: list[int | None], owed: list[ExpectedPhoto], expected: list[str | None]) -> None:
    assert owners(stills, owed, AHEAD) == expected


@pytest.mark.parametrize(("seconds", "fit"), [(-6, False), (-5, True), (13, True), (14, False)])
def test_a_photo_taken_after_the_failure_was_told_is_not_the_captures(seconds: int, fit: bool) -> None:
    assert fits(round(NOW + AHEAD + seconds), FIRST, AHEAD) is fit


@pytest.mark.parametrize(("seconds", "fit"), [(-4, False), (-3, True), (5, True)])
def test_a_photo_older_than_that_of_the_capture_before_is_not_the_captures(seconds: int, fit: bool) -> None:
    """An earlier capture took it, and was given the button's photo, since the camera did not report this one."""
    capture = replace(FIRST, after=NOW + AHEAD - 3)
    assert fits(round(NOW + AHEAD + seconds), capture, AHEAD) is fit


@pytest.mark.parametrize(("seconds", "fit"), [(10, True), (11, None), (13, None), (14, False)])
def test_a_photo_taken_when_a_later_capture_waited_for_its_own_may_be_that_ones(seconds: int, fit: bool | None) -> None:
    """It was given the button's photo, since the camera did not report this one."""
    capture = replace(FIRST, rivals=(RivalCapture(NOW + 12, NOW + AHEAD + 20),))
    assert fits(round(NOW + AHEAD + seconds), capture, AHEAD) is fit
    quick = replace(FIRST, rivals=(RivalCapture(NOW + 12, NOW + AHEAD + 11),))
    assert fits(round(NOW + AHEAD + seconds), quick, AHEAD) is (fit is not False)


def test_an_unknown_clock_resolves_no_capture() -> None:
    assert owners(on_camera(5), [FIRST], None) == [None]
    assert fits(NOW, FIRST, None) is None


def test_a_capture_that_a_crash_interrupted_expects_no_photo_taken_hours_later() -> None:
    crashed = ExpectedPhoto("c1", NOW + 36_000, NOW)
    assert fits(NOW + LONGEST_SHOT_SECONDS, crashed, 0.0)
    assert not fits(NOW + 3600, crashed, 0.0)
    assert fits(NOW + 3600, ExpectedPhoto("c1", NOW + 36_000, NOW, bulb_seconds=3600), 0.0)


@pytest.mark.parametrize(
    ("ago", "exactly", "late"), [(7, False, True), (3, False, False), (3, True, True), (0, True, False)]
)
def test_the_photo_of_a_capture_that_failed_at_once_is_told_by_a_clock_that_is_known_exactly(
    ago: int, exactly: bool, late: bool
) -> None:
    """The capture was exposed at second 10; the failed one began at second 0 and had ended by then."""
    at = datetime.fromtimestamp(NOW + 10 - ago, UTC)
    exif = ExifFacts(taken_at=(at + timedelta(seconds=AHEAD)).replace(tzinfo=None))
    latest = latest_moment(exif, AHEAD if exactly else None)
    assert is_of_another(NOW + AHEAD + 10 - ago, NOW + 10, [FIRST], AHEAD, latest) is late


@pytest.mark.parametrize(("fraction", "later"), [(0, WHOLE_SECONDS), (250_000, FRACTION_SECONDS)])
def test_the_latest_moment_of_a_photo_allows_for_whole_seconds(fraction: int, later: float) -> None:
    at = datetime.fromtimestamp(NOW, UTC).replace(microsecond=fraction)
    assert latest_moment(ExifFacts(taken_at=at), AHEAD) == at.timestamp() - AHEAD + later
    assert latest_moment(ExifFacts(iso=100), AHEAD) is None
    assert latest_moment(None, AHEAD) is None


@pytest.mark.parametrize(("seconds", "proven"), [(25, False), (26, False), (35, True), (41, True), (34, False)])
def test_a_photo_is_a_captures_own_if_it_was_taken_after_its_release_and_long_after_the_failed_ones(
    seconds: int, proven: bool
) -> None:
    """The capture was exposed at second 40; the failed ones at seconds 0 and 20."""
    failed = [FIRST, ExpectedPhoto("c2", NOW + 39, NOW + 20 - SLOWEST_RELEASE_SECONDS)]
    assert is_proven(NOW + AHEAD + seconds, NOW + 40, failed, AHEAD) is proven
    assert not is_proven(None, NOW + 40, failed, AHEAD)
    assert not is_proven(NOW + AHEAD + seconds, NOW + 40, failed, None)


def test_a_capture_that_a_crash_interrupted_may_have_run_longer_than_is_on_record() -> None:
    crashed = ExpectedPhoto("c1", NOW + 20, NOW, interrupted=True)
    assert [fits(NOW + seconds, crashed, 0.0) for seconds in (-6, 23, 24, 123, 124)] == [False, True, None, None, False]
    assert owners([NOW + 23, NOW + 24], [crashed], 0.0) == ["c1", None]


TIMES = st.lists(st.one_of(st.none(), st.integers(NOW - 100, NOW + 400)), max_size=6)
OWED = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=4)


@given(TIMES, OWED, st.one_of(st.none(), st.floats(-50, 50)))
def test_a_still_resolves_only_a_capture_that_ran_at_its_time_and_at_most_one(
    times: list[int | None], spans: list[tuple[int, int]], ahead: float | None
) -> None:
    expected = [
        ExpectedPhoto(f"c{number}", NOW + began + lasted, NOW + began) for number, (began, lasted) in enumerate(spans)
    ]
    by_id = {one.capture_id: one for one in expected}
    found = owners(times, expected, ahead)
    assert len(found) == len(times)
    given_ = [one for one in found if one is not None]
    assert len(given_) == len(set(given_))
    for at, capture_id in zip(times, found, strict=True):
        if capture_id is not None:
            assert at is not None
            assert ahead is not None
            one = by_id[capture_id]
            assert one.began - TOLERANCE_SECONDS <= at - ahead <= one.since + TOLERANCE_SECONDS
