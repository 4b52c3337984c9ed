"""Pages of other origins: which of them may change something, open a WebSocket, read a response or show a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photonic.access.caller import Caller

ANY = "*"


class OriginRule:
    """Keeps pages of other origins out, unless their origin is in ``allowed_origins``."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = frozenset(origin.lower().rstrip("/") for origin in allowed)

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
        return f"pages from {caller.origin[:100]} are not allowed: to allow them, add the origin to allowed_origins"

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

    def admits(self, origin: str, host: str | None) -> bool:
        """Whether ``origin`` is this service's own, or allowed."""
        return self.names(origin) or same_origin(origin, host or "")

    def names(self, origin: str) -> bool:
        """Whether ``origin`` is in ``allowed_origins``."""
        return ANY in self.allowed or origin.lower().rstrip("/") in self.allowed


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
