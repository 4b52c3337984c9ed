"""The simulated camera serves python-gphoto2 (libgphoto2 2.5.34), and every fault does to it what a real one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.simulator.raw_client import RawClient
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera

    Start = Callable[..., Any]

MANY = "100000"
STUCK_SECONDS = 2.0
GIVES_UP_WITHIN_SECONDS = 30.0


class Client:
    """The child process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def hear(self) -> dict[str, Any]:
        """The next thing that it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"python-gphoto2 ended with {self.process.wait(GIVES_UP_WITHIN_SECONDS)}"
        return json.loads(line)

    def hear_all(self) -> list[dict[str, Any]]:
        """Everything until it ends, which it has to do well."""
        assert self.process.stdout is not None
        said = [json.loads(line) for line in self.process.stdout]
        assert self.process.wait(GIVES_UP_WITHIN_SECONDS) == 0
        assert said[-1] == {"ended": True}
        return said

    def is_stuck(self) -> bool:
        """Whether it neither ends nor says anything new for a while; what it had said already is heard and dropped."""
        try:
            self.process.communicate(timeout=STUCK_SECONDS)
        except subprocess.TimeoutExpired:
            return True
        return False


@pytest.fixture
def client(home: Path) -> Start:
    """Starts a client of a camera."""

    @contextmanager
    def start(camera: SimulatedCamera, *arguments: str) -> Generator[Client]:
        environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        command = [sys.executable, "-m", "tests.contract.simulator.python_gphoto2", str(camera.port), *arguments]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Client(process)
            finally:
                process.kill()

    return start


def counters(said: list[dict[str, Any]]) -> list[int]:
    return [entry["counter"] for entry in said if "counter" in entry]


def serves(camera: SimulatedCamera) -> bool:
    """Whether the next client gets an answer."""
    try:
        with RawClient(camera.port) as client:
            client.init()
            return client.ask(0x9116) == 0x2001
    except (AssertionError, OSError):
        return False


def test_live_view_shows_every_frame_once_and_in_order(camera: SimulatedCamera, client: Start) -> None:
    with client(camera, "live", "40") as python:
        said = python.hear_all()
    shown = counters(said)
    assert shown == list(range(shown[0], shown[0] + 40))
    assert [entry["event"] for entry in camera.control.journal() if entry["event"] in {"viewfinder", "session_opened"}]


@pytest.mark.parametrize("target", ["Memory card", "Internal RAM"])
def test_captures_between_frames(camera: SimulatedCamera, client: Start, folder: Path, target: str) -> None:
    with client(camera, "capture", str(folder), target, "3") as python:
        said = python.hear_all()
    assert [entry["photo"] for entry in said if "photo" in entry] == [1, 2, 3]
    shown = counters(said)
    assert all(later > earlier for earlier, later in pairwise(shown))
    names = {entry["folder"] for entry in said if "photo" in entry}
    assert names == ({"/"} if target == "Internal RAM" else {"/store_00020001/DCIM/100CANON"})
    order = [entry["event"] for entry in camera.control.journal()]
    for exposed in (index for index, event in enumerate(order) if event == "exposed"):
        assert order[exposed:].index("written") < order[exposed:].index("frame"), "a frame came while the mirror was up"


@pytest.mark.long
def test_an_endless_frame_never_lets_the_library_go(camera: SimulatedCamera, client: Start) -> None:
    with client(camera, "live", MANY) as python:
        python.hear()
        python.hear()
        camera.control.fault("endless_frame", start="frame", number=5)
        until(lambda: camera.journal("endless_frame"))
        assert python.is_stuck()
        last = camera.control.journal()[-1]["event"]
        assert last == "endless_frame"
    camera.control.clear()
    until(lambda: serves(camera))


@pytest.mark.long
def test_a_drip_keeps_the_library_waiting(camera: SimulatedCamera, client: Start) -> None:
    with client(camera, "live", MANY) as python:
        python.hear()
        python.hear()
        camera.control.fault("drip", start="frame")
        until(lambda: "drip" in camera.control.state()["faults"])
        assert python.is_stuck()
    camera.control.clear()
    until(lambda: serves(camera))


@pytest.mark.long
def test_a_drip_that_ends_lets_the_library_go_on(camera: SimulatedCamera, client: Start) -> None:
    with client(camera, "live", MANY) as python:
        python.hear()
        camera.control.fault("drip", start="frame", number=3, seconds=2.5)
        until(lambda: "drip" in camera.control.state()["faults"])
        dripped = camera.journal("frame")[-1]["counter"]
        seen = python.hear()
        while seen["counter"] < dripped + 5:
            seen = python.hear()


@pytest.mark.long
def test_a_mute_camera_makes_the_library_give_up_and_serves_again_afterwards(
    camera: SimulatedCamera, client: Start
) -> None:
    with client(camera, "live", MANY) as python:
        python.hear()
        python.hear()
        camera.control.fault("mute", start="frame", number=5)
        assert python.process.wait(GIVES_UP_WITHIN_SECONDS) != 0
    assert not serves_at_once(camera)
    camera.control.clear()
    until(lambda: serves(camera))


def serves_at_once(camera: SimulatedCamera) -> bool:
    """Whether a new client hears anything within a second."""
    with RawClient(camera.port) as raw:
        raw.command.socket.settimeout(1.0)
        try:
            raw.init()
        except TimeoutError:
            return False
        return True


def test_an_unplugged_camera_is_gone_until_it_is_plugged_in(camera: SimulatedCamera, client: Start) -> None:
    with client(camera, "live", MANY) as python:
        python.hear()
        python.hear()
        camera.control.fault("unplug")
        assert python.process.wait(GIVES_UP_WITHIN_SECONDS) != 0
    assert not serves(camera)
    camera.control.clear("unplug")
    until(lambda: serves(camera))


def test_a_camera_with_an_empty_battery_is_gone_until_it_is_charged(camera: SimulatedCamera) -> None:
    camera.control.battery(0)
    until(lambda: not serves(camera))
    camera.control.battery(80)
    until(lambda: serves(camera))


@pytest.mark.long
def test_a_camera_that_fell_asleep_is_gone_until_its_button_is_pressed() -> None:
    with simulated_camera(*QUICK, "--power-off", "20", megapixels=MEGAPIXELS) as camera:
        until(lambda: camera.control.state()["asleep"])
        assert not serves(camera)
        camera.control.press()
        until(lambda: serves(camera))
