"""Programs that nobody here wrote see the simulated bodies on USB, beside ``photonic simulate --usb``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.absent import program
from tests.support.preload import preload_library

from photonic.simulator.makes import BodyKind
from photonic.simulator.usb.descriptors import device_descriptor
from photonic.simulator.usb.identity import usb_identity
from photonic.simulator.usb.urb import CAPABILITIES

SIMULATE = [sys.executable, "-m", "photonic.cli", "simulate", "--photo-megapixels", "0.5", "--speed", "10"]
ENDS_WITHIN_SECONDS = 90.0
PROGRAMS = [sys.executable, "-m", "tests.contract.usb.programs"]
SERIAL = "012345678901"
"""The default of ``photonic simulate``."""


def simulate(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SIMULATE, *options], capture_output=True, text=True, timeout=ENDS_WITHIN_SECONDS, check=False
    )


def beside(kind: BodyKind, *command: str) -> subprocess.CompletedProcess[str]:
    preload_library()
    done = simulate("--usb", "--body", kind, "--", *command)
    assert done.returncode == 0, done.stderr
    return done


def facts(kind: BodyKind, *command: str) -> dict[str, Any]:
    return json.loads(beside(kind, *PROGRAMS, *command).stdout.splitlines()[-1])


def test_the_protocol_of_the_preload_library_is_the_one_that_is_served() -> None:
    seen = facts(BodyKind.CANON, "capabilities")
    identity = usb_identity(BodyKind.CANON, SERIAL)
    assert seen == {"result": 0, "capabilities": CAPABILITIES, "head": device_descriptor(identity).hex()}


@pytest.mark.parametrize(
    ("kind", "model", "options"),
    [
        (BodyKind.CANON, "Canon EOS 5D Mark III", ("preview",)),
        pytest.param(BodyKind.NIKON, "Nikon DSC D750", ("preview",), marks=pytest.mark.long),
        pytest.param(BodyKind.GENERIC, "USB PTP Class Camera", (), marks=pytest.mark.long),
    ],
)
def test_python_gphoto2_detects_a_body_and_captures(kind: BodyKind, model: str, options: tuple[str, ...]) -> None:
    seen = facts(kind, "capture", *options)
    assert seen["seen"] == [[model, "usb:001,002"]]
    assert len(seen["frames"]) == 3 * len(options)
    assert all(size > 1000 for size in seen["frames"])
    assert seen["ends"] == "ffd8ffd9"


@pytest.mark.long
def test_debians_gphoto2_captures_and_downloads(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    beside(BodyKind.CANON, program("gphoto2"), "--capture-image-and-download", "--filename", str(photo))
    data = photo.read_bytes()
    assert (data[:2], data[-2:]) == (b"\xff\xd8", b"\xff\xd9")


@pytest.mark.long
def test_lsusb_names_the_body() -> None:
    done = beside(BodyKind.NIKON, program("lsusb", "usbutils"))
    assert "Bus 001 Device 002: ID 04b0:0437" in done.stdout
    assert "Device 001: ID 1d6b:0002" in done.stdout


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--usb",), "simulate --usb -- COMMAND"),
        (("lsusb",), "only --usb and --webcam run a program"),
    ],
)
def test_what_makes_no_sense_on_usb_is_one_line_and_exit_code_2(options: tuple[str, ...], named: str) -> None:
    done = simulate(*options)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert named in line


def test_the_exit_code_is_that_of_the_program_and_the_folder_is_removed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    script = f"echo $UMOCKDEV_DIR > {root}; exit 7"
    preload_library()
    assert simulate("--usb", "--", "sh", "-c", script).returncode == 7
    assert not Path(root.read_text().strip()).exists()


def test_a_camera_that_is_unplugged_and_plugged_in_again_has_another_number() -> None:
    seen = facts(BodyKind.CANON, "replug")
    assert seen["error"]
    assert seen["absent"] == []
    assert seen["seen"] == [["Canon EOS 5D Mark III", "usb:001,003"]]
    assert seen["serial"] == SERIAL
