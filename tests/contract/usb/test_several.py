"""Several bodies on one simulated bus, as Debian's programs see them; cables and hubs that are pulled and moved."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.absent import program
from tests.support.usb_bus import usb_bus
from tests.support.waiting import until_found

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.usb_bus import UsbBus

    from photonic.simulator.control import ControlClient

DEVICES = ("canon,port=1", "canon,port=2.1", "nikon,serial=000042,port=2.4", "generic,usb-serial=,port=3,speed=full")
LISTED = re.compile(r"^(\S.*?\S) +usb:(\d+,\d+) *$", re.MULTILINE)
IDS = re.compile(r"^Bus 001 Device (\d+): ID ([0-9a-f:]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def shared_bus() -> Iterator[UsbBus]:
    with usb_bus(*(f"--device={device}" for device in DEVICES)) as bus:
        yield bus


@pytest.fixture
def bus(shared_bus: UsbBus) -> Iterator[UsbBus]:
    """Every body in the port in which it began."""
    yield shared_bus
    shared_bus.controls[1].hub(plugged=True)
    for control, device in zip(shared_bus.controls, DEVICES, strict=True):
        control.replug(re.findall(r"port=([\d.]+)", device)[0])
        place(control)


def said(bus: UsbBus, *command: str) -> str:
    with bus.seen():
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def place(control: ControlClient) -> dict[str, Any]:
    """Where a body is, as soon as it is on the bus."""
    found = until_found(control.place, bool)
    assert found is not None
    return found


def test_gphoto2_and_lsusb_of_debian_see_every_body_and_the_hub(bus: UsbBus) -> None:
    found = LISTED.findall(said(bus, program("gphoto2"), "--auto-detect"))
    models = ("Canon EOS 5D Mark III", "Canon EOS 5D Mark III", "Nikon DSC D750", "USB PTP Class Camera")
    places = [f"001,{place(control)['number']:03}" for control in bus.controls]
    assert sorted(found) == sorted(zip(models, places, strict=True))
    ids = [identity for _, identity in IDS.findall(said(bus, program("lsusb", "usbutils")))]
    assert sorted(ids) == ["04a9:323a", "04a9:323a", "04b0:0437", "05e3:0608", "1209:0001", "1d6b:0002"]


def test_a_cable_is_moved_to_another_port_and_gets_the_number_that_is_asked_for(bus: UsbBus) -> None:
    canon = bus.controls[0]
    before = place(canon)
    canon.replug("4", number=before["number"])
    assert place(canon) == {"name": "1-4", "number": before["number"]}
    canon.replug("4")
    after = place(canon)
    assert after == {"name": "1-4", "number": after["number"]}
    assert after["number"] != before["number"]
    assert f"001,{after['number']:03}" in said(bus, program("gphoto2"), "--auto-detect")


def test_a_hub_goes_with_every_body_on_it(bus: UsbBus) -> None:
    bus.controls[1].hub(plugged=False)
    assert [bus.controls[index].place() for index in (1, 2)] == [None, None]
    ids = {identity for _, identity in IDS.findall(said(bus, program("lsusb", "usbutils")))}
    assert ids == {"04a9:323a", "1209:0001", "1d6b:0002"}
    bus.controls[1].hub(plugged=True)
    assert [place(bus.controls[index])["name"] for index in (1, 2)] == ["1-2.1", "1-2.4"]
    assert len(LISTED.findall(said(bus, program("gphoto2"), "--auto-detect"))) == 4


def test_monitors_of_udev_in_two_processes_both_hear_of_a_cable(bus: UsbBus) -> None:
    # Their sockets have the same descriptor, by which the preload library names them.
    family, kobject_uevent, udev_group = 16, 15, 2
    monitor = f"import socket; heard = socket.socket({family}, socket.SOCK_DGRAM, {kobject_uevent}); "
    monitor += f"heard.bind((0, {udev_group})); print('listens', flush=True); heard.recv(4096); print('heard')"
    command = [sys.executable, "-c", monitor]
    with bus.seen(), ExitStack() as stack:
        processes: list[subprocess.Popen[str]] = []
        for _ in range(2):
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "listens\n"
            processes.append(process)
        bus.controls[0].replug("5")
        assert [process.communicate(timeout=30)[0] for process in processes] == ["heard\n"] * 2


def test_a_port_or_a_number_of_another_device_is_refused(bus: UsbBus) -> None:
    canon, behind_hub = bus.controls[:2]
    taken = place(behind_hub)
    for port, number, words in (("2.1", None, "taken"), ("2", None, "taken"), ("5", taken["number"], "taken"),
                                ("0", None, "not a USB port")):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            canon.replug(port, number)
    with pytest.raises(BadInput, match="not plugged into a hub"):
        canon.hub(plugged=False)
