"""Addresses of sources that only deliver frames: a V4L2 device, a URL, a file or folder.

``v4l2:/dev/video0``, ``url:http://host/stream``, ``file:/folder``; each may end in ``#fps=5``, a device in
``#size=1280x720,fps=30``. The options are a fragment because fragments are never sent to a server (RFC 3986, 3.5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from photonic.errors import BadInput

LEAST_FPS = 0.5
"""Viewers regard a frame that does not change for some seconds as frozen."""
MOST_FPS = 120.0
MOST_PIXELS_A_SIDE = 16_384

_OPTIONS = re.compile(r"[a-z]+=[^#/]*")
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
_FPS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")


class SourceKind(StrEnum):
    """The kind of source: the part of the address before the colon."""

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
    """One source. ``place``: a path, or the URL, possibly with a user name and password.

    ``fps``: frames per second; ``None``: the source's own rate. ``size``: width and height of a device's live view, in
    pixels; ``None``: the device's own size.
    """

    kind: SourceKind
    place: str
    fps: float | None = None
    size: tuple[int, int] | None = None

    @classmethod
    def parse(cls, address: str) -> Self:
        """Parse an address. Raises ``BadInput``, whose reason never contains the password."""
        word, _colon, rest = address.partition(":")
        if not is_source(address):
            raise BadInput(
                f"{redacted(address)} is not a device, URL or file: use an address like {', '.join(_EXAMPLES.values())}"
            )
        kind = SourceKind(word)
        place, options = _split(rest)
        if not place or not place.isprintable():
            raise BadInput(f"the {word}: address is incomplete or unprintable: use an address like {_EXAMPLES[kind]}")
        if kind is SourceKind.URL:
            _check_url(place, address)
        given = _options(kind, options)
        fps, size = given.get("fps"), given.get("size")
        return cls(kind, place, None if fps is None else _fps(fps), None if size is None else _size(size))


def is_source(address: str) -> bool:
    """Whether the address is that of a source, valid or not."""
    word, colon, _rest = address.partition(":")
    return bool(colon) and word in set(SourceKind)


def redacted(address: str) -> str:
    """The address for logs and messages: a URL without its user name, password and query."""
    kind, _colon, rest = address.partition(":")
    if kind != SourceKind.URL:
        return address
    scheme, slashes, place = rest.partition("//")
    # The part before an @ may be a password, even in an invalid address.
    return f"{kind}:{scheme}{slashes}{place.rpartition('@')[2].partition('?')[0].partition('#')[0]}"


def _split(rest: str) -> tuple[str, str]:
    """Split into place and options; a path may contain a # itself."""
    place, mark, options = rest.rpartition("#")
    return (place, options) if mark and _OPTIONS.fullmatch(options) else (rest, "")


def _check_url(url: str, address: str) -> None:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or " " in url:
        raise BadInput(
            f"{redacted(address)} is not an http or https URL: use an address like {_EXAMPLES[SourceKind.URL]}"
        )


def _options(kind: SourceKind, text: str) -> dict[str, str]:
    known = ("fps", "size") if kind is SourceKind.V4L2 else ("fps",)
    given: dict[str, str] = {}
    for pair in filter(None, text.split(",")):
        key, _equals, value = pair.partition("=")
        if key not in known:
            raise BadInput(f"{kind}: unknown option {key[:40]!r}; the options are {', '.join(known)}", choices=known)
        given[key] = value
    return given


def _fps(text: str) -> float:
    number = float(text) if _FPS.fullmatch(text) else 0.0
    if not LEAST_FPS <= number <= MOST_FPS:
        raise BadInput(f"fps must be a number from {LEAST_FPS:g} to {MOST_FPS:g}, not {text[:40]!r}")
    return number


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 < width <= MOST_PIXELS_A_SIDE or not 0 < height <= MOST_PIXELS_A_SIDE:
        raise BadInput(f"size must be width and height in pixels, such as 1280x720, not {text[:40]!r}")
    return width, height
