"""The names and addresses under which other devices reach this machine."""

from __future__ import annotations

import fcntl
import ipaddress
import re
import socket
import struct
from contextlib import suppress
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SIOCGIFADDR = 0x8915
"""netdevice(7): the IPv4 address of an interface."""
IFNAME_BYTES = 16
INET6 = Path("/proc/net/if_inet6")
"""proc_net(5): a line for each IPv6 address, which is its first field, in 32 hexadecimal digits."""
_LABEL = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?")


def machine_names() -> tuple[str, ...]:
    """``HOSTNAME``, and ``HOSTNAME.local``, its name in multicast DNS; empty if the hostname is no DNS name."""
    name = socket.gethostname().lower().rstrip(".")
    if not is_dns_name(name) or name == "localhost":
        return ()
    return (name, f"{name.partition('.')[0]}.local")


def machine_addresses(inet6: Path = INET6) -> tuple[Address, ...]:
    """The addresses of the interfaces that are up, without IPv6 link-local ones, which no browser can open."""
    found: set[Address] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _index, name in socket.if_nameindex():
            request = struct.pack(f"{IFNAME_BYTES}s24x", name.encode()[: IFNAME_BYTES - 1])
            with suppress(OSError):  # the interface has no address
                found.add(ipaddress.IPv4Address(fcntl.ioctl(probe, SIOCGIFADDR, request)[20:24]))
    with suppress(OSError):  # IPv6 is switched off
        for line in inet6.read_text(encoding="ascii").splitlines():
            address = ipaddress.IPv6Address(bytes.fromhex(line.split()[0]))
            if not address.is_link_local:
                found.add(address)
    return tuple(sorted(found, key=lambda address: (address.version, address)))


def is_dns_name(name: str) -> bool:
    """Whether ``name``, in lower case, can be in a certificate."""
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def parse_address(text: str) -> Address | None:
    """The IP address that ``text`` is, with or without brackets; ``None``: it is not one."""
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
