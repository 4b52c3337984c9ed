"""``photonic simulate``: what it says, what it refuses, and that it ends at any moment."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.first_short import first_rows_short, first_short
from tests.support.simulated import simulated_camera
from tests.support.waiting import until

SIMULATE = [sys.executable, "-m", "photonic.cli", "simulate", "--port", "0"]
ENDS_WITHIN_SECONDS = 30.0


def ended(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SIMULATE, *options], capture_output=True, text=True, timeout=ENDS_WITHIN_SECONDS, check=False
    )


@pytest.mark.parametrize(
    ("options", "named"),
    first_rows_short(
        [
            (("--fault", "flood"), "endless_frame"),
            (("--fault", "mute:frame=0"), "frame: must be at least 1"),
            (("--faults", "/nowhere/faults.toml"), "/nowhere/faults.toml: cannot be read"),
            (("--frame-size", "960"), "960x640"),
            (("--frame-size", "100x100"), "multiples of 16"),
            (("--log", "/nowhere/journal"), "/nowhere/journal"),
        ],
        short=2,
    ),
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(options: tuple[str, ...], named: str) -> None:
    done = ended(*options)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert named in line


@pytest.mark.parametrize(
    ("text", "complaint"),
    first_rows_short(
        [
            ("[[fault]\n", "not valid TOML"),
            ("[[fault]]\nname = 'mute'\n\n[[fault]]\nname = 'flood'\n", "fault 2: name: unknown fault 'flood'"),
            ("[[fault]]\nname = 'mute'\nseconds = -1\n", "fault 1: seconds: must be more than 0"),
            ("[[fault]]\nname = 'mute'\nframe = 'first'\n", "fault 1: frame: must be a number"),
            ("[[fault]]\nname = 'mute'\ncolour = 3\n", "fault 1: colour: unknown field"),
            ("[mix]\nevery = [1, 2]\n", "mix: seconds: missing"),
        ],
        short=2,
    ),
)
def test_a_broken_script_is_one_line_with_its_place_and_exit_code_2(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text)
    done = ended("--faults", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert f"{path}: {complaint}" in line


def test_faults_of_the_command_line_and_of_a_script_wait_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(
        "[[fault]]\nname = 'mute'\ntime = 3600\n[mix]\nseed = 3\nevery = [1000, 2000]\nseconds = [1, 2]\n"
        "[[mix.fault]]\nname = 'drip'\n"
    )
    with simulated_camera(
        "--frame-size", "240x160", "--fault", "heat:frame=9,every=2", "--faults", str(path)
    ) as camera:
        heat, mute, drip = camera.control.state()["waiting"]
        assert heat == {"name": "heat", "start": "frame", "number": 9, "every": 2}
        assert (mute["name"], mute["start"], mute["number"]) == ("mute", "time", pytest.approx(3600))
        assert drip["name"] == "drip"
        assert 1000 <= drip["number"] <= 2000


def test_a_port_that_is_taken_is_one_line_and_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for option in ("--port", "--control-port"):
            done = ended(option, port, "--frame-size", "240x160")
            assert (done.returncode, done.stdout) == (2, "")
            (line,) = done.stderr.splitlines()
            assert port in line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_it_starts_is_an_orderly_end(tmp_path: Path, number: signal.Signals) -> None:
    journal = tmp_path / "journal"
    with subprocess.Popen(
        [*SIMULATE, "--log", str(journal)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            until(journal.exists)
            process.send_signal(number)
            said, complained = process.communicate(timeout=ENDS_WITHIN_SECONDS)
        finally:
            process.kill()
    assert (process.returncode, said, complained) == (0, b"", b"")


SIGNAL_IN_THE_MAKING_OF_THE_LOOP = """
import os, selectors, sys

made = selectors.DefaultSelector
number = int(sys.argv.pop())

def selector():
    os.kill(os.getpid(), number)
    return made()

selectors.DefaultSelector = selector
from photonic.cli import main

main()
"""


@pytest.mark.parametrize("number", first_short([signal.SIGTERM, signal.SIGINT]))
def test_a_signal_while_the_event_loop_is_made_is_an_orderly_end(number: signal.Signals) -> None:
    # Python asks for the loop's selector in the middle of its making.
    command = [sys.executable, "-c", SIGNAL_IN_THE_MAKING_OF_THE_LOOP, *SIMULATE[3:], str(int(number))]
    done = subprocess.run(command, capture_output=True, timeout=ENDS_WITHIN_SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("number", first_short([signal.SIGTERM, signal.SIGINT]))
def test_a_signal_while_modules_are_imported_is_an_orderly_end(number: signal.Signals) -> None:
    with subprocess.Popen(SIMULATE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            maps = Path(f"/proc/{process.pid}/maps")
            until(lambda: "numpy" in maps.read_text())
            process.send_signal(number)
            said, complained = process.communicate(timeout=ENDS_WITHIN_SECONDS)
        finally:
            process.kill()
    assert (process.returncode, said, complained) == (0, b"", b"")


@pytest.mark.parametrize("number", first_short([signal.SIGINT, signal.SIGTERM]))
def test_it_says_one_json_line_and_ends_at_a_signal_while_its_studio_is_being_painted(number: signal.Signals) -> None:
    command = [*SIMULATE, "--json", "--frame-size", "240x160", "--photo-megapixels", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            os.kill(facts["pid"], number)
            said, complained = process.communicate(timeout=ENDS_WITHIN_SECONDS)
        finally:
            process.kill()
    assert facts["pid"] == process.pid
    assert facts["camera"].startswith("ptpip:127.0.0.1:")
    assert (process.returncode, said, complained) == (0, b"", b"")


def test_for_people_it_says_how_to_reach_it() -> None:
    with subprocess.Popen([*SIMULATE, "--frame-size", "240x160"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(4)]
        finally:
            process.terminate()
    assert "simulated, at ptpip:127.0.0.1:" in lines[0]
    assert "gphoto2 --port ptpip:127.0.0.1:" in lines[2]
