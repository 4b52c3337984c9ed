"""The time line and the summary: what a person reads after a failure."""

from __future__ import annotations

from soak import timeline
from soak.checker import check
from soak.evidence import Evidence, JournalEntry
from soak.finding import Kind
from soak.history import Began, Ended, Told
from soak.summary import summary
from tests.unit.soak.scenes import asked, in_order, one_photo, quiet, saved, status


def test_the_moments_around_a_finding() -> None:
    history = in_order(
        [
            *quiet(without=[(1010, 1040)]),
            Began(at=1009.0, number=4, what="process_killed", detail="77"),
            Ended(at=1009.5, number=4),
            Told(at=1015, viewer=0, state="waiting", reason="the camera process ended"),
            status(1020.1, 2, camera="recovering", camera_reason="why"),
        ]
    )
    freeze = next(finding for finding in check(history, Evidence()) if finding.kind is Kind.FREEZE)
    entries = [JournalEntry(1028.0, "link", {"up": True, "why": None}), JournalEntry(1028.0, "set", {"property": 1})]
    text = timeline.around(freeze, history, entries)
    assert "event          4 begins: process_killed 77" in text
    assert "viewer 0       waiting: the camera process ended" in text
    assert "service        camera recovering (why), rung 0; live view running; 0 captures" in text
    assert "camera         link up=True" in text
    assert "set" not in text
    assert "<<<<<<         here" in text
    times = [float(line.split()[0]) for line in text.splitlines()]
    assert times == sorted(times)


def test_statuses_are_shown_when_they_change() -> None:
    text = timeline.between(1000, 1060, quiet(), [])
    assert text.count("service        camera ready") == 1


def test_gaps_of_frames_are_shown() -> None:
    assert "viewer 0       a picture after 6.0 s" in timeline.between(1000, 1060, quiet(without=[(1010, 1016)]), [])


def test_the_summary_counts() -> None:
    history = in_order([*quiet(), asked(), saved(), Began(at=1010, number=1, what="unplug"), Ended(at=1012, number=1)])
    text = summary(history, one_photo(), check(history, one_photo()))
    assert "asked 1, saved 1, failed 0" in text
    assert "exposures 1 (client 1)" in text
    assert "events 1 (unplug 1)" in text
    assert "findings 0" in text


def test_viewers_who_are_told_the_same_share_a_line() -> None:
    reports = [Told(at=1020 + viewer / 100, viewer=viewer, state="hold", reason="capture") for viewer in range(3)]
    text = timeline.between(1019.9, 1020.2, in_order([*quiet(), *reports]), [])
    assert "viewer 0 1 2   hold: capture" in text


def test_a_long_reason_is_cut() -> None:
    reports = Told(at=1020, viewer=0, state="waiting", reason="x" * 1000)
    text = timeline.between(1019.9, 1020.2, in_order([*quiet(), reports]), [])
    assert max(len(line) for line in text.splitlines()) < 220
