"""What the judge says of captures that failed, and of their photos that came later."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation.evidence import Evidence
from tests.simulation.history_settings import HistorySettings
from tests.simulation.judge import failures
from tests.simulation.judge.remains import Remains
from tests.simulation.truth import TrueExposure
from tests.support.index_reader import Index, IndexedCapture, IndexedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

PHOTO = b"a photo"
INTERRUPTED = (
    "the service stopped during the capture; a photo on the card will be imported, but a photo only in the camera's "
    "memory is lost"
)
LATER, OTHER, FAILED = "1" * 32, "2" * 32, "f" * 32


def capture(capture_id: str, **facts: Any) -> IndexedCapture:
    known: dict[str, Any] = {
        "camera": 0,
        "key": None,
        "phase": "failed",
        "session": "guest",
        "kind": None,
        "reason": None,
        "warning": "",
        "origin": "still",
        "release_of": None,
        "created_at": 100.0,
        "ended_at": None,
    }
    return IndexedCapture(capture_id, **{**known, **facts})


def photo(at: float, warning: str) -> IndexedCapture:
    """The photo of the failed capture, in a record of its own."""
    file = IndexedFile("photos/one.jpg", len(PHOTO), hashlib.sha256(PHOTO).hexdigest())
    return capture(LATER, phase="saved", origin="reconciled", created_at=at, warning=warning, files=(file,))


def rules(
    captures: Sequence[IndexedCapture],
    ends: Sequence[float] = (),
    by: str | None = FAILED,
    at: float = 101.0,
) -> list[str]:
    """The promises that are broken; somebody, or the failed capture, made one photo."""
    remains = Remains(
        HistorySettings(),
        Evidence(),
        Index({one.id: one for one in captures}),
        {0: [TrueExposure(1, at, by, {"IMG_0001.JPG": PHOTO})]},
        {0: "101"},
        {},
        began_at=0.0,
        starts=[50.0, *(at + 10.0 for at in ends)],
        ends=ends,
        told=(),
    )
    return [finding.rule for finding in failures.check(remains)]


@pytest.mark.parametrize(("other_at", "broken"), [(102.0, 1), (202.0, 0)])
def test_of_the_captures_of_one_life_one_may_have_been_exposed(other_at: float, broken: int) -> None:
    captures = [
        capture(FAILED, kind="shutting_down", reason=INTERRUPTED),
        capture(OTHER, kind="shutting_down", reason=INTERRUPTED, created_at=other_at),
    ]
    found = rules(captures, ends=[150.0])
    assert found == ["of the captures that were interrupted together, one may have been exposed"] * broken


def test_the_service_does_not_give_up_before_the_camera_process() -> None:
    late = capture(FAILED, kind="timeout", reason="the capture did not end in time (phase: exposing): try again")
    assert rules([late]) == ["the camera process reports a timeout itself"]
    assert rules([capture(FAILED, kind="timeout", reason="no photo arrived within 40 s")]) == []


@pytest.mark.parametrize(
    ("at", "warning", "noted", "broken"),
    [
        (130.0, "fetched from the camera's card", "", 1),
        (300.0, "fetched from the camera's card", "", 0),
        (130.0, f"arrived late: it may be the photo of capture {FAILED}, which had failed", "", 0),
        (130.0, f"arrived late: attributed to capture {FAILED}, which had failed", LATER, 0),
        (130.0, "fetched from the camera's card", OTHER, 0),
    ],
)
def test_a_photo_that_comes_in_time_names_its_capture(at: float, warning: str, noted: str, broken: int) -> None:
    note = f"its photo was imported later, as capture {noted}" if noted else ""
    failed = capture(FAILED, kind="camera_fault", reason="no reason", ended_at=110.0, warning=note)
    assert rules([failed, photo(at, warning)]) == ["the record says so where its photo came later"] * broken


@pytest.mark.parametrize(
    ("at", "how", "ends", "broken"),
    [
        (200.0, "arrived late", [], 0),
        (300.0, "arrived late", [], 1),
        (300.0, "arrived late", [150.0], 0),
        (300.0, "fetched from the camera's card", [], 0),
    ],
)
def test_a_photo_that_is_reported_long_after_a_failure_is_not_called_its_photo(
    at: float, how: str, ends: list[float], broken: int
) -> None:
    failed = capture(FAILED, kind="camera_fault", reason="no reason", ended_at=110.0)
    warning = f"{how}: it may be the photo of capture {FAILED}, which had failed"
    found = rules([failed, photo(at, warning)], ends=ends, by=None, at=at)
    assert found == ["a capture expects its photo for the promised time only"] * broken


@pytest.mark.parametrize(("at", "broken"), [(130.0, 0), (155.0, 0), (190.0, 1)])
def test_a_capture_that_was_interrupted_took_no_photo_after_the_next_start(at: float, broken: int) -> None:
    failed = capture(FAILED, reason=INTERRUPTED, warning=f"its photo was imported later, as capture {LATER}")
    warning = f"fetched from the camera's card: attributed to capture {FAILED}, which had failed"
    found = rules([failed, photo(at + 20.0, warning)], ends=[150.0], by=None, at=at)
    assert found == ["a photo belongs to the guest who took it"] * broken
