"""USB cameras and the reset of their port, on a tree like the kernel's sysfs: the test machine has no USB."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision import usb

CANON = {
    "busnum": "1",
    "devnum": "12",
    "idVendor": "04a9",
    "idProduct": "323a",
    "manufacturer": "Canon Inc.",
    "product": "Canon Digital Camera",
    "serial": "0000012345",
}


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Tree:
    """``sys`` and ``dev`` as the kernel lays them out."""

    def __init__(self, root: Path) -> None:
        self.sysfs, self.nodes = root / "sys", root / "dev"
        self.sysfs.mkdir()

    def plug(self, path: str, attributes: dict[str, str], interface_class: str = "06") -> None:
        device = self.sysfs / path
        interface = device / f"{path}:1.0"
        interface.mkdir(parents=True)
        (interface / "bInterfaceClass").write_text(f"{interface_class}\n")
        for name, value in attributes.items():
            (device / name).write_text(f"{value}\n")
        if "busnum" in attributes:
            node = self.nodes / f"{int(attributes['busnum']):03d}" / f"{int(attributes['devnum']):03d}"
            node.parent.mkdir(parents=True, exist_ok=True)
            node.touch()

    def cameras(self) -> tuple[usb.UsbCamera, ...]:
        return usb.cameras(self.sysfs, self.nodes)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_camera_is_found_with_its_name_serial_and_device_file(tree: Tree) -> None:
    tree.plug("1-4.2", CANON)
    assert tree.cameras() == (
        usb.UsbCamera(
            path="1-4.2",
            vendor="04a9",
            product="323a",
            name="Canon Inc. Canon Digital Camera",
            serial="0000012345",
            node=tree.nodes / "001" / "012",
        ),
    )


def test_a_mouse_and_a_printer_of_a_camera_maker_are_no_cameras(tree: Tree) -> None:
    tree.plug("1-1", CANON | {"idVendor": "046d"}, "03")
    tree.plug("1-2", CANON, "07")
    tree.plug("1-3", CANON | {"idVendor": "1234"}, "ff")
    assert tree.cameras() == ()


def test_a_body_with_an_interface_of_its_own_kind_is_known_by_its_maker(tree: Tree) -> None:
    tree.plug("2-1", CANON | {"idVendor": "054c"}, "ff")
    assert [camera.vendor for camera in tree.cameras()] == ["054c"]


def test_a_device_that_vanishes_during_the_listing_is_left_out(tree: Tree) -> None:
    tree.plug("1-4", {"idVendor": "04a9"})
    assert tree.cameras() == ()


def test_a_device_without_descriptors_still_has_a_name(tree: Tree) -> None:
    tree.plug("1-4", {"busnum": "3", "devnum": "7", "idVendor": "04a9", "idProduct": "1111"})
    (camera,) = tree.cameras()
    assert (camera.name, camera.serial) == ("USB camera 04a9:1111", None)


def test_a_machine_without_usb_has_no_cameras(tmp_path: Path) -> None:
    assert usb.cameras(tmp_path / "none", tmp_path) == ()


def test_the_reset_is_the_kernels_own_request_on_the_device_file(tree: Tree) -> None:
    tree.plug("1-4.2", CANON)
    (camera,) = tree.cameras()
    requests: list[tuple[str, int, int]] = []

    def control(descriptor: int, request: int, argument: int) -> int:
        requests.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), request, argument))
        return 0

    before = open_descriptors()
    usb.reset_port(camera, control=control)
    assert requests == [(str(camera.node), 0x5514, 0)]
    assert open_descriptors() == before


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [
        (errno.EACCES, FailureKind.BLOCKED, "photonic doctor"),
        (errno.ENOENT, FailureKind.CAMERA_ABSENT, "plug it in"),
        (errno.EIO, FailureKind.CAMERA_FAULT, "plug it in"),
    ],
)
def test_a_reset_that_fails_says_what_to_do(tree: Tree, number: int, kind: FailureKind, advice: str) -> None:
    tree.plug("1-4.2", CANON)
    (camera,) = tree.cameras()

    def control(descriptor: int, request: int, argument: int) -> int:
        raise OSError(number, os.strerror(number))

    with pytest.raises(CameraError, match=advice) as refused:
        usb.reset_port(camera, control=control)
    assert refused.value.kind is kind


def test_the_kernel_refuses_the_reset_of_a_file_that_is_no_device(tree: Tree) -> None:
    tree.plug("1-4.2", CANON)
    (camera,) = tree.cameras()
    with pytest.raises(CameraError, match="could not be reset"):
        usb.reset_port(camera)


def test_a_reset_that_makes_the_camera_leave_the_bus_has_worked(tree: Tree) -> None:
    tree.plug("1-4.2", CANON)
    (camera,) = tree.cameras()

    def gone(_descriptor: int, _request: int, _argument: int) -> int:
        raise OSError(errno.ENODEV, "No such device")

    usb.reset_port(camera, control=gone)


def test_a_body_in_mass_storage_mode_is_no_camera_and_is_named_with_its_port(tree: Tree) -> None:
    tree.plug("1-4.2", CANON, interface_class="08")
    tree.plug("1-5", CANON | {"idVendor": "0781", "devnum": "13"}, interface_class="08")
    assert tree.cameras() == ()
    assert usb.cameras_as_disks(tree.sysfs) == ("Canon Inc. Canon Digital Camera in USB port 1-4.2",)
    assert usb.cameras_as_disks(tree.sysfs / "none") == ()
