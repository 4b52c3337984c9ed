"""How other devices get in, as the terminal says it when the service starts.

The first start makes a token and shows it, with an address to open, as notebook servers do. They write it to their log;
here, secrets are written to a terminal only, because others read logs.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
import typer

from photonic.access.codes import CODE_SECONDS
from photonic.access.names import WILDCARDS, is_loopback
from photonic.access.permission import Role
from photonic.cli.qr_code import shown
from photonic.cli.times import made_now
from photonic.errors import BadInput
from photonic.service.config.access import is_in_network, needs_first_token
from photonic.service.config.fields import LogFormat
from photonic.serving.public_address import machine_address
from photonic.serving.token_file import make_first_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from photonic.access.control import AccessControl
    from photonic.service.config.settings import ServiceSettings

INVITE = "photonic invite"
SIGN_IN = "/sign-in"

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FirstSecrets:
    """What the first start shows once: the token, a code for the QR, and one to be typed."""

    token: str
    code: str
    typed_code: str


def first_token(settings: ServiceSettings) -> str | None:
    """Make the first token if the service needs one; ``None``: it was not made.

    If it cannot be made, the log says why, and the service runs all the same: nobody gets in by that.
    """
    if not needs_first_token(settings):
        return None
    try:
        return make_first_token(settings.state_folder, made_now())
    except BadInput as error:
        log.warning("the first token cannot be made", reason=error.reason)
        return None


def tell(settings: ServiceSettings, url: str, access: AccessControl, token: str | None) -> None:
    """Say on stderr or in the log how other devices get in, if they reach the service.

    Args:
        settings: The service's settings.
        url: The service's address on this machine.
        access: The access control of the service that runs.
        token: The secret of the first token; ``None``: it was not made now.
    """
    if not is_in_network(settings):
        return
    _warn_of_strangers(access)
    address = network_address(url, settings.host, machine_address)
    if settings.log_format is LogFormat.JSON:
        log.info("ways in", address=address, command=INVITE, first_token_made=token is not None)
        return
    secrets = None
    if token is not None and sys.stderr.isatty():
        now = access.clock()
        _record, code = access.codes.issue(Role.OPERATOR, now, typed=False)
        _record, typed = access.codes.issue(Role.OPERATOR, now, typed=True)
        secrets = FirstSecrets(token, code, typed)
    typer.echo(ways_in(address, secrets, made=token is not None, stream=sys.stderr), err=True)


def _warn_of_strangers(access: AccessControl) -> None:
    policy = access.policy
    if policy.anonymous_until_token and access.has_tokens:
        log.warning(
            "allow_anonymous without a role opens nothing, because there is a token; to let strangers in, name a role",
            roles=[role.value for role in Role],
        )
    elif policy.anonymous is Role.OPERATOR:
        log.warning(
            "everyone who reaches this service is its operator, may delete photos and change settings; "
            "allow_anonymous = viewer or guest gives strangers less"
        )


def network_address(url: str, host: str, find_address: Callable[[], str | None]) -> str | None:
    """The address for other devices; ``None``: they do not reach the service.

    Args:
        url: The service's address on this machine.
        host: The address that it listens on.
        find_address: Finds an address of this machine in its network.
    """
    bare = host.strip("[]")
    name = find_address() if bare in WILDCARDS else bare
    if name is None or is_loopback(name):
        return None
    parts = urlsplit(url)
    shown_name = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown_name}" + ("" if parts.port is None else f":{parts.port}")


def ways_in(address: str | None, secrets: FirstSecrets | None, *, made: bool, stream: TextIO) -> str:
    """What other devices open, and with what.

    Args:
        address: For other devices; ``None``: this machine has none.
        secrets: Those of the first start, to be shown on a terminal; ``None``: there is nothing to show.
        made: Whether the first token was made now.
        stream: Where it is written.
    """
    where = "photonic: other devices cannot reach this machine: it has no address in a network"
    if address is not None:
        where = f"photonic: on your network: {address}/"
    if secrets is None:
        first = (
            "there was no token, so the operator's token `first` was made, which is shown on a terminal only; "
            "`photonic token add NAME` makes another, and "
        )
        return f"{where}\nphotonic: {first if made else ''}`{INVITE}` lets a phone in"
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
            f"To sign in a phone as {Role.OPERATOR}, once, within {CODE_SECONDS / 60:.0f} minutes, scan or open this:",
            shown(f"{address}{SIGN_IN}#code={secrets.code}", stream),
            f"Or open {address}{SIGN_IN} and type {secrets.typed_code}",
            f"Later, `{INVITE}` makes another code.",
        ]
    return "\n".join(parts)
