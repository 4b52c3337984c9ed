"""Finds out why no camera answered at a network address."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import StrEnum

DIAL_SECONDS = 3.0
PTPIP_PORT = 15740


class DialResult(StrEnum):
    """Outcome of a TCP connection attempt."""

    NO_NAME = "no_name"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """``answer``: the outcome of connecting to the camera's host and port."""

    host: str
    port: int
    answer: DialResult


def inspect_network(address: str) -> NetworkFacts:
    """Connect to ``ptpip:HOST[:PORT]`` and close again. Only for a camera that no program is using."""
    host, _, number = address.removeprefix("ptpip:").partition(":")
    port = int(number or PTPIP_PORT)
    return NetworkFacts(host, port, _dialed(host, port))


def _dialed(host: str, port: int) -> DialResult:
    try:
        with socket.create_connection((host, port), DIAL_SECONDS):
            return DialResult.OPEN
    except socket.gaierror:
        return DialResult.NO_NAME
    except ConnectionRefusedError:
        return DialResult.REFUSED
    except OSError:  # no route, or no answer
        return DialResult.UNREACHABLE


def network_advice(facts: NetworkFacts) -> tuple[str, str]:
    """Why no camera answers at the address, and what to do about it."""
    match facts.answer:
        case DialResult.NO_NAME:
            return f"the host name {facts.host} is unknown: use the camera's IPv4 address", (
                f"getent hosts {facts.host}"
            )
        case DialResult.UNREACHABLE:
            return "the host does not answer: the camera's network is off, or its address has changed", (
                f"ping -c 3 {facts.host}"
            )
        case DialResult.REFUSED:
            return f"the host answers, but nothing listens on its port {facts.port}", (
                "set the camera's network to remote control by a computer (EOS Utility, PC Remote), or check the port"
            )
        case DialResult.OPEN:
            return (
                "something listens there but does not answer like a camera: another program may be connected to it",
                ("quit that program, then switch the camera off and on again"),
            )
