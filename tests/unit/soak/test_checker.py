"""The soak's checker: silent about a good run, and not about any broken promise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from soak import budgets
from soak.checker import check
from soak.evidence import Evidence
from soak.finding import Kind
from soak.history import Answered, Began, Closed, Ended, Opened, Seen, Staged, Told
from soak.hook import Hooked
from tests.unit.soak.scenes import (
    BEGIN,
    END,
    asked,
    exposure,
    in_order,
    journal,
    one_photo,
    quiet,
    record,
    sample,
    saved,
    seen,
    status,
    stored,
    ticks,
)

from photonic.model.saved import SaveLevel
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from soak.evidence import Stored
    from soak.history import AnyMoment

    from photonic.model.api import CaptureRecord


def found(history: list[AnyMoment], evidence: Evidence | None = None) -> set[Kind]:
    return {finding.kind for finding in check(in_order(history), evidence or Evidence())}


def event(what: str, begin: float, end: float, viewer: int | None = None) -> list[AnyMoment]:
    return [Began(at=begin, number=1, what=what, viewer=viewer), Ended(at=end, number=1)]


def test_finds_nothing_in_a_good_run() -> None:
    assert check([*quiet(viewers=3), asked(), saved()], one_photo()) == []


# Pictures.


def test_a_gap_that_nothing_explains_is_a_freeze() -> None:
    (finding,) = [
        finding for finding in check(quiet(without=[(1010, 1016)]), Evidence()) if finding.kind is Kind.FREEZE
    ]
    assert "viewer 0" in finding.text
    assert "nothing to explain it" in finding.text
    assert finding.at == 1010


def test_a_short_gap_is_none() -> None:
    assert found(quiet(without=[(1010, 1010 + budgets.STEADY_SECONDS)])) == set()


def test_a_gap_within_an_event_and_its_budget_is_none() -> None:
    end = 1015 + budgets.after("process_killed")
    history = [*quiet(without=[(1010, end)]), *event("process_killed", 1010, 1015)]
    assert Kind.FREEZE not in found(history)


def test_a_gap_beyond_the_budget_is_a_freeze_and_names_the_cause() -> None:
    end = 1011 + budgets.after("process_killed") + budgets.STEADY_SECONDS + 1
    history = [*quiet(without=[(1010, end)]), *event("process_killed", 1010, 1011)]
    freeze = next(finding for finding in check(in_order(history), Evidence()) if finding.kind is Kind.FREEZE)
    assert "after process_killed" in freeze.text


def test_the_link_of_one_viewer_explains_nothing_to_another() -> None:
    history = [*quiet(without=[(1010, 1020)], viewers=2), *event("viewer_mute", 1010, 1018, viewer=1)]
    frozen = [finding.text for finding in check(in_order(history), Evidence()) if finding.kind is Kind.FREEZE]
    assert len(frozen) == 1
    assert "viewer 0" in frozen[0]


def test_pictures_from_long_ago_are_no_fresh_ones() -> None:
    old: list[AnyMoment] = [seen(at, age=at - 1009) for at in ticks(1012, 1020)]
    assert Kind.FREEZE in found([*quiet(without=[(1010, 1021)]), *old])


def test_a_garbled_picture_may_be_unreadable() -> None:
    broken = Seen(at=1020.3, viewer=0, sequence=1, camera_us=None)
    assert found([*quiet(), broken, *event("garble", 1019, 1021)]) == set()
    assert found([*quiet(), broken, *event("truncated_frame", 1019, 1021)]) == {Kind.BROKEN_PICTURE}


def test_a_film_beside_it_is_no_reason_for_a_freeze() -> None:
    for what in ("film", "padded_frame", "latin1_text"):
        gap = [*quiet(without=[(1010, 1016)]), *event(what, 1009, 1010.5)]
        assert Kind.FREEZE in found(gap)


def test_the_same_picture_again_and_again_is_a_freeze() -> None:
    again: list[AnyMoment] = [Seen(at=at, viewer=0, sequence=1, camera_us=1_010_000_000) for at in ticks(1010, 1020)]
    assert Kind.FREEZE in found([*quiet(without=[(1010, 1021)]), *again])


def test_the_end_of_the_run_ends_a_gap() -> None:
    assert Kind.FREEZE in found(quiet(without=[(END - 6, END + 1)]))


def test_a_viewer_who_has_left_needs_no_picture() -> None:
    history: list[AnyMoment] = [Closed(at=1010, viewer=0), Opened(at=1025, viewer=0)]
    assert Kind.FREEZE not in found([*quiet(without=[(1010, 1026)]), *history])


def test_an_older_picture_after_a_newer_one() -> None:
    assert found([*quiet(), seen(1020.3, age=1.0)]) == {Kind.OLD_PICTURE}


def test_a_picture_that_cannot_be_read() -> None:
    assert found([*quiet(), Seen(at=1020.3, viewer=0, sequence=1, camera_us=None)]) == {Kind.BROKEN_PICTURE}


def test_told_live_without_a_picture() -> None:
    history = [
        *quiet(without=[(1010, 1020)]),
        *event("mute", 1009, 1021),
        Told(at=1009, viewer=0, state="live", reason=None),
        Told(at=1019, viewer=0, state="syncing", reason=None),
    ]
    assert Kind.FALSE_LIVE in found(history)


def test_a_status_that_says_running_while_no_frame_comes() -> None:
    assert found([*quiet(without=[(1010, 1020)]), *event("mute", 1010, 1020)]) == {Kind.FALSE_STATUS}


def test_a_status_that_admits_it_is_true() -> None:
    history = [
        moment
        if not (moment.at >= 1011 and moment.at <= 1020) or type(moment).__name__ != "Status"
        else status(moment.at, 2, camera="recovering", camera_reason="no frame", live="recovering", live_reason="so")
        for moment in quiet(without=[(1010, 1020)])
    ]
    later = [
        status(moment.at, 3) if type(moment).__name__ == "Status" and moment.at > 1020 else moment for moment in history
    ]
    assert found([*later, *event("mute", 1010, 1020)]) == set()


# Words.


@pytest.mark.parametrize(
    ("word", "what"),
    [
        (status(1020.2, 0), "came after"),
        (status(1020.2, 1, camera="capturing"), "revision 1 said"),
    ],
)
def test_revisions(word: AnyMoment, what: str) -> None:
    findings = [finding for finding in check(in_order([*quiet(), word]), Evidence()) if finding.kind is Kind.REVISION]
    assert what in findings[0].text


def test_a_boot_that_was_left_and_returns() -> None:
    assert Kind.REVISION in found([*quiet(), status(1020.2, 1, boot_id="another")])


@pytest.mark.parametrize(
    "lack",
    [
        {"camera": "blocked"},
        {"camera": "recovering", "camera_reason": ""},
        {"live": "recovering"},
        {"live": "paused"},
        {"is_capturing": True},
        {"captures": 1},
    ],
)
def test_a_status_without_its_reason(lack: dict[str, object]) -> None:
    # The one before and the one after are of another revision.
    late = [moment for moment in quiet() if moment.at < 1020 or type(moment).__name__ != "Status"]
    after: list[AnyMoment] = [status(at, 3) for at in ticks(1021, END)]
    assert found([*late, status(1020.2, 2, **lack), *after]) == {Kind.FALSE_STATUS}


def test_a_run_that_does_not_come_to_rest() -> None:
    last = status(END - 0.1, 2, camera="recovering", camera_reason="why")
    before_the_end = [moment for moment in quiet() if not (type(moment).__name__ == "Status" and moment.at > END - 1)]
    assert found([*before_the_end, last]) == {Kind.NO_REST}


def test_a_run_that_was_broken_off() -> None:
    assert Kind.NO_REST in found([moment for moment in quiet() if moment.at < END - 20])


# Photos.


def test_an_acknowledged_photo_that_is_not_on_the_disk() -> None:
    evidence = Evidence(journal(exposure()), [record("one", stored())], [])
    assert Kind.LOST in found([*quiet(), asked(), saved()], evidence)


def test_an_acknowledged_photo_without_a_record() -> None:
    evidence = Evidence(journal(exposure()), [], [stored()])
    assert Kind.FALSE_ANSWER in found([*quiet(), asked(), saved()], evidence)


def test_an_acknowledged_photo_whose_record_says_failed() -> None:
    evidence = Evidence(journal(exposure()), [record("one", stored(), phase=CapturePhase.FAILED)], [stored()])
    assert found([*quiet(), asked(), saved()], evidence) == {Kind.FALSE_ANSWER}


def test_a_photo_that_is_cut() -> None:
    cut = stored(whole=False)
    evidence = Evidence(journal(exposure()), [record("one", cut)], [cut])
    assert found([*quiet(), asked(), saved()], evidence) == {Kind.DAMAGED}


def test_a_photo_that_is_not_as_it_was_recorded() -> None:
    evidence = Evidence(journal(exposure()), [record("one", stored(2))], [stored()])
    assert found([*quiet(), asked(), saved()], evidence) == {Kind.DAMAGED}


def test_an_exposure_that_was_forgotten() -> None:
    forgotten = Evidence(journal(exposure(), exposure(2, "button")), [record("one", stored())], [stored()])
    (finding,) = check(in_order([*quiet(), asked(), saved()]), forgotten)
    assert finding.kind is Kind.LOST
    assert "exposure 2 (IMG_0002.JPG, pressed by button)" in finding.text


def test_the_raw_file_of_a_shot_that_was_forgotten() -> None:
    shot = exposure(1, "client", "IMG_0001.CR2", "IMG_0001.JPG")
    assert found(quiet(), Evidence(journal(shot), [record("one", stored())], [stored()])) == {Kind.LOST}


def test_what_only_the_ram_had_may_be_lost() -> None:
    assert found(quiet(), Evidence(journal(exposure(source="button"), ram=True))) == set()


def test_a_photo_that_is_there_twice() -> None:
    twin = stored(path="/photos/2.jpg")
    evidence = Evidence(
        journal(exposure()), [record("one", stored()), record("two", twin, kind="body")], [stored(), twin]
    )
    assert found([*quiet(), asked(), saved()], evidence) == {Kind.DUPLICATE}


def test_a_capture_with_files_of_two_exposures() -> None:
    other = stored(2, "/photos/2.jpg")
    evidence = Evidence(
        journal(exposure(), exposure(2)), [record("one", stored(), other, attempts=2)], [stored(), other]
    )
    assert found([*quiet(), asked(), saved()], evidence) == {Kind.DUPLICATE}


def test_one_key_with_two_captures() -> None:
    other = stored(2, "/photos/2.jpg")
    evidence = Evidence(
        journal(exposure(), exposure(2)), [record("one", stored()), record("two", other)], [stored(), other]
    )
    again = saved(capture_id="two", path="/photos/2.jpg", at=BEGIN + 7)
    assert found([*quiet(), asked(), saved(), again], evidence) == {Kind.DUPLICATE}


@pytest.mark.parametrize("kind", ["body", "reconciled"])
def test_an_exposure_that_nobody_asked_for(kind: str) -> None:
    other = stored(2, "/photos/2.jpg")
    late = record("two", other, kind=kind)
    evidence = Evidence(journal(exposure(), exposure(2)), [record("one", stored()), late], [stored(), other])
    assert found([*quiet(), asked(), saved()], evidence) == {Kind.UNREQUESTED}


def test_a_further_photo_of_a_release_is_no_attempt() -> None:
    evidence = burst(further(2), further(3))
    again = (exposure(4, press=8), exposure(5, press=9))
    others = [stored(4, "/photos/4.jpg"), stored(5, "/photos/5.jpg")]
    pressed = Evidence(
        journal(*evidence.journal.exposures, *again),
        [*evidence.index, *(record(file.path, file, kind="reconciled") for file in others)],
        [*evidence.files, *others],
    )
    assert found([*quiet(), asked(), saved()], pressed) == {Kind.UNREQUESTED}


def test_a_file_without_a_record() -> None:
    evidence = Evidence(journal(exposure()), [record("one", stored())], [stored(), stored(3, "/photos/3.jpg")])
    assert found([*quiet(), asked(), saved()], evidence) == {Kind.UNRECORDED}


def test_a_press_on_the_body_is_none_of_the_services() -> None:
    pressed = Evidence(
        journal(exposure(press=1), exposure(2, "button", press=2)),
        [record("one", stored()), record("two", stored(2, "/photos/2.jpg"), kind="body")],
        [stored(), stored(2, "/photos/2.jpg")],
    )
    assert found([*quiet(), asked(), saved()], pressed) == set()


def test_a_strangers_photo_in_a_users_session() -> None:
    for source in ("button", "computer"):
        evidence = Evidence(journal(exposure(1, source)), [record("one", stored())], [stored()])
        assert found([*quiet(), asked(), saved()], evidence) == {Kind.STRANGER}


def burst(*further: CaptureRecord, first: int = 1) -> Evidence:
    """Three exposures of one press: the capture's own, and two more in records of their own."""
    shots = [exposure(counter, press=7, at=BEGIN + 20 + counter / 10) for counter in (1, 2, 3)]
    files = [stored(counter, f"/photos/{counter}.jpg") for counter in (1, 2, 3)]
    return Evidence(journal(*shots), [record("one", files[first - 1]), *further], files)


def further(number: int, of: str | None = "one", **other: str) -> CaptureRecord:
    return record(f"further{number}", stored(number, f"/photos/{number}.jpg"), release_of=of, **other)  # pyright: ignore[reportArgumentType]


CONTINUOUS = event("continuous_drive", BEGIN + 10, BEGIN + 30)


def test_a_burst_is_one_capture_and_stills_that_say_so() -> None:
    assert found([*quiet(), *CONTINUOUS, asked(), saved()], burst(further(2), further(3))) == set()


def test_a_burst_of_which_one_is_the_bodys_own() -> None:
    torn = burst(further(2), further(3, None, kind="body"))
    assert found([*quiet(), *CONTINUOUS, asked(), saved()], torn) == {Kind.TORN}


def test_a_burst_may_be_torn_apart_by_what_happens_to_it() -> None:
    torn = burst(further(2), further(3, None, kind="body"))
    killed = [Began(at=BEGIN + 21, number=2, what="process_killed"), Ended(at=BEGIN + 21.5, number=2)]
    assert found([*quiet(), *CONTINUOUS, *killed, asked(), saved()], torn) == set()


def test_a_burst_of_a_dial_that_was_turned_just_before() -> None:
    torn = burst(further(2), further(3, None, kind="body"))
    turned = event("continuous_drive", BEGIN + 19, BEGIN + 30)
    assert found([*quiet(), *turned, asked(), saved()], torn) == set()


def test_a_further_photo_of_another_release() -> None:
    evidence = burst(further(2), further(3), record("four", stored(4, "/photos/4.jpg"), release_of="one"))
    shots = (*evidence.journal.exposures, exposure(4, press=8))
    other = Evidence(
        journal(*shots),
        [*evidence.index, record("five", attempts=1)],
        [*evidence.files, stored(4, "/photos/4.jpg")],
    )
    assert found([*quiet(), *CONTINUOUS, asked(), saved()], other) == {Kind.STRANGER}


def test_a_further_photo_in_somebody_elses_session() -> None:
    evidence = burst(further(2), further(3, session="user1"))
    assert found([*quiet(), *CONTINUOUS, asked(), saved()], evidence) == {Kind.STRANGER}


def test_a_photo_that_the_camera_sent_damaged_is_as_it_was_recorded() -> None:
    sent = stored(None, whole=False)
    right = Evidence(journal(exposure(), garbled={sent.sha256: (1, "IMG_0001.JPG")}), [record("one", sent)], [sent])
    assert found([*quiet(), asked(), saved()], right) == set()
    other = Evidence(journal(exposure(), garbled={"another": (1, "IMG_0001.JPG")}), [record("one", sent)], [sent])
    assert found([*quiet(), asked(), saved()], other) == {Kind.DAMAGED, Kind.LOST}


def test_a_photo_that_the_camera_sent_damaged_may_be_there_whole_besides_and_no_more_than_that() -> None:
    damaged, whole = replace(stored(), sha256="damaged"), stored(path="/photos/2.jpg")
    again = replace(damaged, path="/photos/3.jpg")

    def of(*files: Stored) -> Evidence:
        records = [record("one", files[0]), *(record(file.path, file, kind="body") for file in files[1:])]
        return Evidence(journal(exposure(), garbled={"damaged": (1, "IMG_0001.JPG")}), records, files)

    history = [*quiet(), asked(), saved()]
    assert found(history, of(damaged, whole)) == set()
    assert found(history, of(damaged, again)) == {Kind.DUPLICATE}
    assert found(history, of(damaged, whole, replace(whole, path="/photos/4.jpg"))) == {Kind.DUPLICATE}


def test_films_are_counted_on_the_card() -> None:
    reports = [status(END - 0.2, 2, films_on_card=2)]
    before = [moment for moment in quiet() if not (type(moment).__name__ == "Status" and moment.at > END - 1)]
    assert found([*before, *reports], Evidence(journal(films=2))) == set()
    assert found([*before, *reports], Evidence(journal(films=3))) == {Kind.FALSE_STATUS}


# Hooks.


def hooked(*runs: float, event: str = "photo.saved") -> Evidence:
    whole = one_photo()
    return Evidence(whole.journal, whole.index, whole.files, hooked=[Hooked(at, event, "one") for at in runs])


def test_a_hook_that_was_run_once() -> None:
    assert found([*quiet(), asked(), saved()], hooked(BEGIN + 6)) == set()


def test_a_hook_that_was_never_run() -> None:
    assert found([*quiet(), asked(), saved()], hooked()) == {Kind.HOOK}
    assert found([*quiet(), asked(), saved()], hooked(BEGIN + 6, event="photo.extended")) == {Kind.HOOK}


def test_a_hook_that_was_run_again() -> None:
    assert found([*quiet(), asked(), saved()], hooked(BEGIN + 6, BEGIN + 7)) == {Kind.HOOK}


@pytest.mark.parametrize("what", ["service_killed", "service_restarted"])
def test_a_hook_is_run_again_where_the_service_ended_while_it_ran(what: str) -> None:
    ended = event(what, BEGIN + 16.5, BEGIN + 19)
    assert found([*quiet(), asked(), saved(), *ended], hooked(BEGIN + 16, BEGIN + 20)) == set()
    # Long before the end, and after it.
    assert found([*quiet(), asked(), saved(), *ended], hooked(BEGIN + 6, BEGIN + 20)) == {Kind.HOOK}
    assert found([*quiet(), asked(), saved(), *ended], hooked(BEGIN + 22, BEGIN + 23)) == {Kind.HOOK}


def test_a_capture_without_an_end() -> None:
    assert found([*quiet(), asked()]) == {Kind.NO_ANSWER}


def test_a_record_that_never_ends() -> None:
    evidence = Evidence(journal(), [record("one", phase=CapturePhase.DOWNLOADING)])
    assert found(quiet(), evidence) == {Kind.NO_ANSWER}


@pytest.mark.parametrize(
    ("what", "kinds"), [("card_missing", set[Kind]()), ("cut_transfer", {Kind.FALSE_REASON}), ("garble", set[Kind]())]
)
def test_a_failure_has_the_reason_that_it_tells(what: str, kinds: set[Kind]) -> None:
    failed = Answered(at=1006, user=0, key="user0-1", capture_id=None, path=None, error="no_card 409", reason="so")
    assert found([*quiet(), asked(at=1005), failed, *event(what, 1004, 1005.5)]) == kinds


@pytest.mark.parametrize(("what", "kinds"), [("ram_full", set[Kind]()), ("unplug", {Kind.FALSE_REASON})])
def test_a_camera_is_busy_only_while_something_keeps_it_busy(what: str, kinds: set[Kind]) -> None:
    busy = Answered(at=1006, user=0, key="user0-1", capture_id=None, path=None, error="camera_busy 409", reason="so")
    assert found([*quiet(), asked(at=1005), busy, *event(what, 1004, 1005.5)]) == kinds


def test_a_failed_capture_is_an_end() -> None:
    failed = Answered(at=1006, user=0, key="user0-1", capture_id=None, path=None, error="timeout 504", reason="so")
    assert found([*quiet(), asked(), failed]) == set()


# Leaks.


def growing(**change: tuple[int, int]) -> list[AnyMoment]:
    """Samples of ten minutes in which something goes from one value to another."""
    times = ticks(BEGIN, BEGIN + 600, 2.0)
    result: list[AnyMoment] = []
    for index, at in enumerate(times):
        now = {name: begin + (end - begin) * index // len(times) for name, (begin, end) in change.items()}
        result.append(sample(at, **now))
    return result


@pytest.mark.parametrize(
    "change", [{"rss_mega": (50, 150)}, {"descriptors": (20, 60)}, {"threads": (5, 25)}, {"tasks": (10, 60)}]
)
def test_a_process_that_grows(change: dict[str, tuple[int, int]]) -> None:
    assert found([*quiet(), *growing(**change)]) == {Kind.LEAK}


def test_a_process_that_stays_as_it_is() -> None:
    assert found([*quiet(), *growing(rss_mega=(50, 55))]) == set()


def test_a_life_too_short_to_say_something() -> None:
    assert found([*quiet(), *growing(descriptors=(20, 60))[:60]]) == set()


def test_descriptors_that_pile_up_in_a_short_life() -> None:
    assert found([*quiet(), sample(1010, descriptors=budgets.DESCRIPTORS_MOST + 1)]) == {Kind.LEAK}


def test_files_that_stay_staged() -> None:
    assert found([*quiet(), Staged(at=END + 2, files=1)]) == {Kind.LEAK}


def test_a_process_that_outlives_the_service() -> None:
    assert found(quiet(), Evidence(lasting=["process 1: photonic"])) == {Kind.LEAK}


# The second disk, and verify.


def copied(saved_as: SaveLevel, copies: dict[str, str]) -> Evidence:
    whole = one_photo()
    (one,) = whole.index
    one = one.model_copy(update={"saved": saved_as})
    return Evidence(whole.journal, [one], whole.files, copies=copies)


def test_a_photo_with_its_copy_and_without() -> None:
    (file,) = one_photo().files
    run = [*quiet(), asked(), saved()]
    assert found(run, copied(SaveLevel.SECOND, {"photos/1.jpg": file.sha256})) == set()
    assert found(run, copied(SaveLevel.SECOND, {})) == {Kind.NO_COPY}
    assert found(run, copied(SaveLevel.DISK, {"photos/1.jpg": file.sha256})) == {Kind.NO_COPY}
    both = {"photos/1.jpg": file.sha256, "photos/2.jpg": "of no photo"}
    assert found(run, copied(SaveLevel.SECOND, both)) == {Kind.UNRECORDED}


def test_what_verify_finds() -> None:
    assert found(quiet(), Evidence(verified="photos/1.jpg is missing")) == {Kind.NOT_CLEAN}


def test_every_kind_of_finding_is_tested_here() -> None:
    with open(__file__, encoding="utf-8") as file:  # noqa: PTH123
        text = file.read()
    assert [kind.name for kind in Kind if f"Kind.{kind.name}" not in text] == []
