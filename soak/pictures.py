"""Checks what viewers saw: freezes, old and broken frames, false states."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from photonic.simulator.faults import FaultName
from soak import budgets
from soak.finding import Finding, Kind
from soak.history import Seen, Status, Told
from soak.spans import Span, common, explained_to, explanations, joined, watching, without

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soak.history import AnyMoment
    from soak.spans import Explanation

LIVE = "live"
RUNNING = "running"


class Gap(NamedTuple):
    """A time without a fresh picture at one viewer; ``unexplained``: the longest stretch that nothing explains."""

    viewer: int
    span: Span
    unexplained: Span
    causes: tuple[str, ...]


def viewers_of(history: Sequence[AnyMoment]) -> list[int]:
    """All viewers in the history."""
    return sorted({moment.viewer for moment in history if isinstance(moment, Seen | Told)})


def check(history: Sequence[AnyMoment]) -> list[Finding]:
    """Every finding at a viewer."""
    found = explanations(history)
    return [
        *(_freeze(gap) for gap in gaps(history) if gap.unexplained.seconds > budgets.STEADY_SECONDS),
        *_pictures(history, found),
        *_false_live(history),
        *_false_running(history, found),
    ]


def gaps(history: Sequence[AnyMoment]) -> list[Gap]:
    """Each time between two fresh pictures (and before the first, and after the last), at each viewer."""
    found = explanations(history)
    result: list[Gap] = []
    for viewer in viewers_of(history):
        covers = explained_to(viewer, found)
        fresh = [moment.at for moment in fresh_of(viewer, history)]
        for span in _between(fresh, watching(viewer, history)):
            bare = max(without(span, covers), key=lambda one: one.seconds, default=Span(span.end, span.end))
            result.append(Gap(viewer, span, bare, _causes(viewer, span, found)))
    return result


def fresh_of(viewer: int, history: Sequence[AnyMoment]) -> Iterator[Seen]:
    """The frames that showed a viewer something new, and not from long ago."""
    newest = -1
    for moment in history:
        if not isinstance(moment, Seen) or moment.viewer != viewer or moment.camera_us is None:
            continue
        if moment.camera_us > newest and moment.at - moment.camera_us / 1e6 <= budgets.FRESH_SECONDS:
            newest = moment.camera_us
            yield moment


def _between(times: Sequence[float], spans: Sequence[Span]) -> Iterator[Span]:
    for span in spans:
        inside = times[bisect_right(times, span.begin) : bisect_right(times, span.end)]
        for begin, end in pairwise((span.begin, *inside, span.end)):
            yield Span(begin, end)


def _causes(viewer: int, span: Span, found: Sequence[Explanation]) -> tuple[str, ...]:
    return tuple(
        one.event.what
        for one in found
        if one.event.viewer in {None, viewer} and one.span.begin < span.end and one.span.end > span.begin
    )


def _freeze(gap: Gap) -> Finding:
    why = f"after {', '.join(gap.causes)}" if gap.causes else "with nothing to explain it"
    text = (
        f"viewer {gap.viewer} had no fresh picture for {gap.span.seconds:.1f} s, "
        f"{gap.unexplained.seconds:.1f} s of it beyond every budget, {why}"
    )
    return Finding(Kind.FREEZE, text, gap.unexplained.begin, since=gap.span.begin)


def _pictures(history: Sequence[AnyMoment], found: Sequence[Explanation]) -> Iterator[Finding]:
    # A few bytes that are turned within a frame leave a whole picture, which shows something else.
    garbled = [one.span for one in found if one.event.what == FaultName.GARBLE]
    newest: dict[int, int] = {}
    for moment in history:
        if not isinstance(moment, Seen):
            continue
        if moment.camera_us is None:
            if any(span.begin <= moment.at <= span.end for span in garbled):
                continue
            yield Finding(Kind.BROKEN_PICTURE, f"viewer {moment.viewer} was shown an unreadable picture", moment.at)
            continue
        if moment.camera_us < newest.get(moment.viewer, 0):
            back = (newest[moment.viewer] - moment.camera_us) / 1e6
            text = f"viewer {moment.viewer} was shown a picture {back:.2f} s older than the one before"
            yield Finding(Kind.OLD_PICTURE, text, moment.at)
        newest[moment.viewer] = max(newest.get(moment.viewer, 0), moment.camera_us)


def _false_live(history: Sequence[AnyMoment]) -> Iterator[Finding]:
    """A viewer who is told "live" has had a frame in the last seconds (session, invariant 12)."""
    for viewer in viewers_of(history):
        frames = [moment.at for moment in history if isinstance(moment, Seen) and moment.viewer == viewer]
        ends = watching(viewer, history)
        told = [moment for moment in history if isinstance(moment, Told) and moment.viewer == viewer]
        for index, moment in enumerate(told):
            if moment.state != LIVE:
                continue
            end = told[index + 1].at if index + 1 < len(told) else (ends[-1].end if ends else moment.at)
            for gap in _between(frames, [Span(moment.at, end)]):
                if gap.seconds > budgets.LIVE_SECONDS:
                    text = f"viewer {viewer} was reported live for {gap.seconds:.1f} s without a picture"
                    yield Finding(Kind.FALSE_LIVE, text, gap.begin)


def _false_running(history: Sequence[AnyMoment], found: Sequence[Explanation]) -> Iterator[Finding]:
    """While the status says "running", a viewer whose own link is sound gets pictures."""
    running = _running(history)
    service = [one for one in found if one.of_a_link or one.event.what.startswith("service_")]
    for viewer in viewers_of(history):
        covers = explained_to(viewer, service)
        frames = [moment.at for moment in fresh_of(viewer, history)]
        for gap in _between(frames, watching(viewer, history)):
            for part in without(gap, covers):
                for lie in common(part, running):
                    if lie.seconds > budgets.TRUTH_SECONDS:
                        text = (
                            f'the status said "{RUNNING}" for {lie.seconds:.1f} s while viewer {viewer} saw nothing new'
                        )
                        yield Finding(Kind.FALSE_STATUS, text, lie.begin)


def _running(history: Sequence[AnyMoment]) -> list[Span]:
    """When two consecutive statuses said "running"."""
    statuses = [moment for moment in history if isinstance(moment, Status)]
    return joined(
        Span(one.at, other.at)
        for one, other in pairwise(statuses)
        if one.live == other.live == RUNNING and one.boot_id == other.boot_id
    )
