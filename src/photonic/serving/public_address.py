"""The address under which other devices reach the service, as the client of a request sees it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from photonic.access.names import WILDCARDS, is_loopback
from photonic.serving.host_names import machine_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection

ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses of documentation (RFC 5737, RFC 3849): nothing is sent to them."""
ONLY_LOOPBACK = "the service listens on this machine only: start it with --host 0.0.0.0, so that others reach it"
NO_NETWORK = "this machine has no address in a network: other devices cannot reach it"


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """``base``: without a slash at its end. ``warning``: why others may not reach it; ``None``: they should."""

    base: str
    warning: str | None = None


def machine_address() -> str | None:
    """An address of this machine in its network; ``None``: it has none."""
    for elsewhere, family in ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found: str = probe.getsockname()[0]
        except OSError:
            continue
        if not is_loopback(found):
            return found
    # A hot spot has no way to elsewhere.
    return next((str(each) for each in machine_addresses() if not each.is_loopback and not each.is_link_local), None)


def public_address(
    connection: HTTPConnection, bound: str, find_address: Callable[[], str | None] = machine_address
) -> PublicAddress:
    """The address of the service for other devices: that of the request, unless only this machine can use it.

    Args:
        connection: A request whose Host header was accepted.
        bound: The address that the service listens on.
        find_address: Finds an address of this machine.
    """
    scheme: str = connection.scope.get("scheme", "http")
    root: str = connection.scope.get("root_path", "")
    host = connection.headers.get("host", "")
    parts = urlsplit(f"//{host}")
    if parts.hostname is None or not is_loopback(parts.hostname):
        return PublicAddress(f"{scheme}://{host}{root}")
    if is_loopback(bound):
        return PublicAddress(f"{scheme}://{host}{root}", ONLY_LOOPBACK)
    name = bound.strip("[]") if bound.strip("[]") not in WILDCARDS else find_address()
    if name is None:
        return PublicAddress(f"{scheme}://{host}{root}", NO_NETWORK)
    port = "" if parts.port is None else f":{parts.port}"
    return PublicAddress(f"{scheme}://{f'[{name}]' if ':' in name else name}{port}{root}")
