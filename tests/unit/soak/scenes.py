"""Histories and evidence made up line by line: a run in which all is well, to be spoilt by a test in one place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from soak.evidence import CameraJournal, Evidence, Exposure, Stored
from soak.history import (
    Answered,
    Asked,
    Cleared,
    Finished,
    Opened,
    Sample,
    Seen,
    Staged,
    Started,
    Status,
    Told,
)

from photonic.model.api import CaptureRecord, PhotoFile
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from soak.history import AnyMoment

BEGIN = 1000.0
END = 1060.0
PACE = 0.5


def seen(at: float, viewer: int = 0, *, age: float = 0.1) -> Seen:
    """A frame that was made ``age`` seconds before it came."""
    return Seen(at=at, viewer=viewer, sequence=int(at * 10), camera_us=int((at - age) * 1e6))


def status(at: float, rev: int = 1, **other: object) -> Status:
    """A word of a service with which all is well, but for what is given."""
    facts: dict[str, object] = {
        "boot_id": "boot",
        "camera": "ready",
        "camera_reason": None,
        "rung": 0,
        "live": "running",
        "live_reason": None,
        "resume_by_seconds": None,
        "captures": 0,
        "is_capturing": False,
    }
    return Status(at=at, rev=rev, **(facts | other))  # pyright: ignore[reportArgumentType]


def ticks(begin: float, end: float, step: float = PACE) -> list[float]:
    """Times from ``begin`` up to ``end``."""
    return [begin + step * index for index in range(int((end - begin) / step) + 1)]


def quiet(*, without: Iterable[tuple[float, float]] = (), viewers: int = 1) -> list[AnyMoment]:
    """A minute of live view and of statuses; no frames in the stretches ``without``."""
    gone = tuple(without)
    moments: list[AnyMoment] = [Started(at=BEGIN, seed=1, faults=True, captures=1, hours=None)]
    moments += [Opened(at=BEGIN, viewer=viewer) for viewer in range(viewers)]
    moments += [Told(at=BEGIN + 0.1, viewer=viewer, state="syncing", reason=None) for viewer in range(viewers)]
    for at in ticks(BEGIN, END):
        moments.append(status(at))
        if not any(begin < at < end for begin, end in gone):
            moments += [seen(at, viewer) for viewer in range(viewers)]
    return in_order([*moments, Cleared(at=END - 20), Finished(at=END), Staged(at=END + 1, files=0)])


def in_order(moments: Iterable[AnyMoment]) -> list[AnyMoment]:
    """By time."""
    return sorted(moments, key=lambda moment: moment.at)


def asked(key: str = "user0-1", at: float = BEGIN + 5) -> Asked:
    return Asked(at=at, user=0, key=key, number=1)


def saved(
    key: str = "user0-1", capture_id: str = "one", path: str = "/photos/1.jpg", at: float = BEGIN + 6
) -> Answered:
    return Answered(at=at, user=0, key=key, capture_id=capture_id, path=path, error=None, reason=None)


def stored(counter: int | None = 1, path: str = "/photos/1.jpg", *, whole: bool = True) -> Stored:
    return Stored(path, 1000, f"sha of {counter}", counter, whole)


def record(
    capture_id: str = "one",
    *files: Stored,
    phase: CapturePhase = CapturePhase.SAVED,
    kind: str = "still",
    attempts: int = 1,
    session: str = "user0",
    release_of: str | None = None,
) -> CaptureRecord:
    """A capture's row in the index, with these files."""
    return CaptureRecord(
        id=capture_id,
        camera_id="camera",
        kind=kind,
        phase=phase,
        session_id="body" if kind == "body" else session,
        release_of=release_of,
        sequence_number=1,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        attempts=attempts,
        files=tuple(
            PhotoFile(
                id=PurePosixPath(file.path).name,
                path=file.path,
                size_bytes=file.size_bytes,
                sha256=file.sha256,
                media_type="image/jpeg",
            )
            for file in files
        ),
    )


def exposure(
    counter: int = 1, source: str = "client", *names: str, press: int | None = None, at: float = BEGIN + 5.5
) -> Exposure:
    return Exposure(counter, at, source, names or (f"IMG_{counter:04d}.JPG",), press)


def journal(
    *exposures: Exposure, ram: bool = False, garbled: Mapping[str, tuple[int, str]] | None = None, films: int = 0
) -> CameraJournal:
    """A camera that has all of these on its card, or in its RAM."""
    kept = frozenset((one.counter, name) for one in exposures for name in one.files)
    return CameraJournal(
        exposures,
        frozenset() if ram else kept,
        kept if ram else frozenset(),
        garbled=garbled or {},
        films=tuple(f"MVI_{number:04d}.MOV" for number in range(films)),
    )


def one_photo() -> Evidence:
    """One photo, asked for, exposed, recorded and stored."""
    return Evidence(journal(exposure()), [record("one", stored())], [stored()])


def sample(at: float, *, rss_mega: int = 50, descriptors: int = 20, threads: int = 5, tasks: int = 10) -> Sample:
    return Sample(
        at=at,
        role="service",
        pid=1,
        rss_bytes=rss_mega * 1024 * 1024,
        descriptors=descriptors,
        threads=threads,
        tasks=tasks,
    )
