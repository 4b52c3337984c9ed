"""Two cameras in one real service: whatever becomes of one, the other's frames and photos go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.commands import Command, ask, children_of, running
from tests.support.simulated import SimulatedCamera, simulated_camera
from tests.support.stack import frame_after, free_port
from tests.support.usb_bus import NETWORK, usb_bus
from tests.support.waiting import until_true

from photonic import CameraClient, LiveView
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.model.api import CaptureAnswer

FRAMES = 20


class Pair:
    """A service with the cameras ``left`` (the default one) and ``right``."""

    def __init__(self, left: SimulatedCamera, right: SimulatedCamera, photo_root: Path) -> None:
        self.left = left
        self.right = right
        self.photo_root = photo_root
        self.url = f"http://127.0.0.1:{free_port()}"
        self._processes = ExitStack()
        self._service: Command | None = None

    def start(self) -> None:
        cameras = ("--camera", f"left={self.left.address}", "--camera", f"right={self.right.address}")
        place = ("--port", self.url.rpartition(":")[2], "--photo-root", str(self.photo_root))
        self._service = self._processes.enter_context(running("serve", *cameras, *place))
        self._service.wait_for("http://")

    def kill(self) -> None:
        assert self._service is not None
        os.kill(self._service.pid, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        self._processes.close()
        self._processes = ExitStack()

    def camera_process(self, camera: SimulatedCamera) -> int | None:
        """The process that has this camera open now."""
        assert self._service is not None
        for pid in children_of(self._service.pid):
            try:
                files = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}
            except OSError:
                continue
            if has_open_on_usb(camera, files) if camera.address.startswith("usb:") else is_connected(camera, files):
                return pid
        return None


def has_open_on_usb(camera: SimulatedCamera, files: set[str]) -> bool:
    """Whether its device node is among the open files."""
    place = camera.control.place()
    return place is not None and any(file.endswith(f"/001/{place['number']:03}") for file in files)


def is_connected(camera: SimulatedCamera, files: set[str]) -> bool:
    """Whether a connection to its port is among the open files."""
    lines = Path("/proc/net/tcp").read_text().splitlines()
    connected = [line.split()[9] for line in lines if f":{camera.port:04X} 01" in line]
    return bool(files & {f"socket:[{inode}]" for inode in connected})


@contextmanager
def two_on_usb() -> Generator[tuple[SimulatedCamera, SimulatedCamera]]:
    devices = ("canon,serial=111,usb-serial=111,port=1", "nikon,serial=222,usb-serial=222,port=2")
    with usb_bus("--speed", "4", *(f"--device={device}" for device in devices)) as bus, bus.seen():
        left, right = bus.controls
        yield (
            SimulatedCamera("usb:111", "111", left, bus.process),
            SimulatedCamera("usb:222", "222", right, bus.process),
        )


@contextmanager
def two_on_the_network() -> Generator[tuple[SimulatedCamera, SimulatedCamera]]:
    with (
        simulated_camera("--speed", "4", "--serial", "111") as left,
        simulated_camera("--speed", "4", "--serial", "222", "--body", "nikon") as right,
    ):
        yield left, right


@pytest.fixture(scope="module")
def cameras(transport: str) -> Generator[tuple[SimulatedCamera, SimulatedCamera]]:
    with (two_on_the_network if transport == NETWORK else two_on_usb)() as both:
        yield both


@pytest.fixture
def pair(cameras: tuple[SimulatedCamera, SimulatedCamera], tmp_path: Path) -> Generator[Pair]:
    both = Pair(*cameras, tmp_path / "photos")
    try:
        both.start()
        yield both
    finally:
        both.close()


async def counter(answer: CaptureAnswer) -> int:
    assert answer.image_path is not None
    return pixels.read(await asyncio.to_thread(Path(answer.image_path).read_bytes)).counter


def state(view: LiveView) -> str | None:
    return None if view.snapshot is None else view.snapshot.camera.state.value


async def epoch_of(view: LiveView, frames: int = FRAMES) -> int:
    """Waits for so many frames, each newer than the one before; the epoch that all of them are of."""
    seen: list[tuple[int, int, int]] = []
    async with asyncio.timeout(30):
        async for frame in view:
            seen.append((frame.epoch, frame.sequence, pixels.read(frame.jpeg).camera_us))
            if len(seen) == frames:
                break
    assert seen == sorted(set(seen))
    assert len({epoch for epoch, _, _ in seen}) == 1
    return seen[0][0]


async def test_photos_of_both_at_once_are_each_cameras_own_and_outlive_the_service(pair: Pair) -> None:
    async with (
        CameraClient(pair.url, camera="left") as left,
        CameraClient(pair.url, camera="right") as right,
        CameraClient(pair.url, camera="222") as serial,
        httpx2.AsyncClient(base_url=pair.url, timeout=10) as http,
    ):
        await left.connect()
        await right.connect()
        assert (await serial.status()).model == (await right.status()).model != (await left.status()).model
        answers = await asyncio.gather(*(one.capture("guest", number) for number in (1, 2) for one in (left, right)))
        assert [await counter(answer) for answer in answers] == [1, 1, 2, 2]
        folders = [Path(answer.image_path or "").relative_to(pair.photo_root).parts[:-1] for answer in answers]
        assert folders == [("left", "photos"), ("right", "photos")] * 2
        page = (await http.get("/api/v1/captures?limit=3")).json()
        rest = (await http.get("/api/v1/captures", params={"cursor": page["next_cursor"]})).json()
        ids = [record["id"] for record in (*page["captures"], *rest["captures"])]
        assert sorted(ids) == sorted(answer.capture_id or "" for answer in answers)
        only = (await http.get("/api/v1/captures?camera=right")).json()["captures"]
        assert {record["camera_id"] for record in only} == {"right"}
        photo = await http.get(f"/api/v1/photos/{only[0]['files'][0]['id']}")
        assert photo.status_code == 200
        assert [(one.id, one.serial, one.default) for one in await left.cameras()] == [
            ("left", "111", True),
            ("right", "222", False),
        ]
        assert len(pair.left.journal("exposed")) == len(pair.right.journal("exposed")) == 2
        listed = json.loads((await asyncio.to_thread(ask, "cameras", "--json", "--url", pair.url)).stdout)
        assert [(one["id"], one["serial"]) for one in listed["service"]] == [("left", "111"), ("right", "222")]
        pair.kill()
        pair.start()
        await asyncio.gather(left.connect(), right.connect())
        again = (await http.get("/api/v1/captures")).json()["captures"]
        assert {record["id"] for record in again} == set(ids)
        assert (await http.get(f"/api/v1/photos/{only[0]['files'][0]['id']}")).status_code == 200
        command = await asyncio.to_thread(ask, "status", "--camera", "middle", "--url", pair.url)
        assert (command.returncode, command.stderr) == (
            2,
            "photonic: unknown camera 'middle'; known cameras: left, right; `photonic cameras` lists them\n",
        )
        unknown = await http.get("/api/v1/cameras/middle/status")
        assert (unknown.status_code, unknown.json()["detail"]) == (
            404,
            "unknown camera 'middle'; known cameras: left, right",
        )


def hang(pair: Pair, camera: SimulatedCamera) -> None:
    camera.control.fault("mute")


def crash(pair: Pair, camera: SimulatedCamera) -> None:
    process = pair.camera_process(camera)
    assert process is not None
    os.kill(process, signal.SIGKILL)


def unplug(pair: Pair, camera: SimulatedCamera) -> None:
    camera.control.unplug()


@pytest.mark.parametrize(
    ("disturbance", "victim"),
    [
        pytest.param(hang, "left", marks=pytest.mark.long),
        (crash, "left"),
        pytest.param(unplug, "right", marks=pytest.mark.long),
    ],
)
async def test_one_in_trouble_leaves_the_other_alone(
    pair: Pair, disturbance: Callable[[Pair, SimulatedCamera], None], victim: str
) -> None:
    spared = "right" if victim == "left" else "left"
    bad, good = (pair.left, pair.right) if victim == "left" else (pair.right, pair.left)
    async with (
        LiveView(pair.url, camera=victim, scale="full") as troubled,
        LiveView(pair.url, camera=spared, scale="full") as view,
        CameraClient(pair.url, camera=spared) as client,
    ):
        await frame_after(troubled, 0)
        epoch = await epoch_of(view, 1)
        process = pair.camera_process(good)
        taken, seen = len(good.journal("exposed")), bad.journal()[-1]["at_us"]
        disturbance(pair, bad)
        await until_true(lambda: state(troubled) in {"recovering", "absent"})
        assert await epoch_of(view) == epoch
        assert state(view) == "ready"
        assert await counter(await client.capture("guest", 3)) == taken + 1
        await frame_after(view, good.journal("exposed")[-1]["at_us"])
        assert pair.camera_process(good) == process
        bad.control.clear()
        bad.control.plug()
        await frame_after(troubled, seen, 60)


async def test_two_cameras_with_one_serial_number_are_refused(
    cameras: tuple[SimulatedCamera, SimulatedCamera], tmp_path: Path
) -> None:
    with simulated_camera("--serial", "0111") as twin:
        pair = Pair(cameras[0], twin, tmp_path)
        try:
            pair.start()
            async with LiveView(pair.url, camera="left") as left, LiveView(pair.url, camera="right") as right:
                await until_true(lambda: {state(left), state(right)} == {"ready", "blocked"})
                good, refused = (left, right) if state(left) == "ready" else (right, left)
                await epoch_of(good, 5)
                assert refused.snapshot is not None
                assert "has the same serial number" in (refused.snapshot.camera.reason or "")
        finally:
            pair.close()
