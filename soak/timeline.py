"""A run, or the moments around a finding, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from soak.history import (
    Answered,
    Asked,
    Began,
    Cleared,
    Closed,
    Ended,
    Finished,
    GaveUp,
    NoStatus,
    Note,
    Opened,
    Seen,
    Started,
    Status,
    Told,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from soak.evidence import JournalEntry
    from soak.finding import Finding
    from soak.history import AnyMoment

BEFORE_SECONDS = 8.0
AFTER_SECONDS = 6.0
GAP_SECONDS = 1.5
LONGEST_SECONDS = 60.0
TOGETHER_SECONDS = 0.1
LONGEST_TEXT = 180
VIEWER = "viewer"
_QUIET_ENTRIES = frozenset({"set", "released", "viewfinder"})


class Line(NamedTuple):
    """One line: when, who, what."""

    at: float
    who: str
    text: str

    def __str__(self) -> str:
        """In columns; a long text is cut."""
        text = self.text if len(self.text) <= LONGEST_TEXT else f"{self.text[:LONGEST_TEXT]}..."
        return f"{self.at:10.3f}  {self.who:14} {text}"


def around(finding: Finding, history: Sequence[AnyMoment], entries: Sequence[JournalEntry]) -> str:
    """What happened shortly before and after a finding; a finding without a time has no such lines."""
    if finding.at is None or not history:
        return ""
    since = finding.at if finding.since is None else max(finding.since, finding.at - LONGEST_SECONDS)
    return between(since - BEFORE_SECONDS, finding.at + AFTER_SECONDS, history, entries, mark=finding.at)


def between(
    begin: float,
    end: float,
    history: Sequence[AnyMoment],
    entries: Sequence[JournalEntry],
    *,
    mark: float | None = None,
) -> str:
    """One line a moment, in seconds of the run; ``mark`` shows where the finding's time is."""
    zero = history[0].at
    lines = [*_told(history, begin, end), *_written(entries, begin, end)]
    if mark is not None:
        lines.append(Line(mark, "<<<<<<", "here"))
    return "\n".join(str(line._replace(at=line.at - zero)) for line in _together(sorted(lines)))


def _together(lines: Iterable[Line]) -> list[Line]:
    """Join lines with the same text for several viewers at about the same time."""
    result: list[Line] = []
    latest: dict[str, int] = {}
    for line in lines:
        number, is_viewer = line.who.removeprefix(VIEWER), line.who.startswith(VIEWER)
        place = latest.get(line.text) if is_viewer else None
        if place is not None and number not in result[place].who and line.at - result[place].at <= TOGETHER_SECONDS:
            result[place] = result[place]._replace(who=result[place].who + number)
            continue
        if is_viewer:
            latest[line.text] = len(result)
        result.append(line)
    return result


def _written(entries: Sequence[JournalEntry], begin: float, end: float) -> Iterator[Line]:
    for entry in entries:
        if begin <= entry.at <= end and entry.event not in _QUIET_ENTRIES:
            facts = " ".join(f"{name}={value}" for name, value in entry.facts.items() if value is not None)
            yield Line(entry.at, "camera", f"{entry.event} {facts}".rstrip())


def _told(history: Sequence[AnyMoment], begin: float, end: float) -> Iterator[Line]:
    """Moments of the stretch; of frames the gaps, of statuses the changes."""
    seen: dict[int, float] = {}
    said = ""
    for moment in history:
        inside = begin <= moment.at <= end
        if isinstance(moment, Seen):
            gap = moment.at - seen.get(moment.viewer, moment.at)
            seen[moment.viewer] = moment.at
            if inside and gap > GAP_SECONDS:
                yield Line(moment.at, f"{VIEWER} {moment.viewer}", f"a picture after {gap:.1f} s")
            continue
        who, text = text_of(moment)
        if isinstance(moment, Status | NoStatus):
            if inside and text != said:
                yield Line(moment.at, who, text)
            said = text
        elif inside and text:
            yield Line(moment.at, who, text)


def text_of(moment: AnyMoment) -> tuple[str, str]:  # noqa: C901 - one line a kind
    """Who and what; empty for moments that are left out."""
    match moment:
        case Started():
            return "run", f"begins with seed {moment.seed}"
        case Cleared():
            return "run", "everything that disturbs has ended"
        case Finished():
            return "run", "ends"
        case Note():
            return "run", moment.text
        case Began():
            return "event", f"{moment.number} begins: {moment.what} {moment.detail}".rstrip()
        case Ended():
            return "event", f"{moment.number} has ended"
        case Opened():
            return f"{VIEWER} {moment.viewer}", "opens"
        case Closed():
            return f"{VIEWER} {moment.viewer}", "closes"
        case Told():
            return f"{VIEWER} {moment.viewer}", moment.state + (f": {moment.reason}" if moment.reason else "")
        case Status():
            return "service", _status(moment)
        case NoStatus():
            return "service", f"no status: {moment.error}"
        case Asked():
            return f"user {moment.user}", f"asks for {moment.key}"
        case Answered() if moment.error is None:
            return f"user {moment.user}", f"has {moment.key}: {moment.path}"
        case Answered():
            return f"user {moment.user}", f"has no {moment.key}: {moment.error}: {moment.reason}"
        case GaveUp():
            return f"user {moment.user}", f"gives up on {moment.key}: {moment.why}"
        case _:
            return "", ""


def _status(status: Status) -> str:
    camera = status.camera + (f" ({status.camera_reason})" if status.camera_reason else "")
    live = status.live + (f" ({status.live_reason})" if status.live_reason else "")
    return f"camera {camera}, rung {status.rung}; live view {live}; {status.captures} captures"
