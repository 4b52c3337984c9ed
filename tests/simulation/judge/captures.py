"""Invariant 3: each accepted capture ends, a key has one capture, and each later answer is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.evidence import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.evidence import Request
    from tests.simulation.judge.remains import Remains
    from tests.support.index_reader import IndexedCapture

ENDED = frozenset({"saved", "failed"})


def check(remains: Remains) -> Iterator[Finding]:
    """Every finding about requests and their captures."""
    by_key = remains.index.by_key
    for capture in remains.index.captures.values():
        if capture.phase not in ENDED:
            yield Finding(3, "each accepted capture ends", str(capture))
    for request in remains.evidence.requests.values():
        yield from _answers(request)
        captures = by_key.get(request.key, [])
        if len(captures) > 1:
            yield Finding(3, "a key has one capture", f"{request.key}: {'; '.join(map(str, captures))}")
        yield from _recorded(request, captures)
    yield from _exposed_once(remains)
    for asked in remains.evidence.sequences.values():
        phase = remains.index.sequences.get(asked.key)
        if asked.sequence_id is not None and phase not in {"done", "failed", "cancelled"}:
            yield Finding(3, "each accepted sequence ends", f"{asked.key} is {phase}")


def _answers(request: Request) -> Iterator[Finding]:
    """All answers name one capture, and those that are final are the same."""
    named = {answer.capture_id for answer in request.answers if answer.capture_id is not None}
    if len(named) > 1:
        yield Finding(3, "a key has one capture", f"{request.key} was answered with captures {sorted(named)}")
    final = request.finals
    for answer in final[1:]:
        if (answer.saved, answer.kind) != (final[0].saved, final[0].kind) and not final[0].unrecorded:
            text = f"{request.key} at {final[0].at:.2f} s: {final[0]}; at {answer.at:.2f} s: {answer}"
            yield Finding(3, "each later answer is the same", text)


def _recorded(request: Request, captures: list[IndexedCapture]) -> Iterator[Finding]:
    """The record says what its client was told."""
    answer = request.final
    if answer is None:
        if any(one.capture_id is not None for one in request.answers) and not captures:
            yield Finding(3, "an accepted capture has a record", request.key)
        return
    if not captures:
        yield Finding(3, "an accepted capture has a record", f"{request.key} at {answer.at:.2f} s: {answer}")
    for capture in captures:
        if capture.id != answer.capture_id or ((capture.phase == "saved") != answer.saved and not answer.unrecorded):
            yield Finding(
                3, "each later answer is the same", f"{request.key} at {answer.at:.2f} s: {answer}; {capture}"
            )


def _exposed_once(remains: Remains) -> Iterator[Finding]:
    """A capture exposes once: who repeats a key takes no second photo."""
    for camera, exposures in remains.exposures.items():
        made: dict[str, list[int]] = {}
        for exposure in exposures:
            if exposure.asked_by is not None:
                made.setdefault(exposure.asked_by, []).append(exposure.number)
        for capture_id, numbers in made.items():
            if len(numbers) > 1:
                yield Finding(3, "a capture exposes once", f"capture {capture_id} of camera {camera}: {numbers}")
