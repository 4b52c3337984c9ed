"""The photo of a capture that the disk refused: it is imported as that capture's, and no other photo is."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.camera_process import FOLDER, JPEG
from tests.support.card_photos import (
    RAW,
    come,
    files,
    jpeg,
    looked_through,
    now_on_camera,
    records,
    request,
    settled,
    teach_the_clock,
)

from photonic.errors import CameraError, FailureKind, StorageError
from photonic.model.status import CapturePhase
from photonic.service.ingest import photo_import
from photonic.service.ingest.import_queue import ImportQueue
from photonic.service.journal.captures import CaptureJournal
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import Leftover, StagedFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.support.controllers import ControllerHarness, ControllerHarnesses

    from photonic.model.api import CaptureRecord


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused is tried again at once."""
    monkeypatch.setattr(photo_import, "RETRY_SECONDS", 0.01)


class FullDisk:
    """Refuses the files of captures while ``full``."""

    def __init__(self, harness: ControllerHarness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = True
        root = harness.controller._photos.root  # pyright: ignore[reportPrivateUsage]
        bring_in = root.bring_in

        def refused(staged: list[StagedFile], *where: Any) -> Any:
            if self.full and staged[0].path.parent != root.staging.path:
                raise StorageError("the disk is full", kind=FailureKind.HOST_STORAGE_FULL)
            return bring_in(staged, *where)

        monkeypatch.setattr(root, "bring_in", refused)


@asynccontextmanager
async def taught(harnesses: ControllerHarnesses) -> AsyncGenerator[ControllerHarness]:
    """A service that has seen the card, and knows the camera's clock from a first capture."""
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        yield harness


async def refused_capture(harness: ControllerHarness, photos: dict[str, bytes]) -> CaptureRecord:
    harness.process.camera_seconds = now_on_camera()
    harness.process.photos = photos
    return await (await harness.controller.submit(request(4), None)).ended()


async def test_the_photo_of_a_capture_that_the_disk_refused_is_imported_when_there_is_space(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taught(harnesses) as harness:
        disk = FullDisk(harness, monkeypatch)
        failed = await refused_capture(harness, {"IMG_0001.CR2": RAW, "IMG_0001.JPG": jpeg("mine")})
        assert (failed.phase, failed.error_type) == (CapturePhase.FAILED, "host_storage_full")
        assert "the photo is kept" in (failed.error or "")
        disk.full = False
        await harness.until(lambda: harness.controller.snapshot().capture_count == 2)
        await settled(harness)
        own, again, _first = await records(harness)
        assert (own.session_id, own.sequence_number, len(own.files)) == ("guest", 4, 2)
        assert (again.id, own.id in (again.warning or "")) == (failed.id, True)
        assert not (harnesses.photo_root / ".staging" / failed.id).exists()


async def test_the_photo_of_a_capture_whose_end_is_recorded_later_waits_for_that(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:

    async def refuse(*_arguments: object) -> None:
        for _step in range(20):  # the importer comes to the photo meanwhile
            await asyncio.sleep(0)
        raise StorageError("the disk fails", kind=FailureKind.HOST_STORAGE_UNUSABLE)

    async with taught(harnesses) as harness:
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "stage", refuse)
            patched.setattr(CaptureJournal, "end", refuse)
            failed = await refused_capture(harness, {"IMG_0001.JPG": jpeg("mine")})
            await settled(harness)
        assert (failed.phase, failed.error_type) == (CapturePhase.FAILED, "host_storage_unusable")
        await harness.until(lambda: harness.controller.snapshot().capture_count == 2)
        own = (await records(harness))[0]
        assert (own.session_id, own.sequence_number, own.kind) == ("guest", 4, "reconciled")


async def test_while_the_photo_of_a_failed_capture_lies_staged_no_other_photo_is_taken_for_it(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taught(harnesses) as harness:
        disk = FullDisk(harness, monkeypatch)
        failed = await refused_capture(harness, {"IMG_0001.JPG": jpeg("mine")})
        # The camera process names the capture for the second one.
        for number, named in ((2, None), (3, failed.id)):
            (button,) = harness.process.shoot({f"IMG_000{number}.JPG": jpeg("button" * number)})
            come(harness, button, named)
        await settled(harness)
        assert [one.session_id for one in await records(harness)] == ["body", "body", "guest", "guest"]
        assert [one.warning for one in (await records(harness))[:3]] == [None] * 3
        disk.full = False
        (button,) = harness.process.shoot({"IMG_0004.JPG": jpeg("one more")})
        come(harness, button, None)
        await harness.until(lambda: harness.controller.snapshot().capture_count == 5)
        await settled(harness)
        owned = [one for one in await records(harness) if one.session_id == "guest" and one.files]
        assert [one.sequence_number for one in owned] == [4, 0]
        assert files(harness) == 5


async def test_a_photo_that_may_be_an_earlier_captures_is_not_imported_as_that_of_the_capture_that_refused_it(
    harnesses: ControllerHarnesses,
) -> None:
    async with taught(harnesses) as harness:
        harness.process.fault = CameraError("it hung")
        assert (await refused_capture(harness, {})).error_type == "camera_fault"
        harness.process.fault, harness.process.owed = None, 1
        refused = await refused_capture(harness, {"IMG_0001.JPG": jpeg("whose")})
        assert "may be the late one of an earlier capture" in (refused.error or "")
        await harness.until(lambda: harness.controller.snapshot().capture_count == 2)
        await settled(harness)
        found = (await records(harness))[0]
        assert (found.session_id, refused.id in (found.warning or "")) == ("body", False)


async def test_of_captures_that_the_disk_refused_in_a_row_each_gets_its_photo(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taught(harnesses) as harness:
        disk = FullDisk(harness, monkeypatch)
        refused = [await refused_capture(harness, {f"IMG_000{one}.JPG": jpeg("mine" * one)}) for one in (1, 2)]
        disk.full = False
        await harness.until(lambda: harness.controller.snapshot().capture_count == 3)
        await settled(harness)
        owned = [one for one in await records(harness) if one.kind == "reconciled"]
        assert {failed.id for failed in refused for one in owned if failed.id in (one.warning or "")} == {
            failed.id for failed in refused
        }


async def test_of_a_still_with_an_incomplete_file_the_other_one_is_imported(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        failed = await refused_capture(harness, {"IMG_0001.CR2": RAW, "IMG_0001.JPG": JPEG[:-2]})
        assert failed.error_type == "camera_fault"
        await harness.until(lambda: harness.controller.snapshot().capture_count == 1)
        await settled(harness)
        own, _failed = await records(harness)
        assert (own.session_id, own.sequence_number, len(own.files)) == ("guest", 4, 1)
        assert (harnesses.photo_root / ".staging" / failed.id / "IMG_0001.JPG").exists()


@pytest.mark.parametrize(
    ("name", "taken_at", "is_other"),
    [("A.JPG", 100, False), ("A.CR2", 101, False), ("A.JPG", 3700, False), ("A.JPG", 500, True), ("B.JPG", 100, True)],
    ids=["itself", "twin", "doubtful", "later", "another"],
)
def test_a_photo_that_may_be_the_staged_one_is_not_another(
    tmp_path: Path, name: str, taken_at: int, *, is_other: bool
) -> None:
    def staged(capture_id: str, name: str, taken_at: int) -> StagedFile:
        return StagedFile(tmp_path / capture_id / name, name, 5, PhotoIdentity("1", FOLDER, name, 5, taken_at))

    queue = ImportQueue()
    queue.put(Leftover(staged("c1", "A.JPG", 100), "c1"))
    queue.put(Leftover(staged("c2", "C.JPG", 900), "hint"))
    queue.put(Leftover(staged("", "D.JPG", 900), None))
    found = queue.captures_with_photo(other_than=staged("", name, taken_at))
    assert found == (frozenset({"c1"}) if is_other else frozenset())


@pytest.mark.parametrize("found", [True, False], ids=["found after a crash", "reported"])
@pytest.mark.parametrize(
    ("place", "is_other"),
    [("c1/capt0002.cr2", False), ("c1/capt0002.jpg", False), ("capt0002.cr2", False), ("capt0002.jpg", True)],
    ids=["twin", "beside it", "late twin", "another"],
)
def test_the_raw_of_a_photo_from_ram_is_not_another_photo(
    tmp_path: Path, place: str, *, found: bool, is_other: bool
) -> None:
    def from_ram(place: str) -> StagedFile:
        path = tmp_path / place
        return StagedFile(path, path.name, 5, PhotoIdentity(None, None, path.name, 5, None) if found else None)

    queue = ImportQueue()
    queue.put(Leftover(from_ram("c1/capt0003.jpg"), "c1"))
    assert queue.captures_with_photo(other_than=from_ram(place)) == (frozenset({"c1"}) if is_other else frozenset())
