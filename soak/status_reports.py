"""Checks the statuses of the service: revisions, reasons, and that everything is at rest in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soak.finding import Finding, Kind
from soak.history import Cleared, Finished, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soak.evidence import Evidence
    from soak.history import AnyMoment

_NEED_A_REASON = frozenset({"recovering", "absent", "blocked"})


def check(history: Sequence[AnyMoment], evidence: Evidence) -> list[Finding]:
    """Every finding in the statuses."""
    statuses = [moment for moment in history if isinstance(moment, Status)]
    return [*_revisions(statuses), *_reasons(statuses), *_rest(history), *_films(statuses, evidence)]


def _revisions(statuses: Sequence[Status]) -> Iterator[Finding]:
    """Within a boot they never fall, and the same revision says the same; a boot that was left never returns."""
    left: set[str] = set()
    before: Status | None = None
    for status in statuses:
        if status.boot_id in left:
            yield Finding(Kind.REVISION, f"boot {status.boot_id} came back", status.at)
        if before is not None and before.boot_id != status.boot_id:
            left.add(before.boot_id)
        elif before is not None and status.rev < before.rev:
            yield Finding(Kind.REVISION, f"revision {status.rev} came after {before.rev}", status.at)
        elif before is not None and status.rev == before.rev and _said(status) != _said(before):
            text = f"revision {status.rev} said {_said(before)}, then {_said(status)}"
            yield Finding(Kind.REVISION, text, status.at)
        before = status


def _said(status: Status) -> tuple[str, str | None, int, str, str | None, int]:
    return status.camera, status.camera_reason, status.rung, status.live, status.live_reason, status.captures


def _reasons(statuses: Sequence[Status]) -> Iterator[Finding]:
    """A fault has a reason, a pause has an end, and a running capture is in the list.

    The same lack is told once for each time that it begins.
    """
    before: frozenset[str] = frozenset()
    for status in statuses:
        lacks = frozenset(_lacks(status))
        for lack in sorted(lacks - before):
            yield Finding(Kind.FALSE_STATUS, lack, status.at)
        before = lacks


def _lacks(status: Status) -> Iterator[str]:
    if status.camera in _NEED_A_REASON and not status.camera_reason:
        yield f"camera {status.camera} without a reason"
    if status.live == "recovering" and not status.live_reason:
        yield "live view recovering without a reason"
    if status.live == "paused" and status.resume_by_seconds is None:
        yield "live view paused without an end"
    if status.is_capturing != (status.captures > 0):
        yield f"is_capturing is {status.is_capturing} with {status.captures} captures under way"


def _rest(history: Sequence[AnyMoment]) -> Iterator[Finding]:
    """In the end the camera is ready, live view runs, and nothing is under way."""
    cleared = next((moment.at for moment in history if isinstance(moment, Cleared)), None)
    finished = next((moment.at for moment in history if isinstance(moment, Finished)), None)
    if cleared is None or finished is None:
        yield Finding(Kind.NO_REST, "the run was broken off before its end")
        return
    last = next((moment for moment in reversed(history) if isinstance(moment, Status) and moment.at >= cleared), None)
    if last is None:
        yield Finding(Kind.NO_REST, "the service said nothing after the last fault", cleared)
    elif (last.camera, last.live, last.captures) != ("ready", "running", 0):
        text = (
            f"in the end the camera was {last.camera} ({last.camera_reason}), live view {last.live} "
            f"({last.live_reason}), {last.captures} captures under way"
        )
        yield Finding(Kind.NO_REST, text, last.at)


def _films(statuses: Sequence[Status], evidence: Evidence) -> Iterator[Finding]:
    """In the end the status says how many films stay on the card."""
    films = len(evidence.journal.films)
    if statuses and statuses[-1].films_on_card != films:
        text = f"in the end the status said {statuses[-1].films_on_card} films on the card, and there are {films}"
        yield Finding(Kind.FALSE_STATUS, text, statuses[-1].at)
