"""``photonic demo --usb`` as a newcomer runs it: live view, captures, and the cable out and in again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.commands import ask, children_of, running
from tests.support.preload import preload_library
from tests.support.waiting import until_answer
from tests.support.watching import fresh

from photonic import CameraClient, LiveView
from photonic.cli.outcome import ExitCode
from photonic.errors import FailureKind, ServiceError
from photonic.model.api import CaptureStatusAnswer
from photonic.model.frame import is_whole_jpeg
from photonic.model.status import CameraState, LiveState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.commands import Command

CAPTURES = 10


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Command]:
    preload_library()
    with running("demo", "--usb", "--port", "0", "--photo-root", str(tmp_path / "photos"), typed=True) as command:
        command.wait_for(r"a photo: ")
        yield command


async def _photo(camera: CameraClient, number: int) -> str:
    path = (await camera.capture("usb", number)).image_path
    assert path is not None
    assert is_whole_jpeg(await asyncio.to_thread(Path(path).read_bytes))
    return path


async def _status(camera: CameraClient) -> CaptureStatusAnswer:
    status = await camera.capture_status()
    assert isinstance(status, CaptureStatusAnswer)
    return status


async def test_live_view_captures_and_a_cable_that_is_pulled_and_plugged_in_again(demo: Command) -> None:
    demo.wait_for(r"camera +on a simulated USB bus; type unplug, plug or press here")
    async with LiveView(demo.url()) as view, CameraClient(demo.url()) as camera:
        await fresh(view, 5)
        assert len({await _photo(camera, number) for number in range(1, CAPTURES + 1)}) == CAPTURES
        await fresh(view, 5)

        demo.type("unplug")
        demo.wait_for("unplugged; plug connects the camera again")
        absent = await until_answer(lambda: _status(camera), lambda status: status.camera.state is CameraState.ABSENT)
        assert absent.camera.reason is not None
        assert "was unplugged" in absent.camera.reason
        with pytest.raises(ServiceError) as refused:
            await camera.capture("usb", 99)
        assert refused.value.kind is FailureKind.CAMERA_ABSENT

        demo.type("plug")
        demo.wait_for("plugged in")
        await until_answer(lambda: _status(camera), lambda status: status.live.state is LiveState.RUNNING)
        await fresh(view, 5)
        await _photo(camera, CAPTURES + 1)

        demo.type("press")
        demo.wait_for("own button was pressed")
        await until_answer(camera.status, lambda status: status.capture_count == CAPTURES + 2)
    demo.type("kick")
    demo.wait_for("unknown word 'kick'; known words: unplug, plug, press")
    demo.send(signal.SIGINT)
    assert demo.exit_code() == ExitCode.DONE


@pytest.mark.long
def test_a_killed_demo_leaves_nothing_behind(demo: Command) -> None:
    """The rule in conftest.py looks for the service and the camera process."""
    ask("view", "--url", demo.url(), "--seconds", "2")
    assert children_of(demo.pid)
    demo.send(signal.SIGKILL)
    assert demo.exit_code() == -signal.SIGKILL


def test_without_umockdev_it_is_one_line_that_names_the_package(tmp_path: Path) -> None:
    """As on a machine that lacks it: the folders in which it is looked for are empty."""
    hidden = (
        "import sys; from photonic.simulator.usb import umockdev; umockdev._FOLDERS = (); "
        "from photonic.cli.application import run; sys.argv = ['photonic', 'simulate', '--usb', '--', 'true']; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.BAD_INPUT
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert re.match(r"photonic: .*apt install umockdev", line), line
