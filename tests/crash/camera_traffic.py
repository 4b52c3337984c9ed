"""What a recorded run asked of its camera: found in the packets that it sent; no input or output.

A request of PTP/IP: u32 length, u32 type (6), u32 data phase, u16 operation, u32 transaction (CIPA DC-X005-2005).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.crash.operations import Sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.crash.operations import Recording

_REQUEST = struct.Struct("<IIIH")
_REQUEST_TYPE = 6
_DELETE = frozenset({0x100B, 0x9105})
"""DeleteObject, and Canon's own."""
_CANON_ISO = struct.pack("<II", 12, 0xD103)
"""The data of Canon's SetDevicePropValueEx: u32 length, u32 property, u32 value."""


class OtherTraffic(ValueError):
    """The packets do not say what the camera's journal says."""


def card_deletions(recording: Recording, hashes: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """Each request to delete a file from the card, with the SHA-256 of that file.

    Args:
        recording: Of the run.
        hashes: Of the files that the camera deleted, in order.

    Raises:
        OtherTraffic: there are not as many requests.
    """
    found = [number for number, each in enumerate(recording.operations) if isinstance(each, Sent) and _deletes(each)]
    if len(found) != len(hashes):
        raise OtherTraffic(f"{len(found)} requests to delete a file, {len(hashes)} deleted files")
    return tuple(zip(found, hashes, strict=True))


def settings_lent(recording: Recording) -> tuple[int, ...]:
    """Each change of the ISO: that of a capture, and back, in turn. Raises ``OtherTraffic``."""
    sent = [(number, each.data) for number, each in enumerate(recording.operations) if isinstance(each, Sent)]
    found = [(number, data.partition(_CANON_ISO)[2][:4]) for number, data in sent if _CANON_ISO in data]
    lent, back = {value for _number, value in found[::2]}, {value for _number, value in found[1::2]}
    if lent & back or len(lent) > 1 or len(back) > 1:
        raise OtherTraffic(f"the ISO was not changed and set back in turn: {found}")
    return tuple(number for number, _value in found)


def _deletes(packet: Sent) -> bool:
    if len(packet.data) < _REQUEST.size:
        return False
    _length, kind, _phase, operation = _REQUEST.unpack_from(packet.data)
    return kind == _REQUEST_TYPE and operation in _DELETE
