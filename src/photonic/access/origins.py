"""Pages of other origins: which of them may change something, open a WebSocket, read a response or show a picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photonic.access.caller import Caller

ANY = "*"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)


def checked_origin(value: str) -> str:
    """``value``, if it is an origin or ``*``, with a slash at the end or without. Raises ``ValueError`` with advice."""
    if value == ANY or _ORIGIN.fullmatch(value.rstrip("/")) is not None:
        return value
    if value == "null":
        raise ValueError("null is the origin of every page that hides its own: serve the page from an address instead")
    # The part before an @ may contain a password.
    shown = repr(value[:100]) if "@" not in value else "an address with a name and a password"
    raise ValueError(f"{shown} is not an origin: write scheme, host and port, such as http://dash.example:9000")


class OriginRule:
    """Keeps pages of other origins out, unless their origin is in ``allowed_origins``.

    ``*`` opens the service to all pages, but only as strangers may use it: everyone who looks at such a page, signed in
    or on this machine, counts as a stranger there (see ``decision.decide``).
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        origins = {origin.lower().rstrip("/") for origin in allowed}
        self.public = ANY in origins
        """Whether all pages may use the service as strangers may."""
        self.named = tuple(sorted(origins - {ANY}))
        """The origins by name."""

    def problem(self, caller: Caller) -> str | None:
        """Why a request that changes something, or opens a WebSocket, is refused; ``None`` if it is accepted.

        If a page sent it, the page must be one of ours or allowed, unless its credential is one that no browser sends
        by itself (see ``Means.is_ambient``).
        """
        if caller.is_safe:
            return None
        if caller.origin is None:
            if caller.fetch_site in {None, "same-origin", "none"}:
                return None
            return "requests from pages of other sites are not allowed"
        if self.admits(caller.origin, caller.host):
            return None
        return refusal_of(caller.origin)

    def read_problem(self, caller: Caller) -> str | None:
        """Why a GET of something that is not open is refused; ``None`` if it is accepted.

        A page of another site may not read it, and may not show it, with the credential of the person before the
        screen; following a link from there is no such request. Over plain HTTP browsers send no Sec-Fetch headers, so
        Referer decides.
        """
        if not caller.is_safe or caller.is_navigation:
            return None
        page = page_origin(caller)
        foreign = caller.fetch_site == "cross-site" or (caller.fetch_site is None and page is not None)
        if not foreign or (page is not None and self.admits(page, caller.host)):
            return None
        shown = f"pages from {page[:100]}" if page is not None else "pages of other sites"
        return f"{shown} may not read this: add the origin to allowed_origins, or use a signed link"

    def is_foreign(self, caller: Caller) -> bool:
        """Whether a page that is neither this service's own nor allowed by name sent the request."""
        if caller.is_safe and caller.is_navigation:
            return False
        page = page_origin(caller)
        return caller.fetch_site == "cross-site" if page is None else not self.admits(page, caller.host)

    def admits(self, origin: str, host: str | None) -> bool:
        """Whether ``origin`` is this service's own, or allowed by name."""
        return origin.lower() in self.named or same_origin(origin, host or "")

    def opens(self, origin: str, host: str | None) -> bool:
        """Whether pages of ``origin`` may use the service, at least as strangers may."""
        return self.public or self.admits(origin, host)


def refusal_of(origin: str) -> str:
    """Why a page is refused, and which setting allows it."""
    return f"pages from {origin[:100]} are not allowed: to allow them, add the origin to allowed_origins"


def page_origin(caller: Caller) -> str | None:
    """The origin of the page that sent the request: Origin, or else that of Referer; ``None`` if neither names one."""
    if caller.origin is not None:
        return caller.origin
    try:
        parts = urlsplit(caller.referer or "")
        _port = parts.port
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None


def same_origin(origin: str, host: str) -> bool:
    """Whether a page of ``origin`` was served by ``host``. Schemes are not compared: a proxy may have added TLS."""
    try:
        page = urlsplit(origin.lower())
        here = urlsplit(f"//{host.lower()}")
        ports = page.port, here.port
    except ValueError:
        return False
    default = {"http": 80, "https": 443}.get(page.scheme)
    if default is None or page.hostname is None:
        return False
    return (page.hostname, ports[0] or default) == (here.hostname, ports[1] or default)
