from __future__ import annotations

import pytest

from photonic.worker.child.preview import Budget, FrameFailure, PreviewRecord, Remedy, remedy

BUDGET = Budget(failures=5, seconds=4.0, restarts=2, proven_seconds=30.0)


@pytest.mark.parametrize(
    ("failure_class", "expected"),
    [
        (FrameFailure(1, 0.1, 0), Remedy.RETRY),
        (FrameFailure(4, 3.9, 2), Remedy.RETRY),
        (FrameFailure(5, 0.5, 0), Remedy.RESTART),
        (FrameFailure(1, 4.0, 1), Remedy.RESTART),
        (FrameFailure(5, 0.5, 2), Remedy.GIVE_UP),
        (FrameFailure(1, 9.0, 2), Remedy.GIVE_UP),
    ],
)
def test_each_rung_has_its_budget(failure_class: FrameFailure, expected: Remedy) -> None:
    assert remedy(failure_class, BUDGET) is expected


def _fail(record: PreviewRecord, now: float, times: int) -> list[Remedy]:
    return [record.failed(now) for _ in range(times)]


def test_two_restarts_then_the_process_is_given_up() -> None:
    record = PreviewRecord(0.0, BUDGET)
    remedies = _fail(record, 1.0, 15)
    assert [number for number, chosen in enumerate(remedies, 1) if chosen is Remedy.RESTART] == [5, 10]
    assert remedies[14] is Remedy.GIVE_UP


def test_one_good_frame_forgets_failures_but_not_restarts() -> None:
    record = PreviewRecord(0.0, BUDGET)
    for _ in range(2):
        assert _fail(record, 1.0, 5)[-1] is Remedy.RESTART
        record.fresh(1.1)
    assert _fail(record, 1.2, 5)[-1] is Remedy.GIVE_UP


def test_restarts_are_forgotten_after_half_a_minute_of_good_frames() -> None:
    record = PreviewRecord(0.0, BUDGET)
    for _ in range(2):
        _fail(record, 1.0, 5)
    record.fresh(2.0)
    record.fresh(32.0)
    assert _fail(record, 32.1, 5)[-1] is Remedy.RESTART


def test_a_capture_forgets_failures_but_not_the_time_without_a_frame() -> None:
    record = PreviewRecord(0.0, BUDGET)
    record.fresh(0.0)
    _fail(record, 3.0, 4)
    record.paused(3.0)
    record.resumed(40.0)
    assert record.tried_seconds(40.0) == pytest.approx(3.0)
    assert record.failed(40.5) is Remedy.RETRY
    assert record.failed(41.0) is Remedy.RESTART
