"""Checks every photo: requested, answered, exposed, recorded, on the disk."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from photonic.model.status import CapturePhase
from soak.evidence import CAME_LATER, CLIENT, RAW_EXTENSION
from soak.finding import Finding, Kind
from soak.history import Answered, Asked

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from photonic.model.api import CaptureRecord
    from soak.evidence import Evidence, Exposure, Stored
    from soak.history import AnyMoment

_BODY = "body"
"""The session of photos that no user of the service took."""


def check(history: Sequence[AnyMoment], evidence: Evidence) -> list[Finding]:
    """Every finding about photos."""
    answers = [moment for moment in history if isinstance(moment, Answered)]
    files = {file.path: file for file in evidence.files}
    return [
        *_ends(history, answers),
        *_acknowledged(answers, evidence.index, files, evidence.journal.garbled),
        *_records(evidence.index, files, evidence.journal.garbled),
        *_strangers(evidence, files),
        *_without_record(evidence),
        *_duplicates(evidence),
        *_lost(evidence),
        *_unrequested(evidence),
    ]


def declared_lost(evidence: Evidence) -> int:
    """Files that only the camera's RAM had, and that are nowhere: a loss that this mode declares."""
    return len(evidence.journal.in_ram - _on_disk(evidence))


def _ends(history: Sequence[AnyMoment], answers: Sequence[Answered]) -> Iterator[Finding]:
    """Each key has exactly one result."""
    captures: dict[str, str | None] = {}
    for answer in answers:
        if answer.capture_id is not None and captures.setdefault(answer.key, answer.capture_id) != answer.capture_id:
            text = f"key {answer.key} was answered with captures {captures[answer.key]} and {answer.capture_id}"
            yield Finding(Kind.DUPLICATE, text, answer.at)
    answered = {answer.key for answer in answers}
    told: set[str] = set()
    for moment in history:
        if isinstance(moment, Asked) and moment.key not in answered | told:
            told.add(moment.key)
            yield Finding(Kind.NO_ANSWER, f"user {moment.user} never got a result for {moment.key}", moment.at)


def _acknowledged(
    answers: Sequence[Answered], index: Sequence[CaptureRecord], files: dict[str, Stored], garbled: Container[str]
) -> Iterator[Finding]:
    """Every photo answered as saved has a saved record, and its file exists."""
    records = {record.id: record for record in index}
    for answer in answers:
        if answer.error is not None:
            continue
        record = records.get(answer.capture_id or "")
        if record is None or record.phase is not CapturePhase.SAVED:
            said = "no record" if record is None else f"a record that says {record.phase} ({record.error})"
            yield Finding(Kind.FALSE_ANSWER, f"{answer.key} was saved, and has {said}", answer.at)
        file = files.get(answer.path or "")
        if file is None:
            yield Finding(Kind.LOST, f"{answer.key} was saved as {answer.path}, and there is no such file", answer.at)
        elif not file.whole and file.sha256 not in garbled:
            yield Finding(Kind.DAMAGED, f"{answer.key} was saved as {answer.path}, and is not whole", answer.at)


def _records(index: Sequence[CaptureRecord], files: dict[str, Stored], garbled: Container[str]) -> Iterator[Finding]:
    """Each recorded file is there as it was recorded, and whole, unless the camera sent it damaged; a still is of one
    exposure; in the end nothing is under way."""
    for record in index:
        if record.phase not in {CapturePhase.SAVED, CapturePhase.FAILED}:
            yield Finding(Kind.NO_ANSWER, f"capture {record.id} is still {record.phase} in the end")
        counters: set[int] = set()
        for recorded in record.files:
            file = files.get(recorded.path)
            if file is None:
                yield Finding(Kind.LOST, f"{recorded.path} of capture {record.id} is in the index and not on the disk")
                continue
            damaged = not file.whole and file.sha256 not in garbled
            if (file.size_bytes, file.sha256) != (recorded.size_bytes, recorded.sha256) or damaged:
                yield Finding(Kind.DAMAGED, f"{recorded.path} of capture {record.id} is not as it was recorded, or cut")
            if file.counter is not None:
                counters.add(file.counter)
        if len(counters) > 1:
            text = f"capture {record.id} has files of exposures {sorted(counters)}"
            yield Finding(Kind.DUPLICATE, text)


def _without_record(evidence: Evidence) -> Iterator[Finding]:
    recorded = {file.path for record in evidence.index for file in record.files}
    for file in evidence.files:
        if file.path not in recorded:
            yield Finding(Kind.UNRECORDED, f"{file.path} (exposure {file.counter}) is in no record")


def _duplicates(evidence: Evidence) -> Iterator[Finding]:
    """One file of one exposure is there once.

    Of what the camera sent damaged, a whole file may be there besides: where its bytes, its name and its card differ,
    nothing says that it is the same photo, and a photo twice is better than a damaged one alone (0030).
    """
    found: defaultdict[tuple[int, bool, str], list[str]] = defaultdict(list)
    for file in evidence.files:
        if file.counter is not None:
            sent_damaged = file.sha256 if file.sha256 in evidence.journal.garbled else ""
            found[file.counter, file.is_raw, sent_damaged].append(file.path)
    for (counter, _is_raw, _sent), paths in found.items():
        if len(paths) > 1:
            yield Finding(
                Kind.DUPLICATE, f"exposure {counter} is stored {len(paths)} times: {', '.join(sorted(paths))}"
            )


def _on_disk(evidence: Evidence) -> set[tuple[int, str]]:
    """Files that are recorded and on the disk, by exposure and name in the camera's journal."""
    recorded = {file.path for record in evidence.index for file in record.files}
    have = {(file.counter, file.is_raw) for file in evidence.files if file.path in recorded}
    garbled = evidence.journal.garbled
    damaged = {garbled[file.sha256] for file in evidence.files if file.path in recorded and file.sha256 in garbled}
    return damaged | {
        (exposure.counter, name)
        for exposure in evidence.journal.exposures
        for name in exposure.files
        if (exposure.counter, name.lower().endswith(RAW_EXTENSION)) in have
    }


def _lost(evidence: Evidence) -> Iterator[Finding]:
    """Every exposed photo on the card is in the index."""
    exposures = {exposure.counter: exposure for exposure in evidence.journal.exposures}
    for counter, name in sorted(evidence.journal.on_card - _on_disk(evidence)):
        exposure = exposures.get(counter)
        source = "?" if exposure is None else exposure.source
        text = f"exposure {counter} ({name}, pressed by {source}) is on the card and not in the index"
        yield Finding(Kind.LOST, text, None if exposure is None else exposure.at)


def _unrequested(evidence: Evidence) -> Iterator[Finding]:
    """The service presses the button no more often than its captures say that they tried; one press may expose several
    times."""
    pressed = len({one.press or one.counter for one in evidence.journal.exposures if one.source == CLIENT})
    mine = [record for record in evidence.index if record.kind not in CAME_LATER and record.release_of is None]
    tried = sum(max(1, record.attempts) for record in mine)
    if pressed > tried:
        yield Finding(
            Kind.UNREQUESTED, f"{pressed} exposing presses by the service for {tried} attempts of its captures"
        )


def _strangers(evidence: Evidence, files: dict[str, Stored]) -> Iterator[Finding]:
    """In a user's session there is what the service exposed; a further photo of a release is of that one's press."""
    exposures = {exposure.counter: exposure for exposure in evidence.journal.exposures}
    by_id = {record.id: record for record in evidence.index}
    for record in evidence.index:
        mine = _exposures_of(record, files, exposures)
        if record.session_id != _BODY:
            for exposure in mine:
                if exposure.source != CLIENT:
                    text = f"exposure {exposure.counter} ({exposure.source}) is in session {record.session_id}"
                    yield Finding(Kind.STRANGER, f"{text}, capture {record.id}: {record.warning}", exposure.at)
        if record.release_of is None:
            continue
        first = by_id.get(record.release_of)
        if first is None or first.session_id != record.session_id:
            where = "not in the index" if first is None else f"in session {first.session_id}"
            text = (
                f"still {record.id} of session {record.session_id} is of capture {record.release_of}, which is {where}"
            )
            yield Finding(Kind.STRANGER, text)
        elif (presses := {one.press for one in (*mine, *_exposures_of(first, files, exposures))}) and len(presses) > 1:
            text = f"still {record.id} is said to be of the release of {first.id}, and is of another: {presses}"
            yield Finding(Kind.STRANGER, text, mine[0].at if mine else None)


def _exposures_of(record: CaptureRecord, files: dict[str, Stored], exposures: Mapping[int, Exposure]) -> list[Exposure]:
    stored = (files.get(recorded.path) for recorded in record.files)
    counters = {file.counter for file in stored if file is not None and file.counter is not None}
    return [exposures[counter] for counter in sorted(counters) if counter in exposures]
