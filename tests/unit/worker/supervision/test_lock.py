from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.lock import CameraLock, lock_file, lock_name, runtime_directory

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_owner_is_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    first, second = CameraLock(tmp_path, "usb:123"), CameraLock(tmp_path, "usb:123")
    first.acquire()
    with pytest.raises(CameraError, match=f"process {os.getpid()}") as refusal:
        second.acquire()
    assert refusal.value.kind is FailureKind.BLOCKED
    first.release()
    second.acquire()
    second.release()


def test_different_cameras_have_different_locks(tmp_path: Path) -> None:
    names = ["usb:1", "usb_1", "ptpip:[fe80::1]:15740", "vusb:/a/b", "vusb:/a_b", "x" * 500]
    assert len({lock_file(tmp_path, name) for name in names}) == len(names)
    locks = [CameraLock(tmp_path, name) for name in names]
    for lock in locks:
        lock.acquire()
    for lock in locks:
        lock.release()


def test_acquiring_and_releasing_twice_is_harmless(tmp_path: Path) -> None:
    lock = CameraLock(tmp_path / "new", "usb:1")
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()


def test_an_unusable_directory_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CameraError, match="cannot lock the camera"):
        CameraLock(tmp_path / "file", "usb:1").acquire()


def test_the_locks_are_in_the_users_own_runtime_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_directory().parent == tmp_path
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert str(os.getuid()) in runtime_directory().name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ptpip:Camera.local", "ptpip:camera.local:15740"),
        ("ptpip:camera.local:15740", "ptpip:camera.local:15740"),
        ("ptpip:127.0.0.1:4000", "ptpip:127.0.0.1:4000"),
        ("usb:00012a", "usb:12A"),
        ("vusb:/A/b", "vusb:/A/b"),
        ("fake:x=1", "fake:x=1"),
    ],
)
def test_one_camera_has_one_lock_however_its_address_is_written(address: str, name: str) -> None:
    assert lock_name(address) == name


def test_a_full_disk_does_not_prevent_locking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    lock, other = CameraLock(tmp_path, "usb:1"), CameraLock(tmp_path, "usb:1")
    lock.acquire()
    with pytest.raises(CameraError, match="another process"):
        other.acquire()
    lock.release()
    other.acquire()
    other.release()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe" * 500, b"9" * 500, "\u00b2\n".encode(), b"-1\n", b"../self\n", b"\0" * 40]
)
def test_a_lock_file_of_any_bytes_names_a_process_or_another_one(tmp_path: Path, content: bytes) -> None:
    ours = CameraLock(tmp_path, "usb:1")
    ours.acquire()
    lock_file(tmp_path, "usb:1").write_bytes(content)
    with pytest.raises(CameraError, match=r"is in use by (another process|.+ \(process [0-9]+\)):") as refused:
        CameraLock(tmp_path, "usb:1").acquire()
    assert len(refused.value.reason) < 300
    ours.release()


def test_the_owner_is_named_without_its_arguments(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from photonic.worker.supervision.lock import CameraLock\n"
        "CameraLock(Path(sys.argv[1]), 'usb:1').acquire(); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path), "url:http://booth:planted-password@camera/"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(CameraError, match=rf"in use by python\S* \(process {process.pid}\)") as refused:
            CameraLock(tmp_path, "usb:1").acquire()
        assert "planted" not in refused.value.reason


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 4321)
    with pytest.raises(CameraError, match=r"cannot lock the camera usb:1: the folder .* belongs to user") as refused:
        CameraLock(tmp_path, "usb:1").acquire()
    assert refused.value.kind is FailureKind.BLOCKED
