from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.port import Port, PortKind, parse, ptpip_path
from photonic.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("auto", Port(PortKind.AUTO)),
        (" auto ", Port(PortKind.AUTO)),
        ("usb:042", Port(PortKind.USB, "042")),
        ("usb:1-4.2", Port(PortKind.USB, "1-4.2")),
        ("ptpip:127.0.0.1", Port(PortKind.PTPIP, "127.0.0.1", 15740)),
        ("ptpip:booth.local:8001", Port(PortKind.PTPIP, "booth.local", 8001)),
    ],
)
def test_an_address_names_a_port(address: str, port: Port) -> None:
    assert parse(address) == port


@pytest.mark.parametrize(
    "address",
    [
        "",
        "usb",
        "usb:",
        "auto:1",
        "canon",
        "ptpip:",
        "ptpip::5",
        "ptpip:h:0",
        "ptpip:h:65536",
        "ptpip:h:x",
        "ptpip:h:",
        "ptpip:h:1:2",
        "ptpip:[::1]:5",
        "ptpip:a b",
        "vusb:",
    ],
)
def test_what_names_no_port_is_refused_with_the_shapes(address: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(address)
    assert caught.value.field == "camera"
    assert "ptpip:HOST[:PORT]" in caught.value.reason


def test_a_virtual_camera_needs_a_directory_with_a_picture(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        parse(f"vusb:{tmp_path / 'none'}")
    with pytest.raises(BadInput, match=r"no \.jpg"):
        parse(f"vusb:{tmp_path}")
    (tmp_path / "a.JPG").touch()
    assert parse(f"vusb:{tmp_path}") == Port(PortKind.VUSB, str(tmp_path))


def test_command_and_event_connection_share_the_port() -> None:
    assert ptpip_path("127.0.0.1", 8001) == "ptpip:127.0.0.1:8001:8001"


@pytest.mark.parametrize("port", ["auto", "usb:042", "ptpip:127.0.0.1:15740"])
def test_a_port_reads_as_its_address(port: str) -> None:
    assert str(parse(port)) == port


@pytest.mark.parametrize(("address", "least"), [("auto", 1), ("usb:042", 1), ("ptpip:127.0.0.1", 0)])
def test_on_usb_the_library_has_to_wait_to_see_an_event(address: str, least: int) -> None:
    assert [parse(address).wait_milliseconds(seconds) for seconds in (0.0, 0.25)] == [least, 250]
