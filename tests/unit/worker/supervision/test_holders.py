"""The processes that hold a camera, read from a directory like ``/proc``, and from ``/proc`` itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from photonic.worker.supervision.holders import Holder, claimed, holders

NODE = Path("/dev/bus/usb/001/012")


class Processes:
    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, pid: int, comm: str, command: str, *files: str) -> None:
        process = self.root / str(pid)
        (process / "fd").mkdir(parents=True)
        (process / "comm").write_text(f"{comm}\n")
        (process / "cmdline").write_bytes(command.encode() + b"\0--flag\0")
        for number, file in enumerate(files):
            (process / "fd" / str(number)).symlink_to(file)


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    made = Processes(tmp_path)
    (tmp_path / "self").mkdir()
    made.add(300, "bash", "/bin/bash", "/dev/pts/0")
    return made


def test_the_desktops_volume_monitor_is_named_in_full_with_the_command_that_stops_it(processes: Processes) -> None:
    processes.add(812, "gvfs-gphoto2-vo", "/usr/libexec/gvfs-gphoto2-volume-monitor", "/dev/null", str(NODE))
    (holder,) = holders([NODE], processes.root)
    assert holder == Holder(812, "gvfs-gphoto2-volume-monitor")
    assert claimed([holder]) == (
        "another program holds the camera: gvfs-gphoto2-volume-monitor (process 812); "
        "stop it with: systemctl --user stop gvfs-gphoto2-volume-monitor.service"
    )


def test_a_holder_in_a_container_has_the_file_under_a_longer_name(processes: Processes) -> None:
    processes.add(812, "gvfsd-gphoto2", "/usr/libexec/gvfsd-gphoto2", f"/var/lib/machines/desk{NODE}", f"{NODE}0")
    (holder,) = holders([NODE], processes.root)
    assert holder.remedy == "gio mount -s gphoto2"


def test_several_holders_are_all_named_by_process_id(processes: Processes) -> None:
    processes.add(900, "darktable", "darktable", str(NODE))
    processes.add(77, "gvfsd-gphoto2", "/usr/libexec/gvfsd-gphoto2", str(NODE))
    found = holders([NODE], processes.root)
    assert [holder.pid for holder in found] == [77, 900]
    assert claimed(found).endswith("stop it with: gio mount -s gphoto2 && kill 900")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("/usr/bin/python3\0-P\0-m\0photonic.cli\0serve\0--port\x008000", "python3 -m photonic.cli serve"),
        ("/usr/bin/python3\0-u\0/opt/booth/booth.py\0-m\0fast", "python3 booth.py"),
        ("python3.12\0-c\0import this", "python3.12"),
        ("python3", "python3"),
        ("python3\0-m\0http.server\0--password=planted", "python3 -m http.server"),
        ("python3\0-m\0photonic.cli\0--token=planted", "python3 -m photonic.cli"),
        ("python3\0-m", "python3 -m"),
    ],
)
def test_a_python_program_is_named_by_what_runs_in_it(processes: Processes, command: str, name: str) -> None:
    processes.add(900, "python3", "", str(NODE))
    (processes.root / "900" / "cmdline").write_bytes(command.encode() + b"\0")
    assert [holder.name for holder in holders([NODE], processes.root)] == [name]


def test_holders_of_other_cameras_are_left_out(processes: Processes) -> None:
    processes.add(900, "darktable", "darktable", "/dev/bus/usb/001/013")
    assert holders([NODE], processes.root) == ()


def test_a_process_that_ends_meanwhile_is_left_out(processes: Processes) -> None:
    (processes.root / "901").mkdir()
    assert holders([NODE], processes.root) == ()


def test_an_unknown_holder_still_has_advice() -> None:
    assert "close it" in claimed(())


def test_the_kernels_own_directory_shows_a_process_that_holds_a_file(tmp_path: Path) -> None:
    node = tmp_path / "012"
    node.touch()
    code = "import sys; held = open(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(node)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert [holder.pid for holder in holders([node])] == [process.pid]
    assert holders([node]) == ()


def test_this_process_is_left_out(tmp_path: Path) -> None:
    node = tmp_path / "012"
    with node.open("w"):
        assert os.getpid() not in [holder.pid for holder in holders([node])]
