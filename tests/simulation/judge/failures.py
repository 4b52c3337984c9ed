"""Invariant 4: a failed capture is said to have taken one photo at the most, and no other one than its own.

A photo that arrives after its capture has failed is filed under the session of that capture only where the camera's
clock leaves no other choice. The judge knows who took it. Where somebody pressed the button while a capture ran that
then failed without a photo of its own, nobody can tell the two apart: this is allowed, and counted.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.simulation.evidence import Finding
from tests.simulation.judge.exposures import trails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.judge.exposures import Trail
    from tests.simulation.judge.remains import Remains
    from tests.support.index_reader import IndexedCapture

BEFORE_SECONDS, AFTER_SECONDS = 5.0 + 2.0, 3.0 + 2.0
"""As the service allows (decision 0029), with what a card and a clock in whole seconds add."""
_ATTRIBUTED = re.compile(r"attributed to capture ([0-9a-f]{32})")
_LATER = re.compile(r"its photo was imported later, as capture ([0-9a-f]{32})")
_PERHAPS = re.compile(r"it may be the photo of capture ([0-9a-f]{32})")
_REPORTED = "arrived late: "
"""What is said of photos that were not fetched from the card: there, the next scan decides, whenever it is."""
EXPECTED_SECONDS = 120.0
"""How long a failed capture expects its photo, by the time that the service runs."""
_GIVEN_UP = "the capture did not end in time (phase"
"""What the service says of a capture when its own deadline has passed."""
_UNFINISHED = "the service stopped during the capture; a photo on the card will be imported"
"""What a start says of a capture that it finds unfinished, and that may have been exposed."""


def check(remains: Remains) -> Iterator[Finding]:
    """Every finding about captures that failed, and the photos that came later."""
    said: dict[str, list[IndexedCapture]] = defaultdict(list)
    for capture in remains.index.captures.values():
        if (named := _ATTRIBUTED.search(capture.warning)) is not None:
            said[named[1]].append(capture)
    for failed_id, photos in said.items():
        failed = remains.index.captures.get(failed_id)
        if len(photos) > 1 or failed is None:
            text = f"capture {failed_id} ({failed}): {'; '.join(map(str, photos))}"
            yield Finding(4, "a failed capture took one photo at the most", text)
        elif (later := _LATER.search(failed.warning)) is None or later[1] != photos[0].id:
            yield Finding(
                4, "the record says so where its photo came later", f"{failed}, {failed.warning}: {photos[0]}"
            )
    yield from _one_may_have_fired(remains)
    yield from _timeouts(remains)
    for trail in trails(remains):
        yield from _owner(remains, trail)
        yield from _mentioned(remains, trail)
        yield from _too_late(remains, trail)


def _timeouts(remains: Remains) -> Iterator[Finding]:
    """The camera process reports a timeout itself, with its reason, before the service gives up on it."""
    for capture in remains.index.captures.values():
        if capture.reason is not None and capture.reason.startswith(_GIVEN_UP):
            yield Finding(4, "the camera process reports a timeout itself", str(capture))


def _mentioned(remains: Remains, trail: Trail) -> Iterator[Finding]:
    """Where the photo of a failed capture comes within the promised time, its record says whose it is or may be."""
    failed = remains.index.captures.get(trail.exposure.asked_by or "")
    if failed is None or failed.phase != "failed" or failed.ended_at is None:
        return
    if _LATER.search(failed.warning) is not None:  # with this photo, or with one that could be taken for it
        return
    captures = {one.id: one for captures in trail.captures.values() for one in captures}
    for capture in captures.values():
        late = capture.created_at - failed.ended_at
        named = _ATTRIBUTED.search(capture.warning) or _PERHAPS.search(capture.warning)
        if named is None and capture.release_of is None and 0 <= late <= EXPECTED_SECONDS:
            text = f"{trail} came {late:.1f} s after {failed}, as {capture}"
            yield Finding(4, "the record says so where its photo came later", text)


def _too_late(remains: Remains, trail: Trail) -> Iterator[Finding]:
    """What the camera reports long after a capture has failed is not called its photo."""
    for capture in {one.id: one for captures in trail.captures.values() for one in captures}.values():
        named = _ATTRIBUTED.search(capture.warning) or _PERHAPS.search(capture.warning)
        failed = None if named is None else remains.index.captures.get(named[1])
        if failed is None or failed.ended_at is None or not capture.warning.startswith(_REPORTED):
            continue
        ended = failed.ended_at - remains.began_at
        waited = trail.exposure.at - ended
        # Only the time that the service runs counts, and a death loses some of it.
        interrupted = any(ended <= at <= trail.exposure.at for at in remains.ends)
        if waited > EXPECTED_SECONDS + BEFORE_SECONDS and not interrupted:
            text = f"{trail} was taken {waited:.1f} s after {failed}, and {capture} says: {capture.warning}"
            yield Finding(4, "a capture expects its photo for the promised time only", text)


def _one_may_have_fired(remains: Remains) -> Iterator[Finding]:
    """Captures run one at a time: when a life ended, one of each camera at the most had been exposed."""
    of_life: dict[tuple[int, int], list[IndexedCapture]] = defaultdict(list)
    for capture in remains.index.captures.values():
        if capture.reason is not None and capture.reason.startswith(_UNFINISHED):
            life = bisect_right(remains.ends, capture.created_at - remains.began_at)
            of_life[capture.camera, life].append(capture)
    for captures in of_life.values():
        if len(captures) > 1:
            text = "; ".join(map(str, captures))
            yield Finding(4, "of the captures that were interrupted together, one may have been exposed", text)


def _owner(remains: Remains, trail: Trail) -> Iterator[Finding]:
    """Whoever has the photo in their session took it, or nobody could know."""
    captures = {one.id: one for captures in trail.captures.values() for one in captures}
    for capture in captures.values():
        if capture.id == trail.exposure.asked_by or capture.release_of is not None:
            continue
        if (named := _ATTRIBUTED.search(capture.warning)) is None:
            if capture.origin not in {"body", "reconciled"} and not _may_be_taken_for(remains, trail, capture):
                yield Finding(1, "a capture has the photo that it took", f"{capture} has {trail}")
            continue
        failed = remains.index.captures.get(named[1])
        if failed is None or failed.id == trail.exposure.asked_by:
            continue
        if not _is_undecidable(remains, trail, failed):
            yield Finding(4, "a photo belongs to the guest who took it", f"{trail} is filed under {failed}")


def _may_be_taken_for(remains: Remains, trail: Trail, capture: IndexedCapture) -> bool:
    """Whether somebody pressed the button while this capture ran, and the camera reported that photo first."""
    began, ended = remains.span(capture)
    return trail.exposure.asked_by is None and began - 1.0 <= trail.exposure.at <= ended


def _is_undecidable(remains: Remains, trail: Trail, failed: IndexedCapture) -> bool:
    """Whether somebody pressed the button while the failed capture ran."""
    began, ended = remains.span(failed)
    at = trail.exposure.at
    # Captures run one at a time: a photo that was taken for another one never fits by chance.
    return trail.exposure.asked_by is None and began - BEFORE_SECONDS <= at <= ended + AFTER_SECONDS
