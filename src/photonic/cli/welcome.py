"""What the terminal shows when the service starts: its addresses, and how a phone gets in.

As notebook servers do, the first start makes a token and shows it with an address to open. Other than there, secrets
are written to a terminal only: what is written elsewhere ends in a log, which others read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from photonic.access.codes import CODE_SECONDS
from photonic.access.permission import Role
from photonic.cli.qr_code import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from photonic.service.config.settings import ServiceSettings

INVITE = "photonic invite"
SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True)
class FirstSecrets:
    """What the first start shows once: the token, a code for the QR, and one to be typed."""

    token: str
    code: str
    typed_code: str


def network_address(url: str, host: str, find_address: Callable[[], str | None]) -> str | None:
    """The address for other devices; ``None``: they do not reach the service.

    Args:
        url: The service's address on this machine.
        host: The address that it listens on.
        find_address: Finds an address of this machine in its network.
    """
    from photonic.access.names import WILDCARDS, is_loopback

    bare = host.strip("[]")
    name = find_address() if bare in WILDCARDS else bare
    if name is None or is_loopback(name):
        return None
    parts = urlsplit(url)
    shown_name = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown_name}" + ("" if parts.port is None else f":{parts.port}")


def ways_in(address: str | None, secrets: FirstSecrets | None, stream: TextIO) -> str:
    """What other devices open, and with what.

    Args:
        address: For other devices; ``None``: this machine has none.
        secrets: Those of the first start; ``None``: there are tokens already.
        stream: Where it is written; secrets are left out unless it is a terminal.
    """
    where = "photonic: other devices cannot reach this machine: it has no address in a network"
    if address is not None:
        where = f"photonic: on your network: {address}/"
    if secrets is None:
        return f"{where}\nphotonic: `{INVITE}` lets a phone in"
    if not stream.isatty():
        return (
            f"{where}\nphotonic: there was no token, so the operator's token `first` was made; it is shown on a "
            f"terminal only. On this machine, `{INVITE}` lets a phone in, and `photonic token add NAME` makes a token"
        )
    parts = [
        where,
        "",
        "There was no token, so the operator's token `first` was made. It is shown only now:",
        f"    {secrets.token}",
        "Programs on this machine need it too, unless loopback_role = operator is set.",
    ]
    if address is not None:
        parts += [
            "",
            f"To sign in a phone as {Role.OPERATOR}, once, within {CODE_SECONDS / 60:.0f} minutes, scan or open:",
            shown(f"{address}{SIGN_IN}#code={secrets.code}", stream),
            f"or open {address}{SIGN_IN} and type {secrets.typed_code}",
            f"Later, `{INVITE}` makes another code.",
        ]
    return "\n".join(parts)
