"""The directories of a TIFF file (TIFF 6.0; CR2, NEF, ARW and DNG are such): their integer values, by tag."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTORIES_LIMIT = 64
# Tags whose values are the places of further directories.
_DIRECTORIES = frozenset({330, 34665})
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_VALUES_LIMIT = 100_000

Values = dict[int, tuple[int, ...]]


def directories(content: BinaryIO, size: int) -> Iterator[Values]:
    """The integer values of each directory of a file of ``size`` bytes, the first directory first.

    Raises ``struct.error`` for what is no TIFF file, or is cut off.
    """
    content.seek(0)
    order = {b"II": "<", b"MM": ">"}.get(content.read(2))
    if order is None or _numbers(content, order, "H", 1)[0] != 42:
        raise struct.error("it does not begin as a TIFF file does")
    waiting = list(_numbers(content, order, "I", 1))
    seen: set[int] = set()
    while waiting and len(seen) < DIRECTORIES_LIMIT:
        place = waiting.pop()
        if place == 0 or place in seen:
            continue
        seen.add(place)
        values, following = _directory(content, order, place, size)
        waiting.append(following)
        for tag in _DIRECTORIES & values.keys():
            waiting.extend(values[tag])
        yield values


def _directory(content: BinaryIO, order: str, place: int, size: int) -> tuple[Values, int]:
    """One directory's values, and where the next directory is."""
    content.seek(place)
    (count,) = _numbers(content, order, "H", 1)
    entries = content.read(12 * count)
    if len(entries) < 12 * count:
        raise struct.error("the directory is cut off")
    (following,) = _numbers(content, order, "I", 1)
    values: Values = {}
    for tag, kind, number, inline in struct.iter_unpack(f"{order}HHI4s", entries):
        length = _TYPE_BYTES.get(kind, 0) * number
        (begin,) = struct.unpack(f"{order}I", inline)
        if length > 4 and begin + length > size:
            raise struct.error("a value is cut off")
        code = {3: "H", 4: "I", 13: "I"}.get(kind)
        if code is None or number > _VALUES_LIMIT:
            continue
        if length > 4:
            content.seek(begin)
            values[tag] = _numbers(content, order, code, number)
        else:
            values[tag] = struct.unpack(f"{order}{number}{code}", inline[:length])
    return values, following


def _numbers(content: BinaryIO, order: str, code: str, number: int) -> tuple[int, ...]:
    form = f"{order}{number}{code}"
    return struct.unpack(form, content.read(struct.calcsize(form)))
