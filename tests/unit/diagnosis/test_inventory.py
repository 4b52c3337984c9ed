from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from photonic.cli.cameras import lines, tables
from photonic.diagnosis.camera import BusFacts
from photonic.diagnosis.inventory import Detected, Inventory, UsbEntry, configured, inspect_usb, usb_entries
from photonic.diagnosis.webcams import WebcamEntry
from photonic.errors import CameraError
from photonic.model.api import CameraSummary
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus
from photonic.service.config.settings import ServiceSettings
from photonic.worker.supervision.holders import Holder
from photonic.worker.supervision.lock import CameraLock, runtime_directory
from photonic.worker.supervision.usb import UsbCamera

ABLE = ("capture", "live view")
NODE = Path("/dev/bus/usb/001/004")


def served(serial: str | None, name: str = "left") -> CameraSummary:
    return CameraSummary(
        id=name,
        serial=serial,
        address="auto",
        default=True,
        camera=CameraStatus(id=name, model="EOS", state=CameraState.ABSENT, reason="it is unplugged"),
        live=LiveStatus(state=LiveState.OFF),
    )


def bus(*holders: Holder) -> BusFacts:
    camera = UsbCamera("1-4", "04a9", "3270", "Canon EOS", "00123", NODE)
    return BusFacts((camera,), tuple((NODE, holder) for holder in holders))


@pytest.mark.parametrize(
    ("facts", "service", "held_by"),
    [
        (bus(), (), None),
        (bus(Holder(7, "gvfsd-gphoto2")), (), "gvfsd-gphoto2 (process 7)"),
        (bus(Holder(7, "python3 -m photonic.cli serve")), (served("123"),), "the service, as left"),
        (bus(), (served(None),), None),
    ],
)
def test_a_camera_on_usb_is_listed_with_its_holder(
    facts: BusFacts, service: tuple[CameraSummary, ...], held_by: str | None
) -> None:
    (found,) = usb_entries((Detected("Canon EOS 90D", "usb:001,004", ABLE),), facts, service)
    assert found == UsbEntry("usb:00123", "Canon EOS 90D", "00123", ABLE, held_by)


def test_one_that_the_kernel_does_not_show_has_the_address_auto() -> None:
    (found,) = usb_entries((Detected("Nikon", "usb:009,009", ABLE),), bus(), ())
    assert (found.address, found.serial, found.held_by) == ("auto", None, None)


async def test_the_real_library_sees_its_virtual_usb_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "a.jpg")
    monkeypatch.setenv("VCAMERADIR", str(tmp_path))
    (found,) = await inspect_usb()
    assert found == Detected("Nikon DSC D750", "usb:001,001", ("capture", "live view", "settings", "trigger"))


async def test_a_library_that_cannot_be_used_is_an_error() -> None:
    with pytest.raises(CameraError, match="No module named"):
        await inspect_usb("photonic.drivers.none")


def test_a_camera_in_the_settings_is_listed_with_the_photonic_that_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    settings = ServiceSettings.model_validate({"photo_root": tmp_path, "cameras": {"left": "usb:1", "right": "usb:2"}})
    lock = CameraLock(runtime_directory(), "usb:2")
    lock.acquire()
    try:
        found = configured(settings)
    finally:
        lock.release()
    assert [(one.name, one.address, one.held_by is not None) for one in found] == [
        ("left", "usb:1", False),
        ("right", "usb:2", True),
    ]


def test_an_empty_inventory() -> None:
    found = Inventory((), None, (), "http://127.0.0.1:8000", None, "nobody is there", configured(settings_of_one()))
    assert tables(found) == [
        ("On USB", [("none: switch the camera on, plug it in, and set its USB mode to PC or PTP",)]),
        ("Served", [("none: nobody is there",)]),
        ("In the settings", [("-", "auto", "any camera on USB")]),
    ]


def test_a_services_cameras_replace_those_of_the_settings() -> None:
    found = Inventory((), "the bus hangs", (), "http://x", (served("123"), served(None, "r")), None, ())
    (_, usb), (title, rows) = tables(found)
    assert usb == [("the bus hangs",)]
    assert title == "Served at http://x"
    assert lines(rows) == [
        "left (default)  auto  EOS  serial 123                   absent: it is unplugged  live view off",
        "r (default)     auto  EOS  serial number not known yet  absent: it is unplugged  live view off",
    ]


def test_webcams_have_a_table_where_there_are_any() -> None:
    webcam = WebcamEntry("v4l2:/dev/video0", "C920", "obs (process 7)")
    found = Inventory((), None, (webcam,), "http://x", None, "nobody", ())
    assert tables(found)[1] == ("Webcams", [("v4l2:/dev/video0", "C920", "held by obs (process 7)")])


def settings_of_one() -> ServiceSettings:
    return ServiceSettings(photo_root=Path("/photos"))
