"""A camera's address on the network, when no camera answered there: what does?"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import StrEnum

DIAL_SECONDS = 3.0
PTPIP_PORT = 15740


class Answer(StrEnum):
    """What a dial came to."""

    NO_NAME = "no_name"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """``answer``: what is at the camera's host and port."""

    host: str
    port: int
    answer: Answer


def look_at_network(address: str) -> NetworkFacts:
    """Dial the camera at ``ptpip:HOST[:PORT]``, and hang up. Only for one that no program talks to."""
    host, _, number = address.removeprefix("ptpip:").partition(":")
    port = int(number or PTPIP_PORT)
    return NetworkFacts(host, port, _dialed(host, port))


def _dialed(host: str, port: int) -> Answer:
    try:
        with socket.create_connection((host, port), DIAL_SECONDS):
            return Answer.OPEN
    except socket.gaierror:
        return Answer.NO_NAME
    except ConnectionRefusedError:
        return Answer.REFUSED
    except OSError:  # no route, or silence
        return Answer.UNREACHABLE


def way_back(facts: NetworkFacts) -> tuple[str, str]:
    """Why no camera answers there, and what to do."""
    match facts.answer:
        case Answer.NO_NAME:
            return f"the name {facts.host} is not known here: write the camera's IPv4 address", (
                f"getent hosts {facts.host}"
            )
        case Answer.UNREACHABLE:
            return "the host does not answer: the camera's network is off, or it has another address", (
                f"ping -c 3 {facts.host}"
            )
        case Answer.REFUSED:
            return f"the host is there, and nothing listens on its port {facts.port}", (
                "set the camera's network to be controlled by a computer (EOS Utility, PC remote), or check the port"
            )
        case Answer.OPEN:
            return "something listens there, and does not answer as a camera: another program may be connected to it", (
                "end that program, switch the camera off and on again"
            )
