"""Trust in programs on the same machine, which need no token unless one is configured.

A proxy on the machine connects from loopback too, on behalf of anybody. It is recognised by the headers that it adds
or by HTTP/1.0. One that shows neither cannot be (nginx with its defaults, since 1.29.7), so a proxy always needs
``trusted_proxies`` or ``loopback_role = none``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.names import host_name, is_loopback

if TYPE_CHECKING:
    from photonic.access.caller import Caller
    from photonic.access.permission import Role


@dataclass(frozen=True, slots=True)
class LoopbackTrust:
    """Decides which role a caller on this machine has.

    Args:
        role: The role of programs on this machine; ``None``: none.
        until_token: Whether ``role`` holds only as long as there is no token.
        behind_proxy: The setting that says that a proxy passes requests on; ``None``: none does.
    """

    role: Role | None
    until_token: bool = False
    behind_proxy: str | None = None

    def role_of(self, caller: Caller, *, has_tokens: bool) -> Role | str:
        """The caller's role, or the failed condition; ``has_tokens``: whether there is any token."""
        failed = self._failed_condition(caller)
        if failed is not None:
            return failed
        if self.role is None:
            return "loopback_role = none"
        if self.until_token and has_tokens:
            return "there is a token, and loopback_role is not set"
        return self.role

    def _failed_condition(self, caller: Caller) -> str | None:
        if self.behind_proxy is not None:
            return f"{self.behind_proxy} is set"
        if caller.proxied:
            return "a proxy passed the request on: set trusted_proxies"
        if caller.http_version == "1.0":
            return "the request is HTTP/1.0, as proxies send it"
        if caller.peer is None:
            own = caller.peer_uid is not None
            return None if own else "the user at the other end of the socket is neither this service's own nor root"
        if not is_loopback(caller.peer):
            return "the request comes from another machine"
        name = host_name(caller.host or "")
        return None if name is not None and is_loopback(name) else "the Host header is not localhost"
