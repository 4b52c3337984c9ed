"""Addresses of cameras that only give pictures: a V4L2 device, a URL, a file or folder.

``v4l2:/dev/video0``, ``url:http://host/stream``, ``file:/folder``; each may end in ``#fps=5``, a device in
``#size=1280x720,fps=30``. A fragment, because it is never sent to a server (RFC 3986, 3.5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from photonic.errors import BadInput

LEAST_FPS = 0.5
"""Viewers take a picture that stands for some seconds for a frozen one."""
MOST_FPS = 120.0
MOST_PIXELS_A_SIDE = 16_384

_OPTIONS = re.compile(r"[a-z]+=[^#/]*")
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
_FPS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")


class SourceKind(StrEnum):
    """What gives the pictures; it stands before the colon of the address."""

    V4L2 = "v4l2"
    URL = "url"
    FILE = "file"


_EXAMPLES = {
    SourceKind.V4L2: "v4l2:/dev/video0",
    SourceKind.URL: "url:http://192.168.1.20/stream.mjpg",
    SourceKind.FILE: "file:/folder/of/jpegs",
}


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """One source. ``place``: a path, or the URL with the user name and the password that it may hold.

    ``fps``: pictures a second, ``None``: as the source is used to. ``size``: width and height of a device's live view.
    """

    kind: SourceKind
    place: str
    fps: float | None = None
    size: tuple[int, int] | None = None

    @classmethod
    def parse(cls, address: str) -> Self:
        """The source of an address. Raises ``BadInput`` that says what it takes, without the password in it."""
        word, _colon, rest = address.partition(":")
        if not names_source(address):
            raise BadInput(f"{shown(address)} names no source of pictures: it takes {', '.join(_EXAMPLES.values())}")
        kind = SourceKind(word)
        place, options = _parted(rest)
        if not place or not place.isprintable():
            raise BadInput(f"{word}: names nothing: it takes {_EXAMPLES[kind]}")
        if kind is SourceKind.URL:
            _check_url(place, address)
        given = _options(kind, options)
        fps, size = given.get("fps"), given.get("size")
        return cls(kind, place, None if fps is None else _fps(fps), None if size is None else _size(size))


def names_source(address: str) -> bool:
    """Whether the address is of this kind; it may be a wrong one."""
    word, colon, _rest = address.partition(":")
    return bool(colon) and word in set(SourceKind)


def shown(address: str) -> str:
    """The address as it may be logged and printed: of a URL neither user name, password nor query."""
    kind, _colon, rest = address.partition(":")
    if kind != SourceKind.URL:
        return address
    scheme, slashes, place = rest.partition("//")
    # Whatever stands before an @ may be a password, also in an address that is none.
    return f"{kind}:{scheme}{slashes}{place.rpartition('@')[2].partition('?')[0].partition('#')[0]}"


def _parted(rest: str) -> tuple[str, str]:
    """Place and options: a path may hold a # of its own."""
    place, mark, options = rest.rpartition("#")
    return (place, options) if mark and _OPTIONS.fullmatch(options) else (rest, "")


def _check_url(url: str, address: str) -> None:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or " " in url:
        raise BadInput(f"{shown(address)} is no http or https URL: it takes {_EXAMPLES[SourceKind.URL]}")


def _options(kind: SourceKind, text: str) -> dict[str, str]:
    takes = ("fps", "size") if kind is SourceKind.V4L2 else ("fps",)
    given: dict[str, str] = {}
    for pair in filter(None, text.split(",")):
        key, _equals, value = pair.partition("=")
        if key not in takes:
            raise BadInput(f"{kind}: addresses have no {key[:40]!r}: they take {', '.join(takes)}", choices=takes)
        given[key] = value
    return given


def _fps(text: str) -> float:
    number = float(text) if _FPS.fullmatch(text) else 0.0
    if not LEAST_FPS <= number <= MOST_FPS:
        raise BadInput(f"fps takes a number from {LEAST_FPS:g} to {MOST_FPS:g}, not {text[:40]!r}")
    return number


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 < width <= MOST_PIXELS_A_SIDE or not 0 < height <= MOST_PIXELS_A_SIDE:
        raise BadInput(f"size takes width and height in pixels, such as 1280x720, not {text[:40]!r}")
    return width, height
