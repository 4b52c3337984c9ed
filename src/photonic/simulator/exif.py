"""TIFF directories as cameras write them: the Exif block of a photo, and the structure of a Canon raw file (CR2).

Sources: TIFF 6.0, section 2; Exif 2.32, section 4.6; for CR2 the layout that its readers agree on: ``CR`` and the
version at byte 8, four directories (full preview, thumbnail, small RGB picture, raw data), little endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of a public dataclass whose hints tools read at run time
from fractions import Fraction
from typing import Final

from photonic.errors import ProtocolError

_HEADER: Final = struct.Struct("<2sHI")
_CR2_HEADER: Final = struct.Struct("<2sHI2sBBI")
_ENTRY: Final = struct.Struct("<HHI4s")
_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _SIGNED_RATIONAL = 2, 3, 4, 5, 7, 10
_NO_FLASH: Final = 0x10
"""Flash: did not fire, switched off."""
_STRIP_OFFSETS: Final = 0x0111
_STRIP_BYTES: Final = 0x0117
_JPEG_COMPRESSION: Final = 6


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """The facts in a photo's Exif data.

    ``subject_metres``: the distance at which the lens was focused. ``bias_ev``: the exposure compensation.
    ``taken_at``: local time; a time zone adds the offset tag.
    """

    make: str
    model: str
    serial: str
    taken_at: datetime
    exposure_seconds: float
    f_number: float
    iso: int
    lens: str
    subject_metres: float | None = None
    focal_length_mm: float | None = None
    bias_ev: float = 0.0


@dataclass(frozen=True, slots=True)
class Value:
    """One directory entry's type, count and bytes."""

    kind: int
    count: int
    data: bytes


Directory = dict[int, Value]


def exif_block(facts: PhotoFacts, width: int, height: int, thumbnail: bytes) -> bytes:
    """The TIFF structure of an Exif segment, with ``thumbnail`` (a JPEG) in its second directory."""
    main, exif = _main(facts), _exif(facts, width, height)
    small = {0x0103: _short(_JPEG_COMPRESSION), 0x0201: _long(0), 0x0202: _long(len(thumbnail))}
    exif_at = _HEADER.size + _size(main)
    small_at = exif_at + _size(exif)
    thumbnail_at = small_at + _size(small)
    main[0x8769] = _long(exif_at)
    small[0x0201] = _long(thumbnail_at)
    return b"".join(
        (
            _HEADER.pack(b"II", 42, _HEADER.size),
            _layout(main, _HEADER.size, small_at),
            _layout(exif, exif_at, 0),
            _layout(small, small_at, 0),
            thumbnail,
        )
    )


def raw_file(
    facts: PhotoFacts, preview_size: tuple[int, int], preview: bytes, thumbnail: bytes, sensor: bytes
) -> bytes:
    """A CR2 around ``preview`` and ``thumbnail`` (JPEGs) and ``sensor`` (the coded raw data)."""
    width, height = preview_size
    main, exif = _main(facts), _exif(facts, width, height)
    main |= {0x0100: _short(width), 0x0101: _short(height), 0x0103: _short(_JPEG_COMPRESSION)}
    main |= {_STRIP_OFFSETS: _long(0), _STRIP_BYTES: _long(len(preview))}
    small = {0x0201: _long(0), 0x0202: _long(len(thumbnail))}
    rgb_data = bytes(24 * 16 * 3)
    rgb = {0x0100: _short(24), 0x0101: _short(16), 0x0103: _short(1), 0x0106: _short(2), 0x0115: _short(3)}
    rgb |= {_STRIP_OFFSETS: _long(0), _STRIP_BYTES: _long(len(rgb_data))}
    raw = {0x0103: _short(_JPEG_COMPRESSION), _STRIP_OFFSETS: _long(0), _STRIP_BYTES: _long(len(sensor))}
    main_at = _CR2_HEADER.size
    exif_at = main_at + _size(main)
    small_at = exif_at + _size(exif)
    rgb_at = small_at + _size(small)
    raw_at = rgb_at + _size(rgb)
    preview_at = raw_at + _size(raw)
    thumbnail_at = preview_at + len(preview)
    rgb_data_at = thumbnail_at + len(thumbnail)
    main |= {0x8769: _long(exif_at), _STRIP_OFFSETS: _long(preview_at)}
    small[0x0201] = _long(thumbnail_at)
    rgb[_STRIP_OFFSETS] = _long(rgb_data_at)
    raw[_STRIP_OFFSETS] = _long(rgb_data_at + len(rgb_data))
    return b"".join(
        (
            _CR2_HEADER.pack(b"II", 42, main_at, b"CR", 2, 0, raw_at),
            _layout(main, main_at, small_at),
            _layout(exif, exif_at, 0),
            _layout(small, small_at, rgb_at),
            _layout(rgb, rgb_at, raw_at),
            _layout(raw, raw_at, 0),
            preview,
            thumbnail,
            rgb_data,
            sensor,
        )
    )


def preview_of_raw(raw: bytes) -> bytes:
    """The JPEG that the first directory of a CR2 points to.

    Raises ``ProtocolError`` for bytes that are not a CR2, or that are truncated.
    """
    if len(raw) < _CR2_HEADER.size or raw[:4] != b"II*\0" or raw[8:10] != b"CR":
        raise ProtocolError("not a CR2: does not start with II*\\0 and CR")
    directory = int.from_bytes(raw[4:8], "little")
    count = int.from_bytes(raw[directory : directory + 2], "little")
    entries = raw[directory + 2 : directory + 2 + _ENTRY.size * count]
    if len(entries) != _ENTRY.size * count:
        raise ProtocolError("truncated CR2: ends in its first directory")
    tags = {tag: int.from_bytes(data, "little") for tag, _kind, _count, data in _ENTRY.iter_unpack(entries)}
    if not {_STRIP_OFFSETS, _STRIP_BYTES} <= tags.keys():
        raise ProtocolError("CR2 without a preview in its first directory")
    preview = raw[tags[_STRIP_OFFSETS] :][: tags[_STRIP_BYTES]]
    if len(preview) != tags[_STRIP_BYTES]:
        raise ProtocolError("truncated CR2: ends in its preview")
    return preview


def _main(facts: PhotoFacts) -> Directory:
    return {
        0x010F: _ascii(facts.make),
        0x0110: _ascii(facts.model),
        0x0112: _short(1),
        0x0132: _ascii(f"{facts.taken_at:%Y:%m:%d %H:%M:%S}"),
        0x8769: _long(0),
    }


def _exif(facts: PhotoFacts, width: int, height: int) -> Directory:
    taken = _ascii(f"{facts.taken_at:%Y:%m:%d %H:%M:%S}")
    directory = {
        0x829A: _rational(facts.exposure_seconds),
        0x829D: _rational(facts.f_number),
        0x8827: _short(facts.iso) if facts.iso < 0xFFFF else _short(0xFFFF),
        0x9000: Value(_UNDEFINED, 4, b"0232"),
        0x9003: taken,
        0x9004: taken,
        0x9291: _ascii(f"{facts.taken_at.microsecond // 1000:03d}"),
        0x9292: _ascii(f"{facts.taken_at.microsecond // 1000:03d}"),
        0x9204: _signed_rational(facts.bias_ev),
        0x9209: _short(_NO_FLASH),
        0xA002: _long(width),
        0xA003: _long(height),
        0xA431: _ascii(facts.serial),
        0xA434: _ascii(facts.lens),
    }
    if facts.subject_metres is not None:
        directory[0x9206] = _rational(facts.subject_metres)
    if facts.focal_length_mm is not None:
        directory[0x920A] = _rational(facts.focal_length_mm)
    zone = f"{facts.taken_at:%z}"
    if zone:
        directory[0x9011] = _ascii(f"{zone[:3]}:{zone[3:5]}")
    return directory


def _ascii(text: str) -> Value:
    data = text.encode("ascii", "replace") + b"\0"
    return Value(_ASCII, len(data), data)


def _short(number: int) -> Value:
    return Value(_SHORT, 1, struct.pack("<H", number))


def _long(number: int) -> Value:
    return Value(_LONG, 1, struct.pack("<I", number))


def _rational(number: float) -> Value:
    ratio = Fraction(number).limit_denominator(16_000)
    return Value(_RATIONAL, 1, struct.pack("<II", ratio.numerator, ratio.denominator))


def _signed_rational(number: float) -> Value:
    ratio = Fraction(number).limit_denominator(6)
    return Value(_SIGNED_RATIONAL, 1, struct.pack("<ii", ratio.numerator, ratio.denominator))


def _size(directory: Directory) -> int:
    """The size of the directory, including values that do not fit into its entries, each at an even offset."""
    beyond = sum(len(value.data) + len(value.data) % 2 for value in directory.values() if len(value.data) > 4)
    return 2 + _ENTRY.size * len(directory) + 4 + beyond


def _layout(directory: Directory, offset: int, next_offset: int) -> bytes:
    """The directory laid out at ``offset``, its tags in ascending order as TIFF requires."""
    beyond_at = offset + 2 + _ENTRY.size * len(directory) + 4
    entries: list[bytes] = [struct.pack("<H", len(directory))]
    beyond: list[bytes] = []
    for tag, value in sorted(directory.items()):
        data = value.data
        if len(data) > 4:
            padded = data + b"\0" * (len(data) % 2)
            beyond.append(padded)
            data = struct.pack("<I", beyond_at)
            beyond_at += len(padded)
        entries.append(_ENTRY.pack(tag, value.kind, value.count, data.ljust(4, b"\0")))
    return b"".join((*entries, struct.pack("<I", next_offset), *beyond))
