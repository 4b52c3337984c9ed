"""Reads DeviceInfo (PTP 0x1001) from a camera on USB that libgphoto2, which does not hand it out, has not opened.

PTP allows this operation without a session, and it changes nothing on the camera (ISO 15740, 10.5.2). Source of the
ioctls: ``linux/usbdevice_fs.h``.
"""

from __future__ import annotations

import ctypes
import os
import select
import time
from typing import TYPE_CHECKING

from photonic.errors import CameraError, ProtocolError
from photonic.ptp.codes import OperationCode, ResponseCode
from photonic.ptp.containers import Container, ContainerType
from photonic.ptp.datasets import DeviceInfo

if TYPE_CHECKING:
    from pathlib import Path

ANSWER_SECONDS = 5.0
LARGEST_BYTES = 64 * 1024
_CLAIM, _RELEASE = 0x8004550F, 0x80045510
_SUBMIT, _REAP, _DISCARD = 0x8038550A, 0x4008550D, 0x550B
_BULK = 3
_LENGTH_BYTES = 4
_INTERFACE, _ENDPOINT = 4, 5
_STILL_IMAGE, _TO_HOST, _BULK_ATTRIBUTES = 6, 0x80, 2
_VENDOR_SPECIFIC = 0xFF


class _Urb(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_ubyte),
        ("endpoint", ctypes.c_ubyte),
        ("status", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("buffer", ctypes.c_void_p),
        ("buffer_length", ctypes.c_int),
        ("actual_length", ctypes.c_int),
        ("start_frame", ctypes.c_int),
        ("stream_id", ctypes.c_uint),
        ("error_count", ctypes.c_int),
        ("signal", ctypes.c_uint),
        ("context", ctypes.c_void_p),
    )


def read_device_info(node: Path) -> DeviceInfo:
    """Ask the camera at this device node. Raises ``CameraError``."""
    try:
        descriptor = os.open(node, os.O_RDWR | os.O_CLOEXEC)
        try:
            interface, bulk_in, bulk_out = endpoints(os.read(descriptor, 4096))
            number = ctypes.c_uint(interface)
            _call(descriptor, _CLAIM, number)
            try:
                return _asked(descriptor, bulk_in, bulk_out)
            finally:
                _call(descriptor, _RELEASE, number)
        finally:
            os.close(descriptor)
    except (OSError, ProtocolError) as error:
        raise CameraError(f"DeviceInfo could not be read: {error}") from error


def endpoints(descriptors: bytes) -> tuple[int, int, int]:
    """The PTP interface in USB descriptors, and its bulk endpoints (IN, OUT). Raises ``ProtocolError``."""
    place, interface = 0, -1
    found: dict[bool, int] = {}
    while place + 2 <= len(descriptors) and descriptors[place]:
        one = descriptors[place : place + descriptors[place]]
        if one[1] == _INTERFACE and len(one) >= 9 and len(found) < 2:
            interface, found = (one[2], {}) if one[5] in {_STILL_IMAGE, _VENDOR_SPECIFIC} else (-1, {})
        elif one[1] == _ENDPOINT and len(one) >= 7 and interface >= 0 and one[3] & 3 == _BULK_ATTRIBUTES:
            found.setdefault(bool(one[2] & _TO_HOST), one[2])
        place += len(one)
    if len(found) < 2:
        raise ProtocolError("the device has no PTP interface")
    return interface, found[True], found[False]


def _asked(descriptor: int, bulk_in: int, bulk_out: int) -> DeviceInfo:
    deadline = time.monotonic() + ANSWER_SECONDS
    command = Container(ContainerType.COMMAND, OperationCode.GET_DEVICE_INFO, 0)
    _transfer(descriptor, bulk_out, bytearray(command.pack()), deadline)
    data = _received(descriptor, bulk_in, deadline)
    if data.type is not ContainerType.DATA:
        raise ProtocolError(f"the camera answered {data.code:#06x}")
    answer = _received(descriptor, bulk_in, deadline)
    if answer.type is not ContainerType.RESPONSE or answer.code != ResponseCode.OK:
        raise ProtocolError(f"the camera answered {answer.code:#06x}")
    return DeviceInfo.unpack(data.payload)


def _received(descriptor: int, endpoint: int, deadline: float) -> Container:
    """Receive a container, after the packet of no bytes that may end the one before it."""
    data = bytearray()
    length = LARGEST_BYTES
    while len(data) < length:
        buffer = bytearray(LARGEST_BYTES)
        count = _transfer(descriptor, endpoint, buffer, deadline)
        data += buffer[:count]
        if len(data) > LARGEST_BYTES:
            raise ProtocolError("the answer has no end")
        if len(data) >= _LENGTH_BYTES:
            length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    return Container.unpack(bytes(data[:length]))


def _transfer(descriptor: int, endpoint: int, buffer: bytearray, deadline: float) -> int:
    """Carry out one bulk transfer; return its size. Raises ``OSError``, also ``TimeoutError``."""
    memory = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    block = _Urb(type=_BULK, endpoint=endpoint, buffer=ctypes.addressof(memory), buffer_length=len(buffer))
    _call(descriptor, _SUBMIT, block)
    waiting = select.poll()
    waiting.register(descriptor, select.POLLOUT)
    left = deadline - time.monotonic()
    if left <= 0 or not waiting.poll(left * 1000):
        _call(descriptor, _DISCARD, block)
        waiting.poll(1000)
    reaped = ctypes.c_void_p()
    _call(descriptor, _REAP, reaped)
    if block.status:
        raise OSError(-block.status, os.strerror(-block.status))
    return block.actual_length


def _call(descriptor: int, request: int, argument: ctypes.Structure | ctypes.c_uint | ctypes.c_void_p) -> None:
    """An ioctl on the structure itself: ``fcntl.ioctl`` would pass a copy, and the kernel keeps its address."""
    if ctypes.CDLL(None, use_errno=True).ioctl(descriptor, ctypes.c_ulong(request), ctypes.byref(argument)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
