"""What a proxy says of the client that it speaks for: ``Forwarded`` (RFC 7239) and ``X-Forwarded-*``. No I/O.

Theory of operation. Anybody can send these headers. Only what a trusted proxy has added counts, and it adds at the
end: so the list is read from the end, past the addresses of other trusted proxies, up to the first that is not one.
This is the client; what precedes it was sent by the client itself and is not even parsed. A header that cannot be
parsed up to there, a hidden client (``unknown``, ``_secret``) and a proxy that sends no header vouch for nobody: the
client is unknown then, which never gives a right.

A proxy that writes one of the two forms passes the other one on as the client sent it. So both count only if they
name the same client. ``X-Forwarded-Proto`` and ``X-Forwarded-Host`` count only as a single value: which of several a
trusted proxy has written cannot be seen.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.names import host_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HEADER_LIMIT_BYTES = 4096
"""A longer header vouches for nobody."""
HOPS_LIMIT = 32
"""Further proxies than these vouch for nobody."""
HOST_LIMIT = 260
"""A name of 253 characters (RFC 1035), a colon and a port."""
UNIX = "unix"
SCHEMES = frozenset({"http", "https"})

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t !-~\x80-\xff])*"'
_PAIR = re.compile(rf"({_NAME})=({_NAME}|{_QUOTED})")
_BLANK = " \t"
_PORT = r"(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?"
_NODE_V6 = re.compile(rf"\[([0-9A-Fa-f:.]+)\]{_PORT}")
_NODE_V4 = re.compile(rf"([0-9.]+){_PORT}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Malformed(ValueError):
    """A header that does not follow its grammar."""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The peers whose forwarding headers count.

    Args:
        networks: Their addresses.
        unix: Whether every client of the Unix socket is one.
    """

    networks: tuple[Network, ...] = ()
    unix: bool = False

    @classmethod
    def parse(cls, values: Iterable[str]) -> TrustedProxies:
        """From addresses, networks (``10.0.0.0/8``) and ``unix``. Raises ``ValueError`` that names the wrong one."""
        networks: list[Network] = []
        unix = False
        for value in values:
            if value.strip().lower() == UNIX:
                unix = True
                continue
            try:
                network = ipaddress.ip_network(value.strip().strip("[]"))
            except ValueError as error:
                raise ValueError(
                    f"{value!r} is not an address, a network such as 10.0.0.0/8, or 'unix': {error}"
                ) from error
            if network.prefixlen == 0:
                raise ValueError(f"{value!r} would let anybody say who they are: name the addresses of your proxies")
            networks.append(network)
        return cls(tuple(networks), unix)

    def __bool__(self) -> bool:
        return self.unix or bool(self.networks)

    def trusts_peer(self, peer: str | None) -> bool:
        """Whether a connection comes from a trusted proxy; ``peer`` is ``None`` for the Unix socket."""
        return self.unix if peer is None else self.trusts(peer)

    def trusts(self, address: str) -> bool:
        """Whether an address is that of a trusted proxy."""
        try:
            parsed = _plain(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        return any(parsed.version == network.version and parsed in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What a trusted proxy vouches for; ``None``: for nothing of this kind.

    Args:
        client: The client's address, without a port.
        scheme: ``http`` or ``https``, as the client sent the request.
        host: The Host that the client asked for.
    """

    client: str | None = None
    scheme: str | None = None
    host: str | None = None


NOTHING = Forwarding()


def forwarding(headers: Mapping[str, Sequence[str]], proxies: TrustedProxies) -> Forwarding:
    """What a trusted proxy says of its client.

    Args:
        headers: The lines of each header, by its name in lower case. The peer is a trusted proxy.
        proxies: The trusted ones.
    """
    standard, common = headers.get("forwarded", ()), headers.get("x-forwarded-for", ())
    said = _of_standard(standard, proxies)
    client = _of_common(common, proxies) if common else None
    if standard and common and client != said.client:
        return NOTHING
    if standard:
        client = said.client
    scheme = _scheme(_single(headers.get("x-forwarded-proto", ()))) or said.scheme
    host = _host(_single(headers.get("x-forwarded-host", ()))) or said.host
    return Forwarding(client, scheme, host)


def elements(line: str) -> list[dict[str, str]]:
    """The elements of one ``Forwarded`` line: names in lower case, quotes removed. Raises ``Malformed``."""
    found: list[dict[str, str]] = [{}]
    position = 0
    while True:
        pair = _PAIR.match(line, position)
        if pair is None:
            raise Malformed(f"a parameter is expected at character {position}")
        name = pair[1].lower()
        if name in found[-1]:
            raise Malformed(f"{name} stands twice in one element")
        found[-1][name] = _unquoted(pair[2])
        position = pair.end()
        if position == len(line):
            return found
        if line[position] == ";":
            position += 1
            continue
        position = _after_comma(line, position)
        found.append({})


def node_address(node: str) -> str | None:
    """The address in ``192.0.2.1``, ``192.0.2.1:4711``, ``[2001:db8::1]:4711`` or ``2001:db8::1``.

    ``None`` if there is none: the node is ``unknown``, has an obfuscated name, or is malformed.
    """
    match = _NODE_V6.fullmatch(node) or _NODE_V4.fullmatch(node)
    try:
        return str(_plain(ipaddress.ip_address(match[1] if match is not None else node.partition("%")[0])))
    except ValueError:
        return None


def _of_standard(lines: Sequence[str], proxies: TrustedProxies) -> Forwarding:
    """What ``Forwarded`` says. The element that names the client says its scheme and host too."""
    nearest: dict[str, str] | None = None
    try:
        for element in _from_the_end(lines):
            nearest = element
            address = node_address(element.get("for", ""))
            if address is None or not proxies.trusts(address):
                break
    except Malformed:
        return NOTHING
    if nearest is None:
        return NOTHING
    client = node_address(nearest.get("for", ""))
    return Forwarding(client, _scheme(nearest.get("proto")), _host(nearest.get("host")))


def _from_the_end(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    """The elements of all lines, the last first. Raises ``Malformed``, also for too many of them."""
    if sum(map(len, lines)) > HEADER_LIMIT_BYTES:
        raise Malformed("too long")
    count = 0
    for line in reversed(lines):
        for element in reversed(elements(line.strip(_BLANK))):
            count += 1
            if count > HOPS_LIMIT:
                raise Malformed("too many proxies")
            yield element


def _of_common(lines: Sequence[str], proxies: TrustedProxies) -> str | None:
    """The client in ``X-Forwarded-For``; ``None``: it vouches for nobody."""
    if sum(map(len, lines)) > HEADER_LIMIT_BYTES:
        return None
    entries = ",".join(lines).rsplit(",", HOPS_LIMIT)
    for index, entry in enumerate(reversed(entries)):
        address = node_address(entry.strip(_BLANK)) if index < HOPS_LIMIT else None
        if address is None or not proxies.trusts(address):
            return address
    return node_address(entries[0].strip(_BLANK))


def _after_comma(line: str, position: int) -> int:
    """Where the next element begins. Raises ``Malformed``: an element ends with something else."""
    rest = line[position:].lstrip(_BLANK)
    if not rest.startswith(","):
        raise Malformed(f"a comma is expected at character {position}")
    return len(line) - len(rest[1:].lstrip(_BLANK))


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _single(lines: Sequence[str]) -> str | None:
    return lines[0] if len(lines) == 1 else None


def _scheme(value: str | None) -> str | None:
    lowered = (value or "").strip(_BLANK).lower()
    scheme = {"ws": "http", "wss": "https"}.get(lowered, lowered)
    return scheme if scheme in SCHEMES else None


def _host(value: str | None) -> str | None:
    host = (value or "").strip(_BLANK)
    valid = host.isascii() and host.isprintable() and len(host) <= HOST_LIMIT and host_name(host) is not None
    return host if valid and not set(host) & set(" ,\"'<>\\%") else None


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that a socket for both versions shows as ``::ffff:192.0.2.1``."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped if mapped is not None else address
