"""Rows that another row replaces: the photo that a failed capture expects, and names that a user has freed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import FOLDER
from tests.support.gallery import still
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureMetadata
from photonic.model.exif import ExifFacts
from photonic.model.status import CapturePhase
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted, CommitEffects
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.card_rows import RivalCapture
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

PHOTOS = PurePosixPath("photos")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncGenerator[CaptureJournal]:
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    yield journal
    await journal.close()


def result(capture_id: str, *names: str) -> CaptureResult:
    stored = tuple(StoredFile(PHOTOS / name, 5, f"{capture_id} {name}", "image/jpeg") for name in names)
    return CaptureResult(still(capture_id).model_copy(update={"files": ()}), stored, PHOTOS)


async def files(journal: CaptureJournal, capture_id: str) -> list[str]:
    found = await journal.of_id(capture_id)
    assert found is not None
    return [str(file.path) for file in found.files]


async def test_a_photo_that_settles_a_capture_ends_its_expectation_and_no_other(journal: CaptureJournal) -> None:
    cards = CardJournal(journal)
    for capture_id in ("c1", "c2"):
        failed = still(capture_id).model_copy(update={"phase": CapturePhase.FAILED, "files": ()})
        await journal.intend(CaptureStarted(failed, PHOTOS, PHOTOS, "A"))
        await journal.end(CaptureResult(failed, (), PHOTOS), CommitEffects(expects_photo=True, serial="A"))
    assert [one.capture_id for one in await cards.expected("A")] == ["c1", "c2"]
    settled = still("c1").model_copy(update={"phase": CapturePhase.FAILED, "files": (), "warning": "its photo is here"})
    await journal.add(result("late", "x.jpg"), CommitEffects(serial="A", resolves=settled))
    assert [one.capture_id for one in await cards.expected("A")] == ["c2"]


SOON = [(7200, 1), (7201, 2), (7200, 1)]
"""Of the camera's clock, as photos showed it, and how many seconds the captures took."""
LATE = [(7212, 13), (7230, 31), (7209, 10)]
"""The same: these photos were taken by somebody else while the captures waited for theirs."""
BEFORE = [(7180, 1)]
"""The same: this photo was taken for an earlier capture."""
SET = [(0, 1), (0, 1), (0, 1)]
"""The same: the clock was set."""


@pytest.mark.parametrize(
    ("shown", "ahead"),
    [
        ([], None),
        (SOON[:1], 7200),
        (SOON, 7200),
        ([*SOON, *LATE[:2]], 7200),
        ([*SOON[:2], *LATE], 7200),
        ([*SOON[:1], *LATE, *BEFORE], 7200),
        ([*SOON, *BEFORE], 7200),
        ([*SOON, *SET[:2]], 7200),
        ([*SOON, *SET], 0),
        ([*LATE, *SET], 0),
    ],
)
async def test_photos_of_somebody_else_do_not_say_what_the_cameras_clock_shows(
    journal: CaptureJournal, shown: list[tuple[int, int]], ahead: int | None
) -> None:
    at = datetime(2026, 5, 17, 12, tzinfo=UTC)
    for number, (offset, seconds) in enumerate(shown):
        await show_clock(journal, f"c{number}", at, offset, capture_time_ms=seconds * 1000)
        at += timedelta(minutes=1)
    assert await CardJournal(journal).ahead("A") == ahead


async def test_a_recovered_capture_does_not_say_what_the_cameras_clock_shows(journal: CaptureJournal) -> None:
    """Its time is that of its acceptance."""
    at = datetime(2026, 5, 17, 12, tzinfo=UTC)
    await show_clock(journal, "c1", at, 7200)
    await show_clock(journal, "c2", at, 7190, capture_time_ms=None)
    assert await CardJournal(journal).ahead("A") == 7200


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=2))])
async def test_the_times_in_the_files_show_the_cameras_clock_where_no_card_has_them(
    journal: CaptureJournal, zone: timezone | None
) -> None:
    """Some cameras write their offset from UTC, and others do not: it is the time on their clock that counts."""
    cards, at = CardJournal(journal), datetime(2026, 5, 17, 12, tzinfo=UTC)
    assert await cards.ahead_by_exif("A") is None
    for number, (offset, seconds) in enumerate([*SOON[:2], *LATE]):
        taken_at = (at + timedelta(seconds=offset)).replace(tzinfo=zone)
        facts = ExifFacts(taken_at=taken_at)
        await show_clock(journal, f"c{number}", at, offset, capture_time_ms=seconds * 1000, exif=facts)
        at += timedelta(minutes=1)
    await show_clock(journal, "recovered", at, 0, capture_time_ms=None, exif=ExifFacts(taken_at=at))
    await show_clock(journal, "without", at, 0, exif=ExifFacts(iso=100))
    assert (await cards.ahead_by_exif("A"), await cards.ahead_by_exif("B")) == (7200, None)


@pytest.mark.parametrize(
    ("minutes_ago", "least"), [((9, 8, 7), 7200.0), ((9, 8), None), ((70, 65, 8, 7), None), ((70, 9, 8, 7), 7201.0)]
)
async def test_three_captures_of_the_last_hour_show_the_clock_to_a_fraction_of_a_second(
    journal: CaptureJournal, minutes_ago: tuple[int, ...], least: float | None
) -> None:
    now = datetime.now(UTC)
    for number, minutes in enumerate(minutes_ago):
        at = now - timedelta(minutes=minutes)
        taken_at = (at + timedelta(seconds=7200 + number)).replace(tzinfo=None)
        await show_clock(journal, f"c{number}", at, 7200, exif=ExifFacts(taken_at=taken_at))
    found = await CardJournal(journal).least_ahead_by_exif("A")
    assert found == (None if least is None else pytest.approx(least))


async def show_clock(
    journal: CaptureJournal,
    capture_id: str,
    at: datetime,
    offset: int,
    *,
    capture_time_ms: int | None = 900,
    exif: ExifFacts | None = None,
) -> None:
    """Record a capture that was exposed at ``at``, and whose photo bears a time that is ``offset`` seconds later."""
    taken = PhotoIdentity("A", FOLDER, f"{capture_id}.JPG", 5, int(at.timestamp()) + offset)
    metadata = CaptureMetadata(timestamp=at)
    update = {"files": (), "created_at": at, "capture_time_ms": capture_time_ms, "metadata": metadata}
    record = still(capture_id).model_copy(update=update)
    stored = StoredFile(PHOTOS / f"{capture_id}.jpg", 5, capture_id, "image/jpeg", taken, exif)
    await journal.intend(CaptureStarted(record, PHOTOS, PHOTOS, "A"))
    await journal.end(CaptureResult(record, (stored,), PHOTOS), CommitEffects(serial="A"))


async def test_a_new_card_may_hold_the_photo_of_a_capture_that_was_given_another_one(journal: CaptureJournal) -> None:
    cards, at = CardJournal(journal), datetime(2026, 5, 17, 12, tzinfo=UTC)
    update = {"phase": CapturePhase.FAILED, "files": (), "created_at": at, "capture_time_ms": 9_000}
    failed = still("c1").model_copy(update=update)
    await journal.intend(CaptureStarted(failed, PHOTOS, PHOTOS, "A"))
    await journal.end(CaptureResult(failed, (), PHOTOS), CommitEffects(expects_photo=True, serial="A"))
    assert (await cards.memory("A", "card")).resolved == ()
    await journal.add(result("late", "x.jpg"), CommitEffects(serial="A", resolves=failed))
    (one,) = (await cards.memory("A", "card")).resolved
    assert (one.capture_id, one.began, one.since) == ("c1", at.timestamp(), at.timestamp() + 9)
    assert (await cards.memory("B", "card")).resolved == ()
    await cards.record_scan("A", "card", [])
    assert (await cards.memory("A", "card")).resolved == ()


async def test_a_photo_is_expected_after_that_of_the_last_capture(journal: CaptureJournal) -> None:
    """One that the camera took before it cannot be the failed capture's, however near in time."""
    cards, at = CardJournal(journal), datetime(2026, 5, 17, 12, tzinfo=UTC)
    failed = still("failed").model_copy(update={"phase": CapturePhase.FAILED, "files": (), "created_at": at})
    await show_clock(journal, "c1", at - timedelta(minutes=2), 7200)
    await show_clock(journal, "c2", at - timedelta(minutes=1), 7200)
    await show_clock(journal, "recovered", at, 7200, capture_time_ms=None)
    await journal.intend(CaptureStarted(failed, PHOTOS, PHOTOS, "A"))
    await journal.end(CaptureResult(failed, (), PHOTOS), CommitEffects(expects_photo=True, serial="A"))
    await show_clock(journal, "next", at + timedelta(minutes=1), 7200)
    expected = (at - timedelta(minutes=1)).timestamp() + 7200
    assert [one.after for one in await cards.expected("A")] == [expected]
    assert [one.after for one in (await cards.memory("A", "card")).expected] == [expected]


async def test_the_captures_that_follow_a_failed_one_may_have_taken_a_photo_that_fits(journal: CaptureJournal) -> None:
    cards, at = CardJournal(journal), datetime(2026, 5, 17, 12, tzinfo=UTC)
    failed = still("failed").model_copy(update={"phase": CapturePhase.FAILED, "files": (), "created_at": at})
    await show_clock(journal, "before", at - timedelta(minutes=1), 7200)
    await journal.intend(CaptureStarted(failed, PHOTOS, PHOTOS, "A"))
    await journal.end(CaptureResult(failed, (), PHOTOS), CommitEffects(expects_photo=True, serial="A"))
    await show_clock(journal, "recovered", at, 7200, capture_time_ms=None)
    await show_clock(journal, "next", at + timedelta(minutes=1), 7209, capture_time_ms=9000)
    await show_clock(journal, "last", at + timedelta(minutes=2), 7200)
    began = [(at + timedelta(minutes=number)).timestamp() for number in (1, 2)]
    rivals = (RivalCapture(began[0], began[0] + 7209), RivalCapture(began[1], began[1] + 7200))
    assert [one.rivals for one in await cards.expected("A")] == [rivals]


async def test_a_name_that_a_user_has_freed_belongs_to_the_photo_that_has_it_now(journal: CaptureJournal) -> None:
    await journal.add(result("c1", "x.jpg", "x.cr2"))
    await journal.add(result("c2", "x.jpg"))
    assert await files(journal, "c1") == ["photos/x.cr2"]
    assert await files(journal, "c2") == ["photos/x.jpg"]


async def test_a_photo_is_restored_to_a_name_that_a_user_has_freed(journal: CaptureJournal) -> None:
    trash = TrashJournal(journal)
    await journal.add(result("c1", "x.jpg"))
    await trash.discard("c1", PHOTOS, [PurePosixPath(".photonic/trash/c1/x.jpg")], 0)
    await journal.add(result("c2", "x.jpg"))
    await trash.restore("c1", [PHOTOS / "x.jpg"])
    assert await files(journal, "c1") == ["photos/x.jpg"]
    assert await files(journal, "c2") == []


async def arrived(journal: CaptureJournal) -> tuple[int, float] | None:
    found = await journal.newest_arrived("A")
    return None if found is None else (found.taken_at, found.seconds_ago)


async def test_of_the_photos_since_the_newest_capture_the_one_that_came_soonest_shows_the_cameras_clock(
    journal: CaptureJournal,
) -> None:
    """After a loss of power nobody knows how long ago the capture was; the photos of the button came since."""
    at = datetime(2026, 5, 17, 12, tzinfo=UTC)
    await show_clock(journal, "c1", at, 9000)
    await show_clock(journal, "c2", at + timedelta(minutes=1), 7200)
    noon = int(at.timestamp())
    assert await arrived(journal) == (noon + 7260, 0.0)
    for name, offset in (("late", 7240), ("soon", 7300), ("old", 100)):
        taken = PhotoIdentity("A", FOLDER, f"{name}.JPG", 5, noon + offset)
        photo = still(name).model_copy(update={"files": (), "kind": "body"})
        stored = StoredFile(PHOTOS / f"{name}.jpg", 5, name, "image/jpeg", taken)
        await journal.add(CaptureResult(photo, (stored,), PHOTOS), CommitEffects(serial="A"))
    assert await arrived(journal) == (noon + 7300, 0.0)
    # Its time is that of its acceptance, before it was taken.
    await show_clock(journal, "c3", at + timedelta(minutes=2), 9000, capture_time_ms=None)
    assert await arrived(journal) == (noon + 7300, 0.0)
