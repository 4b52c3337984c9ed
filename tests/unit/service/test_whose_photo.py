"""Attribution in the service: the camera process's report about a file is verified first."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.support import exif_files
from tests.support.camera_process import FOLDER, OPENED
from tests.support.card_photos import (
    CAMERA_AHEAD,
    OLD,
    RAW,
    come,
    files,
    jpeg,
    looked_through,
    now_on_camera,
    records,
    request,
    saved,
    settled,
    teach_the_clock,
    with_card,
)
from tests.support.trash import delete, restore

from photonic.errors import CameraError, FailureKind, StorageError
from photonic.model.requester import Requester
from photonic.model.status import CapturePhase
from photonic.service.media.exif import facts
from photonic.worker.link.card_messages import CardObject
from photonic.worker.link.messages import Staged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.api import CaptureRecord

GUEST = Requester("session:guest", is_guest=True)
SECOND = FOLDER.replace("store_00010001", "store_00020001")


async def captured(harness: ControllerHarness, photos: Mapping[str, bytes], number: int = 1) -> CaptureRecord:
    harness.process.photos = dict(photos)
    return await (await harness.controller.submit(request(number), None, GUEST)).ended()


def put(harness: ControllerHarness, name: str, content: bytes, *, folder: str = FOLDER, later: int = 0) -> CardObject:
    """Put a file on the card, taken ``later`` seconds after the newest shot."""
    at = harness.process.camera_seconds + later
    found = CardObject(folder=folder, name=name, size_bytes=len(content), taken_at=at)
    harness.process.on_card[found] = content
    return found


@pytest.mark.parametrize("name", ["IMG_0002.JPG", "IMG_0002.CR2"])
async def test_a_file_that_names_a_capture_but_is_not_a_twin_of_its_still_is_not_shown_to_its_guest(
    harnesses: ControllerHarnesses, name: str
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        record = await captured(harness, {"IMG_0001.CR2": RAW})
        strange = put(harness, name, jpeg("stranger") if name.endswith("JPG") else RAW + b"x", later=8)
        come(harness, strange, record.id, f"{record.id}-1-{name}")
        await settled(harness)
        found, guests = await records(harness)
        assert (guests.id, len(guests.files)) == (record.id, 1)
        assert (found.kind, found.session_id) == ("body", "body")
        assert (guests.owner, found.owner) == (GUEST.owner, None)


async def test_a_file_with_the_same_name_but_another_time_is_another_still(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        record = await captured(harness, {"IMG_0001.CR2": RAW})
        come(harness, put(harness, "IMG_0001.JPG", jpeg("round again"), later=400), record.id)
        await settled(harness)
        assert [len(one.files) for one in await records(harness)] == [1, 1]


def told_at(moment: str, fraction: str) -> bytes:
    return exif_files.block({}, {0x9003: exif_files.text(moment), 0x9291: exif_files.text(fraction)})


def come_from_ram(harness: ControllerHarness, name: str, content: bytes) -> None:
    """A photo from the camera's RAM arrives that no capture waits for."""
    place = harness.controller._photos.root.path / ".staging" / f"body-1-1-{name}"  # pyright: ignore[reportPrivateUsage]
    place.write_bytes(content)
    harness.process.listener.event(
        Staged(
            capture_id=None,
            path=str(place),
            folder="/",
            name=name,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            in_ram=True,
        )
    )


@pytest.mark.parametrize(("fraction", "joins"), [("120", True), ("480", False)])
async def test_the_exif_of_a_photo_from_the_cameras_ram_decides_whether_it_is_the_twin(
    harnesses: ControllerHarnesses, fraction: str, *, joins: bool
) -> None:
    async with harnesses.running(prepare=in_ram) as harness:
        await harness.until_ready()
        mine = exif_files.jpeg(told_at("2026:05:17 12:00:00", "120"))
        record = await captured(harness, {"capt0000.jpg": mine})
        come_from_ram(harness, "capt0001.cr2", told_at("2026:05:17 12:00:00", fraction))
        await settled(harness)
        newest = (await records(harness))[0]
        assert (newest.id == record.id, len(newest.files)) == ((True, 2) if joins else (False, 1))


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_twin_from_the_cameras_ram_that_had_to_wait_is_not_a_photo_of_its_own(
    harnesses: ControllerHarnesses, *, deleted: bool
) -> None:
    """A run that was killed at once, again and again, leaves it to the next one; meanwhile there are other captures."""
    async with harnesses.running(prepare=in_ram) as harness:
        await harness.until_ready()
        mine = exif_files.jpeg(told_at("2026:05:17 12:00:00", "120"))
        record = await captured(harness, {"capt0000.jpg": mine})
        for number in range(30):
            other = exif_files.jpeg(told_at(f"2026:05:17 12:01:{number:02d}", "120"))
            await captured(harness, {"capt0000.jpg": other})
        if deleted:
            await delete(harness, record)
        come_from_ram(harness, "capt0001.cr2", told_at("2026:05:17 12:00:00", "120"))
        await settled(harness)
        if deleted:
            await restore(harness, record)
        found = await harness.controller.capture(record.id)
        assert found is not None
        assert [PurePosixPath(file.path).suffix for file in found.files] == [".jpg", ".cr2"]


async def test_the_files_of_a_photo_from_the_cameras_ram_that_a_crash_left_are_one_still(
    harnesses: ControllerHarnesses,
) -> None:
    staging = harnesses.photo_root / ".staging"
    staging.mkdir(parents=True)
    exif = told_at("2026:05:17 12:00:00", "120")
    (staging / "body-1-1-capt0000.heic").write_bytes(exif_files.heif(exif))
    (staging / "body-1-2-capt0001.jpg").write_bytes(exif_files.jpeg(exif))
    async with harnesses.running() as harness:
        await saved(harness, 1)
        await settled(harness)
        assert [len(record.files) for record in await records(harness)] == [2]


async def test_each_camera_process_is_told_what_the_camera_s_clock_showed_last(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        await captured(harness, {"IMG_0001.JPG": jpeg("mine")})
        (mine,) = harness.process.on_card
        assert harness.process.earlier == [None]
    async with harnesses.running() as harness:
        await looked_through(harness)
        await captured(harness, {"IMG_0002.JPG": jpeg("another")})
        (earlier,) = harness.process.earlier
        assert earlier is not None
        assert (earlier.taken_at, earlier.seconds_ago < 5) == (mine.taken_at, True)


# A capture that failed.


async def failed_capture(harness: ControllerHarness) -> CaptureRecord:
    harness.process.fault = CameraError("it hung")
    return await (await harness.controller.submit(request(4), None, GUEST)).ended()


async def two_failed_captures(harness: ControllerHarness, clock: SlowClock) -> tuple[float, CaptureRecord]:
    """When the first of two captures failed, a minute ago, in unix seconds; and the second one, 4 s later."""
    began_at = time.time()
    for clock.behind in (timedelta(seconds=60), timedelta(seconds=56)):
        later = await failed_capture(harness)
    clock.behind = timedelta()
    return began_at - 60, later


@pytest.mark.parametrize(("apart", "session"), [(0, "guest"), (60, "body")])
async def test_a_photo_that_arrives_after_a_failure_is_attributed_by_its_time(
    harnesses: ControllerHarnesses, apart: int, session: str
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        failed = await failed_capture(harness)
        assert failed.phase is CapturePhase.FAILED
        harness.process.camera_seconds = now_on_camera()
        come(harness, put(harness, "IMG_0001.JPG", jpeg("whose"), later=apart), None)
        await settled(harness)
        found = (await records(harness))[0]
        assert (found.session_id, found.owner) == (session, GUEST.owner if session == "guest" else None)
        after = await harness.controller.capture(failed.id)
        assert after is not None
        assert (after.warning is not None) == (session == "guest")


@pytest.mark.parametrize(("ago", "session"), [(60, "body"), (0, "guest")])
async def test_a_photo_taken_while_a_failed_capture_waited_for_the_camera_is_not_its_photo(
    harnesses: ControllerHarnesses, ago: int, session: str
) -> None:
    clock = SlowClock(100)
    async with harnesses.running(wall=clock.wall) as harness:
        await looked_through(harness)
        await teach_the_clock(harness, ago=100)
        clock.behind = timedelta()
        harness.process.fault = CameraError("it hung")
        clock.behind = timedelta(seconds=90)
        job = await harness.controller.submit(request(4), None, GUEST)
        clock.behind = timedelta()
        failed = await job.ended()
        assert (now_on_camera() - CAMERA_AHEAD) - failed.created_at.timestamp() > 85
        harness.process.camera_seconds = now_on_camera()
        come(harness, put(harness, "IMG_0001.JPG", jpeg("whose"), later=-ago), None)
        await settled(harness)
        assert (await records(harness))[0].session_id == session


class SlowClock:
    """The time of day, or a time before it."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.behind = timedelta(seconds=seconds)

    def wall(self) -> datetime:
        return datetime.now(UTC) - self.behind


async def test_a_capture_that_is_given_the_late_photo_of_a_failed_one_does_not_keep_it(
    harnesses: ControllerHarnesses,
) -> None:
    clock = SlowClock(100)
    async with harnesses.running(wall=clock.wall) as harness:
        await looked_through(harness)
        await teach_the_clock(harness, ago=100)
        clock.behind = timedelta()
        clock.behind = timedelta(seconds=60)
        failed = await failed_capture(harness)
        clock.behind = timedelta()
        harness.process.camera_seconds = now_on_camera() - 60
        next_one = await captured(harness, {"IMG_0001.JPG": jpeg("late")}, number=5)
        assert (next_one.phase, next_one.error_type) == (CapturePhase.FAILED, "timeout")
        await harness.until(lambda: harness.controller.snapshot().capture_count == 2)
        come(harness, put(harness, "IMG_0002.JPG", jpeg("mine"), later=60), None)
        await settled(harness)
        mine, late = (await records(harness))[:2]
        assert [(late.session_id, late.sequence_number), (mine.session_id, mine.sequence_number)] == [
            ("guest", failed.sequence_number),
            ("guest", next_one.sequence_number),
        ]


def in_ram(process: FakeCameraProcess) -> None:
    process.opened = msgspec.structs.replace(OPENED, capture_target="ram")


def ram_photo(*, ago: float = 0.0, now: datetime | None = None) -> bytes:
    """A photo from the camera's RAM, taken that many seconds before ``now`` according to its Exif; ``None``: now."""
    at = (now or datetime.now(UTC)) + timedelta(seconds=CAMERA_AHEAD - ago)
    return exif_files.jpeg(told_at(f"{at:%Y:%m:%d %H:%M:%S}", f"{at.microsecond // 1000:03d}"))


async def owed_by_a_failed_capture(harness: ControllerHarness, clock: SlowClock, *, known: bool) -> CaptureRecord:
    """A capture that failed a minute ago, and whose photo may still come; ``known``: so is the camera's clock.

    The camera was opened half a minute before that.
    """
    await harness.until_ready()
    if known:
        await captured(harness, {"capt0000.jpg": ram_photo(ago=90)})
    clock.behind = timedelta(seconds=60)
    failed = await failed_capture(harness)
    clock.behind = timedelta()
    harness.process.owed = 1
    return failed


async def test_a_late_photo_from_the_cameras_ram_is_told_by_its_exif(harnesses: ControllerHarnesses) -> None:
    clock = SlowClock(90)
    async with harnesses.running(prepare=in_ram, wall=clock.wall) as harness:
        failed = await owed_by_a_failed_capture(harness, clock, known=True)
        harness.process.owed = 0
        next_one = await captured(harness, {"capt0001.jpg": ram_photo(ago=60)}, number=5)
        assert (next_one.phase, next_one.error_type) == (CapturePhase.FAILED, "timeout")
        await settled(harness)
        late = (await records(harness))[0]
        assert (late.session_id, late.sequence_number) == ("guest", failed.sequence_number)


@pytest.mark.parametrize(
    ("own_after", "late_after", "session", "mentioned"),
    [(60, 0, "guest", True), (60, 62, "body", False), (0.5, 1, "body", True)],
)
async def test_a_photo_from_ram_that_lies_with_a_saved_captures_is_told_by_its_exif(
    harnesses: ControllerHarnesses, own_after: float, late_after: int, session: str, *, mentioned: bool
) -> None:
    """It came before that capture's own, and the disk refused to import it until the service was killed.

    ``own_after``, ``late_after``: how many seconds after the failed capture that one, and this photo, were taken.
    """
    clock = SlowClock(90)
    async with harnesses.running(prepare=in_ram, wall=clock.wall) as harness:
        failed = await owed_by_a_failed_capture(harness, clock, known=True)
        harness.process.owed = 0

        def ago(seconds: float) -> timedelta:
            return datetime.now(UTC) - failed.created_at - timedelta(seconds=seconds)

        clock.behind = ago(own_after)
        own = await captured(harness, {"capt0001.jpg": ram_photo(ago=ago(own_after).total_seconds())}, number=5)
        clock.behind = timedelta()
        late = ram_photo(ago=ago(late_after).total_seconds())
        path = harness.controller._photos.root.staging.make(own.id) / f"{own.id}-0-capt0000.jpg"  # pyright: ignore[reportPrivateUsage]
        taken = CardObject(folder="/", name="capt0000.jpg", size_bytes=len(late), taken_at=None)
        harness.process.stage(taken, late, path, own.id)
        await settled(harness)
        found = (await records(harness))[0]
        assert (found.session_id, failed.id in (found.warning or "")) == (session, mentioned)


async def test_a_photo_from_ram_that_fits_is_nobodys_if_one_that_is_nobodys_fits_too(
    harnesses: ControllerHarnesses,
) -> None:
    """The first photo may be of either capture, so the second one is not certainly the later capture's."""
    clock = SlowClock(90)
    async with harnesses.running(prepare=in_ram, wall=clock.wall) as harness:
        await harness.until_ready()
        await captured(harness, {"capt0000.jpg": ram_photo(ago=90)})
        failed_at, later = await two_failed_captures(harness, clock)
        for number, seconds in enumerate((0.5, 4.5), 1):
            photo = ram_photo(ago=time.time() - failed_at - seconds)
            taken = CardObject(folder="/", name=f"capt000{number}.jpg", size_bytes=len(photo), taken_at=None)
            path = harnesses.photo_root / ".staging" / f"body-{number}-1-{taken.name}"
            harness.process.stage(taken, photo, path, None)
            await settled(harness)
        assert [one.session_id for one in (await records(harness))[:2]] == ["body", "body"]
        assert later.id in ((await records(harness))[0].warning or "")


@pytest.mark.parametrize("target", ["ram", "card"])
async def test_a_late_photo_of_a_capture_that_failed_at_once_is_told_by_its_exif(
    harnesses: ControllerHarnesses, target: str
) -> None:
    now = datetime.now(UTC).replace(microsecond=600_000)
    async with harnesses.running(prepare=in_ram if target == "ram" else with_card(), wall=lambda: now) as harness:
        await harness.until_ready()
        harness.process.camera_seconds = int(now.timestamp()) + CAMERA_AHEAD
        for number in range(3):
            await captured(harness, {f"capt000{number}.jpg": ram_photo(now=now)}, number)
        now += timedelta(seconds=20)
        await failed_capture(harness)
        now += timedelta(seconds=2.5)
        late, own = ram_photo(ago=2.5, now=now), ram_photo(now=now)
        harness.process.camera_seconds = int(now.timestamp()) + CAMERA_AHEAD - 3
        assert (await captured(harness, {"capt0003.jpg": late}, 5)).phase is CapturePhase.FAILED
        assert (await captured(harness, {"capt0004.jpg": own}, 6)).phase is CapturePhase.SAVED
        await settled(harness)


@pytest.mark.parametrize(("ago", "session"), [(60, "guest"), (57, "body")])
async def test_a_photo_in_the_cameras_ram_is_of_no_capture_from_before_it_was_opened(
    harnesses: ControllerHarnesses, ago: int, session: str
) -> None:
    """Of one that began before, if it was taken before that, too: its exposure lasted for longer."""
    clock = SlowClock(90)
    async with harnesses.running(prepare=in_ram, wall=clock.wall) as harness:
        await owed_by_a_failed_capture(harness, clock, known=True)
        clock.behind = timedelta(seconds=58)
        opened = harness.process.opened
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        assert opened is not None
        harness.process.come_back(opened)
        clock.behind = timedelta()
        come(harness, put(harness, "capt0000.jpg", ram_photo(ago=ago)), None)
        await settled(harness)
        assert (await records(harness))[0].session_id == session


@pytest.mark.parametrize(("target", "known"), [("ram", True), ("ram", False), ("card", False)])
async def test_the_still_after_those_that_are_owed_is_the_captures(
    harnesses: ControllerHarnesses, target: str, *, known: bool
) -> None:
    clock = SlowClock(90)
    async with harnesses.running(prepare=in_ram if target == "ram" else with_card(), wall=clock.wall) as harness:
        failed = await owed_by_a_failed_capture(harness, clock, known=known)
        photos = {"capt0001.jpg": ram_photo(ago=60), "capt0002.jpg": ram_photo()}
        record = await captured(harness, photos, number=5)
        assert record.phase is CapturePhase.SAVED
        assert record.files[0].exif == facts(BytesIO(photos["capt0002.jpg"]))
        await settled(harness)
        late = (await records(harness))[0]
        assert late.files[0].exif == facts(BytesIO(photos["capt0001.jpg"]))
        if target == "ram":
            assert (late.session_id, late.sequence_number) == ("guest", failed.sequence_number)
        else:  # the fake camera says that both were taken at the same time
            assert (late.session_id, late.owner) == ("body", None)


@pytest.mark.parametrize("known", [True, False])
async def test_the_only_still_is_the_captures_if_its_time_proves_it(
    harnesses: ControllerHarnesses, *, known: bool
) -> None:
    clock = SlowClock(90)
    async with harnesses.running(prepare=in_ram, wall=clock.wall) as harness:
        failed = await owed_by_a_failed_capture(harness, clock, known=known)
        record = await captured(harness, {"capt0001.jpg": ram_photo()}, number=5)
        assert record.phase is (CapturePhase.SAVED if known else CapturePhase.FAILED)
        await settled(harness)
        if not known:
            photo = (await records(harness))[0]
            assert (photo.session_id, photo.owner) == ("body", None)
            assert failed.id in (photo.warning or "")


async def test_if_the_cameras_clock_is_unknown_both_records_say_so_and_no_guest_sees_the_photo(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        failed = await failed_capture(harness)
        come(harness, put(harness, "IMG_0001.JPG", jpeg("whose")), None)
        await settled(harness)
        found = (await records(harness))[0]
        after = await harness.controller.capture(failed.id)
        assert (found.session_id, found.kind, found.owner) == ("body", "body", None)
        assert failed.id in (found.warning or "")
        assert after is not None
        assert found.id in (after.warning or "")


async def test_a_photo_that_an_earlier_run_left_may_be_a_failed_captures_before_the_camera_is_open(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        failed = await failed_capture(harness)
    (harnesses.photo_root / ".staging" / "card-1-1-IMG_0001.JPG").write_bytes(jpeg("whose"))

    def absent(process: FakeCameraProcess) -> None:
        process.opened = None

    async with harnesses.running(prepare=absent) as harness:
        await saved(harness, 1)
        await settled(harness)
        found = (await records(harness))[0]
        after = await harness.controller.capture(failed.id)
        assert (found.session_id, failed.id in (found.warning or "")) == ("body", True)
        assert after is not None
        assert found.id in (after.warning or "")


async def test_two_photos_taken_during_one_failed_capture_are_attributed_to_no_capture(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        await failed_capture(harness)
        harness.process.camera_seconds = now_on_camera()
        put(harness, "IMG_0801.JPG", jpeg("one"))
        put(harness, "IMG_0802.JPG", jpeg("two"))
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        await saved(harness, 3)
        await settled(harness)
        assert {one.session_id for one in (await records(harness))[:2]} == {"body"}
        assert all("may be the photo of capture" in (one.warning or "") for one in (await records(harness))[:2])


async def test_a_photo_that_fits_is_nobodys_if_one_that_is_nobodys_fits_too(harnesses: ControllerHarnesses) -> None:
    """Two photos were on the card; the scan was interrupted after the first one, and a later one finds the second."""
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        failed = await failed_capture(harness)
        harness.process.camera_seconds = now_on_camera()
        first, second = (put(harness, f"IMG_000{number}.JPG", jpeg(str(number))) for number in (1, 2))
        photo_importer = harness.controller._photos.photo_importer  # pyright: ignore[reportPrivateUsage]
        photo_importer.expect(first, None)
        come(harness, first, None)
        await settled(harness)
        photo_importer.expect(second, failed.id)
        come(harness, second, None)
        await settled(harness)
        assert [one.session_id for one in (await records(harness))[:2]] == ["body", "body"]
        assert all(failed.id in (one.warning or "") for one in (await records(harness))[:2])


async def test_a_photo_that_also_fits_a_capture_that_was_given_another_is_nobodys(
    harnesses: ControllerHarnesses,
) -> None:
    """Somebody pressed the button while the later capture ran, and that photo came first."""
    clock = SlowClock(90)
    async with harnesses.running(wall=clock.wall) as harness:
        await harness.until_ready()
        await teach_the_clock(harness, ago=90)
        clock.behind = timedelta()
        await looked_through(harness)
        failed_at, later = await two_failed_captures(harness, clock)
        harness.process.camera_seconds = int(failed_at) + CAMERA_AHEAD
        come(harness, put(harness, "IMG_0002.JPG", jpeg("button"), later=4), None)
        await settled(harness)
        come(harness, put(harness, "IMG_0001.JPG", jpeg("of either"), later=1), None)
        await settled(harness)
        either, button = (await records(harness))[:2]
        assert [button.session_id, either.session_id] == ["guest", "body"]
        assert later.id in (button.warning or "")


async def test_a_photo_that_the_card_attributed_is_nobodys_once_its_capture_has_another(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        failed = await failed_capture(harness)
        harness.process.camera_seconds = now_on_camera()
        reported, on_card = put(harness, "IMG_0002.JPG", jpeg("reported")), put(harness, "IMG_0001.JPG", jpeg("card"))
        harness.controller._photos.photo_importer.expect(on_card, failed.id)  # pyright: ignore[reportPrivateUsage]
        come(harness, reported, None)
        come(harness, on_card, None)
        await settled(harness)
        assert [one.session_id for one in (await records(harness))[:2]] == ["body", "guest"]


async def test_a_photo_that_the_camera_process_names_is_nobodys_once_its_capture_has_another(
    harnesses: ControllerHarnesses,
) -> None:
    """The disk refused it; meanwhile another one arrived, which fitted."""
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        failed = await failed_capture(harness)
        harness.process.camera_seconds = now_on_camera()
        own, other = put(harness, "IMG_0001.JPG", jpeg("own")), put(harness, "IMG_0002.JPG", jpeg("another"))
        come(harness, other, None)
        come(harness, own, failed.id, f"{failed.id}-0-IMG_0001.JPG")
        await settled(harness)
        late, guests = (await records(harness))[:2]
        assert [late.session_id, guests.session_id] == ["body", "guest"]
        assert failed.id in (late.warning or "")
        after = await harness.controller.capture(failed.id)
        assert after is not None
        assert late.id in (after.warning or "")


# Two cards.


@pytest.mark.parametrize("delete", [False, True])
async def test_a_copy_on_the_second_card_is_the_same_photo(harnesses: ControllerHarnesses, *, delete: bool) -> None:
    async with harnesses.running(prepare=with_card(OLD), delete_after_download=delete) as harness:
        await looked_through(harness)
        await captured(harness, {"IMG_0001.JPG": jpeg("mine")})
        put(harness, "IMG_0001.JPG", jpeg("mine"), folder=SECOND)
        # This one is fetched last.
        put(harness, "IMG_0950.JPG", jpeg("new"), later=60)
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        await harness.until(lambda: "fetch IMG_0950.JPG" in harness.process.calls)
        await saved(harness, 2)
        await settled(harness)
        assert files(harness) == 2
        assert "fetch IMG_0001.JPG" not in harness.process.calls


@pytest.mark.parametrize("reported", [False, True])
@pytest.mark.parametrize("raw", [False, True])
async def test_a_copy_in_a_folder_with_another_number_is_recognized_by_its_content(
    harnesses: ControllerHarnesses, *, reported: bool, raw: bool
) -> None:
    other = SECOND.replace("100", "207")
    both = {"IMG_0001.CR2": RAW} if raw else {}
    both |= {"IMG_0001.JPG": jpeg("mine")}
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        await captured(harness, both)
        for name, content in both.items():
            copy = put(harness, name, content, folder=other)
            if reported:
                come(harness, copy, None, f"body-{len(name)}-1-{name}")
        strange = put(harness, "IMG_0950.JPG", jpeg("new"), later=60)
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        await harness.until(lambda: f"fetch {strange.name}" in harness.process.calls)
        await saved(harness, 2)
        await settled(harness)
        assert files(harness) == len(both) + 1


async def test_a_photo_on_two_cards_taken_while_the_service_was_down_is_imported_once(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        put(harness, "IMG_0901.JPG", jpeg("away"), later=5)
        put(harness, "IMG_0901.JPG", jpeg("away"), folder=SECOND, later=5)
        put(harness, "IMG_0902.CR2", RAW, later=6)
        put(harness, "IMG_0902.JPG", jpeg("split"), folder=SECOND, later=6)
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        await harness.until(lambda: files(harness) == 3)
        await settled(harness)
        assert [len(one.files) for one in await records(harness)] == [2, 1]
        assert harness.process.calls.count("fetch IMG_0901.JPG") == 1


async def test_the_copy_is_imported_if_the_photo_on_the_first_card_cannot_be_read(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        put(harness, "IMG_0901.JPG", jpeg("away"), later=5)
        put(harness, "IMG_0901.JPG", jpeg("away"), folder=SECOND, later=5)
        harness.process.unfetched = 1
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        await saved(harness, 1)
        await settled(harness)
        assert files(harness) == 1


async def test_two_photos_of_one_name_on_two_cards_are_both_imported(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=with_card(OLD)) as harness:
        await looked_through(harness)
        put(harness, "IMG_0901.JPG", jpeg("one"), later=5)
        put(harness, "IMG_0901.JPG", jpeg("two"), folder=SECOND, later=6)
        put(harness, "IMG_0902.JPG", jpeg("three"), later=7)
        put(harness, "IMG_0902.JPG", jpeg("longer"), folder=SECOND, later=7)
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        await saved(harness, 4)
        await settled(harness)
        assert files(harness) == 4


# Several stills with one release.


def not_taken(*_: object) -> None:
    """Do nothing: the service is killed before it imports the others."""


async def of_the_release(harness: ControllerHarness, record: CaptureRecord) -> list[CaptureRecord]:
    return [one for one in await records(harness) if one.release_of == record.id]


async def test_all_photos_of_one_release_are_in_the_guests_session_each_with_its_record(
    harnesses: ControllerHarnesses,
) -> None:
    burst: dict[str, bytes] = {}
    for number in (1, 2, 3):
        burst |= {f"IMG_000{number}.CR2": RAW + bytes([number]), f"IMG_000{number}.JPG": jpeg(str(number))}
    async with harnesses.running() as harness:
        await looked_through(harness)
        record = await captured(harness, burst)
        assert len(record.files) == 2
        assert "3 photos with this release" in (record.warning or "")
        await saved(harness, 3)
        await settled(harness)
        others = await of_the_release(harness, record)
        assert [(one.session_id, one.sequence_number, one.kind, len(one.files)) for one in others] == [
            ("guest", 1, "still", 2)
        ] * 2
        stems = {Path(file.path).stem for one in await records(harness) for file in one.files}
        assert len(stems) == 3
        assert {one.owner for one in await records(harness)} == {GUEST.owner}
        assert list((harnesses.photo_root / ".staging").iterdir()) == []


async def test_the_other_photos_of_a_release_are_imported_after_the_service_was_killed(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        monkeypatch.setattr(harness.controller._photos.photo_importer, "ingest_still", not_taken)  # pyright: ignore[reportPrivateUsage]
        record = await captured(harness, {f"IMG_000{number}.JPG": jpeg(str(number)) for number in (1, 2, 3)})
        card = dict(harness.process.on_card)

    def same(process: FakeCameraProcess) -> None:
        process.on_card = dict(card)

    for _run in range(2):
        async with harnesses.running(prepare=same) as harness:
            await looked_through(harness)
            await saved(harness, 3)
            await settled(harness)
            assert len(await of_the_release(harness, record)) == 2
            assert {one.owner for one in await records(harness)} == {GUEST.owner}
            assert files(harness) == 3


async def test_a_service_that_was_killed_during_a_burst_gives_its_guest_all_of_it(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)

        async def not_recorded(*_arguments: object) -> None:
            raise StorageError("the journal has not heard of its end")

        stills = harness.controller._photos  # pyright: ignore[reportPrivateUsage]
        monkeypatch.setattr(stills.journal, "end", not_recorded)
        monkeypatch.setattr(stills.photo_importer, "ingest_still", not_taken)
        capture_id = (await captured(harness, {f"IMG_000{number}.JPG": jpeg(str(number)) for number in (1, 2, 3)})).id
    async with harnesses.running() as harness:
        await looked_through(harness)
        await saved(harness, 3)
        await settled(harness)
        record = await harness.controller.capture(capture_id)
        assert record is not None
        assert len(record.files) == 1
        assert len(await of_the_release(harness, record)) == 2
        assert {one.owner for one in await records(harness)} == {GUEST.owner}
        assert files(harness) == 3
