"""Secrets: random enough, compared whatever their characters, and refused if they are easy to guess."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.access.credentials import EXAMPLES, equal, hashed, new_id, new_secret, weakness

ROOT = Path(__file__).resolve().parents[3]
SHOWN = re.compile(r"(?:PHOTONIC_TOKEN=|--token[ =]|Bearer |\btoken = )[\"']?([A-Za-z0-9._~+/-]{16,256}=*)")
ANY_TEXT = st.text(st.characters(codec=None, categories=None))


def test_secrets_are_valid_in_headers_cookies_and_addresses_and_differ() -> None:
    made = {new_secret() for _ in range(50)} | {new_secret(128) for _ in range(50)} | {new_id() for _ in range(50)}
    assert len(made) == 150
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16,43}", each) for each in made)


@pytest.mark.parametrize("bits", [0, 64, 120, 130])
def test_a_secret_has_at_least_128_bits_in_whole_bytes(bits: int) -> None:
    with pytest.raises(ValueError, match="128 bits"):
        new_secret(bits)


@given(ANY_TEXT, ANY_TEXT)
def test_texts_are_equal_and_have_one_hash_only_if_they_are_the_same(one: str, other: str) -> None:
    assert equal(one, other) == (one == other)
    assert (hashed(one) == hashed(other)) == (one == other)
    assert equal(one, one)


def test_the_hash_is_sha256() -> None:
    assert hashed("né") == hashlib.sha256("né".encode()).hexdigest()


@given(st.binary(min_size=16, max_size=32))
def test_random_tokens_are_not_weak(seed: bytes) -> None:
    assert weakness(hashlib.sha256(seed).hexdigest()) is None
    assert weakness(new_secret(128)) is None


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "fewer than 16"),
        ("fifteen-letters", "fewer than 16"),
        ("a" * 30, "different characters"),
        ("abababacacacabab", "different characters"),
        ("k3xq9w.k3xq9w.k3xq", "repeats a pattern of 7"),
        ("0123456789abcdef", "sequence"),
        ("12345678901234567890", "repeats a pattern of 10"),
        ("zyxwvutsrqponmlkj", "sequence"),
        ("password12345678", "common words"),
        ("Photobooth-2024-2024", "common words"),
        ("photonic-operator-secret-token", "common words"),
        ("qwertyuiopasdfghjkl", "common words"),
        ("choose-your-own-token", "example"),
        ("Choose-Your-Own-Token-2", "example"),
    ],
)
def test_tokens_that_are_easy_to_guess_are_refused_without_quoting_them(token: str, reason: str) -> None:
    said = weakness(token)
    assert said is not None
    assert reason in said
    assert not token or token not in said


@pytest.mark.parametrize(
    "token", ["sixteen-letters-and-more", "correct-horse-battery", "photonic-k29dq7wbz1x", "8f" + "3a9c417be052d6"]
)
def test_tokens_that_somebody_made_with_care_are_accepted(token: str) -> None:
    assert weakness(token) is None


@given(ANY_TEXT.filter(lambda text: len(text) < 400))
def test_every_text_is_judged(token: str) -> None:
    said = weakness(token)
    assert said is None or said.split()[0] in {"has", "is", "repeats", "consists"}


@given(st.text(min_size=1, max_size=8), st.integers(2, 40))
def test_every_repetition_is_weak(pattern: str, times: int) -> None:
    assert weakness(pattern * times) is not None


def test_every_token_that_the_documentation_shows_is_refused() -> None:
    documents = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "SECURITY.md"]
    shown = {token for path in documents for token in SHOWN.findall(path.read_text())}
    assert shown >= set(EXAMPLES)
    assert {token for token in shown if weakness(token) is None} == set()
