"""Access control: who sent a request, and the ways to sign in. No I/O; time is passed in.

Theory of operation. A request may carry several claims. ``identify`` takes the first that is there, in this order: an
Authorization header, the session's cookie, the Unix socket or loopback it came from, and what strangers may do. A
header that is there and wrong makes a stranger, whatever else there is: the sender meant to be somebody. A cookie that
is no longer valid does not, because a browser keeps sending it. A signed link is separate: it opens only what
its scope names, and a route asks for it after the principal.

A principal is decided for one request. A stream outlives it, so ``is_valid`` answers again, at any later moment,
whether the right still holds: a token may be removed, a session ended, a link revoked, a time be over.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.credentials import equal
from photonic.access.links import LinkRefusal
from photonic.access.permission import Role
from photonic.access.principal import Identified, Means, Principal, Stranger

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.access.browser_sessions import BrowserSession, SessionTable
    from photonic.access.caller import Caller
    from photonic.access.codes import CodeTable
    from photonic.access.links import LinkTable
    from photonic.access.loopback import LoopbackTrust
    from photonic.access.tokens import TokenTable
    from photonic.access.tries import DeviceTable, TryLimiter

SESSION_SECONDS = 30 * 86_400.0
"""How long a browser stays signed in without a visit."""
ELEVATED_SECONDS = 600.0
CONFIGURED = "token"
"""The name of the token in the configuration."""
FORMER_COOKIE = "photonic_token"
"""Version 0.1 accepted the configured token itself in this cookie."""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What the configuration says of access.

    Args:
        instance: Tells this service's cookies from those of others on the same host: cookies ignore ports.
        loopback: Trust in programs on this machine.
        token: The token in the configuration, an operator's; ``None``: none.
        pin: The operator's PIN; ``None``: none.
        anonymous: The role of strangers; ``None``: they have none.
        anonymous_until_token: Whether ``anonymous`` holds only as long as there is no token.
        is_secure_root: Whether cookies may use the ``__Host-`` prefix: TLS without a path prefix.
    """

    instance: str
    loopback: LoopbackTrust
    token: str | None = None
    pin: str | None = None
    anonymous: Role | None = None
    anonymous_until_token: bool = False
    is_secure_root: bool = False

    @property
    def session_cookie(self) -> str:
        """The name of the cookie that bears a session."""
        return f"{'__Host-' if self.is_secure_root else ''}photonic_{self.instance}"

    @property
    def device_cookie(self) -> str:
        """The name of the cookie that bears an earlier success."""
        return f"{'__Host-' if self.is_secure_root else ''}photonic_device_{self.instance}"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in or an elevation succeeded: the values of both cookies, and who it is now."""

    cookie: str
    device_cookie: str
    principal: Principal


@dataclass(frozen=True, slots=True)
class Wrong:
    """The token, code or PIN is wrong; after ``tries_left`` more wrong ones, a wait begins."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class TryLater:
    """Too many wrong tries: nothing is checked for ``seconds``."""

    seconds: float


@dataclass(eq=False)
class AccessControl:
    """Answers who a caller is.

    Args:
        policy: What the configuration says.
        clock: Running seconds: the time that the service has run, over all its starts (decision 0035).
        tokens: Named tokens.
        sessions: Browsers that are signed in.
        links: Signed links.
        codes: One-time codes.
        tries: Limits wrong tokens and codes.
        pin_tries: Limits wrong PINs.
        devices: Browsers that succeeded before.
    """

    policy: AccessPolicy
    clock: Callable[[], float]
    tokens: TokenTable
    sessions: SessionTable
    links: LinkTable
    codes: CodeTable
    tries: TryLimiter
    pin_tries: TryLimiter
    devices: DeviceTable

    def identify(self, caller: Caller) -> Identified:
        """Who sent this request. Wrong tokens are counted."""
        link = self._by_link(caller.signature) if caller.signature is not None else None
        anonymous = self._anonymous(caller, "a page of another site has no other right")
        return Identified(self._by_credential(caller), link, anonymous)

    def current(self, principal: Principal) -> Principal | None:
        """The principal as it is now, with the role that it has now; ``None``: its right has ended."""
        now = self.clock()
        match principal.means:
            case Means.BEARER | Means.BASIC:
                record = self.tokens.named(principal.name)
                return principal if principal.key == f"token:{CONFIGURED}" or record is not None else None
            case Means.SESSION:
                session = self.sessions.with_id(principal.key.partition(":")[2], now)
                return self._of_session(session) if session is not None else None
            case Means.LINK:
                return principal if self.links.is_valid(principal.key.partition(":")[2], now) else None
            case Means.LOOPBACK | Means.UNIX_SOCKET | Means.ANONYMOUS:
                return principal

    def sign_in(self, credential: str, caller: Caller) -> SignedIn | Wrong | TryLater:
        """Open a browser session with a token or a one-time code.

        A right token is always accepted: it cannot be guessed. Codes are short, so they are not checked during a wait.
        """
        now = self.clock()
        device = self.devices.find(caller.cookie(self.policy.device_cookie))
        opened = self._token(credential)
        if opened is None:
            wait = self.tries.wait_before(caller.client or "", now, device=device)
            if wait > 0:
                return TryLater(wait)
            code = self.codes.redeem(credential, now)
            if code is None:
                return self._failed(self.tries, caller, now)
            opened = _Opened(code.role, f"code {code.id}", None)
        self.tries.succeeded(caller.client or "")
        self.sessions.end_cookie(caller.cookie(self.policy.session_cookie))
        cookie, session = self.sessions.open(
            role=opened.role,
            name=opened.name,
            token_hash=opened.token_hash,
            device=caller.agent or "",
            address=caller.client or "",
            now=now,
            seconds=SESSION_SECONDS,
        )
        return SignedIn(cookie, self.devices.add(now), self._of_session(session))

    def elevate(self, pin: str, caller: Caller, principal: Principal) -> SignedIn | Wrong | TryLater:
        """Make a guest's browser the operator's for ``ELEVATED_SECONDS``, if the PIN is right."""
        now = self.clock()
        device = self.devices.find(caller.cookie(self.policy.device_cookie))
        wait = self.pin_tries.wait_before(caller.client or "", now, device=device)
        if wait > 0:
            return TryLater(wait)
        if self.policy.pin is None or not equal(pin, self.policy.pin):
            return self._failed(self.pin_tries, caller, now)
        self.pin_tries.succeeded(caller.client or "")
        cookie = caller.cookie(self.policy.session_cookie)
        if self.sessions.find(cookie, now) is None:
            cookie, _session = self.sessions.open(
                role=principal.role,
                name=principal.name,
                token_hash=None,
                device=caller.agent or "",
                address=caller.client or "",
                now=now,
                seconds=SESSION_SECONDS,
            )
        cookie, session = self.sessions.elevate(cookie, now, ELEVATED_SECONDS)
        return SignedIn(cookie, self.devices.add(now), self._of_session(session))

    def elevated_seconds(self, principal: Principal) -> float | None:
        """How long the PIN still makes this principal the operator; ``None``: it is not the PIN that does."""
        if principal.means is not Means.SESSION:
            return None
        now = self.clock()
        session = self.sessions.with_id(principal.key.partition(":")[2], now)
        if session is None or session.elevated_until is None or session.elevated_until <= now:
            return None
        return session.elevated_until - now

    def lower(self, principal: Principal) -> Principal:
        """End an elevation before its time."""
        if principal.means is not Means.SESSION:
            return principal
        self.sessions.lower(principal.key.partition(":")[2])
        return self.current(principal) or principal

    def sign_out(self, caller: Caller) -> None:
        """End the browser's session."""
        self.sessions.end_cookie(caller.cookie(self.policy.session_cookie))

    def _by_credential(self, caller: Caller) -> Principal | Stranger:
        scheme, _space, rest = (caller.authorization or "").partition(" ")
        if scheme.lower() in {"bearer", "basic"} and self.has_tokens:
            return self._by_header(scheme.lower(), rest.strip(), caller)
        return self._by_cookie(caller) or self._by_place(caller)

    def _by_cookie(self, caller: Caller) -> Principal | None:
        session = self.sessions.find(caller.cookie(self.policy.session_cookie), self.clock())
        if session is not None:
            return self._of_session(session)
        former = caller.cookie(FORMER_COOKIE)
        if former and self.policy.token is not None and equal(former, self.policy.token):
            return Principal(f"token:{CONFIGURED}", CONFIGURED, self._lowered(Role.OPERATOR, caller), Means.BASIC)
        return None

    def _by_place(self, caller: Caller) -> Principal | Stranger:
        """By where a request without a credential comes from."""
        trusted = self.policy.loopback.role_of(caller, has_tokens=self.has_tokens)
        if isinstance(trusted, Role):
            means = Means.LOOPBACK if caller.peer is not None else Means.UNIX_SOCKET
            return Principal("loopback", "program on this machine", self._lowered(trusted, caller), means)
        return self._anonymous(caller, trusted)

    def _anonymous(self, caller: Caller, reason: str) -> Principal | Stranger:
        """Who somebody without a credential is; ``reason``: why it is nobody better."""
        anonymous = self.policy.anonymous
        if anonymous is not None and not (self.policy.anonymous_until_token and self.has_tokens):
            role = self._lowered(anonymous, caller)
            return Principal(f"anonymous:{caller.client}", "anonymous", role, Means.ANONYMOUS)
        return Stranger(f"sign in, or send a token: {reason}")

    def _lowered(self, role: Role, caller: Caller) -> Role:
        """The role of somebody who did not sign in: a page is at most a guest where a PIN is set."""
        return Role.GUEST if self.policy.pin is not None and caller.is_of_page and role.allows(Role.GUEST) else role

    def _by_header(self, scheme: str, credential: str, caller: Caller) -> Principal | Stranger:
        secret = credential if scheme == "bearer" else _password(credential)
        opened = self._token(secret)
        if opened is not None:
            means = Means.BEARER if scheme == "bearer" else Means.BASIC
            return Principal(f"token:{opened.name}", opened.name, opened.role, means)
        self.tries.failed(caller.client or "", self.clock(), device=None)
        return Stranger("this token is unknown or has expired: `photonic token list` shows the tokens")

    def _by_link(self, signature: str) -> Principal | Stranger:
        found = self.links.find(signature, self.clock())
        if isinstance(found, LinkRefusal):
            return Stranger(f"the signed link is not valid: it {found.reason}")
        return Principal(f"link:{found.id}", f"link {found.id}", found.role, Means.LINK, found.ends_at, found.scope)

    def _of_session(self, session: BrowserSession) -> Principal:
        return Principal(
            f"session:{session.id}", session.name, session.role_at(self.clock()), Means.SESSION, session.ends_at
        )

    def _token(self, secret: str) -> _Opened | None:
        if self.policy.token is not None and equal(secret, self.policy.token):
            return _Opened(Role.OPERATOR, CONFIGURED, None)
        record = self.tokens.find(secret, self.clock())
        return _Opened(record.role, record.name, record.hash) if record is not None else None

    @property
    def has_tokens(self) -> bool:
        """Whether any token is configured or named."""
        return self.policy.token is not None or bool(self.tokens.records)

    def _failed(self, tries: TryLimiter, caller: Caller, now: float) -> Wrong | TryLater:
        device = self.devices.find(caller.cookie(self.policy.device_cookie))
        left = tries.failed(caller.client or "", now, device=device)
        if left > 0:
            return Wrong(left)
        return TryLater(tries.wait_before(caller.client or "", now, device=device))


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a token or a code opens."""

    role: Role
    name: str
    token_hash: str | None


def _password(credential: str) -> str:
    """The password of Basic credentials (RFC 7617); empty if they are invalid."""
    try:
        return base64.b64decode(credential, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
