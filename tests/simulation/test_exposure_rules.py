"""What the judge says of photos that are not what the camera took."""

from __future__ import annotations

import hashlib

import pytest
from tests.simulation.evidence import Answer, Evidence, Request
from tests.simulation.history_settings import HistorySettings
from tests.simulation.judge import exposures
from tests.simulation.judge.first_scan import MOST_FETCHED, may_stay
from tests.simulation.judge.remains import Remains
from tests.simulation.truth import TrueExposure
from tests.support.index_reader import Index, IndexedCapture, IndexedFile

from photonic.service.ingest.imported_record import MAY_HAVE_HOLES

PHOTO, HOLES = b"a photo", b"a\0\0\0\0\0o"


@pytest.mark.parametrize(
    ("content", "warning", "in_ram", "allowed"),
    [
        (HOLES, f"arrived late; {MAY_HAVE_HOLES}", True, True),
        (HOLES, f"arrived late; {MAY_HAVE_HOLES}", False, False),
        (HOLES, "arrived late", True, False),
        (HOLES[:-1], MAY_HAVE_HOLES, True, False),
    ],
    ids=["said", "the card has it", "not said", "another size"],
)
def test_only_a_photo_from_ram_may_be_damaged_and_only_if_it_says_so(
    content: bytes, warning: str, *, in_ram: bool, allowed: bool
) -> None:
    file = IndexedFile("photos/one.jpg", len(content), hashlib.sha256(content).hexdigest())
    capture = IndexedCapture(
        "1" * 32,
        camera=0,
        key=None,
        phase="saved",
        session="guest",
        kind=None,
        reason=None,
        warning=warning,
        origin="reconciled",
        release_of=None,
        created_at=100.0,
        ended_at=None,
        files=(file,),
    )
    remains = Remains(
        HistorySettings(),
        Evidence(),
        Index({capture.id: capture}),
        {0: [TrueExposure(1, 99.0, None, {"IMG_0001.JPG": PHOTO}, in_ram=in_ram)]},
        {0: "101"},
        {(0, file.path): content},
        began_at=0.0,
        starts=[50.0],
        ends=[],
        told=(),
    )
    rules = [finding.rule for finding in exposures.check(remains)]
    assert ("each recorded file is whole" not in rules) == allowed


@pytest.mark.parametrize(
    ("newer", "saved", "scanned_at", "stays"),
    [
        (MOST_FETCHED, False, 500.0, True),
        (MOST_FETCHED - 1, False, 500.0, False),
        (MOST_FETCHED, True, 500.0, False),
        (MOST_FETCHED, False, 99.0, False),
        (MOST_FETCHED, False, 102.0, False),
        (MOST_FETCHED, False, None, False),
    ],
    ids=["too many", "one of 20", "the clock is known", "after the scan", "the others after the scan", "no scan"],
)
def test_a_first_scan_leaves_the_photo_of_a_failed_capture_only_if_20_newer_ones_may_be_it(
    newer: int, *, saved: bool, scanned_at: float | None, stays: bool
) -> None:
    mine = TrueExposure(1, 100.0, "1" * 32, {"IMG_0001.JPG": PHOTO})
    others = [TrueExposure(2 + number, 101.0 + number, None, {}) for number in range(newer)]
    answer = Answer(90.0, 1, saved=saved, capture_id="2" * 32, kind=None if saved else "timeout")
    evidence = Evidence(requests={"a": Request("a", 0, "guest", 1, answers=[answer])})
    assert may_stay(mine, [mine, *others], evidence, scanned_at) == stays
    assert may_stay(others[0], [mine, *others], evidence, 500.0)
