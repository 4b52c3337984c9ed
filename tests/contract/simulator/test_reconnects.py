"""A client that is gone, however it went, does not keep the camera from the next one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from tests.contract.simulator.raw_client import INIT, RawClient
from tests.support.gphoto2_command import GPhoto2
from tests.support.waiting import until

from photonic.ptp import packets
from photonic.ptp.packets import PacketType

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera

GET_EVENTS, RELEASE_ON, SET_PROPERTY = 0x9116, 0x9128, 0x9110
SHUTTER, BULB = 0xD102, 0x0C
MANY = 200


@pytest.fixture
def gphoto2(kept_camera: SimulatedCamera, home: Path, folder: Path) -> GPhoto2:
    return GPhoto2(kept_camera.port, home, folder)


@pytest.mark.parametrize("fault", ["mute", "drip"])
def test_a_client_that_went_while_the_camera_was_out_of_order(
    kept_camera: SimulatedCamera, gphoto2: GPhoto2, fault: str
) -> None:
    with RawClient(kept_camera.port) as client, RawClient(kept_camera.port) as other:
        client.init()
        kept_camera.control.fault(fault)
        client.request(0x1001)
        other.command.send(INIT)
    kept_camera.control.clear()
    assert "Model: Canon" in gphoto2("--summary")


def test_a_client_that_waits_is_served_when_the_fault_is_over(kept_camera: SimulatedCamera) -> None:
    with RawClient(kept_camera.port) as client:
        client.init()
        kept_camera.control.fault("mute")
        client.request(GET_EVENTS)
    with RawClient(kept_camera.port) as next_one:
        next_one.command.send(INIT)
        kept_camera.control.clear()
        ack = next_one.command.packet()
        assert ack is not None
        assert ack.type is PacketType.INIT_COMMAND_ACK


def test_an_unplugged_camera_is_found_again(kept_camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    with RawClient(kept_camera.port) as client:
        client.init()
        kept_camera.control.fault("unplug")
        assert client.command.packet() is None
        assert gphoto2.try_to("--summary").returncode != 0
        kept_camera.control.clear()
    until(lambda: gphoto2.try_to("--summary").returncode == 0)


def test_a_camera_whose_battery_is_empty_is_gone_and_a_charged_one_is_back(
    kept_camera: SimulatedCamera, gphoto2: GPhoto2
) -> None:
    with RawClient(kept_camera.port) as client:
        client.init()
        kept_camera.control.battery(0)
        assert client.command.packet() is None
    assert gphoto2.try_to("--summary").returncode != 0
    kept_camera.control.battery(100)
    until(lambda: gphoto2.try_to("--summary").returncode == 0)


def test_hundreds_of_visitors_leave_no_trace(kept_camera: SimulatedCamera, gphoto2: GPhoto2) -> None:
    for number in range(MANY):
        with RawClient(kept_camera.port) as visitor:
            if number % 2:
                visitor.command.send(INIT[: number % len(INIT)])
            elif number % 4:
                visitor.init()
    assert "Model: Canon" in gphoto2("--summary")


def test_a_button_on_the_body_ends_its_own_bulb_exposure(camera: SimulatedCamera, home: Path, folder: Path) -> None:
    gphoto2 = GPhoto2(camera.port, home, folder)
    gphoto2("--set-config", "shutterspeed=bulb")
    camera.control.press()
    until(lambda: camera.journal("written"))
    gphoto2("--set-config", "shutterspeed=1/60")


def test_a_client_that_goes_in_the_middle_of_its_bulb_exposure_leaves_no_busy_camera(
    camera: SimulatedCamera, home: Path, folder: Path
) -> None:
    with RawClient(camera.port) as client:
        client.init()
        client.request_with_data(SET_PROPERTY, struct.pack("<III", 12, SHUTTER, BULB))
        assert client.response() == 0x2001
        assert client.ask(RELEASE_ON, 3, 1) == 0x2001
        assert client.ask(RELEASE_ON, 3, 1) == 0x2019
    until(lambda: camera.journal("written"))
    GPhoto2(camera.port, home, folder)(
        "--set-config", "shutterspeed=1/60", "--capture-image-and-download", "--filename", "photo.jpg"
    )
    assert len(camera.journal("exposed")) == 2
    assert packets.LONGEST > (folder / "photo.jpg").stat().st_size > 0
