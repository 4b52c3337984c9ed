"""A photo root on a real, tiny disk: full, nearly full, read-only. Mounting takes the superuser; others skip this."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.absent import absent
from tests.support.camera_process import JPEG, FakeCameraProcess
from tests.support.controllers import ControllerHarnesses
from tests.support.waiting import until_true

from photonic.errors import FailureKind, StorageError
from photonic.model.api import CaptureRequest
from photonic.model.status import CapturePhase
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.files.root_probe import RootProbe
from photonic.service.live.hub import ViewerKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.controllers import ControllerHarness

DISK_BYTES = 4_194_304


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, timeout=20, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)):
        absent("this user may not mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], timeout=20, check=True)


def request(number: int = 1) -> CaptureRequest:
    return CaptureRequest(session_id="guest", sequence_number=number)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(65536))
    return filler


async def index_copied(root: Path) -> None:
    """The first copy of the index is made in idle time; its last step removes files, which makes room."""
    await until_true(lambda: any((root / ".photonic" / "copies").glob("captures-*.sqlite3")))


async def live_view_goes_on(harness: ControllerHarness) -> None:
    with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
        harness.process.give_frame()
        assert (await viewer.next(5)).jpeg == JPEG


@pytest.mark.parametrize("min_free_bytes", [0, 1_000_000])
async def test_a_full_disk_is_refused_before_the_shutter_and_used_again_when_there_is_room(
    disk: Path, min_free_bytes: int
) -> None:
    async with ControllerHarnesses(disk / "root").running(min_free_bytes=min_free_bytes) as harness:
        await harness.until_ready()
        assert (await (await harness.controller.submit(request(1), None)).ended()).phase is CapturePhase.SAVED
        await index_copied(disk / "root")
        filler = fill(disk)
        with pytest.raises(StorageError) as refused:
            await harness.controller.submit(request(2), "key")
        assert refused.value.kind is FailureKind.HOST_STORAGE_FULL
        assert len(harness.process.captures) == 1
        await live_view_goes_on(harness)
        filler.unlink()
        assert (await (await harness.controller.submit(request(2), "key")).ended()).phase is CapturePhase.SAVED


async def test_a_read_only_disk_is_refused_before_the_shutter(disk: Path) -> None:
    async with ControllerHarnesses(disk / "root").running() as harness:
        await harness.until_ready()
        assert (await (await harness.controller.submit(request(1), None)).ended()).phase is CapturePhase.SAVED
    assert mount("-o", "remount,ro", str(disk))
    async with ControllerHarnesses(disk / "root").running() as harness:
        await harness.until_ready()
        with pytest.raises(StorageError, match="writable") as refused:
            await harness.controller.submit(request(2), None)
        assert refused.value.kind is FailureKind.HOST_STORAGE_UNUSABLE
        assert harness.process.captures == []
        await live_view_goes_on(harness)
        assert mount("-o", "remount,rw", str(disk))
        assert (await (await harness.controller.submit(request(2), None)).ended()).phase is CapturePhase.SAVED
        assert harness.controller.snapshot().capture_count == 2


async def test_a_disk_that_fills_while_the_photo_comes_costs_that_photo_its_place_and_the_card_has_it(
    disk: Path,
) -> None:
    root = disk / "root"

    def old(process: FakeCameraProcess) -> None:
        process.shoot({"IMG_0900.JPG": JPEG[:2] + b"old" + JPEG[2:]})

    async with ControllerHarnesses(root).running(prepare=old) as harness:
        await harness.until_ready()
        # The first card scan is recorded, too: a full disk would refuse it.
        card_importer = harness.controller._photos.card_importer  # pyright: ignore[reportPrivateUsage]
        await harness.until(lambda: card_importer._cards.present is not None)  # pyright: ignore[reportPrivateUsage]
        # The camera's clock is learnt from a capture.
        harness.process.camera_seconds = int(time.time())
        harness.process.photos = {"IMG_0800.JPG": JPEG}
        assert (await (await harness.controller.submit(request(6), None)).ended()).phase is CapturePhase.SAVED
        harness.process.release.clear()
        harness.process.photos = {"IMG_0801.JPG": JPEG[:2] + b"new" + JPEG[2:]}
        job = await harness.controller.submit(request(7), None)
        await harness.process.exposing.wait()
        harness.process.camera_seconds = int(time.time())
        filler = fill(disk)
        # The library says that it wrote, whatever became of it.
        harness.process.stage_bytes = 0
        harness.process.release.set()
        failed = await job.ended()
        assert failed.phase is CapturePhase.FAILED
        filler.unlink()
        harness.process.stage_bytes = None
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.come_back()
        await harness.until(lambda: harness.controller.snapshot().capture_count == 2)
        found = (await harness.controller.captures_page(None, 10)).captures[0]
        assert (found.kind, found.sequence_number) == ("reconciled", 7)


@pytest.fixture
def two_disks(tmp_path: Path) -> Iterator[Path]:
    """A photo root with ``photos`` on a small disk of its own: a stick, a NAS, a volume."""
    place = tmp_path / "root" / "photos"
    place.mkdir(parents=True)
    if not mount("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)):
        absent("this user may not mount a disk")
    try:
        yield place.parent
    finally:
        subprocess.run(["umount", "--lazy", str(place)], timeout=20, check=True)


@pytest.fixture
def bound(tmp_path: Path) -> Iterator[Path]:
    """A photo root with ``photos`` mounted from the same disk, as a container has its volumes."""
    place, volume = tmp_path / "root" / "photos", tmp_path / "volume"
    place.mkdir(parents=True)
    volume.mkdir()
    if not mount("--bind", str(volume), str(place)):
        absent("this user may not mount a disk")
    try:
        yield place.parent
    finally:
        subprocess.run(["umount", "--lazy", str(place)], timeout=20, check=True)


async def photos_come_and_go(root: Path) -> None:
    async with ControllerHarnesses(root).running() as harness:
        await harness.until_ready()
        harness.process.photos = {"IMG_0001.JPG": JPEG, "IMG_0001.CR2": b"II*\0raw"}
        record = await (await harness.controller.submit(request(1), None)).ended()
        assert (record.phase, record.error) == (CapturePhase.SAVED, None)
        names = sorted(path.name for path in (root / "photos").iterdir())
        assert len(names) == 2
        deleted = await harness.controller.gallery.delete(record.files[0].id)
        assert deleted is not None
        assert list((root / "photos").iterdir()) == []
    async with ControllerHarnesses(root).running() as harness:
        await harness.until_ready()
        restored = await harness.controller.gallery.restore(record.files[0].id)
        assert restored == record
        assert sorted(path.name for path in (root / "photos").iterdir()) == names
        assert [await harness.photo(file) for file in record.files] == [JPEG, b"II*\0raw"]


async def test_photos_on_another_disk_than_the_root_are_taken_deleted_and_restored(two_disks: Path) -> None:
    await photos_come_and_go(two_disks)


async def test_photos_on_a_volume_of_the_same_disk_are_taken_deleted_and_restored(bound: Path) -> None:
    await photos_come_and_go(bound)


@pytest.mark.parametrize(
    ("failure_class", "words"), [("full", "is full: free some space"), ("read-only", "is read-only")]
)
async def test_another_disk_that_takes_no_photo_is_refused_before_the_shutter_by_its_mount(
    two_disks: Path, failure_class: str, words: str
) -> None:
    async with ControllerHarnesses(two_disks).running() as harness:
        await harness.until_ready()
        if failure_class == "full":
            fill(two_disks / "photos")
        else:
            assert mount("-o", "remount,ro", str(two_disks / "photos"))
        with pytest.raises(StorageError, match=words) as refused:
            await harness.controller.submit(request(1), None)
        assert f"mounted at {two_disks / 'photos'}" in refused.value.reason
        assert harness.process.captures == []
    seen = await RootProbe(two_disks, min_free_bytes=0).refusal()
    assert seen is not None
    assert (seen.reason, seen.kind) == (refused.value.reason, refused.value.kind)


@pytest.fixture
def few_files(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for a few files, however small."""
    place = tmp_path / "disk"
    place.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={DISK_BYTES},nr_inodes=40", "tmpfs", str(place)):
        absent("this user may not mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], timeout=20, check=True)


async def test_a_disk_without_inodes_is_said_to_have_none_and_makes_the_service_not_ready(few_files: Path) -> None:
    root = few_files / "root"
    async with ControllerHarnesses(root).running() as harness:
        await harness.until_ready()
        assert (await (await harness.controller.submit(request(1), None)).ended()).phase is CapturePhase.SAVED
        await index_copied(root)
        probe = RootProbe(root, min_free_bytes=0)
        assert await probe.refusal() is None
        with pytest.raises(OSError, match="No space"):
            for number in range(1000):
                (few_files / f"{number}").touch()
        seen = await probe.refusal()
        assert seen is not None
        for reason, kind in (await refusal_of(harness), (seen.reason, seen.kind)):
            assert "no inodes left" in reason
            assert str(few_files) in reason
            assert kind is FailureKind.HOST_STORAGE_FULL
        with pytest.raises(StorageError, match="no inodes left"):
            PhotoRoot(root).free_bytes()


async def test_a_read_only_disk_makes_the_service_not_ready_and_is_named(disk: Path) -> None:
    root = disk / "root"
    PhotoRoot(root, min_free_bytes=0).check()
    probe = RootProbe(root, min_free_bytes=0)
    assert await probe.refusal() is None
    assert mount("-o", "remount,ro", str(disk))
    seen = await probe.refusal()
    assert seen is not None
    assert f"the file system of {root} (mounted at {disk}) is read-only" in seen.reason
    with pytest.raises(StorageError, match="read-only"):
        PhotoRoot(root).free_bytes()
    assert mount("-o", "remount,rw", str(disk))
    assert await probe.refusal() is None


async def refusal_of(harness: ControllerHarness) -> tuple[str, FailureKind]:
    with pytest.raises(StorageError) as refused:
        await harness.controller.submit(request(2), None)
    return refused.value.reason, refused.value.kind
