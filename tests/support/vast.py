"""Pictures and files that are small and claim to be vast."""

from __future__ import annotations

import io
import struct

from PIL import Image


def picture(width: int = 64, height: int = 48, **options: object) -> bytes:
    """A JPEG of these sides."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(made, "JPEG", **options)  # pyright: ignore[reportArgumentType]
    return made.getvalue()


def claiming(width: int, height: int, jpeg: bytes | None = None) -> bytes:
    """A JPEG of a few hundred bytes whose header claims these sides."""
    content = bytearray(jpeg or picture())
    # The frame header, in sequence or progressive: length, precision, height, width.
    place = next(at for mark in (b"\xff\xc0", b"\xff\xc2") if (at := content.find(mark)) >= 0) + 5
    content[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(content)


def with_exif(entries: int, value_bytes: int) -> bytes:
    """A JPEG with an Exif block of that many entries, which all name the same ``value_bytes``."""
    place = 8 + 2 + 12 * entries + 4
    packed = b"".join(struct.pack("<HHII", 1000 + n, 7, value_bytes, place) for n in range(entries))
    block = b"Exif\0\0II" + struct.pack("<HIH", 42, 8, entries) + packed + bytes(4) + bytes(value_bytes)
    whole = picture()
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + whole[2:]


def tiff_file(order: str, *entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """A TIFF file of one directory: tag, type, number of values, and the value or its place, of each entry."""
    mark = b"II" if order == "<" else b"MM"
    packed = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    head = mark + struct.pack(f"{order}HIH", 42, 8, len(entries))
    return head + packed + struct.pack(f"{order}I", following)


def exploding(entries: int, tags: int, values: int = 100_000) -> bytes:
    """A TIFF file of entries with so many tags in turn, that all name the same values."""
    place = 8 + 2 + 12 * entries + 4
    return tiff_file("<", *((273 + number % tags, 4, values, place) for number in range(entries))) + bytes(4 * values)
