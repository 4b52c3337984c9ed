"""Stretches of time."""

from __future__ import annotations

import math

from soak import budgets
from soak.history import Began, Closed, Ended, Finished, Opened, Started
from soak.spans import Span, common, explained_to, explanations, joined, watching, without


def test_joined() -> None:
    assert joined([Span(5, 6), Span(1, 3), Span(2, 4)]) == [Span(1, 4), Span(5, 6)]


def test_without() -> None:
    covers = [Span(0, 1), Span(2, 3), Span(4, 20)]
    assert without(Span(0.5, 10), covers) == [Span(1, 2), Span(3, 4)]
    assert without(Span(5, 6), covers) == []
    assert without(Span(30, 31), covers) == [Span(30, 31)]


def test_common() -> None:
    assert common(Span(1, 5), [Span(0, 2), Span(4, 9), Span(6, 7)]) == [Span(1, 2), Span(4, 5)]


def test_an_event_explains_its_time_and_its_budget() -> None:
    history = [Began(at=1.0, number=1, what="service_killed"), Ended(at=3.0, number=1)]
    assert [one.span for one in explanations(history)] == [Span(1.0, 3.0 + budgets.after("service_killed"))]


def test_the_start_of_the_service_explains_that_there_is_no_picture_yet() -> None:
    history = [
        Started(at=1, seed=1, faults=True, captures=1, hours=None),
        Opened(at=4, viewer=0),
        Opened(at=9, viewer=1),
    ]
    assert [one.span for one in explanations(history)] == [Span(1, 4 + budgets.after(budgets.STARTED))]


def test_an_event_without_an_end_explains_all_that_follows() -> None:
    assert explanations([Began(at=1.0, number=1, what="mute")])[0].span == Span(1.0, math.inf)


def test_the_link_of_a_user_explains_nothing() -> None:
    assert explanations([Began(at=1.0, number=1, what="user_mute", user=0)]) == []


def test_the_link_of_a_viewer_is_its_own() -> None:
    found = explanations([Began(at=1.0, number=1, what="viewer_mute", viewer=1), Ended(at=2.0, number=1)])
    assert explained_to(0, found) == []
    assert explained_to(1, found) == [Span(1.0, 2.0 + budgets.after("viewer_mute"))]


def test_when_a_viewer_watches() -> None:
    history = [
        Opened(at=1, viewer=0),
        Opened(at=1, viewer=1),
        Closed(at=2, viewer=0),
        Opened(at=3, viewer=0),
        Finished(at=9),
        Closed(at=10, viewer=0),
    ]
    assert watching(0, history) == [Span(1, 2), Span(3, 9)]
    assert watching(1, history) == [Span(1, 9)]
