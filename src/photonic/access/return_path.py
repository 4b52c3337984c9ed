"""Where a browser goes after its sign-in: a path of this service, whatever the address said."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

FRONT_PAGE = "/"
SIGN_IN = "/sign-in"
_LONGEST = 2000
_PRINTABLE = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
"""ASCII without spaces, control characters and the backslash: browsers drop the first two and take the last for "/"."""


def return_path(wanted: str | None) -> str:
    """``wanted`` if it is a path of this service, with or without a query; otherwise the front page.

    A link to the sign-in may come from anywhere, so it must not lead to another host (``//host``, ``/\\host``, a
    scheme, not even once its first slash is gone), nor out of the path under which a proxy serves this service
    (``/../other``), nor to the sign-in again.
    """
    if wanted is None or len(wanted) > _LONGEST or not _PRINTABLE.fullmatch(wanted):
        return FRONT_PAGE
    if not wanted.startswith("/") or wanted.startswith("//"):
        return FRONT_PAGE
    path = unquote(urlsplit(wanted).path)
    if "//" in path or ":" in path.split("/")[1]:
        return FRONT_PAGE
    climbs = any(segment in {".", ".."} for segment in path.replace("\\", "/").split("/"))
    return FRONT_PAGE if climbs or path == SIGN_IN else wanted
