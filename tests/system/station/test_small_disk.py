"""A photo root on a real, tiny disk: full, nearly full, read-only. Mounting takes the superuser; others skip this."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.fakes.camera_process import JPEG, FakeCameraProcess
from tests.unit.service.conftest import Bench

from photonic.errors import FailureKind, StorageError
from photonic.model.api import CaptureRequest
from photonic.model.status import CapturePhase
from photonic.service.hub import ViewerKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.service.conftest import Rig

DISK_BYTES = 4_194_304


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, timeout=20, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)):
        pytest.skip("this user may not mount a disk")
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


async def live_view_goes_on(rig: Rig) -> None:
    with rig.station.hub.join(ViewerKind.LIVE) as viewer:
        rig.process.give_frame()
        assert (await viewer.next(5)).jpeg == JPEG


@pytest.mark.parametrize("min_free_bytes", [0, 1_000_000])
async def test_a_full_disk_is_refused_before_the_shutter_and_used_again_when_there_is_room(
    disk: Path, min_free_bytes: int
) -> None:
    async with Bench(disk / "root").running(min_free_bytes=min_free_bytes) as rig:
        await rig.until_ready()
        assert (await (await rig.station.submit(request(1), None)).ended()).phase is CapturePhase.SAVED
        filler = fill(disk)
        with pytest.raises(StorageError) as refused:
            await rig.station.submit(request(2), "key")
        assert refused.value.kind is FailureKind.HOST_STORAGE_FULL
        assert len(rig.process.captures) == 1
        await live_view_goes_on(rig)
        filler.unlink()
        assert (await (await rig.station.submit(request(2), "key")).ended()).phase is CapturePhase.SAVED


async def test_a_read_only_disk_is_refused_before_the_shutter(disk: Path) -> None:
    async with Bench(disk / "root").running() as rig:
        await rig.until_ready()
        assert (await (await rig.station.submit(request(1), None)).ended()).phase is CapturePhase.SAVED
    assert mount("-o", "remount,ro", str(disk))
    async with Bench(disk / "root").running() as rig:
        await rig.until_ready()
        with pytest.raises(StorageError, match="writable") as refused:
            await rig.station.submit(request(2), None)
        assert refused.value.kind is FailureKind.HOST_STORAGE_UNUSABLE
        assert rig.process.captures == []
        await live_view_goes_on(rig)
        assert mount("-o", "remount,rw", str(disk))
        assert (await (await rig.station.submit(request(2), None)).ended()).phase is CapturePhase.SAVED
        assert rig.station.snapshot().capture_count == 2


async def test_a_disk_that_fills_while_the_photo_comes_costs_that_photo_its_place_and_the_card_has_it(
    disk: Path,
) -> None:
    root = disk / "root"

    def old(process: FakeCameraProcess) -> None:
        process.shoot({"IMG_0900.JPG": JPEG[:2] + b"old" + JPEG[2:]})

    async with Bench(root).running(prepare=old) as rig:
        await rig.until_ready()
        # The first sight is recorded, too: a full disk would refuse it.
        reconciler = rig.station._stills.reconciler  # pyright: ignore[reportPrivateUsage]
        await rig.until(lambda: reconciler._cards.present is not None)  # pyright: ignore[reportPrivateUsage]
        # The camera's clock is learnt from a capture.
        rig.process.camera_seconds = int(time.time())
        rig.process.photos = {"IMG_0800.JPG": JPEG}
        assert (await (await rig.station.submit(request(6), None)).ended()).phase is CapturePhase.SAVED
        rig.process.release.clear()
        rig.process.photos = {"IMG_0801.JPG": JPEG[:2] + b"new" + JPEG[2:]}
        ticket = await rig.station.submit(request(7), None)
        await rig.process.exposing.wait()
        rig.process.camera_seconds = int(time.time())
        filler = fill(disk)
        # The library says that it wrote, whatever became of it.
        rig.process.stage_bytes = 0
        rig.process.release.set()
        failed = await ticket.ended()
        assert failed.phase is CapturePhase.FAILED
        filler.unlink()
        rig.process.stage_bytes = None
        rig.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        rig.process.come_back()
        await rig.until(lambda: rig.station.snapshot().capture_count == 2)
        found = rig.station.captures_page(None, 10).captures[0]
        assert (found.kind, found.sequence_number) == ("reconciled", 7)
