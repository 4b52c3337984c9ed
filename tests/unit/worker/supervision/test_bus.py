"""The port of a camera: found by serial number, reset, and watched; on invented devices."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.bus import NoBus, UsbBus, watched_usb
from photonic.worker.supervision.usb import UsbCamera


def camera(serial: str | None, path: str = "1-1") -> UsbCamera:
    return UsbCamera(path=path, vendor="04a9", product="1", name="EOS", serial=serial, node=Path("/dev/null"))


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Plugs:
    def __init__(self, *plugged: UsbCamera) -> None:
        self.plugged = plugged
        self.resets: list[UsbCamera] = []
        self.bus = UsbBus(lambda: self.plugged, self.resets.append)


@pytest.mark.parametrize(
    ("plugged", "serial", "present"),
    [
        ((), None, False),
        ((camera("1"),), None, True),
        ((camera("00012A"),), "12a", True),
        ((camera("2"),), "1", False),
        # A single body without a serial number may be the wanted one; of two, this is unknown.
        ((camera(None),), "1", True),
        ((camera(None, "1-1"), camera(None, "1-2")), "1", False),
        ((camera(None, "1-1"), camera("1", "1-2")), "1", True),
    ],
)
def test_a_camera_is_known_by_its_serial_number(
    plugged: tuple[UsbCamera, ...], serial: str | None, present: bool
) -> None:
    assert Plugs(*plugged).bus.present(serial) is present


def test_the_reset_is_for_the_camera_with_that_serial_number() -> None:
    plugs = Plugs(camera("1", "1-1"), camera("2", "1-2"))
    plugs.bus.reset("2", None)
    assert [reset.path for reset in plugs.resets] == ["1-2"]


def test_a_camera_whose_number_the_bus_does_not_show_is_reset_in_its_port() -> None:
    plugs = Plugs(camera(None, "1-1"), camera(None, "1-2"))
    plugs.bus.reset("2", "1-2")
    plugs.bus.reset(None, "1-1")
    assert [reset.path for reset in plugs.resets] == ["1-2", "1-1"]


def test_a_camera_that_is_gone_cannot_be_reset() -> None:
    with pytest.raises(CameraError) as refused:
        Plugs(camera("2")).bus.reset("1", None)
    assert refused.value.kind is FailureKind.CAMERA_ABSENT


async def test_each_change_wakes_every_waiting_task() -> None:
    bus = Plugs().bus
    waiting = [asyncio.ensure_future(bus.changed()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    bus.notify()
    await asyncio.gather(*waiting)
    later = asyncio.ensure_future(bus.changed())
    await asyncio.sleep(0)
    assert not later.done()
    bus.notify()
    await later


async def test_a_network_camera_has_no_port_to_observe() -> None:
    bus = NoBus()
    assert bus.present("1") is None
    with pytest.raises(CameraError) as refused:
        bus.reset("1", None)
    assert refused.value.kind is FailureKind.NOT_SUPPORTED
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await bus.changed()


async def test_watching_leaves_no_descriptor_open() -> None:
    before = open_descriptors()
    with watched_usb(Plugs().bus):
        await asyncio.sleep(0)
    assert open_descriptors() == before


async def test_without_libudev_the_bus_is_polled_for_cameras(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing() -> None:
        raise ImportError("No library named udev")

    monkeypatch.setattr("pyudev.Context", missing)
    caplog.set_level("INFO")
    with watched_usb(Plugs(camera("1")).bus):
        pass
    assert "polling the USB bus for cameras instead" in caplog.text
