"""The import from the card: each photo is imported once, and the first scan imports nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.camera_process import FOLDER, OPENED, FakeCameraProcess
from tests.support.card_photos import (
    OLD,
    files,
    jpeg,
    looked_through,
    now_on_camera,
    request,
    saved,
    teach_the_clock,
    with_card,
)

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.status import CapturePhase
from photonic.service.ingest import card_import
from photonic.service.ingest.card_plan import MOST_RESCUED, plan
from photonic.service.journal.card_rows import CardMemory, ExpectedPhoto, IndexedPhoto, RivalCapture
from photonic.service.photo.identity import PhotoIdentity
from photonic.worker.link.card_messages import CardObject, Unaccounted

if TYPE_CHECKING:
    from tests.support.controllers import ControllerHarnesses

SERIAL = "0123"
NOW = 1_750_000_000


def photo(name: str, taken_at: int | None = NOW, size_bytes: int | None = 100) -> CardObject:
    return CardObject(folder=FOLDER, name=name, size_bytes=size_bytes, taken_at=taken_at)


def identity(found: CardObject) -> PhotoIdentity:
    return PhotoIdentity(SERIAL, found.folder, found.name, found.size_bytes, found.taken_at)


def indexed(found: CardObject, card_scan: int | None = 1, *, removed: bool = False) -> IndexedPhoto:
    return IndexedPhoto(identity(found), "sha", "c", card_scan, removed=removed)


def memory(
    *baseline: CardObject,
    photos: tuple[IndexedPhoto, ...] = (),
    expected: tuple[str, ...] = (),
    card_scan: int | None = 1,
    ahead: float | None = 0.0,
) -> CardMemory:
    known = tuple(identity(found) for found in baseline)
    return CardMemory(
        card_scan, known, known, photos, tuple(ExpectedPhoto(one, NOW + 1, NOW - 1) for one in expected), ahead
    )


def wanted(serial: str, objects: list[CardObject], known: CardMemory) -> list[list[str]]:
    return [[found.name for found in still.objects] for still in plan(serial, objects, known).wanted]


def test_the_first_scan_of_a_card_records_it_and_imports_nothing() -> None:
    objects = [photo("A.JPG"), photo("B.JPG")]
    found = plan(SERIAL, objects, memory(card_scan=None))
    assert found.baseline == tuple(objects)
    assert found.wanted == ()


def test_files_neither_in_the_baseline_nor_in_the_index_are_fetched_raw_and_jpeg_as_one_still() -> None:
    old, mine = photo("A.JPG"), photo("B.JPG", NOW + 1)
    new = [photo("C.CR2", NOW + 2, 900), photo("C.JPG", NOW + 2), photo("D.JPG", NOW + 3)]
    known = memory(old, photos=(indexed(mine),))
    found = plan(SERIAL, [old, mine, *new], known)
    assert found.baseline is None
    assert [[one.name for one in still.objects] for still in found.wanted] == [["C.CR2", "C.JPG"], ["D.JPG"]]


def test_films_stay_on_the_card_unless_they_are_requested_and_then_come_last() -> None:
    old, mine = photo("MVI_0.MOV"), photo("A.JPG")
    new = [photo("MVI_1.MOV", NOW + 2, 10**9), photo("C.JPG", NOW + 3)]
    known = memory(old, photos=(indexed(mine),), expected=("c1",))
    left = plan(SERIAL, [old, mine, *new], known)
    assert [[one.name for one in still.objects] for still in left.wanted] == [["C.JPG"]]
    assert (left.films_left, left.wanted[0].capture_id) == (1, "c1")
    asked = plan(SERIAL, [old, mine, *new], known, films=True)
    assert [(still.objects[0].name, still.capture_id) for still in asked.wanted] == [
        ("C.JPG", "c1"),
        ("MVI_1.MOV", None),
    ]
    assert asked.films_left == 0


def test_the_films_of_a_first_scan_are_part_of_the_baseline() -> None:
    films = [photo("MVI_0.MOV"), photo("MVI_1.MOV", NOW + 1)]
    first = plan(SERIAL, films, memory(card_scan=None, expected=("c1",)), films=True)
    assert (first.baseline, first.wanted) == (tuple(films), ())
    assert plan(SERIAL, films, memory(*films), films=True).wanted == ()


def test_a_card_with_none_of_the_known_photos_is_another_card() -> None:
    known = memory(photo("A.JPG"), photos=(indexed(photo("B.JPG")),))
    other = [photo("X.JPG", NOW + 9)]
    assert plan(SERIAL, other, known).baseline == tuple(other)
    assert plan(SERIAL, [], known).baseline == ()


def test_a_card_whose_known_photos_were_deleted_by_the_service_is_the_same_card() -> None:
    known = memory(photos=(indexed(photo("B.JPG"), removed=True),))
    assert wanted(SERIAL, [photo("C.JPG", NOW + 1)], known) == [["C.JPG"]]


def test_photos_of_the_baseline_that_the_service_deleted_are_not_missed() -> None:
    mine, new = photo("B.JPG"), photo("C.JPG", NOW + 1)
    deleted = memory(mine, photos=(indexed(mine, removed=True),))
    assert wanted(SERIAL, [new], deleted) == [["C.JPG"]]
    # A host that was moved to another time zone since.
    moved = indexed(photo("B.JPG", NOW + 3600), removed=True)
    assert wanted(SERIAL, [new], memory(mine, photos=(moved,))) == [["C.JPG"]]


def test_a_photo_whose_deletion_is_not_recorded_yet_may_be_gone_already() -> None:
    mine, new = photo("B.JPG"), photo("C.JPG", NOW + 1)
    for baseline in ((), (mine,)):
        leaving = replace(memory(*baseline, photos=(indexed(mine),)), leaving=(identity(mine),))
        assert wanted(SERIAL, [new], leaving) == [["C.JPG"]]
        assert wanted(SERIAL, [mine, new], leaving) == [["C.JPG"]]


def test_what_the_service_deleted_shows_a_card_to_be_the_same_only_where_it_still_is() -> None:
    old, mine, other = photo("A.JPG"), photo("B.JPG"), photo("X.JPG", NOW + 9)
    leaving = replace(memory(old, photos=(indexed(mine),)), leaving=(identity(mine),))
    assert plan(SERIAL, [other], leaving).baseline == (other,)
    assert plan(SERIAL, [mine, other], leaving).baseline is None
    given_up = memory(old, photos=(indexed(mine, removed=True),))
    assert plan(SERIAL, [other], given_up).baseline == (other,)
    assert plan(SERIAL, [mine, other], given_up).baseline is None


def test_a_known_name_with_another_time_or_size_is_another_photo() -> None:
    known = memory(photo("A.JPG"), photos=(indexed(photo("B.JPG")),))
    again = [photo("A.JPG"), photo("B.JPG", NOW + 400), photo("B2.JPG")]
    assert wanted(SERIAL, again, known) == [["B2.JPG"], ["B.JPG"]]
    assert wanted(SERIAL, [photo("A.JPG"), photo("B.JPG", NOW, 101)], known) == [["B.JPG"]]


@pytest.mark.parametrize("apart", [3600, -7200, 2, 1, 3601])
def test_another_time_zone_of_the_host_imports_no_old_card(apart: int) -> None:
    known = memory(photo("A.JPG"), photo("B.JPG"))
    assert wanted(SERIAL, [photo("A.JPG", NOW + apart), photo("B.JPG", NOW + apart)], known) == []


def test_a_photo_belongs_to_the_failed_capture_if_only_one_can_have_taken_it() -> None:
    old, new, more = photo("A.JPG"), photo("B.JPG", NOW + 1), photo("C.JPG", NOW + 2)
    (still,) = plan(SERIAL, [old, new], memory(old, expected=("c1",))).wanted
    assert still.capture_id == "c1"
    for objects, expected in (([old, new], ("c1", "c2")), ([old, new, more], ("c1",))):
        assert {still.capture_id for still in plan(SERIAL, objects, memory(old, expected=expected)).wanted} == {None}


def test_as_many_photos_as_captures_expect_are_nobodys_if_the_clock_does_not_tell_them_apart() -> None:
    old, first, second = photo("A.JPG"), photo("Z.JPG", NOW + 1), photo("B.JPG", NOW + 2)
    stills = plan(SERIAL, [second, old, first], memory(old, expected=("c1", "c2"))).wanted
    assert [(still.objects[0].name, still.capture_id) for still in stills] == [("Z.JPG", None), ("B.JPG", None)]


def test_a_late_twin_on_the_card_leaves_the_failed_capture_alone() -> None:
    old, mine = photo("A.JPG"), photo("B.JPG")
    objects = [old, mine, photo("B.CR2", size_bytes=900), photo("C.JPG", NOW + 1)]
    stills = plan(SERIAL, objects, memory(old, photos=(indexed(mine),), expected=("c1",))).wanted
    assert [(still.objects[0].name, still.capture_id) for still in stills] == [("B.CR2", None), ("C.JPG", "c1")]


def test_files_of_one_name_are_two_stills_if_the_cameras_numbering_has_wrapped_around() -> None:
    old, jpg, raw = photo("A.JPG"), photo("B.JPG", NOW + 1), photo("B.CR2", NOW + 401, 900)
    assert wanted(SERIAL, [old, jpg, raw], memory(old)) == [["B.JPG"], ["B.CR2"]]


def test_a_capture_that_failed_before_the_first_scan_gets_its_photo() -> None:
    ancient, old, new = photo("A.JPG", NOW - 10**7), photo("B.JPG", NOW - 10), photo("C.JPG", NOW + 1)
    found = plan(SERIAL, [ancient, new, old], memory(card_scan=None, expected=("c1",)))
    assert [still.objects for still in found.wanted] == [(new,)]
    assert found.baseline == (ancient, old)
    assert plan(SERIAL, [ancient], memory(card_scan=None, expected=("c1",))).wanted == ()


def test_a_first_scan_fetches_the_photo_of_the_failed_capture_and_not_a_newer_one() -> None:
    mine, button = photo("A.JPG", NOW), photo("B.JPG", NOW + 40)
    found = plan(SERIAL, [mine, button], memory(card_scan=None, expected=("c1",)))
    assert [(still.objects, still.capture_id) for still in found.wanted] == [((mine,), "c1")]


def test_a_first_scan_fetches_the_photo_of_a_failed_capture_that_was_given_another_one() -> None:
    """Somebody pressed the button while it ran, and that photo came first."""
    before, own, given, later = (photo(f"{seconds}.JPG", NOW + seconds) for seconds in (-60, 0, 1, 40))
    known = memory(photos=(indexed(given, None),), card_scan=None)
    found = plan(SERIAL, [before, own, given, later], replace(known, resolved=(ExpectedPhoto("c1", NOW + 1, NOW - 1),)))
    assert [(still.objects, still.capture_id) for still in found.wanted] == [((own,), None)]


def test_a_first_scan_fetches_the_photo_of_a_failed_capture_that_may_be_a_later_ones() -> None:
    """Of two failed captures, the first one's photo fits both; the second one's may be the next capture's."""
    first, second, given = photo("1.JPG", NOW - 1), photo("2.JPG", NOW + 1), photo("3.JPG", NOW + 2)
    later = (RivalCapture(NOW + 1, NOW + 2),)
    expected = (ExpectedPhoto("c1", NOW, NOW - 2, rivals=later), ExpectedPhoto("c2", NOW + 1, NOW, rivals=later))
    known = memory(photos=(indexed(given, None),), card_scan=None)
    for known_as in ({"expected": expected}, {"resolved": expected}):
        found = plan(SERIAL, [first, second, given], replace(known, **known_as))
        assert [still.objects for still in found.wanted] == [(first,), (second,)], known_as


@pytest.mark.parametrize("reported", [True, False], ids=["reported", "found after a crash"])
def test_a_first_scan_fetches_the_missing_file_of_a_recorded_still(*, reported: bool) -> None:
    """A loss of power damaged the RAW of a capture, and left its JPEG."""
    mine, raw, other = photo("A.JPG"), photo("A.CR2", size_bytes=900), photo("B.CR2", NOW + 40)
    kept = indexed(mine, None)
    if not reported:
        kept = replace(kept, identity=PhotoIdentity(None, None, mine.name, mine.size_bytes, None))
    found = plan(SERIAL, [mine, raw, other], memory(card_scan=None, photos=(kept,)))
    assert raw in [one for still in found.wanted for one in still.objects]
    assert found.baseline is not None
    assert raw not in found.baseline
    assert other in found.baseline
    # Another camera's or card's photo of that name.
    alike = [photo("A.JPG", NOW + 400, 101), photo("A.CR2", NOW + 400, 900)]
    assert plan(SERIAL, alike, memory(card_scan=None, photos=(kept,))).wanted == ()
    # Where nothing is missing, nothing is fetched.
    assert plan(SERIAL, [mine, other], memory(card_scan=None, photos=(kept,))).wanted == ()


def test_with_an_unknown_clock_a_first_scan_fetches_every_photo_that_may_be_of_the_failed_capture() -> None:
    # The capture began at NOW - 1, 41 s before the scan; the camera's clock is an hour slow.
    before, mine, button = (photo(f"{seconds}.JPG", NOW - 3600 + seconds) for seconds in (-60, 0, 38))
    known = replace(memory(card_scan=None, expected=("c1",), ahead=None), read_at=NOW + 40)
    found = plan(SERIAL, [before, mine, button], known)
    assert [still.objects for still in found.wanted] == [(mine,), (button,)]
    assert found.baseline == (before,)


def test_with_an_unknown_clock_a_first_scan_fetches_a_limited_number_of_photos() -> None:
    card = [photo(f"{number}.JPG", NOW + number) for number in range(100)]
    known = replace(memory(card_scan=None, expected=("c1",), ahead=None), read_at=NOW + 100)
    assert len(plan(SERIAL, card, known).wanted) == MOST_RESCUED


@dataclass
class CardHarness:
    """A card, and the memory of a service that may die at any step."""

    card: list[CardObject]
    card_scan: int | None = None
    baseline: list[PhotoIdentity] = field(default_factory=list[PhotoIdentity])
    index: list[PhotoIdentity] = field(default_factory=list[PhotoIdentity])
    shots: list[CardObject] = field(default_factory=list[CardObject])

    def shoot(self) -> CardObject:
        number = len(self.shots)
        # The camera's file numbering restarts after three shots.
        taken = photo(f"IMG_{number % 3}.JPG", NOW + 7 * number, 100 + number % 2)
        self.card = [one for one in self.card if one.name != taken.name] + [taken]
        self.shots.append(taken)
        return taken

    def memory(self) -> CardMemory:
        photos = tuple(IndexedPhoto(one, "sha", "c", self.card_scan) for one in self.index)
        return CardMemory(self.card_scan, tuple(self.baseline), tuple(self.baseline), photos)

    def look(self, fetched: int) -> None:
        """Scan the card; the service dies after ``fetched`` files."""
        found = plan(SERIAL, self.card, self.memory())
        if found.baseline is not None:
            self.card_scan = (self.card_scan or 0) + 1
            self.baseline = [*self.baseline, *(identity(one) for one in found.baseline)]
        for still in found.wanted[:fetched]:
            self.index += [identity(one) for one in still.objects]


@given(st.lists(st.sampled_from(["capture", "lost", "look", "crash"]), max_size=30), st.integers(0, 3))
def test_every_shot_is_imported_once_even_if_the_service_dies(steps: list[str], before: int) -> None:
    harness = CardHarness([photo(f"OLD_{number}.JPG", NOW - 1000) for number in range(before + 1)])
    old = list(harness.card)
    harness.look(99)
    for step in steps:
        match step:
            case "capture":
                harness.index.append(identity(harness.shoot()))
            case "lost":
                harness.shoot()
            case "look":
                harness.look(99)
            case _:
                harness.look(1)
    harness.look(99)
    for shot in harness.card:
        assert harness.index.count(identity(shot)) == (0 if shot in old else 1)
    assert len(harness.index) == len(set(harness.index))


# With a whole camera controller on a fake camera process.


async def test_a_photo_taken_while_the_service_was_down_is_imported_once(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        record = await (await harness.controller.submit(request(), None)).ended()
        assert record.phase is CapturePhase.SAVED
        card = harness.process.on_card
        clock = harness.process.camera_seconds

    def later(process: FakeCameraProcess) -> None:
        process.on_card, process.camera_seconds = dict(card), clock
        process.shoot({"IMG_0002.JPG": jpeg("two"), "IMG_0002.CR2": b"II*\0raw"})

    def same(process: FakeCameraProcess) -> None:
        process.on_card = dict(card)

    for run in range(2):
        async with harnesses.running(prepare=later if run == 0 else same) as harness:
            await looked_through(harness)
            await harness.until(lambda: files(harness) == 3)
            await harness.controller._photos.photo_importer.drained()  # pyright: ignore[reportPrivateUsage]
            found, first = await saved(harness, 2)
            assert first.id == record.id
            assert (found.kind, found.session_id) == ("reconciled", "body")
            assert found.warning is not None
            assert "from the camera's card" in found.warning
            assert sorted(Path(file.path).suffix for file in found.files) == [".cr2", ".jpg"]
            assert len({Path(file.path).stem for file in found.files}) == 1
            assert found.metadata is not None
            assert found.metadata.timestamp.timestamp() == clock + 1
            assert harness.controller.snapshot().capture_count == 2
            assert files(harness) == 3
            card.update(harness.process.on_card)


async def test_a_photo_that_was_exposed_and_not_fetched_goes_to_the_session_of_its_capture(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        harness.process.fault = CameraError("the camera process was killed")
        harness.process.fires_before_fault = True
        harness.process.camera_seconds = now_on_camera()
        failed = await (await harness.controller.submit(request(7), "key")).ended()
        assert failed.phase is CapturePhase.FAILED
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        found, _failed, _first = await saved(harness, 2)
        assert (found.kind, found.session_id, found.sequence_number) == ("reconciled", "guest", 7)
        assert found.warning is not None
        assert failed.id in found.warning
        again = await (await harness.controller.submit(request(7), "key")).ended()
        assert again.phase is CapturePhase.FAILED
        assert again.warning is not None
        assert found.id in again.warning
        assert len(harness.process.captures) == 2


async def test_a_photo_that_did_not_arrive_is_requested_again(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_import, "RETRY_SECONDS", 0.0)
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        harness.process.shoot({"IMG_0002.JPG": jpeg("two")})
        harness.process.unfetched = 2
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        (found,) = await saved(harness, 1)
        assert found.kind == "reconciled"
        assert harness.process.calls.count("fetch IMG_0002.JPG") == 3


async def test_a_card_that_was_out_is_scanned_when_it_is_back(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_import, "RETRY_SECONDS", 0.0)
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        harness.process.shoot({"IMG_0002.JPG": jpeg("two")})
        harness.process.card, card = None, harness.process.card
        harness.process.listed.clear()
        harness.process.come_back()
        await harness.process.listed.wait()
        harness.process.card = card
        await harness.until(lambda: any(call.startswith("restart a card") for call in harness.process.calls))
        assert "fetch IMG_0002.JPG" not in harness.process.calls
        harness.process.come_back()
        (found,) = await saved(harness, 1)
        assert found.kind == "reconciled"


async def test_a_failed_capture_that_fired_nothing_gets_no_other_photo(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        harness.process.fault = CaptureError("no focus", kind=FailureKind.AUTOFOCUS_FAILED)
        await (await harness.controller.submit(request(7), None)).ended()
        harness.process.shoot({"IMG_0002.JPG": jpeg("two")})
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        assert (await saved(harness, 1))[0].session_id == "body"


async def test_the_scan_waits_for_captures_and_unreported_shots_reopen_the_camera(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        harness.process.release.clear()
        first = await harness.controller.submit(request(1), None)
        await harness.process.exposing.wait()
        harness.process.shoot({"IMG_0500.JPG": jpeg("button")})
        harness.process.listener.event(Unaccounted(shots=1))
        for _turn in range(20):
            await asyncio.sleep(0)
        assert not any(call.startswith("restart") for call in harness.process.calls)
        harness.process.release.set()
        assert (await first.ended()).phase is CapturePhase.SAVED
        await harness.until(lambda: any(call.startswith("restart") for call in harness.process.calls))
        harness.process.come_back()
        found, _first = await saved(harness, 2)
        assert (found.kind, found.session_id) == ("reconciled", "body")
        assert harness.process.calls.count("fetch IMG_0500.JPG") == 1


async def test_a_card_is_not_scanned_when_photos_go_to_ram(
    harnesses: ControllerHarnesses, caplog: pytest.LogCaptureFixture
) -> None:
    def ram(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target="ram")

    async with harnesses.running(prepare=ram) as harness:
        await harness.until_ready()
        assert "lost if the camera process ends" in caplog.text
        harness.process.fault = CameraError("it was killed")
        harness.process.fires_before_fault = True
        failed = await (await harness.controller.submit(request(), None)).ended()
        assert failed.error is not None
        assert "is lost" in failed.error
        assert "list_card" not in harness.process.calls


@pytest.mark.parametrize("has_card", [True, False])
async def test_a_part_that_nothing_continues_is_deleted_unless_the_card_is_out(
    harnesses: ControllerHarnesses, *, has_card: bool
) -> None:
    def ram(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target="ram", has_card=has_card)

    part = harnesses.photo_root / ".staging" / "part-0123-MVI_0001.MOV"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half a film")
    async with harnesses.running(prepare=ram) as harness:
        await harness.until_ready()
        await (await harness.controller.submit(request(), None)).ended()
        await harness.until(lambda: not part.exists() or not has_card)
    assert part.exists() != has_card


async def test_after_damage_to_the_index_nothing_is_imported_twice(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        await (await harness.controller.submit(request(), None)).ended()
        card = harness.process.on_card
    (harnesses.photo_root / ".photonic" / "captures.sqlite3").write_bytes(b"SQLite format 3\0" + b"rubbish" * 999)

    def same(process: FakeCameraProcess) -> None:
        process.on_card = dict(card)

    async with harnesses.running(prepare=same) as harness:
        await looked_through(harness)
        record = await (await harness.controller.submit(request(2), None)).ended()
        assert record.phase is CapturePhase.SAVED
        assert not any(call.startswith("fetch") for call in harness.process.calls)
        assert files(harness) == 2


def test_names_of_photos_cannot_change_paths() -> None:
    odd = CardObject(folder=FOLDER, name="../../a b\n.JPG", size_bytes=1, taken_at=NOW)
    assert PurePosixPath(identity(odd).stem).name == identity(odd).stem
