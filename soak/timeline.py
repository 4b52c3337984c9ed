"""A run, or the moments around a finding, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    Staged,
    Started,
    Status,
    Told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soak.evidence import Word
    from soak.finding import Finding
    from soak.history import AnyMoment

BEFORE_SECONDS = 20.0
AFTER_SECONDS = 8.0
GAP_SECONDS = 1.5
_QUIET_WORDS = frozenset({"set", "released", "viewfinder"})


def around(finding: Finding, history: Sequence[AnyMoment], words: Sequence[Word]) -> str:
    """What happened shortly before and after a finding; a finding without a time has no such lines."""
    if finding.at is None or not history:
        return ""
    return between(finding.at - BEFORE_SECONDS, finding.at + AFTER_SECONDS, history, words, mark=finding.at)


def between(
    begin: float, end: float, history: Sequence[AnyMoment], words: Sequence[Word], *, mark: float | None = None
) -> str:
    """One line a moment, in seconds of the run; ``mark`` shows where the finding's time is."""
    zero = history[0].at
    lines = [*_told(history, begin, end), *_written(words, begin, end)]
    if mark is not None:
        lines.append((mark, "<<<<<< here"))
    return "\n".join(f"{at - zero:10.3f}  {text}" for at, text in sorted(lines))


def _written(words: Sequence[Word], begin: float, end: float) -> Iterator[tuple[float, str]]:
    for word in words:
        if begin <= word.at <= end and word.event not in _QUIET_WORDS:
            facts = " ".join(f"{name}={value}" for name, value in word.facts.items() if value is not None)
            yield word.at, f"camera     {word.event} {facts}".rstrip()


def _told(history: Sequence[AnyMoment], begin: float, end: float) -> Iterator[tuple[float, str]]:
    """Moments of the stretch; of frames the gaps, of statuses the changes."""
    seen: dict[int, float] = {}
    said = ""
    for moment in history:
        inside = begin <= moment.at <= end
        if isinstance(moment, Seen):
            gap = moment.at - seen.get(moment.viewer, moment.at)
            seen[moment.viewer] = moment.at
            if inside and gap > GAP_SECONDS:
                yield moment.at, f"viewer {moment.viewer}   a picture after {gap:.1f} s"
            continue
        if isinstance(moment, Status | NoStatus):
            word = in_words(moment)
            if inside and word != said:
                yield moment.at, word
            said = word
            continue
        if inside and (word := in_words(moment)):
            yield moment.at, word


def in_words(moment: AnyMoment) -> str:  # noqa: C901 - one line a kind
    """One moment as a line; empty for those that nobody wants to read one by one."""
    match moment:
        case Started():
            return f"run        begins with seed {moment.seed}"
        case Cleared():
            return "run        everything that disturbs has ended"
        case Finished():
            return "run        ends"
        case Note():
            return f"run        {moment.text}"
        case Began():
            return f"happening  {moment.number} begins: {moment.what} {moment.detail}".rstrip()
        case Ended():
            return f"happening  {moment.number} has ended"
        case Opened():
            return f"viewer {moment.viewer}   opens"
        case Closed():
            return f"viewer {moment.viewer}   closes"
        case Told():
            return f"viewer {moment.viewer}   {moment.state}" + (f": {moment.reason}" if moment.reason else "")
        case Status():
            return _status(moment)
        case NoStatus():
            return f"service    no status: {moment.error}"
        case Asked():
            return f"user {moment.user}     asks for {moment.key}"
        case Answered() if moment.error is None:
            return f"user {moment.user}     has {moment.key}: {moment.path}"
        case Answered():
            return f"user {moment.user}     has no {moment.key}: {moment.error}: {moment.reason}"
        case GaveUp():
            return f"user {moment.user}     gives up on {moment.key}: {moment.why}"
        case Staged() if moment.files:
            return f"service    {moment.files} files staged"
        case _:
            return ""


def _status(status: Status) -> str:
    camera = status.camera + (f" ({status.camera_reason})" if status.camera_reason else "")
    live = status.live + (f" ({status.live_reason})" if status.live_reason else "")
    return f"service    camera {camera}, rung {status.rung}; live view {live}; {status.captures} captures"
