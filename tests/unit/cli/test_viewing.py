"""A viewer's statistics, with a clock that the test controls."""

from __future__ import annotations

import pytest

from photonic.cli.viewing import ViewingStatistics
from photonic.model.frame import EOI, SOI, Frame
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot


def frame(sequence: int, *, epoch: int = 1, captured_us: int = 0) -> Frame:
    return Frame(epoch, sequence, captured_us, SOI + EOI)


def snapshot(now_us: int, boot_id: str = "b") -> Snapshot:
    return Snapshot(
        boot_id=boot_id,
        rev=1,
        now_us=now_us,
        camera=CameraStatus(id="1", state=CameraState.READY),
        live=LiveStatus(state=LiveState.RUNNING),
    )


def test_without_a_frame_there_is_no_age() -> None:
    assert ViewingStatistics().age_seconds(10.0) is None


def test_frames_are_counted_and_the_longest_gap_stays() -> None:
    viewing = ViewingStatistics()
    for sequence, now in enumerate((0.0, 0.1, 1.6, 1.7)):
        viewing.on_frame(frame(sequence), now)
    assert viewing.frames == 4
    assert viewing.longest_gap_seconds == pytest.approx(1.5)


def test_the_age_is_on_the_services_clock() -> None:
    viewing = ViewingStatistics()
    viewing.on_snapshot(snapshot(now_us=5_000_000_000), 10.0)
    viewing.on_frame(frame(1, captured_us=5_000_950_000), 11.0)
    assert viewing.age_seconds(11.0) == pytest.approx(0.05)
    assert viewing.age_seconds(12.0) == pytest.approx(1.05)


def test_a_late_snapshot_does_not_make_frames_younger() -> None:
    viewing = ViewingStatistics()
    viewing.on_snapshot(snapshot(now_us=5_000_000_000), 10.0)
    viewing.on_snapshot(snapshot(now_us=5_001_000_000), 11.5)
    viewing.on_frame(frame(1, captured_us=5_000_950_000), 11.0)
    assert viewing.age_seconds(11.0) == pytest.approx(0.05)


def test_another_run_of_the_service_has_its_own_clock() -> None:
    viewing = ViewingStatistics()
    viewing.on_snapshot(snapshot(now_us=5_000_000_000), 10.0)
    viewing.on_snapshot(snapshot(now_us=1_000_000, boot_id="another"), 10.0)
    viewing.on_frame(frame(1, captured_us=1_000_000), 10.0)
    assert viewing.age_seconds(10.5) == pytest.approx(0.5)


def test_without_a_clock_the_age_counts_from_the_arrival() -> None:
    viewing = ViewingStatistics()
    viewing.on_frame(frame(1, captured_us=1), 10.0)
    assert viewing.age_seconds(10.25) == pytest.approx(0.25)
