"""Browsers that are signed in. The cookie's value is random; only its hash is kept.

Theory of operation. A session is entered by the cookie's secret and listed by its public id. The secret changes at each
elevation, so that a value that leaked before is worth nothing after; the id stays, because streams that are open are
bound to it. A session ends when it was not used for its ``idle_seconds``, when its right ends (``not_after``), when
somebody ends it, or when the token that opened it is removed. What has ended is deleted when it is noticed, and time
never goes back within a table: nothing makes an ended session valid again.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import replace

from photonic.access.credentials import hashed, new_id, new_secret
from photonic.access.permission import Role
from photonic.access.principal import Means
from photonic.access.state_text import (
    Digest,
    PublicId,
    Seconds,
    ShortText,
    Span,
    damaged,
    moved_back,
    read,
    shortened,
    write,
)
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection

SESSIONS_LIMIT = 1000
SESSIONS_OF_TOKEN = 20
SESSIONS_FILE = "sessions.json"


class BrowserSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One browser that is signed in; times are running seconds.

    ``id``: public. ``hash``: of the cookie's value. ``name``: of what opened it. ``role``: without elevation; see
    ``role_at``. ``token_hash``: of the token that opened it; ``None``: something else did. ``device``: the start of the
    User-Agent header. ``address``: from which it was opened. ``ends_at``: moves with each use, up to ``not_after``.
    ``elevated_until``: the operator's PIN was shown. ``place``: only the PIN opened it, and this is what let the
    browser in before; its role without elevation is then that of the place that a request comes from. ``by_code``: a
    one-time code opened it, and ``token_hash`` is that of its issuer's token.
    """

    id: PublicId
    hash: Digest
    name: ShortText
    role: Role
    token_hash: Digest | None
    device: ShortText
    address: ShortText
    began_at: Seconds
    last_at: Seconds
    ends_at: Seconds
    idle_seconds: Span
    not_after: Seconds | None = None
    elevated_until: Seconds | None = None
    place: Means | None = None
    by_code: bool = False

    @property
    def shared_token(self) -> str | None:
        """The hash of the token that its bearer has, whose limits it shares; ``None``: a code or a PIN opened it."""
        return None if self.by_code else self.token_hash

    def role_at(self, now: float) -> Role:
        """The role at this moment: the operator's during an elevation."""
        return Role.OPERATOR if self.is_elevated(now) else self.role

    def is_elevated(self, now: float) -> bool:
        """Whether the PIN makes it the operator's at this moment."""
        return self.elevated_until is not None and now < self.elevated_until

    def used(self, now: float) -> BrowserSession:
        """The session after a use."""
        limit = math.inf if self.not_after is None else self.not_after
        return replace(self, last_at=now, ends_at=min(max(self.ends_at, now + self.idle_seconds), limit))


class _Sessions(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    saved_at: Seconds
    sessions: Annotated[list[BrowserSession], msgspec.Meta(max_length=SESSIONS_LIMIT)]


class SessionTable:
    """The sessions, at most ``SESSIONS_LIMIT``.

    ``revision`` grows with each change that must be saved soon; a mere use does not change it.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, BrowserSession] = {}
        self._ids: dict[str, str] = {}
        self._now = -math.inf
        self.revision = 0

    @property
    def records(self) -> tuple[BrowserSession, ...]:
        """All sessions, the oldest first; some may have ended since the last ``sweep``."""
        return tuple(self._by_id.values())

    def open(
        self,
        *,
        role: Role,
        name: str,
        token_hash: str | None,
        device: str,
        address: str,
        now: float,
        seconds: float,
        not_after: float | None = None,
        place: Means | None = None,
        by_code: bool = False,
    ) -> tuple[str, BrowserSession]:
        """Open a session; the result is the cookie's value, which is nowhere else, and the session.

        A token has at most ``SESSIONS_OF_TOKEN``; then its own that was not used for the longest time ends. If the
        table is full, a session ends of the token that has the most. An operator's ends last.

        Args:
            role: What it may do without elevation.
            name: Of the token or code that opens it.
            token_hash: Of that token; ``None``: something else opens it.
            device: The User-Agent header.
            address: The client's.
            now: Running seconds.
            seconds: How long it lasts without being used.
            not_after: Running seconds at which it ends even if it is used; ``None``: never.
            place: What let the browser in, if no token or code opens it; ``None``: one does.
            by_code: Whether a code opens it.
        """
        now = self._moment(now)
        self.sweep(now)
        self._make_room(None if by_code else token_hash, now)
        cookie = new_secret()
        session = BrowserSession(
            id=new_id(),
            hash=hashed(cookie),
            name=shortened(name),
            role=role,
            token_hash=token_hash,
            device=shortened(device),
            address=shortened(address),
            began_at=now,
            last_at=now,
            ends_at=now,
            idle_seconds=seconds,
            not_after=not_after,
            place=place,
            by_code=by_code,
        ).used(now)
        self._insert(session)
        return cookie, session

    def find(self, cookie: str, now: float) -> BrowserSession | None:
        """The session of this cookie, which counts as used; ``None`` if it has ended or never existed."""
        identity = self._ids.get(hashed(cookie))
        session = self.with_id(identity, now) if identity is not None else None
        if session is None:
            return None
        session = self._by_id[session.id] = session.used(self._now)
        return session

    def with_id(self, identity: str, now: float) -> BrowserSession | None:
        """The session with this public id; ``None`` if it has ended. For streams that it opened: not a use."""
        now = self._moment(now)
        session = self._by_id.get(identity)
        if session is not None and now >= session.ends_at:
            self.end(identity)
            return None
        return session

    def renew(self, cookie: str, now: float) -> tuple[str, BrowserSession]:
        """Give the session a new cookie, whose value is returned; the old one is void. Raises ``BadInput``."""
        session = self.find(cookie, now)
        if session is None:
            raise BadInput("this session has ended: sign in again")
        new = new_secret()
        del self._ids[session.hash]
        renewed = replace(session, hash=hashed(new))
        self._insert(renewed)
        return new, renewed

    def elevate(self, cookie: str, now: float, seconds: float) -> tuple[str, BrowserSession]:
        """Make the session the operator's for ``seconds``, with a new cookie. Raises ``BadInput`` if it has ended."""
        new, session = self.renew(cookie, now)
        elevated = replace(session, elevated_until=self._now + seconds)
        self._insert(elevated)
        return new, elevated

    def lower(self, identity: str) -> None:
        """End the elevation of a session."""
        session = self._by_id.get(identity)
        if session is not None:
            self._insert(replace(session, elevated_until=None))

    def end(self, identity: str) -> BrowserSession | None:
        """End a session, which is returned; ``None``: it had ended before."""
        session = self._by_id.pop(identity, None)
        if session is not None:
            del self._ids[session.hash]
            self.revision += 1
        return session

    def end_cookie(self, cookie: str) -> BrowserSession | None:
        """End the session of this cookie, as ``end`` does."""
        identity = self._ids.get(hashed(cookie))
        return self.end(identity) if identity is not None else None

    def end_of_token(self, token_hash: str) -> tuple[str, ...]:
        """End what this token opened; the result is the ids of the ended sessions."""
        return self._end_all([one.id for one in self._by_id.values() if one.token_hash == token_hash])

    def keep_tokens(self, hashes: Collection[str]) -> tuple[str, ...]:
        """End what other tokens than these opened, after the table of tokens was read; the result is their ids."""
        ended = [one.id for one in self._by_id.values() if one.token_hash is not None and one.token_hash not in hashes]
        return self._end_all(ended)

    def sweep(self, now: float) -> tuple[str, ...]:
        """Delete the sessions whose time is over; the result is their ids."""
        now = self._moment(now)
        return self._end_all([one.id for one in self._by_id.values() if now >= one.ends_at])

    def to_json(self, now: float) -> str:
        """The table as text."""
        return write(_Sessions(saved_at=self._moment(now), sessions=list(self.records)))

    @classmethod
    def from_json(cls, text: str, now: float) -> SessionTable:
        """Read ``to_json``; what has ended meanwhile is left out. Raises ``BadInput``."""
        remedy = "delete it, and all browsers have to sign in again"
        content = read(text, _Sessions, file=SESSIONS_FILE, remedy=remedy)
        table, back = cls(), moved_back(content.saved_at, now)
        for session in content.sessions:
            if session.id in table._by_id or session.hash in table._ids:
                raise damaged(SESSIONS_FILE, f"two sessions {session.id}", remedy)
            not_after = math.inf if session.not_after is None else session.not_after
            end = min(session.ends_at, session.last_at + session.idle_seconds, not_after)
            table._insert(
                replace(
                    session,
                    began_at=back(session.began_at),
                    last_at=back(session.last_at),
                    ends_at=back(end),
                    not_after=None if session.not_after is None else back(session.not_after),
                    elevated_until=None if session.elevated_until is None else back(session.elevated_until),
                )
            )
        table.sweep(now)
        table.revision = 0
        return table

    def _make_room(self, token_hash: str | None, now: float) -> None:
        """End what a further session of this token has no room beside."""
        own = [one for one in self._by_id.values() if token_hash is not None and one.shared_token == token_hash]
        own.sort(key=lambda one: (one.role_at(now) is Role.OPERATOR, one.last_at))
        self._end_all([one.id for one in own[: max(0, len(own) - SESSIONS_OF_TOKEN + 1)]])
        if len(self._by_id) >= SESSIONS_LIMIT:
            held = Counter(one.shared_token for one in self._by_id.values() if one.shared_token is not None)

            def order(one: BrowserSession) -> tuple[bool, int, float]:
                many = 1 if one.shared_token is None else held[one.shared_token]
                return one.role_at(now) is Role.OPERATOR, -many, one.last_at

            self.end(min(self._by_id.values(), key=order).id)

    def _insert(self, session: BrowserSession) -> None:
        self._by_id[session.id] = session
        self._ids[session.hash] = session.id
        self.revision += 1

    def _end_all(self, identities: list[str]) -> tuple[str, ...]:
        for identity in identities:
            self.end(identity)
        return tuple(identities)

    def _moment(self, now: float) -> float:
        self._now = max(self._now, now)
        return self._now
