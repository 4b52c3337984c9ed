"""Snapshots are ordered by when their requests were sent, however they arrive."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from photonic.protocol.ordering import Order, SnapshotOrder


def test_within_a_run_higher_replaces_equal_renews_and_lower_is_dropped() -> None:
    order = SnapshotOrder()
    taken = [order.ingest("a", rev, sent=1, newest_sent=1) for rev in (5, 6, 6, 5)]
    assert taken == [Order.FIRST, Order.NEWER, Order.SAME, Order.STALE]
    assert (order.run, order.rev) == ("a", 6)


def test_another_run_replaces_the_present_one_if_it_answers_a_later_request() -> None:
    order = SnapshotOrder()
    order.ingest("a", 5, sent=1, newest_sent=3)
    assert order.ingest("b", 1, sent=3, newest_sent=4) is Order.UNPROVEN
    assert (order.run, order.rev) == ("a", 5)
    assert order.ingest("b", 1, sent=4, newest_sent=4) is Order.NEW_RUN
    assert (order.run, order.rev) == ("b", 1)


def test_a_late_answer_of_a_run_that_has_ended_is_dropped_and_the_living_run_stays() -> None:
    order = SnapshotOrder()
    order.ingest("old", 9, sent=1, newest_sent=1)
    order.ingest("new", 1, sent=3, newest_sent=3)
    assert order.ingest("old", 10, sent=2, newest_sent=3) is Order.UNPROVEN
    assert order.ingest("new", 2, sent=3, newest_sent=3) is Order.NEWER


def test_newer_snapshots_of_the_present_run_do_not_weaken_a_later_dial() -> None:
    order = SnapshotOrder()
    order.ingest("a", 5, sent=1, newest_sent=1)
    assert order.ingest("a", 6, sent=1, newest_sent=2) is Order.NEWER
    assert order.ingest("b", 1, sent=2, newest_sent=2) is Order.NEW_RUN


def test_no_run_is_rejected_forever() -> None:
    order = SnapshotOrder()
    order.ingest("a", 9, sent=1, newest_sent=1)
    order.ingest("b", 1, sent=2, newest_sent=2)
    assert order.ingest("a", 1, sent=3, newest_sent=3) is Order.NEW_RUN


@dataclass
class Life:
    """The successive runs of a service, and a client's requests; the run at that time or a later one answers."""

    runs: int
    answers: list[tuple[int, int]]
    """For each request, in order: how many runs it waits for, and after how many more requests its answer arrives."""

    def present(self, sent: int) -> int:
        """The run that is there when this is sent."""
        return 1 + (sent - 1) * self.runs // len(self.answers)

    def words(self) -> list[tuple[int, int, int]]:
        """What is heard, in that order: after which sending, the answer to which one, from which run."""
        heard: list[tuple[int, int, int]] = []
        for sent, (waits, late) in enumerate(self.answers, start=1):
            run = min(self.runs, self.present(sent) + waits)
            begins = next(at for at in range(1, len(self.answers) + 1) if self.present(at) >= run)
            heard.append((max(sent + late, begins), sent, run))
        return sorted(heard)


LIVES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=6, max_size=30).flatmap(
    lambda answers: st.builds(Life, runs=st.integers(1, 6), answers=st.just(answers))
)


@given(LIVES)
def test_the_run_that_is_known_never_goes_back_and_is_the_last_one_in_the_end(life: Life) -> None:
    order = SnapshotOrder()
    known: list[int] = []
    for at, sent, run in life.words():
        order.ingest(run, 1, sent=sent, newest_sent=min(at, len(life.answers)))
        assert isinstance(order.run, int)
        known.append(order.run)
    assert known == sorted(known)
    last = len(life.answers) + 1
    order.ingest(life.runs, 1, sent=last, newest_sent=last)
    assert order.run == life.runs
