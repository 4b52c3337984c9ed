"""Another photonic: found from its lock, which is not changed; and which process to stop to release a camera."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from photonic.diagnosis.owner import owner, process_to_stop
from photonic.worker.supervision.holders import Holder
from photonic.worker.supervision.lock import CameraLock, lock_file

if TYPE_CHECKING:
    from pathlib import Path

OWNER = """
import sys
from pathlib import Path
from photonic.worker.supervision.lock import CameraLock
lock = CameraLock(Path(sys.argv[1]), "ptpip:10.0.0.5:15740")
lock.acquire()
print("taken", flush=True)
sys.stdin.read()
"""


def test_the_owner_is_named_for_as_long_as_it_has_the_camera(tmp_path: Path) -> None:
    assert owner("ptpip:10.0.0.5", tmp_path) is None
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"taken\n"
        found = owner("ptpip:10.0.0.5", tmp_path)
        assert found is not None
        assert found.pid == process.pid
        assert owner("ptpip:10.0.0.6", tmp_path) is None
        assert owner("auto", tmp_path) is None
    # The file stays, the lock does not.
    assert lock_file(tmp_path, "ptpip:10.0.0.5:15740").exists()
    assert owner("ptpip:10.0.0.5", tmp_path) is None


def test_the_check_takes_no_lock(tmp_path: Path) -> None:
    lock = CameraLock(tmp_path, "usb:42")
    lock.acquire()
    try:
        found = owner("usb:0042", tmp_path)
        assert found is not None
        assert found.pid == os.getpid()
    finally:
        lock.release()
    assert owner("usb:42", tmp_path) is None
    lock.acquire()
    lock.release()


def test_without_the_kernels_lock_table_there_is_no_owner(tmp_path: Path) -> None:
    lock = CameraLock(tmp_path, "usb:42")
    lock.acquire()
    try:
        assert owner("usb:42", tmp_path, proc=tmp_path / "none") is None
    finally:
        lock.release()


@pytest.mark.parametrize(
    ("command", "parent", "expected"),
    [
        (b"python\0-P\0-m\0photonic.drivers.gphoto2\0--fd\x003", 700, Holder(700, "photonic")),
        (b"python\0-m\0photonic.drivers.gphoto2", 1, Holder(812, "python -m photonic.drivers.gphoto2")),
        (b"darktable", 700, Holder(812, "darktable")),
    ],
)
def test_a_camera_process_answers_with_its_service(
    tmp_path: Path, command: bytes, parent: int, expected: Holder
) -> None:
    for pid, name, line in ((812, "python (3)", command), (700, "photonic", b"/usr/bin/photonic\0serve\0")):
        process = tmp_path / str(pid)
        process.mkdir()
        (process / "comm").write_text(f"{name}\n")
        (process / "cmdline").write_bytes(line)
        (process / "stat").write_text(f"{pid} ({name}) S {parent if pid == 812 else 1} {pid} {pid} 0\n")
    name = "darktable" if command == b"darktable" else "python -m photonic.drivers.gphoto2"
    assert process_to_stop(Holder(812, name), tmp_path) == expected


def test_a_process_that_has_ended_answers_for_itself(tmp_path: Path) -> None:
    assert process_to_stop(Holder(812, "gone"), tmp_path) == Holder(812, "gone")
