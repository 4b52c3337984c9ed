"""A program's calls on a device node: transfers, claims, halts, resets, and the cable."""

from __future__ import annotations

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.simulator.usb.program import IDENTITY, POINTER, READ, WRITE, InfoCamera, UsbProgram, command, fails

from photonic.errors import ProtocolError
from photonic.ptp.codes import OperationCode, ResponseCode
from photonic.ptp.containers import Container, ContainerType, with_parameters
from photonic.ptp.usb_responder import BulkPipe, UsbResponder
from photonic.simulator.usb import urb as layout
from photonic.simulator.usb.descriptors import BULK_IN, BULK_OUT, INTERRUPT_IN, all_descriptors, device_descriptor
from photonic.simulator.usb.device import UsbDevice
from photonic.simulator.usb.node import UsbfsNode
from photonic.simulator.usb.preload import PreloadConnection, ReadMemory
from photonic.simulator.usb.urb import CAPABILITIES, UrbType, UsbfsRequest
from photonic.simulator.usb.usbfs import UsbfsFile


@pytest.fixture
def node() -> UsbfsNode:
    return UsbfsNode(UsbDevice(IDENTITY, UsbResponder(InfoCamera())))


@pytest.fixture
def program(node: UsbfsNode) -> UsbProgram:
    program = UsbProgram(node)
    program.with_number(UsbfsRequest.CLAIM_INTERFACE, 0)
    return program


def test_an_operation_takes_transfers_in_both_directions(program: UsbProgram) -> None:
    first = program.submit(UrbType.BULK, BULK_IN, 512)
    fails(errno.EAGAIN, program.reap)
    out = program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO))
    answer = Container(ContainerType.DATA, OperationCode.GET_DEVICE_INFO, 1, b"i" * 600).pack()
    assert program.reap()[:2] == (out, 0)
    assert program.reap() == (first, 0, answer[:512])
    program.submit(UrbType.BULK, BULK_IN, 512)
    assert program.reap()[1:] == (0, answer[512:])
    program.submit(UrbType.BULK, BULK_IN, 512)
    assert program.reap()[1:] == (0, with_parameters(ContainerType.RESPONSE, ResponseCode.OK, 1).pack())


def test_an_answer_that_takes_time_is_carried_out_later(node: UsbfsNode, program: UsbProgram) -> None:
    program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.OPEN_SESSION))
    program.submit(UrbType.BULK, BULK_IN, 512)
    program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.INITIATE_CAPTURE, 2))
    program.submit(UrbType.BULK, BULK_IN, 1024)
    blocked = program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO, 3))
    for _ in range(3):
        program.reap()
    assert not node.has_ended
    node.advance(5.0)
    assert {program.reap()[0], program.reap()[0]} >= {blocked}


def test_a_discarded_transfer_ends_once(node: UsbfsNode, program: UsbProgram) -> None:
    address = program.submit(UrbType.INTERRUPT, INTERRUPT_IN, 64)
    assert program.ioctl(UsbfsRequest.DISCARD_URB, address) == 0
    assert node.has_ended
    assert program.reap() == (address, -errno.ENOENT, b"")
    fails(errno.EINVAL, lambda: program.ioctl(UsbfsRequest.DISCARD_URB, address))


def test_transfers_of_one_endpoint_end_in_the_order_of_their_submission(program: UsbProgram) -> None:
    program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.OPEN_SESSION))
    program.submit(UrbType.BULK, BULK_IN, 512)
    program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.INITIATE_CAPTURE, 2))
    for _ in range(3):
        program.reap()
    first = program.submit(UrbType.BULK, BULK_IN, 1024)
    out = program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO, 3))
    second = program.submit(UrbType.BULK, BULK_IN, 1024)
    cancel = struct.pack("<BBHHH", 0x21, 0x64, 0, 0, 6) + struct.pack("<HI", 0x4001, 2)
    control = program.submit(UrbType.CONTROL, 0, cancel)
    ended = [program.reap() for _ in range(4)]
    assert [address for address, _, _ in ended] == [control, out, first, second]
    assert Container.unpack(ended[2][2]).type is ContainerType.DATA


def test_a_halt_stalls_transfers_until_it_is_cleared(node: UsbfsNode, program: UsbProgram) -> None:
    node.device.responder.halt(BulkPipe.OUT)
    program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO))
    assert program.reap()[1] == -errno.EPIPE
    program.with_number(UsbfsRequest.CLEAR_HALT, BULK_OUT)
    program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO))
    assert program.reap()[1] == 0
    fails(errno.ENOENT, lambda: program.with_number(UsbfsRequest.CLEAR_HALT, 0x05))


def test_control_transfers_read_descriptors_and_stall_where_there_is_none(program: UsbProgram) -> None:
    address = program.submit(UrbType.CONTROL, 0, struct.pack("<BBHHH", 0x80, 6, 0x0100, 0, 18) + bytes(18))
    assert program.reap()[:2] == (address, 0)
    assert device_descriptor(IDENTITY) in program.memory
    program.submit(UrbType.CONTROL, 0, struct.pack("<BBHHH", 0x80, 6, 0x0F00, 0, 18) + bytes(18))
    assert program.reap()[1] == -errno.EPIPE
    program.write(POINTER, struct.pack("<BBHHHIxxxxQ", 0xA1, 0x67, 0, 0, 20, 100, 4096))
    assert program.ioctl(UsbfsRequest.CONTROL) == 4
    assert program.memory[4096:4100] == struct.pack("<HH", 4, ResponseCode.OK)


def test_two_programs_cannot_hold_the_interface(node: UsbfsNode, program: UsbProgram) -> None:
    other = UsbProgram(node)
    fails(errno.EBUSY, lambda: other.with_number(UsbfsRequest.CLAIM_INTERFACE, 0))
    fails(errno.EBUSY, lambda: other.submit(UrbType.BULK, BULK_IN, 512))
    program.file.close()
    other.with_number(UsbfsRequest.CLAIM_INTERFACE, 0)
    other.with_number(UsbfsRequest.RELEASE_INTERFACE, 0)
    fails(errno.EINVAL, lambda: other.with_number(UsbfsRequest.RELEASE_INTERFACE, 0))


def test_a_driver_of_the_kernel_is_named_and_detached() -> None:
    node = UsbfsNode(UsbDevice(IDENTITY, UsbResponder(InfoCamera())), driver="usb-storage")
    program = UsbProgram(node)
    fails(errno.EBUSY, lambda: program.with_number(UsbfsRequest.CLAIM_INTERFACE, 0))
    program.with_number(UsbfsRequest.GET_DRIVER, 0)
    assert program.memory[POINTER + 4 :].startswith(b"usb-storage\0")
    program.write(POINTER, struct.pack("<iiQ", 0, UsbfsRequest.DISCONNECT, 0))
    program.ioctl(UsbfsRequest.IOCTL)
    program.with_number(UsbfsRequest.CLAIM_INTERFACE, 0)


def test_a_reset_of_the_port_ends_transfers_and_keeps_the_device(node: UsbfsNode, program: UsbProgram) -> None:
    program.submit(UrbType.BULK, BULK_IN, 512)
    program.ioctl(UsbfsRequest.RESET)
    assert program.reap()[1] == -errno.ESHUTDOWN
    program.submit(UrbType.BULK, BULK_OUT, command(OperationCode.GET_DEVICE_INFO))
    assert program.reap()[1] == 0


def test_a_transfer_whose_device_goes_while_it_is_submitted_is_refused(node: UsbfsNode, program: UsbProgram) -> None:
    block = layout.URB.pack(UrbType.BULK, BULK_IN, 99, 0, 0, 512, 0, 0, 0, 0, 0, 0)
    steps = program.file.ioctl(layout.IOCTL_GROUP << 8 | UsbfsRequest.SUBMIT_URB, POINTER, 0.0)
    assert next(steps) == ReadMemory(POINTER, len(block))
    node.remove(0.0)
    fails(errno.ENODEV, lambda: steps.send(block))


def test_a_device_that_is_gone_ends_everything(node: UsbfsNode, program: UsbProgram) -> None:
    address = program.submit(UrbType.INTERRUPT, INTERRUPT_IN, 64)
    node.remove(0.0)
    assert node.has_ended
    assert program.reap() == (address, -errno.ESHUTDOWN, b"")
    fails(errno.ENODEV, program.reap)
    fails(errno.ENODEV, lambda: program.with_number(UsbfsRequest.CLAIM_INTERFACE, 0))
    fails(errno.ENODEV, lambda: program.call(READ, 4096, 64))


def test_the_node_reads_as_its_descriptors(program: UsbProgram) -> None:
    data = all_descriptors(IDENTITY)
    assert program.call(READ, 4096, 18) == 18
    assert program.call(READ, 4114, 1000) == len(data) - 18
    assert program.memory[4096 : 4096 + len(data)] == data
    assert program.call(READ, 4096, 10) == 0
    fails(errno.EINVAL, lambda: program.call(WRITE, 4096, 10))


def test_capabilities_are_told_and_unknown_calls_refused(program: UsbProgram) -> None:
    program.ioctl(UsbfsRequest.GET_CAPABILITIES)
    assert struct.unpack_from("<I", program.memory, POINTER) == (CAPABILITIES,)
    fails(errno.ENOTTY, lambda: program.ioctl(99))
    fails(errno.ENOTTY, lambda: program.call(1, 0x5401, 0))


def test_a_call_that_the_protocol_does_not_have_says_that_it_has_changed(node: UsbfsNode) -> None:
    with pytest.raises(ProtocolError, match="protocol has changed"):
        PreloadConnection(UsbfsFile(node)).received(struct.pack("<QQQ", 99, 0, 0), 0.0)


@given(st.binary(min_size=56, max_size=56), st.sampled_from(UsbfsRequest))
def test_any_structure_is_answered_or_refused(data: bytes, number: UsbfsRequest) -> None:
    program = UsbProgram(UsbfsNode(UsbDevice(IDENTITY, UsbResponder(InfoCamera()))))
    program.write(POINTER, data)
    try:
        program.ioctl(number)
    except OSError as error:
        assert error.errno in errno.errorcode
