"""Finding the PTP interface in USB descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2 import usb_device_info
from photonic.drivers.gphoto2.usb_device_info import endpoints, read_device_info
from photonic.errors import CameraError, ProtocolError
from photonic.simulator.makes import BodyKind
from photonic.simulator.usb.descriptors import BULK_IN, BULK_OUT, all_descriptors
from photonic.simulator.usb.identity import usb_identity

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTORS = all_descriptors(usb_identity(BodyKind.CANON, "42"))
STORAGE = bytes([9, 4, 0, 0, 2, 8, 6, 80, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 1, 2, 0, 2, 0])


def test_the_endpoints_of_a_camera_are_found() -> None:
    assert endpoints(DESCRIPTORS) == (0, BULK_IN, BULK_OUT)


def test_another_interface_is_passed_over() -> None:
    assert endpoints(STORAGE + DESCRIPTORS[27:]) == (0, BULK_IN, BULK_OUT)


@pytest.mark.parametrize("data", [b"", b"\0\0\0", STORAGE, DESCRIPTORS[:30], b"\x09"])
def test_what_has_no_ptp_interface_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match="no PTP interface"):
        endpoints(data)


def test_a_node_that_is_no_device_is_a_failure_with_its_cause(tmp_path: Path) -> None:
    node = tmp_path / "002"
    node.write_bytes(DESCRIPTORS)
    with pytest.raises(CameraError, match="DeviceInfo could not be read"):
        read_device_info(node)


def test_a_truncated_answer_is_a_failure_with_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "002"
    node.write_bytes(DESCRIPTORS)
    sent = iter([b"", b"\x08\0\0\0\x02\0\x01\x10"])

    def transfer(_descriptor: int, _endpoint: int, buffer: bytearray, _deadline: float) -> int:
        data = next(sent)
        buffer[: len(data)] = data
        return len(data)

    def call(*_arguments: object) -> None:
        """Claims and releases nothing."""

    monkeypatch.setattr(usb_device_info, "_transfer", transfer)
    monkeypatch.setattr(usb_device_info, "_call", call)
    with pytest.raises(CameraError, match="truncated PTP container: 8 bytes"):
        read_device_info(node)
