"""The names of the service: a page must not reach it through a name that the page's owner controls (DNS rebinding)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS = frozenset({"0.0.0.0", "::", ""})


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address, is reachable from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str | None:
    """The name in a Host header, without port and brackets, in lower case; ``None`` if the header is invalid."""
    try:
        parts = urlsplit(f"//{host}")
        _port = parts.port
    except ValueError:
        return None
    if parts.hostname is None or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname.rstrip(".")


class HostRule:
    """Accepts only the service's own names.

    Args:
        bound: The address that the service listens on; empty for a Unix socket.
        names: Additional names, from ``allowed_hosts``.
        machine: The machine's own names, ``HOSTNAME`` and ``HOSTNAME.local``; they are accepted unless on loopback.
    """

    def __init__(self, bound: str, names: Iterable[str], machine: Iterable[str] = ()) -> None:
        own = () if is_loopback(bound) else machine
        known = {name.lower().strip("[]").rstrip(".") for name in (*names, *own, bound)}
        self._names = LOOPBACK_NAMES | known - WILDCARDS
        # Anyone can point a name at this machine, but not an address: on all interfaces, accept every address.
        self._any_address = not is_loopback(bound) and bound.strip("[]") in WILDCARDS

    def problem(self, host: str | None) -> str | None:
        """Why a Host header is refused; ``None`` if it is accepted."""
        name = host_name(host) if host else None
        if name is None:
            return "the Host header is missing or invalid"
        if name in self._names or is_loopback(name) or (self._any_address and _is_address(name)):
            return None
        return f"unknown host name {name[:100]}: if it belongs to this service, add it to allowed_hosts"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
