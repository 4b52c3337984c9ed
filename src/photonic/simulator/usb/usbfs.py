"""The ioctls of usbfs on one open device node, without I/O.

Sizes and offsets are those of a 64-bit program. A call that fails raises ``OSError`` with the errno of the kernel.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING, NoReturn

from photonic.ptp.usb_pipe import InTransfer
from photonic.simulator.usb import urb as layout
from photonic.simulator.usb.descriptors import BULK_OUT, all_descriptors
from photonic.simulator.usb.device import SETUP_BYTES, TO_HOST, ControlSetup
from photonic.simulator.usb.identity import UsbSpeed
from photonic.simulator.usb.preload import ReadMemory, WriteMemory
from photonic.simulator.usb.urb import Urb, UrbType, UsbfsRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.simulator.usb.node import UsbfsNode

    MemorySteps = Generator[ReadMemory | WriteMemory, bytes, int]

USBFS_DRIVER = "usbfs"
_SPEEDS = {UsbSpeed.FULL: 2, UsbSpeed.HIGH: 3}


def _fail(number: int) -> NoReturn:
    raise OSError(number, errno.errorcode[number])


class UsbfsFile:
    """One program's open file on a device node; implements ``OpenNode``."""

    def __init__(self, node: UsbfsNode) -> None:
        self._node = node
        self._opener = node.open()
        self._position = 0
        self._calls: dict[int, Callable[[int, float], MemorySteps]] = {
            UsbfsRequest.CONTROL: self._control,
            UsbfsRequest.SUBMIT_URB: self._submit,
            UsbfsRequest.DISCARD_URB: self._discard,
            UsbfsRequest.CLAIM_INTERFACE: self._claim,
            UsbfsRequest.RELEASE_INTERFACE: self._release,
            UsbfsRequest.DISCONNECT_CLAIM: self._disconnect_and_claim,
            UsbfsRequest.SET_INTERFACE: self._accept,
            UsbfsRequest.SET_CONFIGURATION: self._accept,
            UsbfsRequest.GET_DRIVER: self._get_driver,
            UsbfsRequest.IOCTL: self._interface_ioctl,
            UsbfsRequest.RESET: self._reset,
            UsbfsRequest.CLEAR_HALT: self._clear_halt,
            UsbfsRequest.GET_CAPABILITIES: self._get_capabilities,
            UsbfsRequest.GET_SPEED: self._get_speed,
        }

    def ioctl(self, request: int, argument: int, now: float) -> MemorySteps:
        """Carry out an ioctl; ``argument`` is usually an address in the program's memory."""
        number = request & 0xFF
        if request >> 8 & 0xFF != layout.IOCTL_GROUP:
            _fail(errno.ENOTTY)
        if number in {UsbfsRequest.REAP_URB, UsbfsRequest.REAP_URB_NO_DELAY}:
            return (yield from self._reap(argument))
        self._require_device()
        call = self._calls.get(number)
        if call is None:
            _fail(errno.ENOTTY)
        return (yield from call(argument, now))

    def close(self) -> None:
        """Close the file: its URBs and its claim are gone, the camera's session stays."""
        self._node.close(self._opener)

    def read(self, address: int, size_bytes: int) -> MemorySteps:
        """Read the descriptors."""
        self._require_device()
        data = all_descriptors(self._node.device.identity)[self._position :][:size_bytes]
        self._position += len(data)
        if data:
            yield WriteMemory(address, data)
        return len(data)

    def _require_device(self) -> None:
        if self._node.gone:
            _fail(errno.ENODEV)

    # Transfers.

    def _submit(self, address: int, now: float) -> MemorySteps:
        try:
            block = Urb.unpack(address, (yield ReadMemory(address, layout.URB.size)))
        except ValueError:
            _fail(errno.EINVAL)
        if not 0 <= block.length <= layout.LONGEST_BUFFER or block.type is UrbType.ISOCHRONOUS:
            _fail(errno.EINVAL)
        node = self._node
        if block.type is UrbType.CONTROL:
            if block.length < SETUP_BYTES:
                _fail(errno.EINVAL)
            block.data = yield ReadMemory(block.buffer, block.length)
            block.skip_bytes = SETUP_BYTES
        else:
            self._check_endpoint(block, now)
            if block.endpoint & TO_HOST:
                block.transfer = InTransfer(block.length)
            elif block.length:
                block.data = yield ReadMemory(block.buffer, block.length)
        # The cable may have been pulled while the program's memory was read; nothing would ever end the transfer then.
        self._require_device()
        node.submit(self._opener, block, now)
        return 0

    def _check_endpoint(self, block: Urb, now: float) -> None:
        device = self._node.device
        if block.endpoint != BULK_OUT and device.in_pipe(block.endpoint) is None:
            _fail(errno.ENOENT)
        self._take_interface(now)

    def _reap(self, argument: int) -> MemorySteps:
        """Hand back the oldest URB that has ended; never waits, since libusb only asks when one has."""
        if not self._opener.ended:
            _fail(errno.ENODEV if self._node.gone else errno.EAGAIN)
        block = self._opener.ended.popleft()
        if block.transfer is not None and block.transfer.data:
            yield WriteMemory(block.buffer + block.skip_bytes, bytes(block.transfer.data))
        yield WriteMemory(block.address + layout.STATUS_OFFSET, struct.pack("<i", block.status))
        yield WriteMemory(block.address + layout.ACTUAL_LENGTH_OFFSET, struct.pack("<i", block.actual_bytes))
        yield WriteMemory(argument, struct.pack("<Q", block.address))
        return 0

    def _discard(self, address: int, _now: float) -> MemorySteps:
        yield from ()
        if not self._node.discard(self._opener, address):
            _fail(errno.EINVAL)
        return 0

    def _control(self, argument: int, now: float) -> MemorySteps:
        data = yield ReadMemory(argument, layout.CONTROL_TRANSFER.size)
        *fields, _timeout, buffer = layout.CONTROL_TRANSFER.unpack(data)
        setup = ControlSetup(*fields)
        sent = b""
        if setup.length and not setup.reads:
            sent = yield ReadMemory(buffer, setup.length)
        answer = self._node.device.control(setup, sent, now)
        if answer is None:
            _fail(errno.EPIPE)
        if answer and setup.reads:
            yield WriteMemory(buffer, answer)
        return len(answer) if setup.reads else setup.length

    def _clear_halt(self, argument: int, now: float) -> MemorySteps:
        (endpoint,) = struct.unpack("<I", (yield ReadMemory(argument, 4)))
        if not self._node.device.clear_halt(endpoint):
            _fail(errno.ENOENT)
        self._node.advance(now)
        return 0

    def _reset(self, _argument: int, now: float) -> MemorySteps:
        yield from ()
        if not self._node.reset(now):
            _fail(errno.ENODEV)
        return 0

    # The interface.

    def _take_interface(self, now: float) -> None:
        node = self._node
        if node.driver is not None or node.claimed_by_others(self._opener, now):
            _fail(errno.EBUSY)
        node.claimed_by = self._opener

    def _claim(self, argument: int, now: float) -> MemorySteps:
        yield from self._interface_number(argument)
        self._take_interface(now)
        return 0

    def _disconnect_and_claim(self, argument: int, now: float) -> MemorySteps:
        yield from self._interface_number(argument)
        if self._node.claimed_by_others(self._opener, now):
            _fail(errno.EBUSY)
        self._detach()
        self._take_interface(now)
        return 0

    def _release(self, argument: int, _now: float) -> MemorySteps:
        yield from self._interface_number(argument)
        if self._node.claimed_by is not self._opener:
            _fail(errno.EINVAL)
        self._node.claimed_by = None
        return 0

    def _interface_number(self, argument: int) -> MemorySteps:
        (number,) = struct.unpack("<I", (yield ReadMemory(argument, 4)))
        if number:
            _fail(errno.ENOENT)
        return 0

    def _get_driver(self, argument: int, _now: float) -> MemorySteps:
        yield from self._interface_number(argument)
        name = USBFS_DRIVER if self._node.claimed_by is not None else self._node.driver
        if name is None:
            _fail(errno.ENODATA)
        yield WriteMemory(argument + 4, name.encode().ljust(layout.DRIVER_NAME_BYTES, b"\0"))
        return 0

    def _interface_ioctl(self, argument: int, _now: float) -> MemorySteps:
        data = yield ReadMemory(argument, layout.INTERFACE_IOCTL.size)
        number, request, _ = layout.INTERFACE_IOCTL.unpack(data)
        if number:
            _fail(errno.EINVAL)
        match request & 0xFF:
            case UsbfsRequest.DISCONNECT:
                if self._node.driver is None:
                    _fail(errno.ENODATA)
                self._detach()
            case UsbfsRequest.CONNECT:
                self._node.driver, self._node.detached = self._node.detached, None
            case _:
                _fail(errno.ENOTTY)
        return 0

    def _detach(self) -> None:
        self._node.driver, self._node.detached = None, self._node.driver

    # Facts.

    def _get_capabilities(self, argument: int, _now: float) -> MemorySteps:
        yield WriteMemory(argument, struct.pack("<I", layout.CAPABILITIES))
        return 0

    def _get_speed(self, _argument: int, _now: float) -> MemorySteps:
        yield from ()
        return _SPEEDS[self._node.device.identity.speed]

    def _accept(self, _argument: int, _now: float) -> MemorySteps:
        yield from ()
        return 0
