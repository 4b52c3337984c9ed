"""The faults of a body on USB: what a program's transfers and resets see of each."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from tests.unit.simulator.usb.program import IDENTITY, InfoCamera, UsbProgram, command, fails

from photonic.ptp.codes import OperationCode
from photonic.ptp.containers import Container, ContainerType
from photonic.ptp.usb_responder import UsbResponder
from photonic.simulator.faults import Fault, FaultName, Faults
from photonic.simulator.journal import Journal
from photonic.simulator.usb.descriptors import BULK_IN, BULK_OUT
from photonic.simulator.usb.device import UsbDevice
from photonic.simulator.usb.node import UsbfsNode
from photonic.simulator.usb.urb import UrbType, UsbfsRequest
from photonic.simulator.usb.usb_faults import UsbFaults

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER = Container(ContainerType.DATA, OperationCode.GET_DEVICE_INFO, 1, b"i" * 600).pack()
LONG = 4096


class Bench:
    """A program and a device with faults; ``journal`` has those that struck."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.journal = Journal()
        device = UsbDevice(IDENTITY, UsbResponder(InfoCamera()))
        self.node = UsbfsNode(device, faults=UsbFaults(self.faults, self.journal))
        self.program = UsbProgram(self.node)

    def arm(self, name: FaultName, amount: float | None = None) -> None:
        self.faults.arm(Fault(name, amount=amount), 0.0)

    def ask(self) -> int:
        """Ask for the device's facts; return the status of the transfer."""
        self.program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO))
        return self.program.reap()[1]

    def read(self) -> tuple[int, bytes]:
        self.program.submit(UrbType.BULK, BULK_IN, LONG)
        return self.program.reap()[1:]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("name", "status", "data"),
    [
        (FaultName.STALL_IN, -errno.EPIPE, b""),
        (FaultName.BABBLE, -errno.EOVERFLOW, b""),
        (FaultName.SHORT_READ, 0, ANSWER[: len(ANSWER) // 2 | 1]),
    ],
)
def test_a_read_is_damaged_once(bench: Bench, name: FaultName, status: int, data: bytes) -> None:
    assert bench.ask() == 0
    bench.arm(name)
    assert bench.read() == (status, data)
    assert [entry["event"] for entry in bench.journal.since(0)] == [name]
    assert not bench.faults.names(0.0)


def test_a_stall_lasts_until_the_host_clears_it(bench: Bench) -> None:
    bench.arm(FaultName.STALL_OUT)
    assert (bench.ask(), bench.ask()) == (-errno.EPIPE, -errno.EPIPE)
    bench.program.with_number(UsbfsRequest.CLEAR_HALT, BULK_OUT)
    assert bench.ask() == 0


def test_a_protocol_error_strikes_whichever_transfer_comes_first(bench: Bench) -> None:
    bench.arm(FaultName.PROTOCOL_ERROR)
    assert (bench.ask(), bench.ask()) == (-errno.EPROTO, 0)
    bench.arm(FaultName.PROTOCOL_ERROR)
    assert bench.read() == (-errno.EPROTO, b"")


@pytest.mark.parametrize(("name", "refused"), [(FaultName.LASTING_HALT, True), (FaultName.WEDGED, False)])
def test_a_reset_of_the_port_ends_what_nothing_else_ends(bench: Bench, name: FaultName, refused: bool) -> None:
    bench.arm(name)
    bench.program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO))
    bench.program.with_number(UsbfsRequest.CLEAR_HALT, BULK_OUT)
    assert bench.node.has_ended is refused
    bench.program.ioctl(UsbfsRequest.RESET)
    bench.program.reap()
    assert bench.ask() == 0


@pytest.mark.parametrize("name", [FaultName.RESET_RENUMBERS, FaultName.RESET_LOSES])
def test_a_reset_may_make_the_camera_leave_the_bus(bench: Bench, name: FaultName) -> None:
    bench.arm(name)
    fails(errno.ENODEV, lambda: bench.program.ioctl(UsbfsRequest.RESET))
    assert bench.node.leaving
    assert bench.faults.active(FaultName.UNPLUG, 0.0) is (name is FaultName.RESET_LOSES)


def _even(bench: Bench) -> None:
    """Make the camera's data a multiple of the packet size."""
    bench.node.device.responder.bulk_in.queue(bytes(1024))
    bench.node.device.responder.bulk_in.queue(b"response")


def test_without_the_packet_of_no_bytes_a_transfer_goes_on_with_the_next_message(bench: Bench) -> None:
    responder = bench.node.device.responder
    bench.arm(FaultName.NO_ZERO_PACKET)
    bench.node.advance(0.0)
    assert not responder.ends_messages
    bench.faults.clear(FaultName.NO_ZERO_PACKET, 0.0)
    bench.node.advance(0.0)
    assert responder.ends_messages


def test_a_late_packet_of_no_bytes_is_waited_for(bench: Bench) -> None:
    _even(bench)
    bench.arm(FaultName.LATE_ZERO_PACKET, amount=2.0)
    bench.program.submit(UrbType.BULK, BULK_IN, LONG)
    assert bench.node.wake_at == 2.0
    bench.node.advance(1.9)
    assert not bench.node.has_ended
    bench.node.advance(2.0)
    assert bench.program.reap()[1:] == (0, bytes(1024))
    assert bench.node.wake_at is None


def test_an_interface_that_another_program_has_cannot_be_claimed(bench: Bench) -> None:
    claim: Callable[[], int] = lambda: bench.program.with_number(UsbfsRequest.CLAIM_INTERFACE, 0)  # noqa: E731
    bench.arm(FaultName.CLAIMED)
    fails(errno.EBUSY, claim)
    bench.faults.clear(FaultName.CLAIMED, 0.0)
    claim()


def test_a_mute_camera_answers_everything_in_the_end(bench: Bench) -> None:
    bench.arm(FaultName.MUTE)
    bench.program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO))
    assert not bench.node.has_ended
    bench.faults.clear(FaultName.MUTE, 0.0)
    bench.node.advance(1.0)
    assert bench.program.reap()[1] == 0
