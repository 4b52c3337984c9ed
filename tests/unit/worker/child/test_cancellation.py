"""Cancelled captures are remembered for a limited time, and one thread may add while another checks."""

from __future__ import annotations

import threading

from photonic.worker.child.cancellation import REMEMBERED, Cancellations


def test_what_was_cancelled_is_known_until_it_has_ended() -> None:
    cancelled = Cancellations()
    cancelled.add("a")
    assert "a" in cancelled
    assert "b" not in cancelled
    cancelled.discard("a")
    cancelled.discard("b")
    assert "a" not in cancelled


def test_cancellations_of_captures_that_never_arrive_are_forgotten() -> None:
    cancelled = Cancellations()
    for number in range(REMEMBERED + 1):
        cancelled.add(str(number))
    assert "0" not in cancelled
    assert "1" in cancelled
    assert str(REMEMBERED) in cancelled


def test_another_thread_may_cancel_meanwhile() -> None:
    cancelled = Cancellations()
    adding = threading.Thread(target=lambda: [cancelled.add(str(number)) for number in range(20_000)])
    adding.start()
    while adding.is_alive():
        assert "never" not in cancelled
    adding.join()
    assert "19999" in cancelled
