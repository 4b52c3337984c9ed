"""``python -m bench.viewers`` on real servers, real viewers and a real capture, as short as it can be."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

WITHIN_SECONDS = 120


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.viewers", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_SECONDS, check=False)


def test_it_measures_service_and_floors_on_both_transports(tmp_path: Path) -> None:
    written, plot = tmp_path / "bench.json", tmp_path / "bench.png"
    ran = bench("--viewers", "2", "--seconds", "0.5", "--rounds", "1", "--json", str(written), "--plot", str(plot))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("| photonic ") == 2
    found = json.loads(written.read_text())
    assert [(row["transport"], row["server"]) for row in found["rows"]] == [
        (transport, server)
        for transport in ("websocket", "mjpeg")
        for server in ("bare protocol", "photonic", "blocking sockets")
    ]
    for row in found["rows"]:
        assert row["fps_median"] > 0
        assert row["p99_ms"]["median"] > 0
        assert row["ended"] == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_every_viewer_has_a_fresh_frame_after_a_capture(tmp_path: Path) -> None:
    written = tmp_path / "bench.json"
    arguments = ("--viewers", "1", "--transport", "mjpeg", "--seconds", "0.5", "--rounds", "1", "--resume", "3")
    ran = bench(*arguments, "--json", str(written))
    assert ran.returncode == 0, ran.stderr
    assert json.loads(written.read_text())["resume"]["mjpeg"]["without"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--viewers", "many"), "numbers from 1 to 5000"),
        (("--viewers", "0"), "numbers from 1 to 5000"),
        (("--slow", "1,,2"), "numbers from 1 to 5000"),
        (("--json", "/dev/null/nowhere/bench.json"), "there is no folder /dev/null/nowhere"),
    ],
)
def test_bad_options_are_one_line_and_measure_nothing(arguments: tuple[str, ...], said: str) -> None:
    ran = bench(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
