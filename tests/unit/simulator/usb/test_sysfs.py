"""The tree of a device and the messages of udev: names, numbers, links and hashes."""

from __future__ import annotations

import posixpath
import struct

import pytest

from photonic.simulator.makes import BodyKind
from photonic.simulator.usb.identity import UsbSpeed, usb_identity
from photonic.simulator.usb.sysfs import UsbPlace, device_entries, properties, root_hub_entries
from photonic.simulator.usb.uevent import UeventAction, murmur_hash, pack_uevent

PLACE = UsbPlace(1, "2.3", 4)
IDENTITY = usb_identity(BodyKind.NIKON, "000123")


def test_a_place_has_the_names_of_the_kernel() -> None:
    assert (PLACE.name, PLACE.node, PLACE.minor) == ("1-2.3", "bus/usb/001/004", 3)
    assert PLACE.path.endswith("/usb1/1-2/1-2.3")
    assert UsbPlace(2, "", 1).name == "usb2"


def test_every_link_leads_to_a_folder_of_the_tree() -> None:
    entries = device_entries(IDENTITY, PLACE)
    folders = {posixpath.dirname(name) for name in entries.files}
    for name, target in entries.links.items():
        end = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        assert name.startswith("dev/.node/") or end in folders or end.startswith("sys/bus/usb"), name


def test_the_files_say_what_the_descriptors_say() -> None:
    files = device_entries(IDENTITY, PLACE).files
    folder = f"sys/{PLACE.path}"
    assert files[f"{folder}/serial"] == b"000123\n"
    assert files[f"{folder}/idVendor"] == b"04b0\n"
    assert struct.unpack_from("<HH", files[f"{folder}/descriptors"], 8) == (0x04B0, 0x0437)
    assert b"DEVNAME=bus/usb/001/004\n" in files[f"{folder}/uevent"]
    assert files[f"{folder}/1-2.3:1.0/bInterfaceClass"] == b"06\n"


def test_a_body_without_a_serial_has_no_such_file() -> None:
    entries = device_entries(usb_identity(BodyKind.GENERIC, None), PLACE)
    assert not any(name.endswith("/serial") for name in entries.files)


def test_the_root_hub_is_a_hub() -> None:
    entries = root_hub_entries(1, UsbSpeed.HIGH)
    (data,) = [data for name, data in entries.files.items() if name.endswith("/usb1/descriptors")]
    assert data[4] == 9
    assert entries.links["sys/bus/usb/devices/usb1"].endswith("/usb1")


@pytest.mark.parametrize(
    ("text", "value"), [("usb", 91735525), ("usb_device", 670627084), ("block", 4026736055), ("", 0)]
)
def test_the_hash_is_that_of_libudev(text: str, value: int) -> None:
    assert murmur_hash(text) == value


def test_a_message_has_its_properties_after_the_header() -> None:
    data = pack_uevent(UeventAction.ADD, PLACE.path, properties(IDENTITY, PLACE), 7)
    assert data[:8] == b"libudev\0"
    assert data[8:12] == bytes.fromhex("feedcafe")
    size, offset, length = struct.unpack_from("=III", data, 12)
    assert (size, offset + length) == (40, len(data))
    lines = data[offset:].split(b"\0")
    assert {b"ACTION=add", b"SUBSYSTEM=usb", b"DEVTYPE=usb_device", b"DEVNAME=/dev/bus/usb/001/004"} <= set(lines)
