"""Calls at times."""

from __future__ import annotations

from functools import partial

from photonic.simulator.scheduler import Scheduler


def test_calls_come_in_the_order_of_their_times_with_their_times() -> None:
    scheduler, made = Scheduler(), list[tuple[str, float]]()
    for name, at in (("late", 3.0), ("early", 1.0), ("early too", 1.0)):
        scheduler.put(at, lambda now, name=name: made.append((name, now)))
    assert scheduler.next_time == 1.0
    scheduler.advance(2.0)
    assert made == [("early", 1.0), ("early too", 1.0)]
    scheduler.advance(99.0)
    assert made[-1] == ("late", 3.0)
    assert scheduler.next_time is None


def test_what_a_call_puts_down_is_made_in_the_same_advance_when_it_is_due() -> None:
    scheduler, made = Scheduler(), list[float]()

    def again(times: int, now: float) -> None:
        made.append(now)
        if times:
            scheduler.put(now + 1.0, partial(again, times - 1))

    scheduler.put(1.0, partial(again, 5))
    scheduler.advance(3.5)
    assert made == [1.0, 2.0, 3.0]
    assert scheduler.next_time == 4.0
