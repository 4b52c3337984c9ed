"""Signed links: addresses that open one thing for a time, for people who do not sign in.

A link is an address within its scope with ``?signature=ID.MAC``. The MAC is an HMAC-SHA256 over the link's record with
a key of the state folder, so that the table's file alone gives nobody a link, and a record that was changed in it is
refused. The record is what counts: a link without one was revoked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated

import msgspec
from msgspec.structs import replace

from photonic.access.credentials import equal, new_id
from photonic.access.permission import Role
from photonic.access.state_text import PublicId, Seconds, ShortText, Span, damaged, moved_back, read, shortened, write
from photonic.errors import BadInput
from photonic.model.name import NAME_PATTERN, NAME_TAKES

LINKS_LIMIT = 1000
LINKS_FILE = "links.json"
KEY_BYTES = 32
STREAMS = 50
STREAMS_LIMIT = 1000
LONGEST_LINK_SECONDS = 366 * 86_400.0
EXPIRED_KEPT_SECONDS = 7 * 86_400.0
"""So long a link that ended is answered with the reason."""
_LONGEST_SIGNATURE = 100

Streams = Annotated[int, msgspec.Meta(ge=1, le=STREAMS_LIMIT)]


class ScopeKind(StrEnum):
    """What a link can open."""

    PHOTO = "photo"
    SESSION = "session"
    LIVE = "live"


_FORMS = ("photo:ID", "session:ID", "live:CAMERA")


@dataclass(frozen=True, slots=True, order=True)
class LinkScope:
    """One photo, the photos of one session, or the live view of one camera. Its text is ``KIND:VALUE``."""

    kind: ScopeKind
    value: str

    @classmethod
    def parse(cls, text: str) -> LinkScope:
        """Read a scope. Raises ``BadInput``."""
        kind, colon, value = text.partition(":")
        if not colon or kind not in set(ScopeKind):
            raise BadInput(f"unknown scope. Known scopes: {', '.join(_FORMS)}", field="scope", choices=_FORMS)
        if re.fullmatch(NAME_PATTERN, value) is None:
            raise BadInput(f"what follows {kind}: {NAME_TAKES}", field="scope", choices=_FORMS)
        return cls(ScopeKind(kind), value)

    def __str__(self) -> str:
        """The text that ``parse`` reads."""
        return f"{self.kind}:{self.value}"


class LinkRefusal(Enum):
    """Why a signature opens nothing; ``reason`` is a predicate."""

    EXPIRED = "has expired"
    TAMPERED = "is incomplete or was changed"
    UNKNOWN = "is unknown or was revoked"

    @property
    def reason(self) -> str:
        """What the link is or did, such as ``has expired``."""
        return self.value


class LinkRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One link.

    ``id``: public. ``scope_text``: text of ``scope``. ``made_by``: name of the operator. ``ends_at``: running seconds,
    ``lasts_seconds`` after it was made. ``streams``: how many live views it may have open together.
    """

    id: PublicId
    scope_text: Annotated[str, msgspec.Meta(pattern=r"\A(photo|session|live):[A-Za-z0-9_-]{1,64}\Z")] = msgspec.field(
        name="scope"
    )
    role: Role
    made_by: ShortText
    ends_at: Seconds
    lasts_seconds: Span
    streams: Streams = STREAMS

    def __post_init__(self) -> None:
        """Refuse a role that no link may have."""
        if self.role is Role.OPERATOR:
            raise ValueError("no link has the role operator")

    @property
    def scope(self) -> LinkScope:
        """What it opens."""
        return LinkScope.parse(self.scope_text)


class _Links(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    saved_at: Seconds
    links: Annotated[list[LinkRecord], msgspec.Meta(max_length=LINKS_LIMIT)]


class LinkTable:
    """The links, at most ``LINKS_LIMIT``.

    ``revision`` grows with each change.

    Args:
        key: ``KEY_BYTES`` random bytes, or more.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"the key has at least {KEY_BYTES} bytes")
        self._key = key
        self._links: dict[str, LinkRecord] = {}
        self._now = -math.inf
        self.revision = 0

    @property
    def records(self) -> tuple[LinkRecord, ...]:
        """All links, the oldest first; some may have expired since the last ``sweep``."""
        return tuple(self._links.values())

    def make(
        self,
        scope: LinkScope,
        role: Role,
        now: float,
        seconds: float,
        *,
        made_by: str,
        streams: int = STREAMS,
    ) -> tuple[LinkRecord, str]:
        """Make a link; the result is its record, and its signature, which only the MAC's key can make again.

        Args:
            scope: What it opens.
            role: What its bearer may do there: viewer or guest.
            now: Running seconds.
            seconds: How long it lasts; at most a year.
            made_by: Name of the operator.
            streams: How many live views it may have open together; 1 to ``STREAMS_LIMIT``.

        Raises:
            BadInput: A value is outside its bounds, or there are too many links.
        """
        if role is Role.OPERATOR:
            raise BadInput("a link is for viewers or guests", field="role", choices=(Role.VIEWER, Role.GUEST))
        if not 0 < seconds <= LONGEST_LINK_SECONDS:
            raise BadInput(f"ends_in_seconds must be 1-{LONGEST_LINK_SECONDS:.0f} seconds", field="ends_in_seconds")
        if not 1 <= streams <= STREAMS_LIMIT:
            raise BadInput(f"must be 1-{STREAMS_LIMIT}", field="streams")
        now = self._moment(now)
        if len(self._links) >= LINKS_LIMIT:
            self.sweep(now, kept_seconds=0.0)
        if len(self._links) >= LINKS_LIMIT:
            raise BadInput(f"there are {LINKS_LIMIT} links: revoke some", field="scope")
        record = LinkRecord(
            id=new_id(),
            scope_text=str(scope),
            role=role,
            made_by=shortened(made_by),
            ends_at=now + seconds,
            lasts_seconds=float(seconds),
            streams=streams,
        )
        self._links[record.id] = record
        self.revision += 1
        return record, f"{record.id}.{self._mac(record)}"

    def find(self, signature: str, now: float) -> LinkRecord | LinkRefusal:
        """The link with this signature, or why there is none. The MAC is compared in constant time."""
        now = self._moment(now)
        if len(signature) > _LONGEST_SIGNATURE:
            return LinkRefusal.TAMPERED
        identity, dot, mac = signature.partition(".")
        record = self._links.get(identity)
        if not dot or not mac:
            return LinkRefusal.TAMPERED
        if record is None:
            return LinkRefusal.UNKNOWN
        if not equal(mac, self._mac(record)):
            return LinkRefusal.TAMPERED
        return LinkRefusal.EXPIRED if now >= record.ends_at else record

    def with_id(self, identity: str, now: float) -> LinkRecord | None:
        """The link with this public id; ``None`` if it has ended. For streams that it opened."""
        record = self._links.get(identity)
        return None if record is None or self._moment(now) >= record.ends_at else record

    def is_valid(self, identity: str, now: float) -> bool:
        """Whether the link with this public id has not ended."""
        return self.with_id(identity, now) is not None

    def revoke(self, identity: str) -> LinkRecord | None:
        """End a link, which is returned; ``None``: there is no such link."""
        record = self._links.pop(identity, None)
        if record is not None:
            self.revision += 1
        return record

    def sweep(self, now: float, kept_seconds: float = EXPIRED_KEPT_SECONDS) -> tuple[str, ...]:
        """Delete the links that ended ``kept_seconds`` ago; the result is their ids. From then on they are unknown."""
        now = self._moment(now)
        ended = tuple(each.id for each in self._links.values() if now >= each.ends_at + kept_seconds)
        for identity in ended:
            self.revoke(identity)
        return ended

    def to_json(self, now: float) -> str:
        """The table as text, without its key."""
        return write(_Links(saved_at=self._moment(now), links=list(self.records)))

    @classmethod
    def from_json(cls, text: str, key: bytes, now: float) -> LinkTable:
        """Read ``to_json``. Raises ``BadInput``."""
        remedy = "delete it, which revokes all links, and make new ones"
        content = read(text, _Links, file=LINKS_FILE, remedy=remedy)
        table, back = cls(key), moved_back(content.saved_at, now)
        for record in content.links:
            # Nobody can prolong a link by its end: its duration is signed.
            end = min(record.ends_at, content.saved_at + record.lasts_seconds)
            table._links[record.id] = replace(record, ends_at=back(end))
        if len(table._links) < len(content.links):
            raise damaged(LINKS_FILE, "two links have the same id", remedy)
        table._moment(now)
        return table

    def _mac(self, record: LinkRecord) -> str:
        # No part can contain a line break.
        parts = (record.id, record.scope_text, record.role, record.lasts_seconds.hex(), str(record.streams))
        digest = hmac.new(self._key, "\n".join(parts).encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _moment(self, now: float) -> float:
        self._now = max(self._now, now)
        return self._now
