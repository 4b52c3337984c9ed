"""Invariants 1 and 2: what was said to be saved is there, byte by byte; everything else is there once."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.evidence import Finding
from tests.simulation.judge import first_scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.judge.remains import Remains
    from tests.simulation.truth import TrueExposure
    from tests.support.index_reader import IndexedCapture

TRASH = ".photonic/trash/"
STAGING = ".staging/"
RESERVED = (".photonic/", STAGING)
MAY_BE_DAMAGED = "parts of it may be damaged: the machine stopped before it was safe on the disk"
"""Decision 0057: a photo out of the RAM whose hash a loss of power took is kept, since nobody has another copy."""
SCAN_SECONDS = 3.0
"""The index knows the time of a scan in whole seconds, and takes it after the card was listed."""


@dataclass(slots=True)
class Trail:
    """Where the files of one exposure are: paths in the folder or the trash, and records that have them."""

    exposure: TrueExposure
    camera: int
    paths: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    captures: dict[str, list[IndexedCapture]] = field(
        default_factory=lambda: defaultdict[str, "list[IndexedCapture]"](list)
    )

    def __str__(self) -> str:
        """For people."""
        asked = f"for capture {self.exposure.asked_by[:8]}" if self.exposure.asked_by else "with the button"
        return f"exposure {self.exposure.number} of camera {self.camera} ({asked}, at {self.exposure.at:.2f} s)"


def trails(remains: Remains) -> list[Trail]:
    """Every exposure, with everything that is left of it."""
    names: dict[tuple[int, str], tuple[Trail, str]] = {}
    found: list[Trail] = []
    for camera, exposures in remains.exposures.items():
        for exposure in exposures:
            trail = Trail(exposure, camera)
            found.append(trail)
            for name, content in exposure.files.items():
                names[camera, hashlib.sha256(content).hexdigest()] = (trail, name)
    for (camera, path), content in remains.files.items():
        if path.startswith(RESERVED) and not path.startswith(TRASH):
            continue
        if (known := names.get((camera, hashlib.sha256(content).hexdigest()))) is not None:
            known[0].paths[known[1]].append(path)
    for capture in remains.index.captures.values():
        for file in capture.files:
            if (known := names.get((capture.camera, file.sha256))) is not None:
                known[0].captures[known[1]].append(capture)
    return found


def check(remains: Remains) -> Iterator[Finding]:
    """Every finding about the files of exposures."""
    found = trails(remains)
    yield from _files(remains)
    yield from _records(remains)
    yield from _said_saved(remains, found)
    for trail in found:
        yield from _once(trail)
        if not _may_be_missing(remains, trail):
            yield from _there(remains, trail)


def _files(remains: Remains) -> Iterator[Finding]:
    """No file is in no record, and none is left staged."""
    recorded = {(capture.camera, file.path) for capture in remains.index.captures.values() for file in capture.files}
    whole = {hashlib.sha256(content).digest() for _camera, content in _contents(remains)}
    for (camera, path), content in remains.files.items():
        if path.startswith(STAGING) and hashlib.sha256(content).digest() in whole:
            yield Finding(2, "no photo stays staged", f"{path} of camera {camera} is whole")
        elif (not path.startswith(RESERVED) or path.startswith(TRASH)) and (camera, path) not in recorded:
            yield Finding(2, "no file is in no record", f"{path} of camera {camera}, {len(content)} bytes")


def _contents(remains: Remains) -> Iterator[tuple[int, bytes]]:
    for camera, exposures in remains.exposures.items():
        for exposure in exposures:
            for content in exposure.files.values():
                yield camera, content


def _records(remains: Remains) -> Iterator[Finding]:
    """Each recorded file is as it was recorded, and a whole file of an exposure."""
    whole = {(camera, hashlib.sha256(content).hexdigest()) for camera, content in _contents(remains)}
    for capture in remains.index.captures.values():
        if capture.phase == "saved" and not capture.files:
            yield Finding(2, "a saved capture has a file", str(capture))
        for file in capture.files:
            content = remains.files.get((capture.camera, file.path))
            if content is None:
                yield Finding(2, "each recorded file is there", f"{file.path} is not: {capture}")
            elif (len(content), hashlib.sha256(content).hexdigest()) != (file.size_bytes, file.sha256):
                text = f"{file.path} has {len(content)} bytes or other ones than its record: {capture}"
                yield Finding(2, "each recorded file is as recorded", text)
            elif (capture.camera, file.sha256) not in whole and not _may_be_damaged(remains, capture, file.size_bytes):
                yield Finding(2, "each recorded file is whole", f"{file.path} is of no exposure: {capture}")


def _may_be_damaged(remains: Remains, capture: IndexedCapture, size_bytes: int, asked_by: str | None = None) -> bool:
    """Whether a record says so of a photo that was in a camera's RAM only; ``asked_by``: the capture that took it."""
    return MAY_BE_DAMAGED in capture.warning and any(
        exposure.in_ram and asked_by in {None, exposure.asked_by} and size_bytes == len(content)
        for exposure in remains.exposures[capture.camera]
        for content in exposure.files.values()
    )


def _said_saved(remains: Remains, found: list[Trail]) -> Iterator[Finding]:
    """Who was told "saved" has the photo that this capture made."""
    of_capture: dict[str, list[Trail]] = defaultdict(list)
    for trail in found:
        if trail.exposure.asked_by is not None:
            of_capture[trail.exposure.asked_by].append(trail)
    for request in remains.evidence.requests.values():
        answer = request.final
        if answer is None or not answer.saved or answer.capture_id is None:
            continue
        who = f"{request.key} was told at {answer.at:.2f} s that it is saved as {', '.join(answer.paths)}"
        capture = remains.index.captures.get(answer.capture_id)
        if capture is None or capture.phase != "saved":
            yield Finding(1, "a photo that was said to be saved has its record", f"{who}: {capture}")
            continue
        own = [
            trail
            for trail in of_capture[answer.capture_id]
            if any(one.id == capture.id for captures in trail.captures.values() for one in captures)
        ]
        damaged = any(_may_be_damaged(remains, capture, file.size_bytes, capture.id) for file in capture.files)
        if not own and not damaged and not _is_undecidable(remains, found, capture):
            made = ", ".join(map(str, of_capture[answer.capture_id])) or "nothing"
            text = f"{who}: the record has {_owners(found, capture)}, the capture made {made}"
            yield Finding(1, "a photo that was said to be saved is the one that was taken", text)


def _is_undecidable(remains: Remains, found: list[Trail], capture: IndexedCapture) -> bool:
    """Whether somebody pressed the button while this capture ran, and the camera reported that photo first."""
    began, ended = remains.span(capture)
    others = [
        trail.exposure
        for trail in found
        if any(one.id == capture.id for captures in trail.captures.values() for one in captures)
    ]
    return bool(others) and all(one.asked_by is None and began - 1.0 <= one.at <= ended for one in others)


def _owners(found: list[Trail], capture: IndexedCapture) -> str:
    owners = [
        str(trail)
        for trail in found
        if any(one.id == capture.id for captures in trail.captures.values() for one in captures)
    ]
    return ", ".join(owners) or "no exposure's files"


def _once(trail: Trail) -> Iterator[Finding]:
    """Nothing is there twice."""
    for name, paths in trail.paths.items():
        if len(paths) > 1:
            yield Finding(2, "each exposure is in the folder once", f"{trail}, {name}: {', '.join(sorted(paths))}")
    for name, captures in trail.captures.items():
        if len(captures) > 1:
            text = "; ".join(map(str, captures))
            yield Finding(2, "each exposure is in the index once", f"{trail}, {name}: {text}")
    ids = Counter(capture.id for captures in trail.captures.values() for capture in captures)
    if len(ids) > 1 and not any(len(captures) > 1 for captures in trail.captures.values()):
        apart = "; ".join(str(one[0]) for one in trail.captures.values())
        yield Finding(2, "the files of an exposure are in one record", f"{trail}: {apart}")


def _there(remains: Remains, trail: Trail) -> Iterator[Finding]:
    """Every file of an exposure is in the folder and in the index."""
    for name in trail.exposure.files:
        if not trail.captures[name] or not trail.paths[name]:
            where = "in no record" if not trail.captures[name] else "not in the folder"
            yield Finding(2, "each exposure is in the index", f"{trail}, {name}, is {where}")


def _may_be_missing(remains: Remains, trail: Trail) -> bool:
    """Whether an exposure need not be in the index."""
    exposure = trail.exposure
    if exposure.lost is not None or exposure.in_ram:
        # What was only in the RAM is lost with the process: declared so. Who was told "saved" is asked elsewhere.
        return True
    if exposure.film and not remains.settings.fetch_films:
        return True
    scans = [at for (serial, _card), at in remains.index.first_scans.items() if serial == remains.serials[trail.camera]]
    scanned_at = max(scans) - remains.began_at + SCAN_SECONDS if scans else None
    return first_scan.may_stay(exposure, remains.exposures[trail.camera], remains.evidence, scanned_at)
