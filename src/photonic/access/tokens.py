"""Named tokens: what programs and people sign in with. Only hashes are kept.

``photonic token`` writes the table (``tokens.json``); every service on the machine reads it. A token's lifetime is
counted in running time, which each service has for itself, from the moment at which the service first saw the token:
so a wrong time of day neither ends nor prolongs it. ``TokenAges`` keeps these moments, in a file of the service.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import msgspec

from photonic.access.credentials import hashed, new_secret
from photonic.access.permission import Role
from photonic.access.state_text import (
    LONGEST_SECONDS,
    Digest,
    EntryName,
    Seconds,
    ShortText,
    Span,
    damaged,
    moved_back,
    read,
    write,
)
from photonic.errors import BadInput
from photonic.model.name import NAME_PATTERN, NAME_TAKES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

TOKENS_LIMIT = 1000
AGES_LIMIT = 2 * TOKENS_LIMIT
TOKENS_FILE = "tokens.json"
AGES_FILE = "token-ages.json"


class TokenRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One token.

    ``hash``: of its secret. ``made_at``: time of day (ISO 8601), only shown. ``lifetime_seconds``: of running time
    since a service first saw it; ``None``: it does not end by itself.
    """

    name: EntryName
    role: Role
    hash: Digest
    made_at: ShortText
    lifetime_seconds: Span | None = None


class _Tokens(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    tokens: Annotated[list[TokenRecord], msgspec.Meta(max_length=TOKENS_LIMIT)]


class _Ages(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    saved_at: Seconds
    first_seen: Annotated[dict[Digest, Seconds], msgspec.Meta(max_length=AGES_LIMIT)]


class TokenAges:
    """When this service first saw each token, in running seconds by hash.

    Of tokens that were removed, the ages are kept as long as there is room, so that a table restored from a backup
    does not make an expired token valid again.
    """

    def __init__(self) -> None:
        self._first_seen: dict[str, float] = {}
        self._now = float("-inf")

    def note(self, hashes: Collection[str], now: float) -> bool:
        """Begin the age of each token that is new; the result says whether there was one, so that it must be saved."""
        self._now = max(self._now, now)
        new = [each for each in hashes if each not in self._first_seen]
        self._first_seen.update(dict.fromkeys(new, self._now))
        spare = len(self._first_seen) - AGES_LIMIT
        if spare > 0:
            kept = set(hashes)
            gone = sorted((at, each) for each, at in self._first_seen.items() if each not in kept)
            for _at, each in gone[:spare]:
                del self._first_seen[each]
        return bool(new)

    def knows(self, token_hash: str) -> bool:
        """Whether the age of the token with this hash has begun."""
        return token_hash in self._first_seen

    def ends_at(self, record: TokenRecord) -> float | None:
        """Running seconds at which the token ends; ``None``: it does not, or its age has not begun."""
        seen = self._first_seen.get(record.hash)
        return None if seen is None or record.lifetime_seconds is None else seen + record.lifetime_seconds

    def has_ended(self, record: TokenRecord, now: float) -> bool:
        """Whether the token's lifetime is over."""
        self._now = max(self._now, now)
        end = self.ends_at(record)
        return end is not None and self._now >= end

    def to_json(self, now: float) -> str:
        """The ages as text."""
        self._now = max(self._now, now)
        return write(_Ages(saved_at=self._now, first_seen=self._first_seen))

    @classmethod
    def from_json(cls, text: str, now: float) -> TokenAges:
        """Read ``to_json``. Raises ``BadInput``."""
        remedy = "delete it, and the lifetimes of all tokens begin again"
        content = read(text, _Ages, file=AGES_FILE, remedy=remedy)
        ages, back = cls(), moved_back(content.saved_at, now)
        ages._first_seen = {each: back(at) for each, at in content.first_seen.items()}
        ages._now = now
        return ages


class TokenTable:
    """The tokens that are valid, unless their lifetime is over.

    Args:
        records: With names and hashes that differ, at most ``TOKENS_LIMIT``.
        ages: Those of this service; a command that only edits the table needs none.

    Raises:
        BadInput: Two records have the same name or hash, or there are too many.
    """

    def __init__(self, records: Iterable[TokenRecord] = (), ages: TokenAges | None = None) -> None:
        self.ages = ages if ages is not None else TokenAges()
        self._by_name: dict[str, TokenRecord] = {}
        self._by_hash: dict[str, TokenRecord] = {}
        for record in records:
            self._insert(record)

    @property
    def records(self) -> tuple[TokenRecord, ...]:
        """All tokens, in the order of their addition; some may have ended."""
        return tuple(self._by_name.values())

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes of all tokens."""
        return frozenset(self._by_hash)

    def add(self, name: str, role: Role, lifetime_seconds: float | None, made_at: str) -> str:
        """Add a token, and return its secret, which is nowhere else.

        Args:
            name: A new name, as in ``model.name``.
            role: What its bearer may do.
            lifetime_seconds: Running seconds; ``None``: until it is removed.
            made_at: The time of day (ISO 8601), only shown.

        Raises:
            BadInput: The name is malformed or exists, the lifetime is not positive, or there are too many tokens.
        """
        if re.fullmatch(NAME_PATTERN, name) is None:
            raise BadInput(f"the name {NAME_TAKES}", field="name")
        if lifetime_seconds is not None and not 0 < lifetime_seconds <= LONGEST_SECONDS:
            raise BadInput("the lifetime must be positive and finite", field="expires")
        secret = new_secret()
        self._insert(
            TokenRecord(name=name, role=role, hash=hashed(secret), made_at=made_at, lifetime_seconds=lifetime_seconds)
        )
        return secret

    def remove(self, name: str) -> TokenRecord:
        """Remove a token: from now on its secret is wrong. Raises ``BadInput`` for an unknown name."""
        record = self._by_name.pop(name, None)
        if record is None:
            known = ", ".join(self._by_name) or "none"
            reason = f"unknown token. Known tokens: {known}"
            raise BadInput(reason, field="name", choices=tuple(self._by_name))
        del self._by_hash[record.hash]
        return record

    def find(self, secret: str, now: float) -> TokenRecord | None:
        """The token with this secret; ``None`` if it is wrong or has ended.

        The secret is looked up by its hash: how long that takes depends on the hash, of which a guesser learns nothing.
        """
        return self.with_hash(hashed(secret), now)

    def with_hash(self, token_hash: str, now: float) -> TokenRecord | None:
        """The token with this hash; ``None`` if it was removed or has ended. For what was opened with it earlier."""
        record = self._by_hash.get(token_hash)
        if record is None:
            return None
        if not self.ages.knows(token_hash):
            self.ages.note(self._by_hash, now)
        return None if self.ages.has_ended(record, now) else record

    def named(self, name: str, now: float | None = None) -> TokenRecord | None:
        """The token with this name; ``None`` if it was removed or, at ``now``, has ended."""
        record = self._by_name.get(name)
        return record if record is None or now is None else self.with_hash(record.hash, now)

    def to_json(self) -> str:
        """The table as text."""
        return write(_Tokens(tokens=list(self.records)))

    @classmethod
    def from_json(cls, text: str, ages: TokenAges | None = None) -> TokenTable:
        """Read ``to_json``. Raises ``BadInput``."""
        remedy = (
            "correct it, or move it away, which ends the access of all named tokens, and make new ones with "
            "`photonic token add`"
        )
        content = read(text, _Tokens, file=TOKENS_FILE, remedy=remedy)
        try:
            return cls(content.tokens, ages)
        except BadInput as error:
            raise damaged(TOKENS_FILE, error.reason, remedy) from error

    def _insert(self, record: TokenRecord) -> None:
        if record.name in self._by_name:
            raise BadInput(f"a token named {record.name} exists: choose another name, or remove it", field="name")
        if record.hash in self._by_hash:
            raise BadInput(f"token {record.name} has the same hash as {self._by_hash[record.hash].name}", field="name")
        if len(self._by_name) >= TOKENS_LIMIT:
            raise BadInput(f"there are {TOKENS_LIMIT} tokens: remove some", field="name")
        self._by_name[record.name] = self._by_hash[record.hash] = record
