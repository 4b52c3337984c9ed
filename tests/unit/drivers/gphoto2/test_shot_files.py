from __future__ import annotations

import errno
import hashlib
import os
import resource
from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.drivers.gphoto2.shot_files import CardFile, ShotFiles, stage, staging_path, unasked_path
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.machine.timekeeping import boot_mark
from photonic.service.photo.staged import boot_in_staging, name_in_staging, staged_since_ns

from .scripted import JPEG, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from pathlib import Path

ADDED = ObjectAdded("/card", "IMG_1.JPG")


def card_file(name: str, taken_at: int | None = 100, folder: str = "/store_00010001/DCIM/100CANON") -> CardFile:
    return CardFile(folder, name, 8, taken_at, in_memory=folder == "/")


def test_an_object_on_the_card_is_fetched_and_left_there(tmp_path: Path) -> None:
    camera = ScriptedCamera(VirtualTime())
    fetched = stage(camera, ADDED, tmp_path / "a")
    assert (fetched.size_bytes, fetched.sha256) == (len(JPEG), hashlib.sha256(JPEG).hexdigest())
    assert [path.name for path in tmp_path.iterdir()] == [f"{fetched.sha256}.a"]
    assert fetched.path.read_bytes() == JPEG
    assert camera.forgotten == []


def test_an_object_from_ram_is_let_go_of_after_fetching(tmp_path: Path) -> None:
    camera = ScriptedCamera(VirtualTime())
    stage(camera, ObjectAdded("/", "capt0000.jpg"), tmp_path / "a")
    assert camera.forgotten == ["capt0000.jpg"]


def test_a_cut_file_is_noticed_and_removed(tmp_path: Path) -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.sizes[ADDED.name] = len(JPEG) + 1
    with pytest.raises(CameraError, match="instead of"):
        stage(camera, ADDED, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_cut_file_on_a_full_disk_says_so(tmp_path: Path) -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.sizes[ADDED.name] = 2**62
    with pytest.raises(CaptureError) as caught:
        stage(camera, ADDED, tmp_path / "a")
    assert caught.value.kind is FailureKind.HOST_STORAGE_FULL
    assert list(tmp_path.iterdir()) == []


def test_without_room_for_it_a_photo_is_not_begun(tmp_path: Path) -> None:
    camera = ScriptedCamera(VirtualTime())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # What a full disk does to a file: it cannot grow.
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(JPEG) - 1, before[1]))
    try:
        with pytest.raises(CaptureError) as caught:
            stage(camera, ADDED, tmp_path / "a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.kind is FailureKind.HOST_STORAGE_FULL
    assert "no room" in caught.value.reason
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_is_an_error_after_the_transfer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, block: memoryview) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(CaptureError, match="Input/output error") as caught:
        stage(ScriptedCamera(VirtualTime()), ADDED, tmp_path / "a")
    assert caught.value.kind is FailureKind.HOST_STORAGE_UNUSABLE
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_the_disk_does_not_let_go_of_hides_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    camera = ScriptedCamera(VirtualTime())
    camera.sizes[ADDED.name] = len(JPEG) + 1
    with pytest.raises(CameraError, match="instead of"):
        stage(camera, ADDED, tmp_path / "a")


def test_what_a_write_leaves_over_is_written_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write

    def write_a_little(descriptor: int, block: memoryview) -> int:
        return real(descriptor, block[:3])

    monkeypatch.setattr(os, "write", write_a_little)
    fetched = stage(ScriptedCamera(VirtualTime()), ADDED, tmp_path / "a")
    assert fetched.path.read_bytes() == JPEG
    assert fetched.sha256 == hashlib.sha256(JPEG).hexdigest()


def test_an_empty_file_is_no_photo_even_where_the_camera_gives_no_size(tmp_path: Path) -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.sizes[ADDED.name] = None
    camera.contents[ADDED.name] = b""
    with pytest.raises(CameraError):
        stage(camera, ADDED, tmp_path / "a")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("older")
    with pytest.raises(CaptureError) as caught:
        stage(ScriptedCamera(VirtualTime()), ADDED, tmp_path / "a")
    assert caught.value.kind is FailureKind.HOST_STORAGE_UNUSABLE
    assert (tmp_path / "a").read_text() == "older"


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="check that it exists"):
        stage(ScriptedCamera(VirtualTime()), ADDED, tmp_path / "none" / "a")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.jpg", "IMG 1;.JPG", "x" * 300])
def test_the_cameras_name_cannot_leave_the_staging_directory(tmp_path: Path, name: str) -> None:
    path = staging_path(tmp_path, "c1", 0, name)
    assert path.parent == tmp_path
    assert path.name.startswith("c1-0-")
    assert len(path.name) < 120


@pytest.mark.parametrize(("boot", "said"), [("a-boot", True), ("", False)])
def test_a_file_that_no_capture_waits_for_says_when_it_was_staged_and_in_which_boot(
    tmp_path: Path, boot: str, *, said: bool
) -> None:
    name = unasked_path(tmp_path, "body", 1.5, 2, "IMG 1.JPG", boot=boot).name
    assert name == f"body-1500000000{'.' + boot_mark(boot) if said else ''}-2-IMG_1.JPG"
    assert name_in_staging(name) == (None, "IMG_1.JPG")
    assert staged_since_ns(name) == 1_500_000_000
    assert boot_in_staging(name) == (boot_mark(boot) if said else None)


def test_a_roll_knows_what_is_due_and_twins_of_what_came(tmp_path: Path) -> None:
    shot_files = ShotFiles("c1", tmp_path, 2, [card_file("IMG_1.CR3")])
    assert shot_files.missing == 1
    assert not shot_files.has_twin(card_file("IMG_2.JPG"))
    assert shot_files.has_twin(card_file("IMG_1.JPG"))
