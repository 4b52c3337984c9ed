"""What the settings say of access: the policy, the service's names and the allowed origins."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from photonic.access.credentials import weakness
from photonic.access.loopback import LoopbackTrust
from photonic.access.names import HostRule
from photonic.access.permission import Role
from photonic.access.policy import AccessPolicy
from photonic.errors import BadInput
from photonic.serving.host_names import machine_names

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.service.config.settings import ServiceSettings

INSTANCE_DIGITS = 8


def instance_of(photo_root: Path) -> str:
    """What tells this service from others on the same machine: no two have the same photo root."""
    return hashlib.sha256(str(photo_root).encode(errors="surrogateescape")).hexdigest()[:INSTANCE_DIGITS]


def access_policy(settings: ServiceSettings) -> AccessPolicy:
    """The policy of a service."""
    token, pin, chosen, anonymous = (
        settings.token,
        settings.operator_pin,
        settings.loopback_role,
        settings.allow_anonymous,
    )
    return AccessPolicy(
        instance=instance_of(settings.photo_root),
        loopback=LoopbackTrust(
            chosen.role if chosen is not None else Role.OPERATOR,
            until_token=chosen is None,
            behind_proxy=_proxy_setting(settings),
        ),
        token=token.get_secret_value() if token is not None else None,
        pin=pin.get_secret_value() if pin is not None else None,
        # Version 0.1 knew only ``true``, which did not lift the need for a configured token.
        anonymous=anonymous if isinstance(anonymous, Role) else Role.OPERATOR if anonymous else None,
        anonymous_until_token=anonymous is True,
        has_root=not settings.root_path,
    )


def refuse_weak_token(settings: ServiceSettings) -> None:
    """Raise ``BadInput`` if the configured token is easy to guess. The message never contains a part of the token."""
    fault = weakness(settings.token.get_secret_value()) if settings.token is not None else None
    if fault is not None:
        raise BadInput(
            f"token: it is easy to guess, because it {fault}. Set a random one, such as the output of "
            "`openssl rand -hex 16`, or remove the setting and make one with `photonic token add NAME`",
            field="token",
        )


def needs_first_token(settings: ServiceSettings) -> bool:
    """Whether other machines reach the service, and nothing in the configuration says who may use it."""
    return is_in_network(settings) and settings.token is None and settings.allow_anonymous is False


def is_in_network(settings: ServiceSettings) -> bool:
    """Whether the service listens where other machines can reach it."""
    return settings.uds is None and not settings.on_loopback


def _proxy_setting(settings: ServiceSettings) -> str | None:
    """The setting that says that there is a proxy in front; ``None``: none does."""
    if settings.trusted_proxies:
        return "trusted_proxies"
    return "root_path" if settings.root_path else None


def host_rule(settings: ServiceSettings) -> HostRule:
    """The names that the service answers to."""
    return HostRule(settings.host, settings.allowed_hosts, machine_names())
