"""The records of a Canon EOS's event list and object lists, little endian.

Layouts: libgphoto2 2.5.34, ``camlibs/ptp2/ptp-pack.c`` (``ptp_unpack_EOS_events``, ``ptp_unpack_Canon_EOS_FE``).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonEvent
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.body_events import Added, BodyEvent, CardMoved, Focused, PropertyChanged, Status
from photonic.simulator.card import CARD_STORAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from photonic.simulator.card import StoredObject
    from photonic.simulator.properties import Property

END = struct.pack("<II", 8, 0)
FOCUS_MASK = 0x0100
IN_FOCUS = bytes.fromhex("000000000101")
OUT_OF_FOCUS = bytes.fromhex("000000000200")
_WITH_CHOICES_AFTER_EACH_VALUE = frozenset({P.MODE, P.SHUTTER, P.APERTURE})
"""libgphoto2 forgets a mode's choices with each new value; those of the exposure depend on the mode."""


def record(code: int, body: bytes) -> bytes:
    """One record: u32 size including itself, u32 code, body."""
    return struct.pack("<II", 8 + len(body), code) + body


def value_record(code: int, known: Property) -> bytes:
    """A property's value."""
    return record(CanonEvent.PROPERTY_VALUE, struct.pack("<I", code) + known.pack())


def choices_record(code: int, known: Property) -> bytes:
    """The choices of a property."""
    head = struct.pack("<III", code, 3, len(known.choices))
    return record(CanonEvent.PROPERTY_CHOICES, head + b"".join(known.pack(choice) for choice in known.choices))


def all_properties(properties: Mapping[int, Property]) -> bytes:
    """The response to event mode: every value, then every list of choices."""
    values = [value_record(code, known) for code, known in properties.items()]
    choices = [choices_record(code, known) for code, known in properties.items() if known.choices]
    return b"".join(values + choices)


def event_records(body_event: BodyEvent, properties: Mapping[int, Property]) -> bytes:
    """An event of the body in the form that a client reads."""
    match body_event:
        case PropertyChanged(code):
            known = properties[code]
            again = code in _WITH_CHOICES_AFTER_EACH_VALUE
            return value_record(code, known) + (choices_record(code, known) if again else b"")
        case Status(busy):
            return record(CanonEvent.CAMERA_STATUS, struct.pack("<I", busy))
        case Focused(sharp):
            result = IN_FOCUS if sharp else OUT_OF_FOCUS
            length = 4 + 2 + 2 + len(result)
            return record(CanonEvent.SCREEN_INFO, struct.pack("<IHH", length, FOCUS_MASK, 0) + result)
        case Added(stored):
            return _added(stored)
        case CardMoved(present):
            moved = CanonEvent.STORE_ADDED if present else CanonEvent.STORE_REMOVED
            destination = P.CAPTURE_DESTINATION
            return record(moved, struct.pack("<I", CARD_STORAGE)) + choices_record(destination, properties[destination])


def folder_entries(objects: Sequence[StoredObject]) -> bytes:
    """The response to 0x9109: u32 count, then entries of 56 bytes, each preceded by its size."""
    return struct.pack("<I", len(objects)) + b"".join(_entry(stored) for stored in objects)


def _added(stored: StoredObject) -> bytes:
    photo = stored.photo
    name = photo.raw_name + b"\0"
    if stored.storage == 0:
        head = struct.pack("<IHHIII", stored.handle, photo.format, 0, 0, photo.size_bytes, 0)
        # handle at 8, format at 12, size at 20, name at 28
        return record(CanonEvent.OBJECT_TRANSFER, (head + name).ljust(40, b"\0"))
    head = struct.pack(
        "<IIHHIIIIII", stored.handle, stored.storage, photo.format, 0, 0, 0, photo.size_bytes, stored.parent, 0, 0
    )
    return record(CanonEvent.OBJECT_ADDED, (head[:32] + name).ljust(56, b"\0"))


def _entry(stored: StoredObject) -> bytes:
    photo = stored.photo
    flags = 0x10 if stored.is_folder else 0x20
    head = struct.pack("<IIHHIBBHIII", stored.handle, stored.storage, photo.format, 0, 0, flags, 0, 0,
                       photo.size_bytes, 0, 0)  # fmt: skip
    entry = head + photo.raw_name[:15].ljust(16, b"\0") + struct.pack("<I", int(photo.taken_at.timestamp()))
    return struct.pack("<I", 4 + len(entry)) + entry
