"""The Accept header (RFC 9110, 12.5.1): how much a client wants each media type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ANY = ("*", "*")


class Accepted:
    """What one request accepts.

    Args:
        fields: Every Accept header of the request; none, or only empty ones: everything is accepted.
    """

    def __init__(self, fields: Iterable[str]) -> None:
        self._ranges: dict[tuple[str, str], float] = {}
        for element in ",".join(fields).split(","):
            if (read := _read(element)) is not None:
                media_range, quality = read
                self._ranges[media_range] = max(quality, self._ranges.get(media_range, 0.0))

    def quality(self, media_type: str) -> float:
        """How much ``media_type`` is wanted, from 0 (not at all) to 1; the most specific range counts."""
        if not self._ranges:
            return 1.0
        kind, _slash, name = media_type.partition("/")
        ranges = ((kind, name), (kind, "*"), _ANY)
        return next((self._ranges[one] for one in ranges if one in self._ranges), 0.0)


def _read(element: str) -> tuple[tuple[str, str], float] | None:
    """A media range without its parameters, and its quality; ``None`` if it is malformed, and therefore ignored."""
    media_range, *parameters = (part.strip().lower() for part in element.split(";"))
    kind, slash, name = media_range.partition("/")
    if not (kind and slash and name):
        return None
    quality = 1.0
    for parameter in parameters:
        key, _equals, text = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(text)
            except ValueError:
                return None
    return ((kind, name), quality) if 0.0 <= quality <= 1.0 else None
