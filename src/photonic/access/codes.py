"""One-time codes, which let a browser in: shown by an operator's page, or in the terminal at the first start.

A code in a QR has 128 random bits and cannot be guessed. One that is typed has 40, which is enough only because it is
valid for minutes, is used once, and every typed code becomes void after ``WRONG_TRIES`` wrong ones: a guesser succeeds
in one of 10**9 cases, even against all codes that the table can hold. Codes are hashed with a key of this run, since
40 bits could be found from a plain hash. They do not outlive the service.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.credentials import LEAST_BITS, new_id, new_secret, random_bytes, random_text
from photonic.errors import BadInput

if TYPE_CHECKING:
    from photonic.access.permission import Role

CODES_LIMIT = 50
CODE_SECONDS = 300.0
LONGEST_CODE_SECONDS = 86_400.0
WRONG_TRIES = 10
TYPED_LENGTH = 8
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base32 without letters that look like digits (Crockford, "Base 32", 2002)."""
_LONGEST_TEXT = 64
_AS_READ = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """One code that was not used yet.

    ``id``: public. ``role``: of the session that it opens. ``digest``: of its text, keyed. ``ends_at``: running
    seconds. ``typed``: short enough to be typed. ``token_hash``: the token that its issuer got in with; the session
    ends with it. ``not_after``: running seconds at which the issuer's right ends, and the session's with it.
    """

    id: str
    role: Role
    digest: str
    ends_at: float
    typed: bool
    token_hash: str | None = None
    not_after: float | None = None


class CodeTable:
    """The codes that are valid, at most ``CODES_LIMIT``."""

    def __init__(self) -> None:
        self._key = random_bytes(32)
        self._codes: dict[str, CodeRecord] = {}
        self._wrong = 0
        self._now = -math.inf

    @property
    def records(self) -> tuple[CodeRecord, ...]:
        """All codes, the oldest first; some may have expired."""
        return tuple(self._codes.values())

    def issue(
        self,
        role: Role,
        now: float,
        seconds: float = CODE_SECONDS,
        *,
        typed: bool,
        token_hash: str | None = None,
        not_after: float | None = None,
    ) -> tuple[CodeRecord, str]:
        """Make a code; the result is its record, and its text, which is nowhere else.

        If the table is full, the oldest code becomes void.

        Args:
            role: Of the session that it opens.
            now: Running seconds.
            seconds: How long it is valid; at most a day.
            typed: Eight characters in two groups; otherwise 128 bits for a QR code.
            token_hash: As in ``CodeRecord``.
            not_after: As in ``CodeRecord``.

        Raises:
            BadInput: ``seconds`` is outside its bounds.
        """
        if not 0 < seconds <= LONGEST_CODE_SECONDS:
            raise BadInput(f"must be 1-{LONGEST_CODE_SECONDS:.0f} seconds", field="ends_in_seconds")
        self.sweep(now)
        if not any(code.typed for code in self._codes.values()):
            self._wrong = 0
        if len(self._codes) >= CODES_LIMIT:
            del self._codes[next(iter(self._codes))]
        if typed:
            plain = random_text(CROCKFORD, TYPED_LENGTH)
            text = f"{plain[:4]}-{plain[4:]}"
        else:
            plain = text = new_secret(LEAST_BITS)
        digest = self._digest(plain, typed=typed)
        record = CodeRecord(new_id(), role, digest, self._now + seconds, typed, token_hash, not_after)
        self._codes[record.digest] = record
        return record, text

    def redeem_shown(self, text: str, now: float) -> CodeRecord | None:
        """Use a code of a QR, once, as ``redeem`` does. It cannot be guessed, so a wrong text counts for nothing."""
        self.sweep(now)
        return self._codes.pop(self._digest(text[:_LONGEST_TEXT].strip(), typed=False), None)

    def redeem(self, text: str, now: float) -> CodeRecord | None:
        """Use a code, once; ``None``: it is wrong, used, cancelled, void or expired.

        Of typed codes, lower case, spaces, hyphens, and O, I and L for digits are accepted. A text that looks like a
        typed code and is wrong counts toward ``WRONG_TRIES``; after that many, all typed codes are void.
        """
        record = self.redeem_shown(text, now)
        plain = _as_typed(text[:_LONGEST_TEXT].strip())
        if record is not None or plain is None:
            return record
        record = self._codes.pop(self._digest(plain, typed=True), None)
        if record is None:
            self._count_wrong()
        return record

    def cancel(self, identity: str) -> CodeRecord | None:
        """Make the code with this public id void; ``None``: there is no such code."""
        record = next((code for code in self._codes.values() if code.id == identity), None)
        return self._codes.pop(record.digest) if record is not None else None

    def sweep(self, now: float) -> tuple[str, ...]:
        """Delete the codes whose time is over; the result is their ids."""
        self._now = max(self._now, now)
        ended = [code for code in self._codes.values() if self._now >= code.ends_at]
        for code in ended:
            del self._codes[code.digest]
        return tuple(code.id for code in ended)

    def _count_wrong(self) -> None:
        self._wrong += 1
        if self._wrong >= WRONG_TRIES:
            self._codes = {digest: code for digest, code in self._codes.items() if not code.typed}

    def _digest(self, plain: str, *, typed: bool) -> str:
        kind = b"typed:" if typed else b"shown:"
        return hmac.new(self._key, kind + plain.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _as_typed(text: str) -> str | None:
    """The eight characters that somebody means; ``None``: this is no typed code."""
    if not text.isascii():
        return None
    plain = text.upper().translate(_AS_READ)
    return plain if len(plain) == TYPED_LENGTH and set(plain) <= set(CROCKFORD) else None
