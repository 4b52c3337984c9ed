"""Time spans: joined, subtracted, and those in which an event explains a missing frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from soak import budgets
from soak.history import Began, Closed, Ended, Finished, Opened, Started

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soak.history import AnyMoment


class Span(NamedTuple):
    """From ``begin`` to ``end``."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.begin


class Explanation(NamedTuple):
    """An event and the time for which it explains a missing picture; ``viewer`` ``None``: to everybody."""

    span: Span
    event: Began

    @property
    def of_a_link(self) -> bool:
        """Whether it is about one viewer's own link."""
        return self.event.viewer is not None


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time, in order and without overlap."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.begin <= result[-1].end:
            result[-1] = Span(result[-1].begin, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def without(span: Span, covers: Sequence[Span]) -> list[Span]:
    """The parts of ``span`` outside all ``covers`` (joined)."""
    left: list[Span] = []
    begin = span.begin
    for cover in covers:
        if cover.end <= begin or cover.begin >= span.end:
            continue
        if cover.begin > begin:
            left.append(Span(begin, cover.begin))
        begin = max(begin, cover.end)
    if begin < span.end:
        left.append(Span(begin, span.end))
    return left


def common(span: Span, others: Sequence[Span]) -> list[Span]:
    """What ``span`` shares with each of ``others``."""
    shared = (Span(max(span.begin, other.begin), min(span.end, other.end)) for other in others)
    return [one for one in shared if one.seconds > 0]


def explanations(history: Sequence[AnyMoment]) -> list[Explanation]:
    """What each event explains: from its beginning to its end, and the budget after that; so does the start of the
    service, up to the first viewer.

    One that never ended explains everything after it: the run was broken off in it.
    """
    ends = {moment.number: moment.at for moment in history if isinstance(moment, Ended)}
    return _start(history) + [
        Explanation(Span(moment.at, ends.get(moment.number, math.inf) + budgets.after(moment.what)), moment)
        for moment in history
        if isinstance(moment, Began) and moment.user is None
    ]


def _start(history: Sequence[AnyMoment]) -> list[Explanation]:
    begun = next((moment.at for moment in history if isinstance(moment, Started)), None)
    opened = next((moment.at for moment in history if isinstance(moment, Opened)), None)
    if begun is None or opened is None:
        return []
    span = Span(begun, opened + budgets.after(budgets.STARTED))
    return [Explanation(span, Began(at=begun, number=0, what=budgets.STARTED))]


def explained_to(viewer: int, found: Iterable[Explanation]) -> list[Span]:
    """When this viewer need not have a picture."""
    return joined(one.span for one in found if one.event.viewer in {None, viewer})


def watching(viewer: int, history: Sequence[AnyMoment]) -> list[Span]:
    """When this viewer wanted live view."""
    result: list[Span] = []
    opened: float | None = None
    for moment in history:
        match moment:
            case Opened() if moment.viewer == viewer:
                opened = moment.at
            case Closed() if moment.viewer == viewer and opened is not None:
                result.append(Span(opened, moment.at))
                opened = None
            case Finished() if opened is not None:
                result.append(Span(opened, moment.at))
                opened = None
            case _:
                pass
    return result
