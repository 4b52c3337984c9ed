"""A camera as a USB device: control transfers, and which endpoint leads to which pipe of its responder."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.ptp.usb_responder import BulkPipe
from photonic.simulator.usb import descriptors
from photonic.simulator.usb.descriptors import DescriptorType

if TYPE_CHECKING:
    from photonic.ptp.usb_pipe import InPipe
    from photonic.ptp.usb_responder import UsbResponder
    from photonic.simulator.usb.identity import UsbIdentity

_SETUP = struct.Struct("<BBHHH")
SETUP_BYTES = _SETUP.size
TO_HOST = 0x80
_KIND = 0x60
_CLASS_KIND = 0x20
_GET_STATUS, _CLEAR_FEATURE, _SET_FEATURE = 0, 1, 3
_GET_DESCRIPTOR, _GET_CONFIGURATION, _SET_CONFIGURATION, _GET_INTERFACE, _SET_INTERFACE = 6, 8, 9, 10, 11
_TO_ENDPOINT = 2
_FIXED = {_GET_CONFIGURATION: b"\x01", _GET_INTERFACE: b"\0", _SET_CONFIGURATION: b"", _SET_INTERFACE: b""}
"""The answers of a device with one configuration and one setting of its interface."""


@dataclass(frozen=True, slots=True)
class ControlSetup:
    """The setup packet of a control transfer (USB 2.0, clause 9.3)."""

    kind: int
    request: int
    value: int
    index: int
    length: int

    @classmethod
    def unpack(cls, data: bytes) -> ControlSetup:
        """Decode the first eight bytes."""
        return cls(*_SETUP.unpack_from(data))

    @property
    def reads(self) -> bool:
        """Whether the data stage goes to the host."""
        return bool(self.kind & TO_HOST)


class UsbDevice:
    """One camera on the bus."""

    def __init__(self, identity: UsbIdentity, responder: UsbResponder) -> None:
        self.identity = identity
        self.responder = responder
        self._bulk = {descriptors.BULK_IN: BulkPipe.IN, descriptors.BULK_OUT: BulkPipe.OUT}

    def in_pipe(self, endpoint: int) -> InPipe | None:
        """Return the pipe behind an IN endpoint; ``None``: there is none."""
        pipes = {descriptors.BULK_IN: self.responder.bulk_in, descriptors.INTERRUPT_IN: self.responder.events}
        return pipes.get(endpoint)

    def clear_halt(self, endpoint: int) -> bool:
        """End the halt of an endpoint; ``False``: there is no such endpoint."""
        if endpoint == descriptors.INTERRUPT_IN:
            self.responder.events.halted = False
            return True
        if endpoint not in self._bulk:
            return False
        self.responder.clear_halt(self._bulk[endpoint])
        return True

    def control(self, setup: ControlSetup, data: bytes, now: float) -> bytes | None:
        """Carry out a control transfer.

        Args:
            setup: Its setup packet.
            data: What the host sends.
            now: Seconds on the caller's clock.

        Returns:
            What the host reads, at most ``setup.length`` bytes; ``None``: refused with a stall.
        """
        if setup.kind & _KIND == _CLASS_KIND:
            answer = self.responder.control(setup.request, data, now)
        else:
            answer = None if setup.kind & _KIND else self._standard(setup)
        return None if answer is None else answer[: setup.length]

    def _standard(self, setup: ControlSetup) -> bytes | None:
        match setup.request:
            case request if request == _GET_DESCRIPTOR:
                return self._descriptor(setup.value >> 8, setup.value & 0xFF)
            case request if request == _GET_STATUS:
                return struct.pack("<H", self._halted(setup))
            case request if request == _CLEAR_FEATURE and setup.kind == _TO_ENDPOINT:
                return b"" if self.clear_halt(setup.index) else None
            case request if request == _SET_FEATURE and setup.kind == _TO_ENDPOINT and setup.index in self._bulk:
                self.responder.halt(self._bulk[setup.index])
                return b""
            case request:
                return _FIXED.get(request)

    def _halted(self, setup: ControlSetup) -> bool:
        if setup.kind & 0x1F != _TO_ENDPOINT or setup.index not in self._bulk:
            return False
        return self.responder.halted(self._bulk[setup.index])

    def _descriptor(self, kind: int, index: int) -> bytes | None:
        match kind:
            case DescriptorType.DEVICE:
                return descriptors.device_descriptor(self.identity)
            case DescriptorType.CONFIGURATION if index == 0:
                return descriptors.configuration_descriptor(self.identity)
            case DescriptorType.STRING:
                return descriptors.string_descriptor(self.identity, index)
            case _:
                return None
