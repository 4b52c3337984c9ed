"""Secrets: made, hashed, compared, and judged if somebody else chose them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from itertools import pairwise

SECRET_BITS = 256
LEAST_BITS = 128
"""A secret with fewer random bits must not be stored by ``hashed``."""
SHORTEST_TOKEN = 16
DISTINCT_CHARACTERS = 6
"""Of 16 random hexadecimal digits, fewer are different in one of 30,000 cases."""
SHORTEST_REST = 6
"""Characters that a token must have besides common words, not in sequence; and how many of them are different."""
DISTINCT_IN_REST = 5
LONGEST_JUDGED = 256

EXAMPLES = ("choose-your-own-token",)
"""Tokens that the documentation shows; a test finds those that are missing here."""
_COMMON = re.compile(
    "photonic|photobooth|fotobox|photo|foto|booth|camera|kamera|password|passwort|passwd|secret|geheim|token|admin"
    "|operator|guest|viewer|changeme|change|letmein|welcome|default|example|beispiel|test|qwert[yz](?:uiop)?|azerty"
    "|asdf(?:ghjkl)?|yxcvbnm|zxcvbnm|[\\W_]"
)


def new_secret(bits: int = SECRET_BITS) -> str:
    """Return a random secret that is valid in a header, a cookie and a URL; ``bits``: whole bytes, at least 128."""
    if bits < LEAST_BITS or bits % 8:
        raise ValueError(f"a secret has at least {LEAST_BITS} bits, in whole bytes, not {bits}")
    return secrets.token_urlsafe(bits // 8)


def new_id() -> str:
    """Return a random public id: 16 hexadecimal digits. It identifies an entry of a list, and opens nothing."""
    return secrets.token_hex(8)


def random_bytes(count: int) -> bytes:
    """Return a random key of this length."""
    return secrets.token_bytes(count)


def random_text(alphabet: str, length: int) -> str:
    """Return random characters of an alphabet."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def hashed(secret: str) -> str:
    """Return the SHA-256 of a secret, as 64 hexadecimal digits.

    Only for secrets with at least 128 random bits. Salts and slow hashes (scrypt, Argon2) protect what people choose:
    they make each guess expensive. Here, no number of guesses is enough, whatever one of them costs, and a slow hash
    would let anyone who sends wrong tokens occupy the processor. What has fewer bits (one-time codes that are typed)
    is hashed with a key instead, and is valid for minutes only.
    """
    return hashlib.sha256(_bytes(secret)).hexdigest()


def stretched(secret: str, salt: str) -> str:
    """Return the scrypt hash (RFC 7914) of a secret that somebody chose, as 64 hexadecimal digits; takes about 50 ms.

    ``salt``: makes it different from the hash of the same secret elsewhere.
    """
    return hashlib.scrypt(_bytes(secret), salt=_bytes(salt), n=2**14, r=8, p=1, dklen=32).hex()


def basic_password(credential: str) -> str:
    """Return the password of Basic credentials (RFC 7617); empty if they are invalid."""
    try:
        return base64.b64decode(credential, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def equal(one: str, other: str) -> bool:
    """Compare two texts in constant time, with whatever characters a browser sends."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def weakness(token: str) -> str | None:
    """Why a token that somebody chose is too easy to guess, as a predicate; ``None`` if it is not.

    The answer never contains a part of the token.
    """
    text = token[:LONGEST_JUDGED].casefold()
    period = _period(text)
    rest = _COMMON.sub("", text)
    faults = {
        f"has fewer than {SHORTEST_TOKEN} characters": len(token) < SHORTEST_TOKEN,
        "is an example of the documentation": any(example in text for example in EXAMPLES),
        f"has fewer than {DISTINCT_CHARACTERS} different characters": len(set(text)) < DISTINCT_CHARACTERS,
        f"repeats a pattern of {period} characters": 2 * period <= len(text),
        "is mostly a sequence such as abc, 123 or aaa": _steps(text) * 4 >= 3 * (len(text) - 1),
        "consists of common words": len(rest) < SHORTEST_REST
        or len(set(rest)) < DISTINCT_IN_REST
        or _steps(rest) == len(rest) - 1,
    }
    return next((fault for fault, found in faults.items() if found), None)


def _bytes(text: str) -> bytes:
    # Headers and damaged files can contain lone surrogates.
    return text.encode("utf-8", "surrogatepass")


def _period(text: str) -> int:
    """The length of the shortest pattern whose repetition is the text."""
    return next((size for size in range(1, len(text)) if text[size:] == text[: len(text) - size]), len(text))


def _steps(text: str) -> int:
    """The number of characters that equal the one before it, or are its neighbour in the alphabet."""
    return sum(abs(ord(later) - ord(earlier)) <= 1 for earlier, later in pairwise(text))
