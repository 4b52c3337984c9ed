"""Leaks: memory, descriptors, threads and tasks over the life of a process, and what remains after its end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from soak import budgets
from soak.finding import Finding, Kind
from soak.history import Sample, Staged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soak.evidence import Evidence
    from soak.history import AnyMoment

OURS = frozenset({"service", "camera process"})


@dataclass(frozen=True, slots=True)
class Life:
    """One process: what it had in the first and in the last third of its life, after the warm-up.

    Descriptors, threads and tasks are the least of their third (a moment of rest); memory is the median.
    """

    role: str
    pid: int
    seconds: float
    rss_bytes: tuple[int, int]
    descriptors: tuple[int, int]
    threads: tuple[int, int]
    tasks: tuple[int, int]
    ends_at: float


def lives(history: Sequence[AnyMoment]) -> list[Life]:
    """Every process that lived long enough to say something, in order of role and age."""
    samples: defaultdict[tuple[str, int], list[Sample]] = defaultdict(list)
    for moment in history:
        if isinstance(moment, Sample):
            samples[moment.role, moment.pid].append(moment)
    found = (_life(role, pid, series) for (role, pid), series in sorted(samples.items()))
    return [life for life in found if life is not None]


def _life(role: str, pid: int, series: Sequence[Sample]) -> Life | None:
    warm = [sample for sample in series if sample.at - series[0].at >= budgets.WARM_UP_SECONDS]
    if len(warm) < 6 or warm[-1].at - warm[0].at < budgets.LIFE_SECONDS:
        return None
    third = len(warm) // 3
    early, late = warm[:third], warm[-third:]
    return Life(
        role,
        pid,
        series[-1].at - series[0].at,
        (int(median(one.rss_bytes for one in early)), int(median(one.rss_bytes for one in late))),
        (min(one.descriptors for one in early), min(one.descriptors for one in late)),
        (min(one.threads for one in early), min(one.threads for one in late)),
        (min(one.tasks for one in early), min(one.tasks for one in late)),
        series[-1].at,
    )


def check(history: Sequence[AnyMoment], evidence: Evidence) -> list[Finding]:
    """Every leak."""
    found: list[Finding] = []
    for life in lives(history):
        if life.role in OURS:
            found += _of(life)
    found += _piled_up(history)
    staged = next((moment for moment in reversed(history) if isinstance(moment, Staged)), None)
    if staged is not None and staged.files > budgets.STAGED_LEFT:
        found.append(Finding(Kind.LEAK, f"{staged.files} files are left in the staging folder", staged.at))
    found += [Finding(Kind.LEAK, f"left behind: {what}") for what in evidence.lasting]
    return found


def _of(life: Life) -> Iterator[Finding]:
    who = f"{life.role} {life.pid}, in {life.seconds / 60:.0f} min"
    gains = (
        ("bytes of memory", life.rss_bytes, budgets.RSS_GAIN_BYTES),
        ("open descriptors", life.descriptors, budgets.DESCRIPTORS_GAIN),
        ("threads", life.threads, budgets.THREADS_GAIN),
        ("tasks", life.tasks, budgets.TASKS_GAIN),
    )
    for what, (early, late), limit in gains:
        if late - early > limit:
            yield Finding(Kind.LEAK, f"{who}: {what} went from {early} to {late}", life.ends_at)


def _piled_up(history: Sequence[AnyMoment]) -> Iterator[Finding]:
    """Too many descriptors at once, however short the life."""
    worst: dict[tuple[str, int], Sample] = {}
    for moment in history:
        if isinstance(moment, Sample) and moment.role in OURS and moment.descriptors > budgets.DESCRIPTORS_MOST:
            worst[moment.role, moment.pid] = moment
    for (role, pid), sample in worst.items():
        yield Finding(Kind.LEAK, f"{role} {pid} had {sample.descriptors} descriptors open at once", sample.at)
