"""A run in figures, for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from soak import leaks, photos, pictures
from soak.history import Answered, Asked, Began, Ended, Started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soak.evidence import Evidence
    from soak.finding import Finding
    from soak.history import AnyMoment

MEGA = 1024 * 1024


def summary(history: Sequence[AnyMoment], evidence: Evidence, findings: Sequence[Finding]) -> str:
    """Photos, events, gaps, leaks, and the verdict in numbers."""
    return "\n".join(
        (
            *_run(history),
            *_photos(history, evidence),
            *_events(history),
            *_gaps(history),
            *_healing(history),
            *_leaks(history),
            *_verdict(findings),
        )
    )


def _run(history: Sequence[AnyMoment]) -> Iterator[str]:
    started = next((moment for moment in history if isinstance(moment, Started)), None)
    if started is not None:
        minutes = (history[-1].at - started.at) / 60
        where = "USB" if started.usb else "the network"
        yield f"seed {started.seed}, camera on {where}, {minutes:.1f} min, faults {'on' if started.faults else 'off'}"


def _photos(history: Sequence[AnyMoment], evidence: Evidence) -> Iterator[str]:
    asked = len({moment.key for moment in history if isinstance(moment, Asked)})
    answers = {moment.key: moment for moment in history if isinstance(moment, Answered)}
    failed = Counter(answer.error for answer in answers.values() if answer.error is not None)
    sources = Counter(exposure.source for exposure in evidence.journal.exposures)
    phases = Counter(f"{record.kind} {record.phase}" for record in evidence.index)
    yield f"asked {asked}, saved {len(answers) - failed.total()}, failed {failed.total()}{_listed(failed)}"
    yield f"exposures {sources.total()}{_listed(sources)}; index{_listed(phases)}; files {len(evidence.files)}"
    warned = sum(answer.warning is not None for answer in answers.values())
    yield f"with a warning {warned}; lost in the camera's RAM, as declared: {photos.declared_lost(evidence)}"


def _events(history: Sequence[AnyMoment]) -> Iterator[str]:
    what = Counter(moment.what for moment in history if isinstance(moment, Began))
    yield f"events {what.total()}{_listed(what)}"


def _gaps(history: Sequence[AnyMoment]) -> Iterator[str]:
    gaps = pictures.gaps(history)
    for viewer in pictures.viewers_of(history):
        longest = max((gap for gap in gaps if gap.viewer == viewer), key=lambda gap: gap.span.seconds, default=None)
        if longest is not None:
            why = ", ".join(longest.causes) or "nothing"
            yield f"viewer {viewer}: longest without a fresh picture {longest.span.seconds:.1f} s, explained by {why}"


def _healing(history: Sequence[AnyMoment]) -> Iterator[str]:
    """How long after its end each kind of event kept the last viewer without a picture: the longest."""
    ends = {moment.number: moment.at for moment in history if isinstance(moment, Ended)}
    gaps = pictures.gaps(history)
    worst: dict[str, float] = {}
    for moment in history:
        if not isinstance(moment, Began) or moment.user is not None or moment.number not in ends:
            continue
        end = ends[moment.number]
        back = [
            gap.span.end
            for gap in gaps
            if gap.viewer == (moment.viewer if moment.viewer is not None else gap.viewer)
            and gap.span.begin < end + 0.5
            and gap.span.end > end
            and gap.span.seconds > 1.0
        ]
        worst[moment.what] = max(worst.get(moment.what, 0.0), max(back, default=end) - end)
    for what, seconds in sorted(worst.items(), key=lambda item: -item[1]):
        yield f"  {what:24} picture back {seconds:5.1f} s after its end, at the latest"


def _leaks(history: Sequence[AnyMoment]) -> Iterator[str]:
    for life in leaks.lives(history):
        rss = " -> ".join(f"{value / MEGA:.1f}" for value in life.rss_bytes)
        yield (
            f"{life.role} {life.pid}, {life.seconds / 60:.1f} min: RSS {rss} MiB, descriptors "
            f"{life.descriptors[0]} -> {life.descriptors[1]}, threads {life.threads[0]} -> {life.threads[1]}, "
            f"tasks {life.tasks[0]} -> {life.tasks[1]}"
        )


def _verdict(findings: Sequence[Finding]) -> Iterator[str]:
    kinds = Counter(finding.kind.value for finding in findings)
    yield f"findings {kinds.total()}{_listed(kinds)}"


def _listed(counts: Counter[str]) -> str:
    if not counts:
        return ""
    return " (" + ", ".join(f"{name} {count}" for name, count in counts.most_common()) + ")"
