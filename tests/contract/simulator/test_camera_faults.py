"""What the real libgphoto2 makes of each fault of the camera itself, and that it works again without it.

Codes are libgphoto2's: -1 unspecified, -107 no such folder, -108 no such file, -110 busy. What a camera refuses with
0x2019 is -110, with any other code -1 (``translate_ptp_result`` in ``library.c``).
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera

pytestmark = pytest.mark.long

UNSPECIFIED, NO_FOLDER, NO_FILE, BUSY = -1, -107, -108, -110
QUIET_MS = 400
STUCK_SECONDS = 2.0
LONGER_THAN_ALL_MS = 1600


class Client:
    """A python-gphoto2 in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *step: object) -> dict[str, Any]:
        """What comes of a step."""
        self.request(*step)
        return self.answer()

    def request(self, *step: object) -> None:
        """Have a step done, and do not wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(step) + "\n")
        self._process.stdin.flush()

    def answers_within(self, seconds: float) -> bool:
        """Whether a step that was requested ends."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def answer(self) -> dict[str, Any]:
        """What came of a step that was requested."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"python-gphoto2 ended with {self._process.wait(5)}"
        return json.loads(line)

    def do(self, *step: object) -> dict[str, Any]:
        """What comes of a step that has to go well."""
        answer = self.ask(*step)
        assert "error" not in answer, answer
        return answer

    def fails(self, *step: object) -> int:
        """The code with which a step fails."""
        return self.ask(*step)["error"]

    def said(self, *step: object) -> str:
        """What the library says about a step that fails."""
        return " ".join(self.ask(*step)["texts"])

    def shoot(self) -> list[str]:
        """The files that are told of a shot, in that order."""
        self.do("trigger")
        return self.reported()

    def reported(self, quiet_ms: int = QUIET_MS) -> list[str]:
        return self.do("events", quiet_ms)["files"]

    def use_raw_and_jpeg(self) -> None:
        self.do("choose", "imageformat", "RAW + L")


@pytest.fixture(scope="module")
def one_camera() -> Iterator[SimulatedCamera]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield camera


@pytest.fixture
def camera(one_camera: SimulatedCamera) -> Iterator[SimulatedCamera]:
    """One for all of them: each leaves it well to the next one."""
    yield one_camera
    one_camera.control.clear()


@pytest.fixture
def client(camera: SimulatedCamera, home: Path) -> Iterator[Client]:
    """Captures to the card; photos are JPEGs."""
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    command = [sys.executable, "-m", "tests.contract.simulator.step_by_step", str(camera.port)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        client = Client(process)
        try:
            client.do("choose", "capturetarget", "Memory card")
            client.do("choose", "imageformat", "L")
            client.reported()
            yield client
            camera.control.clear()
            client.do("leave")
        finally:
            process.kill()


# The viewfinder.


def test_an_empty_frame_is_a_success_without_data(camera: SimulatedCamera, client: Client) -> None:
    camera.control.fault("empty_frame", times=1)
    assert client.do("preview")["size"] == 0
    assert client.do("preview")["whole"]


def test_a_truncated_frame_is_a_success_without_its_end(camera: SimulatedCamera, client: Client) -> None:
    whole = client.do("preview")["size"]
    camera.control.fault("truncated_frame", amount=0.25, times=1)
    truncated = client.do("preview")
    assert not truncated["whole"]
    assert 0 < truncated["size"] < 0.5 * whole
    assert client.do("preview")["whole"]


def test_a_viewfinder_that_is_not_ready_for_long_is_an_error_and_comes_back(
    camera: SimulatedCamera, client: Client
) -> None:
    client.do("preview")
    camera.control.fault("viewfinder_not_ready")
    assert client.fails("preview") == UNSPECIFIED
    camera.control.clear()
    assert client.do("preview")["whole"]


def test_frames_that_stop_after_a_capture_come_back_with_the_viewfinder_off_and_on(
    camera: SimulatedCamera, client: Client
) -> None:
    camera.control.fault("frames_stop", start="capture", number=2)
    for _ in range(2):
        assert client.do("preview")["whole"]
        client.shoot()
    assert client.fails("preview") == UNSPECIFIED
    assert camera.control.state()["faults"] == ["frames_stop"]
    client.do("choose", "viewfinder", 0)
    # The library keeps the old value until it has heard of the new one.
    client.reported(50)
    assert client.do("preview")["whole"]
    assert camera.control.state()["faults"] == []


def test_heat_ends_live_view_and_refuses_it_until_the_camera_has_cooled_down(
    camera: SimulatedCamera, client: Client
) -> None:
    client.do("preview")
    camera.control.fault("heat")
    reported = client.do("events", 50)["others"]
    assert any("d1ab changed" in text for text in reported), reported
    assert any("d1b0 changed" in text and "Off" in text for text in reported), reported
    assert client.fails("preview") == UNSPECIFIED
    assert not camera.control.state()["viewfinder"]
    assert client.shoot(), "heat ends live view, not the taking of photos"
    camera.control.clear()
    assert client.do("preview")["whole"]


# Shots.


def test_a_busy_second_shot_is_busy_once(camera: SimulatedCamera, client: Client) -> None:
    camera.control.fault("busy_shot", start="capture", number=2, times=1)
    assert len(client.shoot()) == 1
    exposed = len(camera.journal("exposed"))
    assert client.fails("trigger") == BUSY
    assert len(camera.journal("exposed")) == exposed
    assert len(client.shoot()) == 1


def test_a_failed_autofocus_is_said_and_exposes_nothing(camera: SimulatedCamera, client: Client) -> None:
    exposed = len(camera.journal("exposed"))
    camera.control.fault("autofocus_failure", times=1)
    assert "Auto-Focus failed" in client.said("trigger")
    assert len(camera.journal("exposed")) == exposed
    assert len(client.shoot()) == 1


def test_a_slow_autofocus_holds_the_trigger(camera: SimulatedCamera, client: Client) -> None:
    camera.control.fault("slow_autofocus", amount=1.2, times=1)
    assert client.do("trigger")["seconds"] > 1.2
    assert len(client.reported()) == 1


def test_a_body_shot_inside_the_trigger_is_on_the_card_and_no_event_tells_of_it(
    camera: SimulatedCamera, client: Client
) -> None:
    # The library keeps what it has listed, and adds what it was told.
    client.do("files")
    camera.control.fault("button", start="capture")
    reported = client.shoot()
    body, own = camera.journal("exposed")[-2:]
    assert (body["source"], own["source"]) == ("button", "client")
    assert reported == own["files"]
    assert set(body["files"]) <= {entry["name"] for entry in camera.journal("added")}
    listed = client.do("files")["files"]
    assert body["files"][0] not in listed, "the same session shows it after all"
    client.do("leave")
    client.do("reopen")
    assert {*body["files"], *own["files"]} <= set(client.do("files")["files"])


def test_a_body_shot_during_live_view_is_told(camera: SimulatedCamera, client: Client) -> None:
    client.do("preview")
    camera.control.fault("button", start="frame", number=2)
    client.do("preview")
    client.do("preview")
    assert client.reported() == camera.journal("exposed")[-1]["files"]
    assert camera.journal("exposed")[-1]["source"] == "button"


# Photos.


def test_late_events_come_late(camera: SimulatedCamera, client: Client) -> None:
    camera.control.fault("late_events", amount=1.0, times=1)
    client.do("trigger")
    assert client.reported(QUIET_MS) == []
    assert len(client.reported(LONGER_THAN_ALL_MS)) == 1


def test_the_second_file_of_a_pair_comes_late(camera: SimulatedCamera, client: Client) -> None:
    client.use_raw_and_jpeg()
    camera.control.fault("late_twin", amount=1.0, times=1)
    client.do("trigger")
    (raw,) = client.reported(QUIET_MS)
    (jpeg,) = client.reported(LONGER_THAN_ALL_MS)
    assert (raw[-4:], jpeg[-4:]) == (".CR2", ".JPG")
    assert len(client.shoot()) == 2


def test_events_come_in_another_order(camera: SimulatedCamera, client: Client) -> None:
    client.use_raw_and_jpeg()
    camera.control.fault("shuffled_events", times=1)
    assert [name[-4:] for name in client.shoot()] == [".JPG", ".CR2"]
    assert [name[-4:] for name in client.shoot()] == [".CR2", ".JPG"]


def test_slow_storage_writes_slowly(camera: SimulatedCamera, client: Client) -> None:
    camera.control.fault("slow_storage", amount=100, times=1)
    client.do("trigger")
    assert client.fails("trigger") == BUSY
    assert len(client.reported(LONGER_THAN_ALL_MS)) == 1
    exposed, added = camera.journal("exposed")[-1], camera.journal("added")[-1]
    assert added["at_us"] - exposed["at_us"] > 500_000


def test_a_full_card_refuses(camera: SimulatedCamera, client: Client) -> None:
    camera.control.fault("card_full")
    client.reported(50)
    assert client.do("read", "availableshots")["value"] == "0"
    assert client.do("storages")["free_kbytes"] == [0]
    assert "0x200c" in client.said("trigger")
    assert client.fails("trigger") == UNSPECIFIED
    camera.control.clear()
    assert len(client.shoot()) == 1


def test_a_card_that_is_out_is_no_storage_and_keeps_its_photos(camera: SimulatedCamera, client: Client) -> None:
    client.shoot()
    before = client.do("files")["files"]
    camera.control.card(inside=False)
    assert "StoreRemoved 0x00020001" in client.do("events", 50)["others"]
    assert client.do("read", "availableshots")["value"] == "0"
    assert client.do("storages")["free_kbytes"] == []
    assert "0x2013" in client.said("trigger")
    client.do("leave")
    client.do("reopen")
    assert client.fails("files") == NO_FOLDER
    camera.control.card(inside=True)
    client.do("leave")
    client.do("reopen")
    assert client.do("files")["files"] == before
    client.do("choose", "capturetarget", "Memory card")
    client.reported()
    assert len(client.shoot()) == 1


def test_a_locked_card_takes_and_deletes_nothing(camera: SimulatedCamera, client: Client) -> None:
    (name,) = client.shoot()
    camera.control.card(locked=True)
    assert client.do("storages")["access"] == [1]
    assert "0x200e" in client.said("trigger")
    assert client.fails("delete", name) == UNSPECIFIED
    camera.control.card(locked=False)
    client.do("delete", name)
    assert len(client.shoot()) == 1


def test_a_full_ram_is_busy(camera: SimulatedCamera, client: Client) -> None:
    client.do("choose", "capturetarget", "Internal RAM")
    assert len(client.shoot()) == 1
    camera.control.fault("ram_full")
    client.reported(50)
    assert client.do("read", "availableshots")["value"] == "0"
    assert client.fails("trigger") == BUSY
    camera.control.clear()
    client.reported(50)
    assert len(client.shoot()) == 1


def test_a_full_ram_never_lets_a_client_go_that_turns_to_it(camera: SimulatedCamera, client: Client) -> None:
    camera.control.fault("ram_full")
    client.request("choose", "capturetarget", "Internal RAM")
    until(lambda: camera.journal("set")[-1]["value"] == "4")
    assert not client.answers_within(STUCK_SECONDS), "2.5.34 asks for available shots until there are some (config.c)"
    camera.control.clear()
    assert client.answers_within(10.0)
    client.answer()


# Power and cable.


def test_a_low_battery_is_said(camera: SimulatedCamera, client: Client) -> None:
    charge = camera.control.state()["battery_percent"]
    camera.control.fault("battery_low", amount=3)
    client.reported(50)
    assert client.do("read", "batterylevel")["value"] == "Low"
    camera.control.clear()
    assert camera.control.state()["battery_percent"] == charge


@pytest.mark.parametrize(
    ("fault", "wake"),
    [("sleep", "press"), ("sleep", "clear"), ("unplug", "plug")],
    ids=["sleep-press", "sleep-clear", "unplug"],
)
def test_a_camera_that_is_gone_at_a_frame_comes_back_with_its_photos(
    camera: SimulatedCamera, client: Client, fault: str, wake: str
) -> None:
    (name,) = client.shoot()
    client.do("preview")
    camera.control.fault(fault, start="frame", number=2)
    client.do("preview")
    client.do("preview")
    until(lambda: "error" in client.ask("preview"))
    assert "error" in client.ask("reopen")
    getattr(camera.control, wake)()
    until(lambda: "error" not in client.ask("reopen"))
    assert name in client.do("files")["files"]
    client.do("choose", "capturetarget", "Memory card")
    assert client.do("preview")["whole"]


def test_photos_have_the_times_at_which_they_were_taken(camera: SimulatedCamera, client: Client) -> None:
    begun = int(time.time())
    (first,) = client.shoot()
    camera.control.fault("slow_autofocus", amount=1.1, times=1)
    (second,) = client.shoot()
    files = client.do("files")["files"]
    assert begun <= files[first][1] < files[second][1] <= time.time()
    client.do("leave")
    client.do("reopen")
    assert client.do("files")["files"] == files, "another session sees other sizes or times"
