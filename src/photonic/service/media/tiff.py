"""The directories of a TIFF file (TIFF 6.0), the format of CR2, NEF, ARW, RW2, DNG and of every Exif block.

``directories`` is strict and returns the integer values of all directories; ``fields`` reads what it can of one. A
thousand entries can refer to the same bytes, so both read only the requested tags, within limits.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

DIRECTORIES_LIMIT = 64
# 85 is Panasonic's RW2.
_VERSIONS = frozenset({42, 85})
# Tags whose values are the positions of further directories.
_DIRECTORIES = frozenset({330, 34665})
# 129 is text in UTF-8 (Exif 3.0).
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}
_RATIOS = {5: "II", 10: "ii"}
_REALS = {11: "f", 12: "d"}
_TEXTS = frozenset({2, 129})
VALUES_LIMIT = 100_000
"""For all directories of a file together. Most are strips: a picture of 12,000 lines may have one for each line."""
ENTRIES_LIMIT = 512
"""For one directory; cameras write fewer than a hundred."""
FIELD_BYTES_LIMIT = 1024

Values = dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Field:
    """An entry of a directory: its TIFF type, and at most ``FIELD_BYTES_LIMIT`` bytes of its values."""

    kind: int
    order: str
    data: bytes

    @property
    def integers(self) -> tuple[int, ...]:
        """Its values; empty if they are not integers."""
        code = _INTEGERS.get(self.kind)
        return () if code is None else tuple(value for (value,) in self._values(code))

    @property
    def number(self) -> float | None:
        """Its first value; ``None`` for text, for a division by zero, and without a value. May be NaN."""
        if (pair := _RATIOS.get(self.kind)) is not None:
            above, below = next(self._values(pair), (0, 0))
            return above / below if below else None
        code = _INTEGERS.get(self.kind) or _REALS.get(self.kind)
        return None if code is None else next((value for (value,) in self._values(code)), None)

    @property
    def text(self) -> bytes | None:
        """The text up to NUL; ``None`` if it is not text."""
        return self.data.partition(b"\0")[0] if self.kind in _TEXTS else None

    def _values(self, code: str) -> Iterator[tuple[int, ...]]:
        form = struct.Struct(f"{self.order}{code}")
        return form.iter_unpack(self.data[: len(self.data) // form.size * form.size])


def directories(content: BinaryIO, size: int, tags: Collection[int]) -> Iterator[Values]:
    """The integer values of the requested tags, directory by directory.

    Args:
        content: the open file.
        size: its size in bytes.
        tags: the requested tags.

    Raises:
        struct.error: it is not a TIFF file, is truncated, or exceeds the limits.
    """
    order, place = beginning(content)
    waiting = [place]
    seen: set[int] = set()
    left = VALUES_LIMIT
    while waiting:
        place = waiting.pop()
        if place == 0 or place in seen:
            continue
        if len(seen) == DIRECTORIES_LIMIT:
            raise struct.error(f"it has more than {DIRECTORIES_LIMIT} directories")
        seen.add(place)
        values, following = _directory(content, order, place, size, tags=_DIRECTORIES.union(tags), left=left)
        left -= sum(map(len, values.values()))
        waiting.append(following)
        for tag in _DIRECTORIES & values.keys():
            waiting.extend(values[tag])
        yield values


def beginning(content: BinaryIO) -> tuple[str, int]:
    """The byte order as ``struct`` writes it, and the position of the first directory. Raises ``struct.error``."""
    content.seek(0)
    order = {b"II": "<", b"MM": ">"}.get(content.read(2))
    if order is None or _numbers(content, order, "H", 1)[0] not in _VERSIONS:
        raise struct.error("it does not begin like a TIFF file")
    return order, _numbers(content, order, "I", 1)[0]


def fields(content: BinaryIO, order: str, place: int, tags: Collection[int]) -> dict[int, Field]:
    """The entries with the requested tags in the directory at ``place``; missing and damaged ones are skipped."""
    content.seek(place)
    count = int.from_bytes(content.read(2), "little" if order == "<" else "big")
    entries = content.read(12 * min(count, ENTRIES_LIMIT))
    found: dict[int, Field] = {}
    whole = entries[: len(entries) // 12 * 12]
    for tag, kind, number, inline in struct.iter_unpack(f"{order}HHI4s", whole):
        if tag not in tags or tag in found:
            continue
        length = _TYPE_BYTES.get(kind, 0) * number
        data = inline[:length]
        if length > 4:
            content.seek(struct.unpack(f"{order}I", inline)[0])
            data = content.read(min(length, FIELD_BYTES_LIMIT))
        found[tag] = Field(kind, order, data)
    return found


def _directory(
    content: BinaryIO, order: str, place: int, size: int, *, tags: Collection[int], left: int
) -> tuple[Values, int]:
    """The values of these tags in one directory, at most ``left``, and the position of the next directory."""
    content.seek(place)
    (count,) = _numbers(content, order, "H", 1)
    if count > ENTRIES_LIMIT:
        raise struct.error(f"a directory has more than {ENTRIES_LIMIT} entries")
    entries = content.read(12 * count)
    if len(entries) < 12 * count:
        raise struct.error("the directory is truncated")
    (following,) = _numbers(content, order, "I", 1)
    values: Values = {}
    for tag, kind, number, inline in struct.iter_unpack(f"{order}HHI4s", entries):
        length = _TYPE_BYTES.get(kind, 0) * number
        (begin,) = struct.unpack(f"{order}I", inline)
        if length > 4 and begin + length > size:
            raise struct.error("a value is truncated")
        code = {3: "H", 4: "I", 13: "I"}.get(kind)
        if code is None or tag not in tags or tag in values:
            continue
        left -= number
        if left < 0:
            raise struct.error(f"its directories have more than {VALUES_LIMIT} values")
        if length > 4:
            content.seek(begin)
            values[tag] = _numbers(content, order, code, number)
        else:
            values[tag] = struct.unpack(f"{order}{number}{code}", inline[:length])
    return values, following


def _numbers(content: BinaryIO, order: str, code: str, number: int) -> tuple[int, ...]:
    form = f"{order}{number}{code}"
    return struct.unpack(form, content.read(struct.calcsize(form)))
