"""Readiness is found by writing; a disk that hangs costs one thread and one deadline."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from photonic.errors import FailureKind
from photonic.service.files import disk
from photonic.service.files.root_probe import RootProbe


async def test_a_root_that_is_well_is_written_to_and_left_as_it_was(tmp_path: Path) -> None:
    assert await RootProbe(tmp_path, min_free_bytes=0).refusal() is None
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a folder of our own


async def test_a_root_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    seen = await RootProbe(tmp_path / "gone", min_free_bytes=0).refusal()
    assert seen is not None
    assert seen.reason.startswith(f"the photo root: cannot write to {tmp_path / 'gone'}")
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a folder of our own


async def test_less_room_than_a_capture_wants_is_not_ready(tmp_path: Path) -> None:
    seen = await RootProbe(tmp_path, min_free_bytes=2**60).refusal()
    assert seen is not None
    assert seen.kind is FailureKind.HOST_STORAGE_FULL


async def test_a_folder_of_another_camera_that_cannot_be_written_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "right" / "photos").mkdir(parents=True)
    probe = disk.probe

    def mount_of(place: Path, points: object = None) -> Path:
        return place

    def refused(place: Path, *, flush: bool) -> None:
        assert flush
        if place == tmp_path / "right" / "photos":
            raise OSError(5, "Input/output error")
        probe(place, flush=flush)

    monkeypatch.setattr(disk, "mount_of", mount_of)
    monkeypatch.setattr(disk, "probe", refused)
    seen = await RootProbe(tmp_path, min_free_bytes=0, cameras=("left", "right")).refusal()
    assert seen is not None
    assert "cannot write to " in seen.reason
    assert "right/photos (Input/output error)" in seen.reason


async def test_a_disk_that_hangs_is_said_in_time_and_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, looks = threading.Event(), 0

    def hanging(_place: Path, *, flush: bool) -> None:
        nonlocal looks
        looks += 1
        gate.wait(60)

    monkeypatch.setattr(disk, "probe", hanging)
    probe = RootProbe(tmp_path, min_free_bytes=0, deadline_seconds=0.01)
    try:
        seen = await asyncio.gather(*(probe.refusal() for _ in range(20)))
        assert all(one is not None and "within 0.01 s" in one.reason for one in seen)
        assert looks == 1
    finally:
        gate.set()
    patient = RootProbe(tmp_path, min_free_bytes=0, deadline_seconds=60)
    assert await patient.refusal() is None


@pytest.mark.parametrize(("written", "meant"), [(r"/a\040b", "/a b"), (r"/a\134040", "/a\\040"), ("/a", "/a")])
def test_mount_points_are_read_as_the_kernel_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    def exists(_path: Path) -> bool:
        return True

    table = tmp_path / "mountinfo"
    lines = ["1 1 0:1 / / rw - ext4 x rw", "garbage", "", f"2 1 0:2 / {written} rw - vfat y rw"]
    table.write_text("\n".join(lines))
    monkeypatch.setattr(disk, "_MOUNTS", table)
    monkeypatch.setattr(Path, "exists", exists)
    assert disk.mount_of(Path(meant) / "photos") == Path(meant)
    assert disk.mount_of(Path("/elsewhere")) == Path("/")
    monkeypatch.setattr(disk, "_MOUNTS", tmp_path / "none")
    assert disk.mount_of(Path(meant)) == Path("/")
