"""What the real libgphoto2 makes of a wire that breaks, and that the camera serves the next connection.

Codes are libgphoto2's: -1 unspecified, -2 bad parameters, -7 I/O, -10 time-out. A read over PTP/IP is given up after a
fixed 2.5 s (``PTPIP_DEFAULT_TIMEOUT`` in ``ptpip.c``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.support.waiting import until

from photonic.drivers.gphoto2.library import OPEN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera

    Survive = Callable[[SimulatedCamera, str], "Survivor"]

UNSPECIFIED, BAD_PARAMETERS, IO, TIMEOUT = -1, -2, -7, -10
GIVEN_UP = frozenset({IO, TIMEOUT})
"""A read that timed out is either: the library looks at ``errno`` after it has been overwritten."""

ENDS_WITHIN_SECONDS = 10.0


@pytest.fixture(scope="module")
def wired() -> Iterator[SimulatedCamera]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield camera


@pytest.fixture
def camera(wired: SimulatedCamera) -> Iterator[SimulatedCamera]:
    """One camera for all of them: each leaves it to the next one."""
    yield wired
    wired.control.clear()


class Survivor:
    """A python-gphoto2 that does one thing until it fails, and goes on with a new camera."""

    def __init__(self, camera: SimulatedCamera, home: Path, what: str) -> None:
        environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        command = [sys.executable, "-m", "tests.contract.simulator.python_gphoto2", str(camera.port), "outlive", what]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"python-gphoto2 ended with {self.process.wait(ENDS_WITHIN_SECONDS)}"
        return json.loads(line)

    def error(self) -> int:
        """The code of the next error; the library gave up by itself, before the parent would have killed it."""
        while "error" not in (said := self.hear()):
            pass
        return _given_up_in_time(said)

    def errors_and_end(self) -> list[int | str]:
        """Codes of the errors in their order, ``works`` and ``anew`` where that is said; it ends well."""
        assert self.process.stdout is not None
        said = [json.loads(line) for line in self.process.stdout]
        assert self.process.wait(ENDS_WITHIN_SECONDS) == 0
        assert said[-1] == {"ended": True}
        return [
            _given_up_in_time(entry) if "error" in entry else next(iter(entry))
            for entry in said
            if entry.keys() & {"error", "works", "anew"}
        ]


def _given_up_in_time(said: dict[str, Any]) -> int:
    assert said["seconds"] < OPEN_SECONDS
    return said["error"]


def strikes(camera: SimulatedCamera, name: str) -> list[dict[str, Any]]:
    """What a fault of this test has struck."""
    armed = max(entry["n"] for entry in camera.journal("fault"))
    return [entry for entry in camera.journal(name) if entry["n"] > armed]


def since(camera: SimulatedCamera, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The journal after an entry."""
    return camera.control.journal(entry["n"])


@pytest.fixture
def survive(home: Path) -> Iterator[Survive]:
    """Starts one, and waits until it has done its thing once."""
    survivors: list[Survivor] = []

    def start(camera: SimulatedCamera, what: str) -> Survivor:
        survivors.append(Survivor(camera, home, what))
        while not survivors[-1].hear().keys() & {"counter", "name"}:
            pass
        return survivors[-1]

    yield start
    for survivor in survivors:
        survivor.process.kill()
        survivor.process.wait()
        assert survivor.process.stdout is not None
        survivor.process.stdout.close()


# Inside which amounts lies the middle of what: a frame has some 20 kB here, the photo 170 kB.
MIDDLE = {"frame": 15_000, "photo": 100_000}
BOTH = pytest.mark.parametrize("what", ["frame", "photo"])

# With what the numbering goes wrong: the library shrugs it off in some of its other questions.
STARTS = {"frame": "frame", "photo": "capture"}


@BOTH
def test_a_transfer_that_is_cut_fails_at_once_and_a_new_connection_works(
    camera: SimulatedCamera, survive: Survive, what: str
) -> None:
    python = survive(camera, what)
    camera.control.fault("cut_transfer", amount=MIDDLE[what])
    first, second, *rest = python.errors_and_end()
    assert (first, rest) == (UNSPECIFIED, ["anew"])
    assert second in {UNSPECIFIED, IO}
    (cut,) = strikes(camera, "cut_transfer")
    assert cut["after_bytes"] == MIDDLE[what] < cut["data_bytes"]


@pytest.mark.long
@BOTH
def test_a_stranded_transfer_times_out_whatever_is_asked_then_and_a_new_connection_works(
    camera: SimulatedCamera, survive: Survive, what: str
) -> None:
    python = survive(camera, what)
    camera.control.fault("stranded_data", amount=MIDDLE[what])
    first, second, *rest = python.errors_and_end()
    assert {first, second} <= GIVEN_UP
    assert rest == ["anew"]
    # The next client has come while the stranded one was still there: nothing was closed on it.
    events = [entry["event"] for entry in since(camera, strikes(camera, "stranded_data")[0])]
    assert "closed" not in events[: events.index("session_opened")]


@BOTH
def test_an_answer_to_another_transaction_is_refused_and_the_same_connection_goes_on(
    camera: SimulatedCamera, survive: Survive, what: str
) -> None:
    python = survive(camera, what)
    camera.control.fault("wrong_transaction", start=STARTS[what], amount=1)
    assert python.errors_and_end() == [BAD_PARAMETERS, "works", "anew"]
    assert len(strikes(camera, "wrong_transaction")) == 1


@pytest.mark.long
@BOTH
def test_an_answer_to_an_earlier_transaction_is_skipped_and_waited_for_again(
    camera: SimulatedCamera, survive: Survive, what: str
) -> None:
    python = survive(camera, what)
    camera.control.fault("wrong_transaction", start=STARTS[what], amount=0)
    first, *rest = python.errors_and_end()
    assert first in GIVEN_UP
    assert rest == ["works", "anew"]


@pytest.mark.long
def test_a_half_open_link_gives_up_every_call_and_every_dial_until_it_is_mended(
    camera: SimulatedCamera, survive: Survive
) -> None:
    python = survive(camera, "frame")
    camera.control.fault("half_open")
    for _ in range(3):
        # Two calls on the old connection, and the first new one.
        assert python.error() in GIVEN_UP
    camera.control.clear("half_open")
    *errors, last = python.errors_and_end()
    assert last == "anew"
    assert set(errors) <= GIVEN_UP
    down, up = camera.journal("link")[-2:]
    assert (down["up"], up["up"]) == (False, True)
    assert "closed" not in [entry["event"] for entry in since(camera, down) if entry["n"] < up["n"]]


def test_a_wire_that_cuts_for_a_while_lets_the_dial_after_it_through(camera: SimulatedCamera, survive: Survive) -> None:
    python = survive(camera, "frame")
    camera.control.fault("cut_transfer", amount=MIDDLE["frame"], seconds=0.5, times=1000)
    said = python.errors_and_end()
    assert said[-1] == "anew"
    assert set(said[:-1]) <= {UNSPECIFIED, IO}
    until(lambda: not camera.control.state()["faults"])
