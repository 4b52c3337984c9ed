"""Access control: who sent a request, and the ways to sign in. No I/O; time is passed in.

Theory of operation. A request may carry several claims. ``identify`` takes the first that is there, in this order: an
Authorization header, the session's cookie, the Unix socket or loopback it came from, and what strangers may do. A
header that is there and wrong makes a stranger, whatever else there is: the sender meant to be somebody. A cookie that
is no longer valid does not, because a browser keeps sending it. A signed link is separate: it opens only what
its scope names, and a route asks for it after the principal.

A session is worth what opened it is worth now: the role of its token, or, if only the PIN opened it, that of the place
that the request comes from. It ends with its token. The PIN adds the operator's role to it, for a time.

A principal is decided for one request. A stream outlives it, so ``current`` answers again, at any later moment, whether
the right still holds: a token may be removed, a session ended, a link revoked, a time be over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from photonic.access.browser_sessions import SessionTable
from photonic.access.codes import CodeTable
from photonic.access.credentials import basic_password, equal, stretched
from photonic.access.links import LinkRefusal
from photonic.access.opened import OpenedBy
from photonic.access.outcome import SignedIn, TryLater, Wrong
from photonic.access.permission import Role
from photonic.access.principal import Identified, Means, Principal, Stranger
from photonic.access.tokens import TokenTable
from photonic.access.tries import DeviceTable, TryLimiter
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.access.browser_sessions import BrowserSession
    from photonic.access.caller import Caller
    from photonic.access.links import LinkTable
    from photonic.access.policy import AccessPolicy

SESSION_SECONDS = 30 * 86_400.0
"""How long a browser stays signed in without a visit."""
ELEVATED_SECONDS = 600.0
CONFIGURED = "token"
"""The name of the token in the configuration."""
CONFIGURED_KEY = "token"
"""The key of its bearer; those of named tokens go on: ``token:NAME:HASH``."""
FORMER_COOKIE = "photonic_token"
"""Version 0.1 accepted the configured token itself in this cookie."""


@dataclass(eq=False)
class AccessControl:
    """Answers who a caller is.

    Args:
        policy: What the configuration says.
        clock: Running seconds: the time that the service has run, over all its starts (decision 0035).
        links: Signed links.
        tokens: Named tokens; ``replace_tokens`` exchanges them.
        sessions: Browsers that are signed in.
        codes: One-time codes.
        tries: Limits wrong tokens and codes.
        pin_tries: Limits wrong PINs.
        devices: Browsers that succeeded before.
        tokens_unread: Whether there may be named tokens that cannot be read: then there are tokens, but no valid ones.
    """

    policy: AccessPolicy
    clock: Callable[[], float]
    links: LinkTable
    tokens: TokenTable = field(default_factory=TokenTable)
    sessions: SessionTable = field(default_factory=SessionTable)
    codes: CodeTable = field(default_factory=CodeTable)
    tries: TryLimiter = field(default_factory=TryLimiter)
    pin_tries: TryLimiter = field(default_factory=TryLimiter)
    devices: DeviceTable = field(default_factory=DeviceTable)
    tokens_unread: bool = False

    @property
    def has_tokens(self) -> bool:
        """Whether any token is configured or named."""
        return self.policy.token is not None or bool(self.tokens.records) or self.tokens_unread

    @cached_property
    def configured_hash(self) -> str | None:
        """The hash of the token in the configuration, slow to make; ``None``: there is none."""
        token = self.policy.token
        return None if token is None else stretched(token, self.policy.instance)

    def identify(self, caller: Caller) -> Identified:
        """Who sent this request. Wrong tokens are counted."""
        link = self._by_link(caller.signature) if caller.signature is not None else None
        reason = "a page of another site has no other right"
        anonymous = self.policy.by_nothing(caller, reason, has_tokens=self.has_tokens)
        return Identified(self._by_credential(caller), link, anonymous)

    def current(self, principal: Principal) -> Principal | None:
        """The principal as it is now, with the role that it has now; ``None``: its right has ended."""
        now = self.clock()
        match principal.means:
            case Means.BEARER | Means.BASIC:
                return principal if principal.key == CONFIGURED_KEY else self._of_hash(principal, now)
            case Means.SESSION:
                session = self.sessions.with_id(principal.identity, now)
                role = None if session is None else self._lasting_role(session, now)
                return None if session is None or role is None else self._of_session(session, role)
            case Means.LINK:
                return principal if self.links.is_valid(principal.identity, now) else None
            case Means.LOOPBACK | Means.UNIX_SOCKET | Means.ANONYMOUS:
                return principal if self.policy.holds(principal.means, has_tokens=self.has_tokens) else None

    def replace_tokens(self, tokens: TokenTable, *, unread: bool = False) -> tuple[str, ...]:
        """Exchange the named tokens: sessions and devices of those that are gone end; the result is the sessions' ids.

        ``unread``: there may be others, which cannot be read; their sessions are without a right until they can be.
        """
        self.tokens, self.tokens_unread = tokens, unread
        if unread:
            return ()
        hashes = tokens.hashes if self.configured_hash is None else tokens.hashes | {self.configured_hash}
        lapsed = [
            one.id
            for one in self.sessions.records
            if one.place is not None and not self.policy.holds(one.place, has_tokens=self.has_tokens)
        ]
        for identity in lapsed:
            self.sessions.end(identity)
        self.devices.keep_tokens(hashes)
        return (*self.sessions.keep_tokens(hashes), *lapsed)

    def sign_in(self, credential: str, caller: Caller) -> SignedIn | Wrong | TryLater:
        """Open a browser session with a token or a one-time code.

        A right token is always accepted, and so is the long code of a QR: they cannot be guessed. Codes that are typed
        are short, so they are not checked during a wait.
        """
        now = self.clock()
        latest = now + SESSION_SECONDS
        opened = self._opened_by_token(credential) or OpenedBy.by_code(self.codes.redeem_shown(credential, now), latest)
        if opened is None:
            wait = self._wait(self.tries, caller, now)
            if wait > 0:
                return TryLater(wait)
            opened = OpenedBy.by_code(self.codes.redeem(credential, now), latest)
        if opened is None:
            return self._failed(self.tries, caller, now)
        self.tries.succeeded(caller.client or "")
        self.sessions.end_cookie(caller.cookie(self.policy.session_cookie(secure=caller.secure)))
        cookie, session = self._open(opened, caller, now)
        device = self._device_cookie(caller, opened.role, session.token_hash, now)
        return SignedIn(cookie, device, self._of_session(session, opened.role))

    def elevate(self, pin: str, caller: Caller, principal: Principal) -> SignedIn | Wrong | TryLater:
        """Make a guest's browser the operator's for ``ELEVATED_SECONDS``, if the PIN is right.

        Raises ``BadInput`` for a signed link, which opens nothing that a PIN could enlarge.
        """
        if principal.means is Means.LINK:
            raise BadInput("a signed link cannot be unlocked: sign in")
        now = self.clock()
        wait = self._wait(self.pin_tries, caller, now)
        if wait > 0:
            return TryLater(wait)
        if self.policy.pin is None or not equal(pin, self.policy.pin):
            return self._failed(self.pin_tries, caller, now)
        self.pin_tries.succeeded(caller.client or "")
        cookie = caller.cookie(self.policy.session_cookie(secure=caller.secure))
        if principal.means is not Means.SESSION:
            self.sessions.end_cookie(cookie)
            opened = OpenedBy.by_principal(principal)
            cookie, _session = self._open(opened, caller, now)
        cookie, session = self.sessions.elevate(cookie, now, ELEVATED_SECONDS)
        device = self._device_cookie(caller, Role.OPERATOR, session.token_hash, now)
        return SignedIn(cookie, device, self._of_session(session, Role.OPERATOR))

    def elevated_seconds(self, principal: Principal) -> float | None:
        """How long the PIN still makes this principal the operator; ``None``: it is not the PIN that does."""
        if principal.means is not Means.SESSION:
            return None
        now = self.clock()
        session = self.sessions.with_id(principal.identity, now)
        if session is None or session.elevated_until is None or session.elevated_until <= now:
            return None
        return session.elevated_until - now

    def lower(self, principal: Principal) -> Principal:
        """End an elevation before its time; the result is who the principal is from now on."""
        if principal.means is Means.SESSION:
            self.sessions.lower(principal.identity)
        return self.current(principal) or replace(principal, role=Role.VIEWER)

    def sign_out(self, caller: Caller) -> BrowserSession | None:
        """End the browser's session, and return it; ``None``: it has none."""
        return self.sessions.end_cookie(caller.cookie(self.policy.session_cookie(secure=caller.secure)))

    def _by_credential(self, caller: Caller) -> Principal | Stranger:
        scheme, _space, rest = (caller.authorization or "").partition(" ")
        if scheme.lower() in {"bearer", "basic"} and self.has_tokens:
            return self._by_header(scheme.lower(), rest.strip(), caller)
        return self._by_cookie(caller) or self._by_place(caller)

    def _by_cookie(self, caller: Caller) -> Principal | None:
        now = self.clock()
        session = self.sessions.find(caller.cookie(self.policy.session_cookie(secure=caller.secure)), now)
        if session is not None and (role := self._role(session, caller, now)) is not None:
            return self._of_session(session, role)
        former = caller.cookie(FORMER_COOKIE)
        if former and self.policy.token is not None and equal(former, self.policy.token):
            return Principal(CONFIGURED_KEY, CONFIGURED, self.policy.lowered(Role.OPERATOR, caller), Means.BASIC)
        return None

    def _by_place(self, caller: Caller) -> Principal | Stranger:
        return self.policy.by_place(caller, has_tokens=self.has_tokens)

    def _by_header(self, scheme: str, credential: str, caller: Caller) -> Principal | Stranger:
        now = self.clock()
        opened = self._opened_by_token(credential if scheme == "bearer" else basic_password(credential))
        if opened is None:
            left = self.tries.failed(caller.client or "", now, for_all=False)
            wait = 0.0 if left > 0 else self.tries.wait_before(caller.client or "", now)
            return Stranger("this token is unknown or has expired: `photonic token list` shows the tokens", wait)
        session = self.sessions.find(caller.cookie(self.policy.session_cookie(secure=caller.secure)), now)
        if session is not None and session.is_elevated(now) and None is not session.token_hash == opened.token_hash:
            # A browser that remembers a password sends it with every request, also after the PIN was shown.
            return self._of_session(session, opened.role)
        means = Means.BEARER if scheme == "bearer" else Means.BASIC
        return Principal(opened.key, opened.name, opened.role, means, opened.ends_at, token_hash=opened.token_hash)

    def _by_link(self, signature: str) -> Principal | Stranger:
        found = self.links.find(signature, self.clock())
        if isinstance(found, LinkRefusal):
            return Stranger(f"the signed link is not valid: it {found.reason}")
        return Principal(f"link:{found.id}", f"link {found.id}", found.role, Means.LINK, found.ends_at, found.scope)

    def _of_hash(self, principal: Principal, now: float) -> Principal | None:
        """The bearer of a named token as it is now."""
        record = self.tokens.with_hash(principal.token_hash or "", now)
        if record is None or record.name != principal.name:
            return None
        return replace(principal, role=record.role, ends_at=self.tokens.ages.ends_at(record))

    def _of_session(self, session: BrowserSession, role: Role) -> Principal:
        """The principal of a session; ``role``: without elevation."""
        now_role = Role.OPERATOR if session.is_elevated(self.clock()) else role
        key, token_hash = f"session:{session.id}", session.shared_token
        return Principal(key, session.name, now_role, Means.SESSION, session.ends_at, token_hash=token_hash)

    def _role(self, session: BrowserSession, caller: Caller, now: float) -> Role | None:
        """The session's role without elevation, in this request; ``None``: it has no right here."""
        if session.place is None:
            return self._lasting_role(session, now)
        placed = self._by_place(caller)
        return placed.role if isinstance(placed, Principal) else None

    def _lasting_role(self, session: BrowserSession, now: float) -> Role | None:
        """The session's role without elevation, as far as it does not depend on a request; ``None``: none any more."""
        if session.place is not None:
            return session.role if self.policy.holds(session.place, has_tokens=self.has_tokens) else None
        if session.token_hash is None or session.token_hash == self.configured_hash:
            return session.role
        record = self.tokens.with_hash(session.token_hash, now)
        # Of a code, the token is its issuer's: the session ends with it, but has the role of the code.
        return None if record is None else session.role if session.by_code else record.role

    def _opened_by_token(self, secret: str) -> OpenedBy | None:
        if self.policy.token is not None and equal(secret, self.policy.token):
            return OpenedBy(CONFIGURED_KEY, CONFIGURED, Role.OPERATOR)
        record = self.tokens.find(secret, self.clock())
        return None if record is None else OpenedBy.by_token(record, self.tokens.ages.ends_at(record))

    def _open(self, opened: OpenedBy, caller: Caller, now: float) -> tuple[str, BrowserSession]:
        return self.sessions.open(
            role=opened.role,
            name=opened.name,
            token_hash=self.configured_hash if opened.key == CONFIGURED_KEY else opened.token_hash,
            device=caller.agent or "",
            address=caller.client or "",
            now=now,
            seconds=SESSION_SECONDS,
            not_after=opened.ends_at,
            place=opened.place,
            by_code=opened.key.startswith("code:"),
        )

    def _device_cookie(self, caller: Caller, role: Role, token_hash: str | None, now: float) -> str | None:
        """The device's cookie after a success: the one that it has, if it is known; ``token_hash``: its session's."""
        value = caller.cookie(self.policy.device_cookie(secure=caller.secure))
        device = self.devices.find(value, now)
        if device is None:
            return self.devices.add(role, now, token_hash)
        self.devices.succeeded(device, role, token_hash)
        return value

    def _wait(self, tries: TryLimiter, caller: Caller, now: float) -> float:
        device = self.devices.find(caller.cookie(self.policy.device_cookie(secure=caller.secure)))
        return tries.wait_before(caller.client or "", now, device=device)

    def _failed(self, tries: TryLimiter, caller: Caller, now: float) -> Wrong | TryLater:
        device = self.devices.find(caller.cookie(self.policy.device_cookie(secure=caller.secure)))
        left = tries.failed(caller.client or "", now, device=device)
        return Wrong(left) if left > 0 else TryLater(self._wait(tries, caller, now))
