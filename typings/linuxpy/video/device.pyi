"""What photonic uses of linuxpy 0.25, which ships no types. Every call may raise OSError, as the kernel answers."""

from collections.abc import Iterable
from enum import IntEnum, IntFlag
from fractions import Fraction

class Capability(IntFlag):
    VIDEO_CAPTURE = ...
    STREAMING = ...

class BufferFlag(IntFlag):
    ERROR = ...

class PixelFormat(IntEnum):
    MJPEG = ...
    JPEG = ...
    YUYV = ...

class BufferType(IntEnum):
    VIDEO_CAPTURE = ...

class V4L2Error(Exception): ...

class ImageFormat:
    pixel_format: PixelFormat

class FrameType:
    pixel_format: PixelFormat
    width: int
    height: int
    max_fps: Fraction | int

class Format:
    width: int
    height: int
    pixel_format: PixelFormat
    bytes_per_line: int

class Frame:
    data: bytes
    flags: BufferFlag

class Info:
    driver: str
    card: str
    bus_info: str
    version: str
    device_capabilities: Capability
    def buffer_formats(self, buffer_type: BufferType) -> list[ImageFormat]: ...
    @property
    def frame_types(self) -> list[FrameType]: ...

class BaseControl:
    id: int
    config_name: str
    name: str
    minimum: int
    maximum: int
    step: int
    is_flagged_inactive: bool
    is_flagged_write_only: bool
    is_writeable: bool
    value: int | bool | None

class IntegerControl(BaseControl): ...
class BooleanControl(BaseControl): ...

class MenuControl(BaseControl):
    data: dict[int, str | int]

class Controls:
    def refresh(self) -> None: ...
    def values(self) -> Iterable[object]: ...

class Device:
    info: Info
    controls: Controls
    def __init__(self, name_or_file: str) -> None: ...
    def open(self) -> None: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...

class MemoryMap:
    def raw_read(self) -> Frame: ...

class VideoCapture:
    buffer: MemoryMap
    def __init__(self, device: Device, size: int = 2) -> None: ...
    def set_format(self, width: int, height: int, pixel_format: str = "MJPG") -> object: ...
    def get_format(self) -> Format: ...
    def set_fps(self, fps: float | Fraction) -> object: ...
    def get_fps(self) -> Fraction: ...
    def open(self) -> None: ...
    def close(self) -> None: ...

def read_capabilities(fd: Device) -> object: ...
