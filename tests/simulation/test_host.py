"""The simulated machine: which body is found at an address, what a command does, what becomes of a photo in the RAM."""

from __future__ import annotations

import asyncio
import random
import signal
from typing import TYPE_CHECKING

import pytest
from tests.simulation import supervised_camera, truth
from tests.simulation.body import EXTRA_BYTES, LARGE_PHOTO_BYTES, CameraBody
from tests.simulation.card import CLUSTER_BYTES, MemoryCard
from tests.simulation.command import SimulatedCommand

from photonic.errors import CameraError, FailureKind
from photonic.worker.link.messages import CameraOpened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulation.supervised_camera import SupervisedCamera


def _second_body(camera: SupervisedCamera) -> CameraBody:
    clock = asyncio.get_running_loop().time
    body = CameraBody("0456", random.Random(1), clock, disturbances=camera.disturbances, cards=(MemoryCard("other"),))
    camera.host.bodies.append(body)
    return body


def test_each_of_two_cameras_is_found_by_its_serial_number(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        _second_body(camera)
        await camera.opened()
        assert [event.serial for event in camera.of(CameraOpened)] == ["0456"]

    supervised_camera.run(tmp_path, scenario, address="usb:456")


def test_another_camera_in_place_of_the_first_one_is_not_opened(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        other = _second_body(camera)
        other.unplug()
        await camera.live()
        camera.body.unplug()
        other.plug_in()
        camera.bus.notify()
        await camera.until(lambda: camera.downs)
        await asyncio.sleep(60.0)
        assert not camera.is_open
        camera.body.plug_in()
        camera.bus.notify()
        count = len(camera.frames)
        await camera.until(lambda: len(camera.frames) > count)
        assert {event.serial for event in camera.of(CameraOpened)} == {"0123"}

    supervised_camera.run(tmp_path, scenario, address="auto")


def test_a_second_card_takes_the_photos_that_the_first_one_has_no_room_for(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        first, second = camera.cards
        camera.body.change_card(0, MemoryCard("small", LARGE_PHOTO_BYTES[1] + EXTRA_BYTES + CLUSTER_BYTES))
        camera.body.change_card(1, None)
        await camera.capture("c1")
        camera.body.change_card(1, second)
        await camera.capture("c2")
        ((staged, _content),) = camera.staged("c2")
        assert staged.folder.startswith("/store_00020001/")
        assert [file.exposure for file in second.files.values()] == [2]
        assert not first.files

    supervised_camera.run(tmp_path, scenario, cards=2)


def test_a_photo_of_the_ram_is_lost_with_the_process_that_has_it(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.disturbances.order("crash_between_files")
        with pytest.raises(CameraError):
            await camera.capture("c1")
        (exposure,) = camera.body.truth.exposures
        assert (exposure.lost, exposure.fetched) == (truth.IN_THE_PROCESS, set())
        await camera.live()
        await camera.capture("c2")
        kept = camera.body.truth[2]
        assert (kept.lost, kept.fetched) == (None, set(kept.files))

    supervised_camera.run(tmp_path, scenario, capture_target="ram")


def test_a_process_that_grows_is_replaced_and_its_size_is_that_of_a_running_one(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        (process,) = camera.host.processes
        assert camera.host.resident_bytes(process.pid) == process.resident_bytes
        camera.disturbances.order("grow")
        await camera.until(lambda: process.returncode is not None)
        assert camera.host.resident_bytes(process.pid) is None
        assert camera.downs[0][0].kind is not FailureKind.TIMEOUT

    supervised_camera.run(tmp_path, scenario)


def test_commands_end_well_or_badly_or_are_ended(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        codes: list[int] = []
        draw = random.Random(1)
        for number in range(600):
            command = SimulatedCommand(number, ("hook",), {}, draw, clock=lambda: 0.0, output=None)
            try:
                async with asyncio.timeout(1.0):
                    codes.append(await command.wait())
            except TimeoutError:
                command.send_signal(signal.SIGTERM)
                command.send_signal(signal.SIGKILL)
                codes.append(await command.wait())
        assert set(codes) == {0, 1, -signal.SIGTERM, -signal.SIGKILL}

    supervised_camera.run(tmp_path, scenario)
