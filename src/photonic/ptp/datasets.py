"""The datasets of PTP (ISO 15740, clause 5): little-endian integers, counted arrays, counted UTF-16 strings."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LONGEST_STRING = 254
"""In UTF-16 code units, without the terminating NUL."""


def pack_string(text: str) -> bytes:
    """Encode a string: a u8 count of UTF-16 code units with the terminating NUL, then the units; empty: a single zero.

    Unpaired surrogates are kept, because some cameras send such strings.
    """
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * LONGEST_STRING]
    if not units:
        return b"\0"
    return bytes([len(units) // 2 + 1]) + units + b"\0\0"


def unpack_string(data: bytes, offset: int = 0) -> tuple[str, int]:
    """Return the string at ``offset`` and the offset after it. Raises ``ProtocolError`` if truncated or not UTF-16."""
    if offset >= len(data):
        raise ProtocolError("missing string")
    units = data[offset]
    end = offset + 1 + 2 * units
    if end > len(data):
        raise ProtocolError(f"truncated string of {units} units")
    try:
        return data[offset + 1 : end].decode("utf-16-le").removesuffix("\0"), end
    except UnicodeDecodeError as error:
        raise ProtocolError(f"string is not valid UTF-16: {error.reason}") from error


def pack_array(values: Sequence[int], code: str) -> bytes:
    """Encode an array: a u32 count, then the items; ``code``: their ``struct`` format (``H``: u16, ``I``: u32)."""
    return struct.pack(f"<I{len(values)}{code}", len(values), *values)


def unpack_array(data: bytes, code: str, offset: int = 0) -> tuple[tuple[int, ...], int]:
    """Return the array at ``offset`` and the offset after it. Raises ``ProtocolError`` if it is truncated."""
    if offset + 4 > len(data):
        raise ProtocolError("truncated array count")
    (count,) = struct.unpack_from("<I", data, offset)
    end = offset + 4 + count * struct.calcsize(f"<{code}")
    if end > len(data):
        raise ProtocolError(f"truncated array of {count} items")
    return struct.unpack_from(f"<{count}{code}", data, offset + 4), end


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """The identity and the capabilities of a camera (0x1001)."""

    vendor: int
    operations: tuple[int, ...]
    events: tuple[int, ...]
    properties: tuple[int, ...]
    capture_formats: tuple[int, ...]
    image_formats: tuple[int, ...]
    manufacturer: str
    model: str
    version: str
    serial: str

    def pack(self) -> bytes:
        """Encode the dataset."""
        lists = (self.operations, self.events, self.properties, self.capture_formats, self.image_formats)
        head = struct.pack("<HIH", 100, self.vendor, 100) + pack_string("") + struct.pack("<H", 0)
        names = (self.manufacturer, self.model, self.version, self.serial)
        return head + b"".join(pack_array(codes, "H") for codes in lists) + b"".join(map(pack_string, names))

    @classmethod
    def unpack(cls, data: bytes) -> DeviceInfo:
        """Decode a dataset. Raises ``ProtocolError``."""
        if len(data) < 8:
            raise ProtocolError("truncated device information")
        (vendor,) = struct.unpack_from("<I", data, 2)
        _, offset = unpack_string(data, 8)
        offset += 2
        lists: list[tuple[int, ...]] = []
        for _ in range(5):
            codes, offset = unpack_array(data, "H", offset)
            lists.append(codes)
        names: list[str] = []
        for _ in range(4):
            name, offset = unpack_string(data, offset)
            names.append(name)
        operations, events, properties, capture_formats, image_formats = lists
        manufacturer, model, version, serial = names
        return cls(
            vendor,
            operations,
            events,
            properties,
            capture_formats,
            image_formats,
            manufacturer,
            model,
            version,
            serial,
        )


@dataclass(frozen=True, slots=True)
class StorageInfo:
    """One memory card (0x1005)."""

    capacity_bytes: int
    free_bytes: int
    free_images: int
    description: str
    label: str = ""
    read_only: bool = False

    def pack(self) -> bytes:
        """Encode the dataset, with the type "removable RAM" and the file system DCF."""
        head = struct.pack(
            "<HHHQQI", 4, 3, 1 if self.read_only else 0, self.capacity_bytes, self.free_bytes, self.free_images
        )
        return head + pack_string(self.description) + pack_string(self.label)


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object (0x1008); ``parent`` 0: the root of the storage."""

    storage: int
    format: int
    size_bytes: int
    parent: int
    name: str
    taken_at: datetime
    thumbnail_bytes: int = 0
    width: int = 0
    height: int = 0
    is_folder: bool = False

    def pack(self) -> bytes:
        """Encode the dataset."""
        head = struct.pack(
            "<IHHIHIIIIIIIHII",
            self.storage,
            self.format,
            0,
            self.size_bytes,
            0x3808 if self.thumbnail_bytes else 0,
            self.thumbnail_bytes,
            160 if self.thumbnail_bytes else 0,
            120 if self.thumbnail_bytes else 0,
            self.width,
            self.height,
            24,
            self.parent,
            1 if self.is_folder else 0,
            0,
            0,
        )
        stamp = pack_string(self.taken_at.strftime("%Y%m%dT%H%M%S"))
        return head + pack_string(self.name) + stamp + stamp + pack_string("")
