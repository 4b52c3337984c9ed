from __future__ import annotations

import pytest

from photonic.worker.supervision.deadline import (
    MARGIN_SECONDS,
    POLL_SECONDS,
    SILENCE_SECONDS,
    STARTUP_SECONDS,
    Watch,
)


class Observed:
    """A watch that is polled as often as it requires, in virtual time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.watch = Watch(self.now)

    def until_overdue(self, at_most_seconds: float) -> tuple[float, str] | None:
        """The time after which it found the process overdue, and the reason."""
        start = self.now
        while self.now < start + at_most_seconds:
            if overdue := self.watch.poll(self.now):
                return self.now - start, overdue.reason
            self.now += max(0.001, self.watch.wait_seconds(self.now))
        return None


def test_a_process_that_never_sends_a_message_is_overdue_after_the_startup_limit() -> None:
    found = Observed().until_overdue(60)
    assert found is not None
    assert found[0] == pytest.approx(STARTUP_SECONDS, abs=0.01)
    assert "start" in found[1]


def test_silence_is_overdue_after_the_first_message() -> None:
    seen = Observed()
    seen.watch.idle(seen.now)
    found = seen.until_overdue(60)
    assert found is not None
    assert found[0] == pytest.approx(SILENCE_SECONDS, abs=0.01)
    assert "silent" in found[1]


def test_a_process_that_sends_a_message_every_second_is_not_overdue() -> None:
    seen = Observed()
    for _ in range(100):
        seen.watch.heard(seen.now)
        assert seen.until_overdue(1.0) is None


def test_a_call_has_its_own_limit_and_is_named() -> None:
    seen = Observed()
    seen.watch.calling("capture_preview", 2.0, seen.now)
    found = seen.until_overdue(60)
    assert found is not None
    assert found[0] == pytest.approx(2.0 + MARGIN_SECONDS, abs=0.01)
    assert "capture_preview" in found[1]


def test_a_long_call_may_be_silent_and_other_messages_do_not_extend_it() -> None:
    seen = Observed()
    seen.watch.calling("trigger", 40.0, seen.now)
    assert seen.until_overdue(39.0) is None
    seen.watch.heard(seen.now)
    found = seen.until_overdue(60)
    assert found is not None
    assert found[0] == pytest.approx(1.0 + MARGIN_SECONDS, abs=POLL_SECONDS + 0.01)


def test_after_a_call_silence_counts_again() -> None:
    seen = Observed()
    seen.watch.calling("trigger", 40.0, seen.now)
    seen.watch.idle(seen.now)
    found = seen.until_overdue(60)
    assert found is not None
    assert found[0] == pytest.approx(SILENCE_SECONDS, abs=0.01)


def test_a_command_that_loops_is_overdue() -> None:
    seen = Observed()
    seen.watch.commanded("StartPreview", 5.0, seen.now)
    elapsed = 0.0
    while elapsed < 20:
        seen.watch.idle(seen.now)
        if found := seen.until_overdue(0.5):
            assert "StartPreview" in found[1]
            break
        elapsed += 0.5
    assert elapsed == pytest.approx(5.0, abs=0.5)


def test_an_answered_command_has_no_limit() -> None:
    seen = Observed()
    seen.watch.idle(seen.now)
    seen.watch.commanded("StartPreview", 5.0, seen.now)
    seen.watch.answered()
    assert seen.until_overdue(9.0) is None


def test_an_announced_end_has_to_come() -> None:
    seen = Observed()
    seen.watch.idle(seen.now)
    seen.watch.ending(2.0, seen.now)
    seen.watch.calling("exit", 60.0, seen.now)
    found = seen.until_overdue(60)
    assert found is not None
    assert found[0] == pytest.approx(2.0, abs=0.01)


def test_time_in_which_the_parent_itself_was_stalled_is_not_counted() -> None:
    seen = Observed()
    seen.watch.calling("capture_preview", 2.0, seen.now)
    assert seen.watch.poll(seen.now) is None
    seen.now += 600.0
    assert seen.watch.poll(seen.now) is None
    found = seen.until_overdue(60)
    assert found is not None
    assert found[0] < 2.0 + MARGIN_SECONDS + POLL_SECONDS
