"""The webcam driver, and programs that nobody here wrote, on the simulated webcam."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.absent import absent, program
from tests.support.preload import preload_library

if TYPE_CHECKING:
    from pathlib import Path

SIMULATE = [sys.executable, "-m", "photonic.cli", "simulate", "--webcam"]
PROGRAMS = [sys.executable, "-m", "tests.contract.webcam.programs"]
ENDS_WITHIN_SECONDS = 90.0


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SIMULATE, *arguments], capture_output=True, text=True, timeout=ENDS_WITHIN_SECONDS, check=False
    )


def beside(*command: str) -> subprocess.CompletedProcess[str]:
    preload_library()
    if shutil.which("cc") is None:
        absent("no C compiler is installed: apt-get install gcc")
    done = simulate("--serial", "W42", "--", *command)
    assert done.returncode == 0, done.stderr
    return done


def facts(command: str) -> Any:
    return json.loads(beside(*PROGRAMS, command).stdout.splitlines()[-1])


def test_the_driver_shows_live_view_takes_a_photo_and_sets_controls() -> None:
    seen = facts("pictures")
    assert (seen["serial"], seen["model"]) == ("V4L2-W42", "Photonic Webcam")
    assert seen["counters"] == sorted(set(seen["counters"]))
    assert seen["exposures"] == [8000, 30_000]
    assert seen["still"] == [1600, 1200]
    assert seen["resumed"]
    assert seen["controls"]["exposure_time_absolute"] == [300, True]
    assert seen["controls"]["focus_absolute"] == [0, False]


def test_the_driver_survives_what_a_webcam_does_wrong() -> None:
    seen = facts("faults")
    left_out = {name: seen[name] for name in ("truncated_frame", "empty_frame", "flagged_frame", "padded_frame")}
    assert left_out == {"truncated_frame": 2, "empty_frame": 2, "flagged_frame": 2, "padded_frame": 0}
    assert (seen["mute"], seen["after_mute"], seen["plugged"]) == (None, True, True)
    assert "does not accept 3" in seen["control_stall"]["reason"]
    assert seen["no_bandwidth"]["kind"] == "blocked"
    assert "bandwidth" in seen["no_bandwidth"]["reason"]
    for name in ("unplugged", "absent"):
        assert seen[name]["kind"] == "camera_absent", seen[name]
        assert "plug it in" in seen[name]["reason"]


@pytest.mark.long
def test_a_second_program_is_told_that_the_webcam_is_held() -> None:
    refused = facts("held")
    assert refused["kind"] == "blocked"
    assert refused["reason"].startswith("another program holds the camera: python")
    assert f"stop it with: kill {refused['pid']}" in refused["reason"]


def test_v4l2_ctl_lists_modes_and_controls_and_streams(tmp_path: Path) -> None:
    v4l2_ctl = program("v4l2-ctl", "v4l-utils")
    frames = tmp_path / "frames"
    script = (
        f"{v4l2_ctl} --list-formats-ext && {v4l2_ctl} --set-ctrl brightness=9 --get-ctrl brightness && "
        f"{v4l2_ctl} --set-fmt-video width=640,height=480,pixelformat=YUYV --stream-mmap --stream-count 4 "
        f"--stream-to {frames}"
    )
    said = beside("sh", "-c", script).stdout
    assert re.search(r"'MJPG' \(Motion-JPEG, compressed\)\s+Size: Discrete 640x480\s+Interval: .*30.000 fps", said)
    assert "brightness: 9" in said
    assert frames.stat().st_size == 4 * 2 * 640 * 480


@pytest.mark.parametrize(
    ("encoding", "size"),
    [("mjpeg", "1280x720"), pytest.param("yuyv422", "640x480", marks=pytest.mark.long)],
)
def test_ffmpeg_reads_it(encoding: str, size: str, tmp_path: Path) -> None:
    picture = tmp_path / "frame%d.png"
    done = beside(
        program("ffmpeg"), "-loglevel", "error", "-f", "v4l2", "-input_format", encoding, "-video_size", size,
        "-i", "/dev/video0", "-frames:v", "3", str(picture),
    )  # fmt: skip
    assert done.stderr == ""
    assert len(list(tmp_path.glob("*.png"))) == 3


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), "simulate --webcam -- COMMAND"), (("--usb", "--", "true"), "cannot be combined")],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(arguments: tuple[str, ...], named: str) -> None:
    done = simulate(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert named in line
