"""The demo as a newcomer runs it: addresses, a picture, a photo, and an end that leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.commands import ask, children_of, running

from photonic.cli.outcome import ExitCode
from photonic.model.frame import is_whole_jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.commands import Command


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Command]:
    with running("demo", "--port", "0", "--photo-root", str(tmp_path / "photos")) as command:
        command.wait_for(r"a photo: ")
        yield command


def test_the_first_minute(demo: Command, tmp_path: Path) -> None:
    url = demo.url()
    demo.wait_for(r"page .*\n(.*\n)*.*camera +ptpip:")
    watched = ask("view", "--url", url, "--save-frames", "3", str(tmp_path / "frames"))
    assert watched.returncode == ExitCode.DONE, watched.stderr
    frames = list((tmp_path / "frames").glob("*.jpg"))
    assert len(frames) == 3
    assert all(is_whole_jpeg(frame.read_bytes()) for frame in frames)

    captured = ask("capture", "--url", url, "--session", "first", "--sequence", "7")
    assert captured.returncode == ExitCode.DONE, captured.stderr
    photo = Path(captured.stdout.strip())
    assert photo.is_relative_to(tmp_path / "photos")
    assert photo.name.startswith("first_7_")
    assert is_whole_jpeg(photo.read_bytes())

    again = ask("view", "--url", url, "--save-frames", "3", str(tmp_path / "after"))
    assert again.returncode == ExitCode.DONE, again.stderr

    status = json.loads(ask("status", "--url", url, "--json").stdout)
    assert status["capture_count"] == 1
    assert status["camera"]["state"] == "ready"
    words = ask("status", "--url", url)
    assert words.returncode == ExitCode.DONE
    assert "ready" in words.stdout

    lines = ask("view", "--url", url, "--seconds", "4")
    assert lines.returncode == ExitCode.DONE, lines.stderr
    assert "state live" in lines.stdout.splitlines()[-1]

    refused = ask("capture", "--url", url, "--output-directory", "../outside")
    assert refused.returncode == ExitCode.BAD_INPUT
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert refused.stderr.startswith("photonic: ")


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.long), pytest.param(signal.SIGINT, id="Ctrl-C")],
)
def test_it_ends_when_told_and_leaves_nothing_behind(demo: Command, number: signal.Signals) -> None:
    ask("view", "--url", demo.url(), "--seconds", "2")
    assert children_of(demo.pid)
    demo.send(number)
    assert demo.exit_code() == ExitCode.DONE


@pytest.mark.long
def test_a_killed_demo_leaves_nothing_behind(demo: Command) -> None:
    """The rule in conftest.py looks for the camera process and the simulated camera."""
    ask("view", "--url", demo.url(), "--seconds", "2")
    assert len(children_of(demo.pid)) >= 2
    demo.send(signal.SIGKILL)
    assert demo.exit_code() == -signal.SIGKILL


@pytest.mark.long
def test_a_simulated_camera_that_dies_is_started_again_and_the_picture_comes_back(
    demo: Command, tmp_path: Path
) -> None:
    with running("view", "--url", demo.url()) as viewer:
        viewer.wait_for(r"state live")
        for child in children_of(demo.pid):
            if b"simulate" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                os.kill(child, signal.SIGKILL)
        demo.wait_for(r"restarting it")
        viewer.wait_for(r"state (?!live)")
        viewer.said = ""
        viewer.wait_for(r"state live")
        viewer.send(signal.SIGTERM)
        assert viewer.exit_code() == ExitCode.DONE
