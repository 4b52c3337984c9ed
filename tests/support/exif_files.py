"""Files with Exif, as cameras of several makers lay them out; and broken ones."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ASCII, SHORT, LONG, RATIONAL, SIGNED_RATIONAL = 2, 3, 4, 5, 10
CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")


@dataclass(frozen=True)
class Entry:
    """One entry's type, number of values, and bytes."""

    kind: int
    count: int
    data: bytes


def text(value: str | bytes) -> Entry:
    data = (value if isinstance(value, bytes) else value.encode()) + b"\0"
    return Entry(ASCII, len(data), data)


def short(*numbers: int, order: str = "<") -> Entry:
    return Entry(SHORT, len(numbers), struct.pack(f"{order}{len(numbers)}H", *numbers))


def long(*numbers: int, order: str = "<") -> Entry:
    return Entry(LONG, len(numbers), struct.pack(f"{order}{len(numbers)}I", *numbers))


def ratio(above: int, below: int, *, order: str = "<", signed: bool = False) -> Entry:
    form = f"{order}ii" if signed else f"{order}II"
    return Entry(SIGNED_RATIONAL if signed else RATIONAL, 1, struct.pack(form, above, below))


def directory(entries: Mapping[int, Entry], place: int, order: str = "<") -> bytes:
    """The directory as it stands at ``place``."""
    beyond_at = place + 2 + 12 * len(entries) + 4
    packed, beyond = struct.pack(f"{order}H", len(entries)), b""
    for tag, entry in sorted(entries.items()):
        data = entry.data
        if len(data) > 4:
            beyond, data = beyond + data, struct.pack(f"{order}I", beyond_at + len(beyond))
        packed += struct.pack(f"{order}HHI", tag, entry.kind, entry.count) + data.ljust(4, b"\0")
    return packed + struct.pack(f"{order}I", 0) + beyond


def block(main: Mapping[int, Entry], exif: Mapping[int, Entry], *below: Mapping[int, Entry], order: str = "<") -> bytes:
    """A TIFF structure with an Exif directory, and further ones ``below`` the first (tag 330)."""
    main = {**main, 0x8769: long(0, order=order)}
    if below:
        main[330] = long(*(0 for _one in below), order=order)
    exif_at = 8 + len(directory(main, 8, order))
    others = directory(exif, exif_at, order)
    places: list[int] = []
    for one in below:
        places.append(exif_at + len(others))
        others += directory(one, places[-1], order)
    main[0x8769] = long(exif_at, order=order)
    if below:
        main[330] = long(*places, order=order)
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(f"{order}HI", 42, 8) + directory(main, 8, order) + others


def segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(data) + 2).to_bytes(2, "big") + data


def jpeg(exif: bytes | None, size: tuple[int, int] | None = (6000, 4000), *before: bytes) -> bytes:
    """A JPEG without a picture: segments ``before``, its Exif, its frame header."""
    frame = b"" if size is None else segment(0xC0, struct.pack(">BHHB", 8, size[1], size[0], 3))
    inner = b"" if exif is None else segment(0xE1, b"Exif\0\0" + exif)
    return b"\xff\xd8" + b"".join(before) + inner + frame + b"\xff\xda\0\2 \xff\xd9"


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data) + 8, kind) + data


def cr3(main: bytes, exif: bytes) -> bytes:
    inner = CANON_UUID + box(b"CNCV", b"CanonCR3") + box(b"CMT1", main) + box(b"CMT2", exif)
    return box(b"ftyp", b"crx \0\0\0\1") + box(b"moov", box(b"uuid", inner)) + box(b"mdat", b"raw")


def heif(exif: bytes, *, iloc: bytes | None = None) -> bytes:
    """A HEIF whose second item is its Exif block, at the end of the file."""
    first = box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", 1, 0, b"hvc1") + b"\0")
    second = box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", 2, 0, b"Exif") + b"\0")
    head = box(b"ftyp", b"heic\0\0\0\0mif1")
    item = struct.pack(">I", 6) + b"Exif\0\0" + exif

    def whole(place: int) -> bytes:
        table = iloc or (
            b"\1\0\0\0"
            + struct.pack(">HH", 0x4440, 2)
            + struct.pack(">HHHIHII", 1, 0, 0, 0, 1, 9, 9)
            + struct.pack(">HHHIHII", 2, 0, 0, 8, 1, place - 8, len(item))
        )
        meta = b"\0\0\0\0" + box(b"iinf", b"\0\0\0\0\0\2" + first + second) + box(b"iloc", table)
        return head + box(b"meta", meta) + struct.pack(">I4s", 8 + len(item), b"mdat")

    return whole(len(whole(8))) + item


def raf(preview: bytes) -> bytes:
    return b"FUJIFILMCCD-RAW ".ljust(84, b"0") + struct.pack(">II", 100, len(preview)) + bytes(8) + preview
