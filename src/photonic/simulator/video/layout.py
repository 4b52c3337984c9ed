"""The structures and numbers of V4L2 (``linux/videodev2.h``) on a 64-bit machine."""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag

IOCTL_GROUP = ord("V")
CAPTURE = 1
"""V4L2_BUF_TYPE_VIDEO_CAPTURE, the only type of this device."""

MAPPED = 1
"""V4L2_MEMORY_MMAP, the only kind of memory of this device."""

NO_FIELD = 1
DISCRETE = 1
TIME_PER_FRAME = 0x1000


class VideoRequest(IntEnum):
    """The ioctls that are served, by the low byte of their numbers."""

    QUERY_CAPABILITIES = 0
    ENUM_FORMATS = 2
    GET_FORMAT = 4
    SET_FORMAT = 5
    REQUEST_BUFFERS = 8
    QUERY_BUFFER = 9
    QUEUE_BUFFER = 15
    DEQUEUE_BUFFER = 17
    STREAM_ON = 18
    STREAM_OFF = 19
    GET_PARAMETERS = 21
    SET_PARAMETERS = 22
    ENUM_INPUTS = 26
    GET_CONTROL = 27
    SET_CONTROL = 28
    QUERY_CONTROL = 36
    QUERY_MENU = 37
    GET_INPUT = 38
    SET_INPUT = 39
    TRY_FORMAT = 64
    GET_PRIORITY = 67
    SET_PRIORITY = 68
    GET_CONTROLS = 71
    SET_CONTROLS = 72
    TRY_CONTROLS = 73
    ENUM_SIZES = 74
    ENUM_INTERVALS = 75
    QUERY_LONG_CONTROL = 103


class DeviceCapability(IntFlag):
    """V4L2_CAP_*."""

    VIDEO_CAPTURE = 0x1
    EXTENDED_FORMAT = 0x200000
    STREAMING = 0x4000000
    DEVICE_CAPABILITIES = 0x80000000


CAPABILITIES = DeviceCapability.VIDEO_CAPTURE | DeviceCapability.EXTENDED_FORMAT | DeviceCapability.STREAMING
MEMORY_CAPABILITIES = 0x1
"""V4L2_BUF_CAP_SUPPORTS_MMAP."""

VERSION = 6 << 16 | 1 << 8


class BufferFlag(IntFlag):
    """V4L2_BUF_FLAG_*."""

    MAPPED = 0x1
    QUEUED = 0x2
    DONE = 0x4
    ERROR = 0x40
    MONOTONIC = 0x2000


class ControlFlag(IntFlag):
    """V4L2_CTRL_FLAG_*."""

    READ_ONLY = 0x4
    UPDATE = 0x8
    INACTIVE = 0x10
    WRITE_ONLY = 0x40


NEXT_CONTROL = 0x80000000
NEXT_COMPOUND = 0x40000000
CONTROL_ID = 0x0FFFFFFF
DEFAULT_VALUES = 0x0F000000
"""V4L2_CTRL_WHICH_DEF_VAL."""

CAPABILITY = struct.Struct("<16s32s32sIII12x")
FORMAT_DESCRIPTION = struct.Struct("<III32sII12x")
PICTURE_FORMAT = struct.Struct("<Ixxxx12I152x")
BUFFER_REQUEST = struct.Struct("<IIIIB3x")
BUFFER = struct.Struct("<IIIIIxxxxqq16xIIQIII4x")
PARAMETERS = struct.Struct("<IIIIIII176x")
SIZE = struct.Struct("<IIIII24x")
INTERVAL = struct.Struct("<IIIIIII24x")
INPUT = struct.Struct("<I32sIIIQII16x")
CONTROL = struct.Struct("<Ii")
SHORT_CONTROL = struct.Struct("<II32siiiiI8x")
LONG_CONTROL = struct.Struct("<II32sqqQqIIII16x128x")
MENU_ENTRY = struct.Struct("<II32s4x")
CONTROL_LIST = struct.Struct("<IIIi8xQ")
LISTED_CONTROL = struct.Struct("<IIIi4x")


def fourcc(name: str) -> int:
    """The number of a pixel format by its four letters."""
    return int.from_bytes(name.encode("ascii"), "little")


def text(value: str, size_bytes: int) -> bytes:
    """A string of C in so many bytes, with at least one zero at its end."""
    return value.encode()[: size_bytes - 1].ljust(size_bytes, b"\0")
