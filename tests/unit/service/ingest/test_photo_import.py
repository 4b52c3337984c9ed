"""Photos that no capture expects: late files of a still, RAW and JPEG from the camera's button, leftover files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support import exif_files
from tests.support.camera_process import FOLDER, FakeCameraProcess
from tests.support.card_photos import RAW, come, files, jpeg, looked_through, records, request, saved, settled

from photonic.errors import CameraError, FailureKind, StorageError
from photonic.model.status import CapturePhase
from photonic.service.files import disk
from photonic.service.ingest import photo_import
from photonic.service.photo.staged import name_in_staging
from photonic.service.photo.template import PhotoName
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    from tests.support.controllers import ControllerHarnesses

    from photonic.service.photo.staged import StoredFile

HEX = "0123456789abcdef0123456789abcdef"


def of_one_shot(process: FakeCameraProcess, *names: str) -> list[CardObject]:
    taken = process.shoot({name: RAW if name.endswith("CR2") else jpeg(name) for name in names})
    return list(taken)


@pytest.mark.parametrize("first", ["CR2", "JPG"])
async def test_a_late_twin_joins_its_capture_in_either_order(harnesses: ControllerHarnesses, first: str) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        harness.process.photos = {f"IMG_0001.{first}": jpeg("mine") if first == "JPG" else RAW}
        record = await (await harness.controller.submit(request(), None)).ended()
        second = "JPG" if first == "CR2" else "CR2"
        (mine,) = harness.process.on_card
        late = CardObject(folder=FOLDER, name=f"IMG_0001.{second}", size_bytes=len(RAW), taken_at=mine.taken_at)
        harness.process.on_card[late] = jpeg("late") if second == "JPG" else RAW
        late_object = CardObject(
            folder=FOLDER, name=late.name, size_bytes=len(harness.process.on_card[late]), taken_at=mine.taken_at
        )
        harness.process.on_card[late_object] = harness.process.on_card.pop(late)
        place = come(harness, late_object, record.id, f"{record.id}-1-{late.name}")
        await settled(harness)
        (found,) = await records(harness)
        assert found.id == record.id
        assert len(found.files) == 2
        assert len({Path(file.path).stem for file in found.files}) == 1
        assert found.warning is not None
        assert f"{late.name} arrived late" in found.warning
        assert not place.exists()
        assert await harness.controller.photo(found.files[1].id) is not None
    async with harnesses.running() as harness:
        await harness.until(lambda: harness.controller.snapshot().capture_count == 1)
        assert await records(harness) == [found]


async def test_the_numbering_of_the_buttons_photos_continues_after_a_restart(harnesses: ControllerHarnesses) -> None:
    template = PhotoName("{session}/{session}_{sequence:03d}")
    for run in (1, 2):
        async with harnesses.running(photo_name=template, body_session="smith") as harness:
            await looked_through(harness)
            (taken,) = of_one_shot(harness.process, f"IMG_000{run}.JPG")
            come(harness, taken, None)
            await settled(harness)
            assert [
                str(Path(found.files[0].path).relative_to(harnesses.photo_root)) for found in await records(harness)
            ] == [f"photos/smith/smith_{number:03d}.jpg" for number in range(run, 0, -1)]


async def test_the_files_of_one_press_of_the_button_are_one_still(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        for taken in of_one_shot(harness.process, "IMG_0001.CR2", "IMG_0001.JPG"):
            come(harness, taken, None)
        for taken in of_one_shot(harness.process, "IMG_0002.JPG"):
            come(harness, taken, None)
        await settled(harness)
        second, first = await records(harness)
        assert [len(first.files), len(second.files)] == [2, 1]
        assert (first.kind, first.session_id) == ("body", "body")


async def test_the_metadata_of_a_button_photo_comes_from_its_file(harnesses: ControllerHarnesses) -> None:
    exif = exif_files.block({0x0110: exif_files.text("other")}, {0x8827: exif_files.short(800)})
    async with harnesses.running() as harness:
        await looked_through(harness)
        (raw,) = harness.process.shoot({"IMG_0001.CR2": RAW})
        come(harness, raw, None)
        await settled(harness)
        (first,) = await records(harness)
        assert first.metadata is not None
        assert first.metadata.iso is None
        jpeg_ = exif_files.jpeg(exif)
        twin = CardObject(folder=FOLDER, name="IMG_0001.JPG", size_bytes=len(jpeg_), taken_at=raw.taken_at)
        harness.process.on_card[twin] = jpeg_
        come(harness, twin, None)
        await settled(harness)
        (found,) = await records(harness)
        assert [file.exif is None for file in found.files] == [True, False]
        assert found.metadata == first.metadata.model_copy(update={"iso": "800"})


async def test_the_same_photo_reported_twice_is_imported_once(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        (taken,) = of_one_shot(harness.process, "IMG_0001.JPG")
        for number in (1, 2):
            come(harness, taken, None, f"body-{number}-1-IMG_0001.JPG")
        await settled(harness)
        assert files(harness) == 1
        assert list((harnesses.photo_root / ".staging").iterdir()) == []


async def test_a_camera_numbering_that_restarts_yields_new_photos(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        for _time in range(3):
            (taken,) = of_one_shot(harness.process, "IMG_0001.JPG")
            harness.process.camera_seconds += 400
            come(harness, taken, None)
            await settled(harness)
        assert files(harness) == 3


async def test_the_photo_of_a_capture_that_failed_is_put_into_its_session(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        harness.process.fault = CameraError("it hung")
        failed = await (await harness.controller.submit(request(4), None)).ended()
        for taken in of_one_shot(harness.process, "IMG_0001.JPG", "IMG_0001.CR2"):
            come(harness, taken, failed.id, f"{failed.id}-1-{taken.name}")
        await settled(harness)
        found, again = await records(harness)
        assert again.id == failed.id
        assert (found.session_id, found.sequence_number, len(found.files)) == ("guest", 4, 2)


@pytest.mark.parametrize("step", ["staged", "linked", "recorded"])
async def test_a_button_photo_is_imported_once_even_if_the_service_is_killed(
    harnesses: ControllerHarnesses, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill is simulated: one step raises an error, and no further step follows."""
    broken = {"staged": "bring_in", "linked": "", "recorded": "drop"}[step]
    async with harnesses.running() as harness:
        await looked_through(harness)
        (taken,) = of_one_shot(harness.process, "IMG_0001.JPG")
        root = harness.controller._photos.root  # pyright: ignore[reportPrivateUsage]

        def killed(*_arguments: object) -> None:
            raise CameraError("killed here")

        async def killed_later(*_arguments: object) -> None:
            await asyncio.sleep(0)
            raise CameraError("killed here")

        if broken:
            monkeypatch.setattr(root.staging if broken == "drop" else root, broken, killed)
        else:
            monkeypatch.setattr(harness.controller._photos.capture_index, "add", killed_later)  # pyright: ignore[reportPrivateUsage]
        place = come(harness, taken, None)
        await settled(harness)
        assert place.exists()
        card = dict(harness.process.on_card)

    def same(process: FakeCameraProcess) -> None:
        process.on_card = dict(card)

    for _run in range(2):
        async with harnesses.running(prepare=same) as harness:
            await looked_through(harness)
            await saved(harness, 1)
            await settled(harness)
            assert files(harness) == 1
            assert harness.controller.snapshot().capture_count == 1
            assert not place.exists()


async def test_a_power_cut_before_the_record_leaves_the_staged_name(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the name in the folder only, the photo would be in no record, and imported from the card once more."""
    async with harnesses.running() as harness:
        await looked_through(harness)
        root = harness.controller._photos.root  # pyright: ignore[reportPrivateUsage]
        steps: list[str] = []
        flush, bring_in = disk.flush, root.bring_in

        def flushed(directory: Path) -> None:
            steps.append(directory.name)
            flush(directory)

        def brought_in(*arguments: Any) -> list[StoredFile]:
            steps.append("brought in")
            return bring_in(*arguments)

        monkeypatch.setattr(disk, "flush", flushed)
        monkeypatch.setattr(root, "bring_in", brought_in)
        (photo,) = of_one_shot(harness.process, "IMG_0001.JPG")
        come(harness, photo, None)
        await settled(harness)
        assert steps[: steps.index("brought in")] == [".staging"]


async def test_files_left_by_a_camera_process_are_imported_once_while_the_service_keeps_running(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        place = harnesses.photo_root / ".staging" / "body-1-1-IMG_0001.JPG"
        place.write_bytes(jpeg("unreported"))
        harness.process.shoot({"IMG_0001.JPG": jpeg("unreported")})
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        (found,) = await saved(harness, 1)
        assert (found.kind, place.exists()) == ("body", False)
        # The copy on the card is compared by content and recognized as the same photo.
        harness.process.listed.clear()
        harness.process.come_back()
        await looked_through(harness)
        await harness.until(lambda: "fetch IMG_0001.JPG" in harness.process.calls)
        await settled(harness)
        assert files(harness) == harness.controller.snapshot().capture_count == 1


async def test_a_file_that_the_next_camera_process_is_writing_is_not_touched(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        place = harnesses.photo_root / ".staging" / f"body-{2**62}-1-IMG_0001.JPG"
        place.write_bytes(jpeg("half")[:-2])
        # The time of day was set back meanwhile, so the file's modification time looks old.
        os.utime(place, (0, 0))
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        await settled(harness)
        assert place.exists()


async def test_a_photo_that_the_disk_refused_is_imported_later(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_import, "RETRY_SECONDS", 0.0)
    async with harnesses.running() as harness:
        await looked_through(harness)
        root = harness.controller._photos.root  # pyright: ignore[reportPrivateUsage]
        bring_in, refusals = root.bring_in, [1, 2]

        def full_twice(*arguments: Any) -> Any:
            if refusals:
                refusals.pop()
                raise StorageError("the disk is full")
            return bring_in(*arguments)

        monkeypatch.setattr(root, "bring_in", full_twice)
        (taken,) = of_one_shot(harness.process, "IMG_0001.JPG")
        place = come(harness, taken, None)
        await saved(harness, 1)
        await settled(harness)
        assert (files(harness), place.exists()) == (1, False)


async def test_a_photo_that_is_damaged_on_the_card_is_set_aside_once(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        harness.process.shoot({"IMG_0001.JPG": jpeg("half")[:-2]})
        for times in (1, 2):
            harness.process.come_back()
            await harness.until(lambda times=times: harness.process.calls.count("fetch IMG_0001.JPG") == times)
            await settled(harness)
        assert len(list((harnesses.photo_root / ".photonic" / "incomplete").iterdir())) == 1
        assert list((harnesses.photo_root / ".staging").iterdir()) == []


async def test_files_of_an_earlier_run_are_imported_or_set_aside_and_foreign_files_are_not_touched(
    harnesses: ControllerHarnesses, caplog: pytest.LogCaptureFixture
) -> None:
    staging = harnesses.photo_root / ".staging"
    (staging / HEX).mkdir(parents=True)
    secret = harnesses.photo_root.parent / "secret.jpg"
    secret.write_bytes(jpeg("secret"))
    (staging / "body-1-1-IMG_0001.JPG").write_bytes(jpeg("one"))
    (staging / "body-1-2-IMG_0002.JPG").write_bytes(jpeg("half")[:-2])
    (staging / "body-1-3-IMG_0003.CR2").write_bytes(b"II*\0\x08\0\0\0half")
    (staging / HEX / f"{HEX}-1-IMG_0004.JPG").write_bytes(jpeg("lost record"))
    (staging / "holiday.jpg").write_bytes(jpeg("not ours"))
    (staging / "body-1-9-IMG_0009.JPG").symlink_to(secret)
    (staging / "folder").mkdir()
    (staging / HEX[::-1]).symlink_to(harnesses.photo_root.parent)
    os.mkfifo(staging / "body-1-8-IMG_0008.JPG")
    (staging / "body-1-5-we ird\u2028\udcff.JPG").write_bytes(jpeg("odd"))
    async with harnesses.running() as harness:
        await harness.until_ready()
        await saved(harness, 3)
        await settled(harness)
        assert files(harness) == 3
        aside = {path.name for path in (harnesses.photo_root / ".photonic" / "incomplete").iterdir()}
        assert aside == {"body-1-2-IMG_0002.JPG", "body-1-3-IMG_0003.CR2"}
        left = {path.name for path in staging.iterdir()}
        assert left == {"holiday.jpg", "body-1-9-IMG_0009.JPG", "folder", HEX[::-1], "body-1-8-IMG_0008.JPG"}
        assert "holiday.jpg was not staged by a camera process" in caplog.text
        assert "is not a complete photo" in caplog.text
        assert secret.read_bytes() == jpeg("secret")
        assert all(record.phase is CapturePhase.SAVED for record in await records(harness))


def test_the_drivers_names_of_staging_files_are_read_back() -> None:
    assert name_in_staging("body-1750000000-2-IMG_0001.JPG") == (None, "IMG_0001.JPG")
    assert name_in_staging("card-1-1-DSC-0001.JPG") == (None, "DSC-0001.JPG")
    assert name_in_staging(f"{HEX}-0-A.CR2") == (HEX, "A.CR2")
    assert name_in_staging("holiday.jpg") is None
    assert name_in_staging("a-b.jpg") is None
