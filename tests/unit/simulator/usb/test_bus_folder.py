"""The folder of the bus: names that come and go, the pipe of a node, and the listeners of udev."""

from __future__ import annotations

import os
import select
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from photonic.errors import BadInput
from photonic.simulator.makes import BodyKind
from photonic.simulator.usb.bus_folder import LONGEST_PATH, BusFolder, NodeFifo
from photonic.simulator.usb.identity import usb_identity
from photonic.simulator.usb.sysfs import UsbPlace, device_entries

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder() -> Iterator[BusFolder]:
    with BusFolder(Path(tempfile.mkdtemp())) as folder:
        yield folder


def names(folder: BusFolder) -> set[str]:
    return {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if not path.is_dir()}


def test_a_device_comes_and_goes_without_a_trace(folder: BusFolder) -> None:
    before = names(folder)
    entries = device_entries(usb_identity(BodyKind.CANON, "1"), UsbPlace(1, "2", 3))
    folder.add(entries)
    assert (folder.path / "sys/bus/usb/devices/1-2/serial").read_text() == "1\n"
    assert (folder.path / "sys/bus/usb/devices/1-2:1.0/bInterfaceClass").exists()
    folder.remove(entries)
    assert names(folder) == before
    assert not list(folder.path.rglob("1-2"))


def test_a_node_is_writable_only_while_a_urb_can_be_reaped(folder: BusFolder) -> None:
    path = folder.node("bus/usb/001/002")
    fifo = NodeFifo(path)
    program = os.open(path, os.O_RDWR)
    try:
        for ready in (False, True, True, False, False, True):
            fifo.set_ready(ready=ready)
            assert bool(select.select([], [program], [], 0)[1]) is ready
    finally:
        os.close(program)
        fifo.close()


def test_messages_reach_who_listens_and_forget_who_has_gone(folder: BusFolder) -> None:
    gone, listening = folder.path / "event1", folder.path / "event2"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as closed:
        closed.bind(str(gone))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as monitor:
        monitor.bind(str(listening))
        folder.send(b"message")
        assert monitor.recv(100) == b"message"
    assert not gone.exists()


def test_a_path_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ("x" * LONGEST_PATH)
    with pytest.raises(BadInput, match="TMPDIR"), BusFolder(path):
        pass
