"""The pattern itself: its parameters in an address, and its frames.

A frame is a whole JPEG of an exact size. A comment directly behind its start of image holds the frame's number and
CLOCK_MONOTONIC in microseconds; further comments pad the frame. Decoders skip comments (ITU-T T.81, B.2.4.5).
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from PIL import Image

from photonic.errors import BadInput

PICTURES = 8
QUALITY = 80
SEGMENT_LIMIT_BYTES = 0xFFFF + 2
_STAMP = struct.Struct(">HHQQ")
_COMMENT = 0xFFFE
_START = b"\xff\xd8"
_LIMITS: dict[str, tuple[int, int]] = {
    "fps": (1, 240),
    "size": (4_000, 8_000_000),
    "width": (16, 8192),
    "height": (16, 8192),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """``fps`` frames per second of ``size`` bytes and ``width`` x ``height`` pixels; a seed determines the frames."""

    fps: int = 30
    size: int = 80_000
    width: int = 960
    height: int = 640
    seed: int = 1

    @classmethod
    def parse(cls, address: str) -> Self:
        """Parse an address, such as ``pattern:fps=30,size=80000``. Raises ``BadInput`` with the valid values."""
        kind, _colon, rest = address.partition(":")
        if kind != "pattern":
            raise BadInput(f"{address} is not a test pattern; use pattern:KEY=NUMBER,...", field="address")
        names = tuple(field.name for field in fields(cls))
        given: dict[str, int] = {}
        for pair in filter(None, rest.split(",")):
            key, _equals, text = pair.partition("=")
            if key not in names:
                raise BadInput(
                    f"a test pattern has no {key[:40]!r}; its keys are {', '.join(names)}",
                    field="address",
                    choices=names,
                )
            given[key] = _number(key, text)
        return cls(**given)

    def pictures(self) -> list[bytes]:
        """Some frames, each a JPEG without its stamp. Raises ``BadInput`` if they do not fit into ``size``."""
        rng = np.random.default_rng(self.seed)
        made = [self._picture(rng, number) for number in range(PICTURES)]
        room = self.size - _STAMP.size
        largest = max(map(len, made))
        if largest > room - 4:
            least = largest + _STAMP.size + 4
            raise BadInput(
                f"a test pattern of {self.width}x{self.height} needs at least {least} bytes per frame", field="address"
            )
        return [_filled(picture, room) for picture in made]

    def _picture(self, rng: np.random.Generator, number: int) -> bytes:
        """Coarse patches with a bright bar that moves from frame to frame."""
        patches = rng.integers(40, 200, (8, 12, 3), dtype=np.uint8)
        picture = Image.fromarray(patches).resize((self.width, self.height), Image.Resampling.BICUBIC)
        left = number * self.width // PICTURES
        picture.paste((255, 255, 255), (left, 0, left + max(1, self.width // PICTURES // 4), self.height))
        made = io.BytesIO()
        picture.save(made, "JPEG", quality=QUALITY)
        return made.getvalue()


def stamped(picture: bytes, number: int, made_us: int) -> bytes:
    """The picture with its number and time."""
    stamp = _STAMP.pack(_COMMENT, _STAMP.size - 2, number, made_us)
    return b"".join((_START, stamp, memoryview(picture)[len(_START) :]))


def _filled(picture: bytes, size_bytes: int) -> bytes:
    """The picture padded to ``size_bytes`` by comments after its start marker; the padding has at least four bytes."""
    left = size_bytes - len(picture)
    comments: list[bytes] = []
    while left:
        # The remainder has to have room for another comment.
        length = left if left <= SEGMENT_LIMIT_BYTES else min(SEGMENT_LIMIT_BYTES, left - 4)
        comments.append(struct.pack(">HH", _COMMENT, length - 2) + bytes(length - 4))
        left -= length
    return b"".join((_START, *comments, picture[len(_START) :]))


def _number(key: str, text: str) -> int:
    least, most = _LIMITS[key]
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and least <= int(text) <= most):
        raise BadInput(
            f"a test pattern's {key} must be a whole number from {least} to {most}, not {text[:40]!r}", field="address"
        )
    return int(text)
