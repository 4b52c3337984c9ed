"""The bodies of a bus as people list them."""

from __future__ import annotations

import pytest

from photonic.errors import BadInput
from photonic.simulator.body_settings import BodySettings
from photonic.simulator.camera import SimulatedCameraSettings
from photonic.simulator.makes import BodyKind
from photonic.simulator.usb.device_options import UsbDeviceOptions, only_device, read_devices
from photonic.simulator.usb.identity import UsbSpeed

CANON = "Canon EOS 5D Mark III"


def test_each_body_has_a_port_and_a_serial_number_of_its_own() -> None:
    first, second = read_devices(["canon", "canon"], "009")
    assert first == UsbDeviceOptions(BodyKind.CANON, "009", "009", "1", CANON)
    assert second == UsbDeviceOptions(BodyKind.CANON, "010", "010", "2", CANON)
    assert read_devices(["nikon", "nikon"], "N1")[1].serial == "N1-1"


def test_every_field_can_be_given() -> None:
    (device,) = read_devices(["nikon,serial=0042,usb-serial=,model=D5,port=2.3,speed=full"], "1")
    assert device == UsbDeviceOptions(BodyKind.NIKON, "0042", None, "2.3", "D5", UsbSpeed.FULL)
    settings = device.settings(SimulatedCameraSettings(BodySettings(serial="1", model="x", fps=12.0)))
    assert (settings.kind, settings.body.serial, settings.body.model) == (BodyKind.NIKON, "0042", "D5")
    assert (settings.body.folder, settings.body.fps) == ("100D750", 12.0)


def test_a_bus_without_a_list_has_the_body_of_the_settings() -> None:
    device = only_device(SimulatedCameraSettings(BodySettings(serial="7", model="x"), kind=BodyKind.GENERIC))
    assert device == UsbDeviceOptions(BodyKind.GENERIC, "7", "7", "1", "x")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["leica"], "unknown camera 'leica'"),
        (["canon,colour=red"], "the format is"),
        (["canon,serial=1,serial=2"], "the format is"),
        (["canon,port=0"], "not a USB port"),
        (["canon,port=2."], "not a USB port"),
        (["canon,speed=super"], "full or high"),
        (["canon,port=1", "nikon,port=1"], "port 1 is taken"),
        (["canon,port=2.1", "nikon,port=2"], "port 2 is taken"),
        (["canon,port=2", "nikon,port=2.1"], "port 2.1 is taken"),
    ],
)
def test_what_cannot_be_is_refused(texts: list[str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_devices(texts, "1")
