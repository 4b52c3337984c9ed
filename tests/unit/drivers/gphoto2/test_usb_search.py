"""Which camera on USB an address means, from invented lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from photonic.drivers.gphoto2.usb_search import (
    DetectedCamera,
    detected_cameras,
    search,
    shares_serial,
    sure_path,
)
from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.usb import UsbCamera

LEFT = DetectedCamera("EOS", "usb:001,004", "1-1", "0041")
RIGHT = DetectedCamera("EOS", "usb:001,005", "1-2.3", "42")
NAMELESS = DetectedCamera("EOS", "usb:001,006", "1-4")
UNSEEN = DetectedCamera("EOS", "usb:001,007")


def test_the_librarys_list_is_joined_with_what_the_kernel_shows() -> None:
    node = Path("/dev/bus/usb/001/004")
    known = UsbCamera(path="1-1", vendor="04a9", product="1", name="EOS", serial="0041", node=node)
    assert detected_cameras([("EOS", "usb:001,004"), ("EOS", "usb:001,007")], [known]) == (LEFT, UNSEEN)


@pytest.mark.parametrize(
    ("place", "cameras", "certain"),
    [
        ("41", (LEFT,), True),
        ("00042", (RIGHT,), True),
        ("1-2.3", (RIGHT,), True),
        # The kernel does not show this number: a camera without one is the likeliest.
        ("43", (NAMELESS, LEFT, RIGHT), False),
        ("", (LEFT, RIGHT, NAMELESS), False),
    ],
)
def test_an_address_means_these_cameras(place: str, cameras: tuple[DetectedCamera, ...], certain: bool) -> None:
    found = search((LEFT, RIGHT, NAMELESS), place)
    assert (found.cameras, found.certain) == (cameras, certain)


@pytest.mark.parametrize(
    ("cameras", "place", "kind", "words"),
    [
        ((), "", FailureKind.CAMERA_ABSENT, "no camera found on USB"),
        ((), "41", FailureKind.CAMERA_ABSENT, "looking for 41"),
        ((LEFT, UNSEEN), "1-9", FailureKind.CAMERA_ABSENT, r"port 1-9; found: EOS in USB port 1-1, EOS in usb:001,007"),
        ((LEFT, DetectedCamera("EOS", "usb:001,008", "1-3", "41")), "41", FailureKind.BLOCKED, "usb:1-1 and usb:1-3"),
    ],
)
def test_what_means_none_or_several_is_refused(
    cameras: tuple[DetectedCamera, ...], place: str, kind: FailureKind, words: str
) -> None:
    with pytest.raises(CameraError, match=words) as refused:
        search(cameras, place)
    assert refused.value.kind is kind


def test_a_body_that_is_a_disk_is_told_what_to_set() -> None:
    with pytest.raises(CameraError, match=r"Sony A7 in USB port 1-4 is in mass storage mode.*PC remote") as refused:
        search((), "41", ["Sony A7 in USB port 1-4"])
    assert refused.value.kind is FailureKind.CAMERA_ABSENT
    assert search((LEFT,), "41", ["Sony A7 in USB port 1-4"]).certain


def test_a_serial_number_is_shared_only_with_another_camera() -> None:
    twin = DetectedCamera("EOS", "usb:001,008", "1-3", "41")
    assert shares_serial(LEFT, (LEFT, RIGHT, twin))
    assert not shares_serial(LEFT, (LEFT, RIGHT, NAMELESS))
    assert not shares_serial(NAMELESS, (NAMELESS, UNSEEN))


def on_the_bus(number: int, path: str, serial: str | None) -> UsbCamera:
    return UsbCamera(path, "04a9", "323a", "EOS", serial, Path(f"/dev/bus/usb/001/{number:03}"))


BUS = (
    on_the_bus(4, "1-1", "0041"),
    on_the_bus(5, "1-2.3", "7"),
    on_the_bus(6, "1-4", "07"),
    on_the_bus(7, "1-5", None),
)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("41", "usb:001,004"),
        ("1-1", "usb:001,004"),
        ("1-5", "usb:001,007"),
        # Any camera; a number that the kernel does not show; two bodies with one number, by it and by a port.
        ("", None),
        ("43", None),
        ("7", None),
        ("1-4", None),
    ],
)
def test_the_only_camera_that_an_address_can_mean_is_known_from_the_kernel(place: str, path: str | None) -> None:
    assert sure_path(BUS, place) == path
