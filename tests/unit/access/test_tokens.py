"""Named tokens: right until removed or over, by running time, and never again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from photonic.access.credentials import hashed
from photonic.access.permission import Role
from photonic.access.tokens import AGES_LIMIT, TOKENS_LIMIT, TokenAges, TokenRecord, TokenTable
from photonic.errors import BadInput

MADE_AT = "2026-01-02T03:04:05+00:00"


def record(number: int) -> TokenRecord:
    return TokenRecord(name=f"t{number}", role=Role.VIEWER, hash=hashed(f"t{number}"), made_at=MADE_AT)


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a\n", "ä", "../x"])
def test_a_name_is_checked(name: str) -> None:
    with pytest.raises(BadInput, match="1-64 letters"):
        TokenTable().add(name, Role.GUEST, None, MADE_AT)


@pytest.mark.parametrize("lifetime", [0.0, -1.0, float("nan"), float("inf")])
def test_a_lifetime_is_positive_and_finite(lifetime: float) -> None:
    with pytest.raises(BadInput, match="positive"):
        TokenTable().add("stage", Role.GUEST, lifetime, MADE_AT)


def test_a_name_exists_once_and_an_unknown_one_is_answered_with_the_known_ones() -> None:
    table = TokenTable()
    secret = table.add("stage", Role.GUEST, None, MADE_AT)
    with pytest.raises(BadInput, match="choose another name"):
        table.add("stage", Role.OPERATOR, None, MADE_AT)
    found = table.find(secret, 0.0)
    assert found is not None
    assert (found.name, found.role, table.named("stage")) == ("stage", Role.GUEST, found)
    with pytest.raises(BadInput, match="Known tokens: stage") as caught:
        table.remove("bar")
    assert caught.value.choices == ("stage",)


def test_the_number_of_tokens_is_bounded() -> None:
    table = TokenTable(record(number) for number in range(TOKENS_LIMIT))
    with pytest.raises(BadInput, match="remove some"):
        table.add("more", Role.GUEST, None, MADE_AT)
    assert TokenTable.from_json(table.to_json()).records == table.records


def test_no_text_of_the_table_contains_a_secret() -> None:
    table = TokenTable()
    secret = table.add("stage", Role.GUEST, 60.0, MADE_AT)
    assert secret not in table.to_json() + table.ages.to_json(0.0) + repr(table.records)


def test_a_lifetime_begins_when_the_service_first_sees_the_token_and_goes_on_over_starts() -> None:
    table = TokenTable()
    secret = table.add("stage", Role.GUEST, 100.0, MADE_AT)
    ages = TokenAges()
    assert ages.note(table.hashes, 1000.0)
    assert not ages.note(table.hashes, 1050.0)
    again = TokenTable.from_json(table.to_json(), TokenAges.from_json(ages.to_json(1060.0), 1060.0))
    found = again.find(secret, 1099.0)
    assert found is not None
    assert again.ages.ends_at(found) == 1100.0
    assert again.find(secret, 1100.0) is None
    assert again.with_hash(found.hash, 1100.0) is None


def test_a_lifetime_that_nobody_noted_begins_with_the_first_use() -> None:
    table = TokenTable()
    secret = table.add("stage", Role.GUEST, 100.0, MADE_AT)
    assert table.find(secret, 5.0) is not None
    assert table.named("stage", 104.9) is not None
    assert table.named("stage", 105.0) is None
    assert table.named("stage") is not None
    assert table.find(secret, 105.0) is None
    assert table.find(secret, 5.0) is None, "time never goes back"


def test_running_time_that_was_set_back_prolongs_no_lifetime() -> None:
    table = TokenTable()
    secret = table.add("stage", Role.GUEST, 100.0, MADE_AT)
    table.ages.note(table.hashes, 1000.0)
    after_a_new_journal = TokenTable(table.records, TokenAges.from_json(table.ages.to_json(1090.0), 0.0))
    assert after_a_new_journal.find(secret, 9.0) is not None
    assert after_a_new_journal.find(secret, 10.0) is None


def test_an_expired_token_from_a_backup_stays_expired_as_long_as_there_is_room() -> None:
    table = TokenTable()
    secret = table.add("stage", Role.GUEST, 100.0, MADE_AT)
    backup = table.to_json()
    table.ages.note(table.hashes, 0.0)
    removed = table.remove("stage")
    table.ages.note(table.hashes, 500.0)
    assert table.ages.has_ended(removed, 500.0)
    assert TokenTable.from_json(backup, table.ages).find(secret, 500.0) is None


def test_ages_are_bounded_and_those_of_present_tokens_are_never_forgotten() -> None:
    ages, present = TokenAges(), [hashed(str(number)) for number in range(TOKENS_LIMIT)]
    ages.note(present, 0.0)
    for start in range(0, 5 * AGES_LIMIT, 500):
        ages.note([*present, *(hashed(f"gone {start + number}") for number in range(500))], 1.0 + start)
        assert all(ages.knows(each) for each in present)
    text = ages.to_json(1e6)
    assert text.count(": 0.0") == TOKENS_LIMIT
    assert TokenAges.from_json(text, 1e6).to_json(1e6) == text


@given(st.text(max_size=50))
def test_wrong_secrets_are_never_found(secret: str) -> None:
    table = TokenTable()
    table.add("stage", Role.GUEST, None, MADE_AT)
    assert table.find(secret, 0.0) is None
    assert table.find(table.records[0].hash, 0.0) is None


class Tokens(RuleBasedStateMachine):
    """Tokens that come, go and expire while the service starts again, now and then with its running time set back."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.table, self.now, self.number = TokenTable(), 0.0, 0
        self.left: dict[str, float | None] = {}
        self.gone: set[str] = set()

    @rule(target=tokens, lifetime=st.none() | st.integers(1, 50))
    def add(self, lifetime: int | None) -> tuple[str, str]:
        self.number += 1
        secret = self.table.add(f"t{self.number}", Role.GUEST, lifetime, MADE_AT)
        self.table.ages.note(self.table.hashes, self.now)
        self.left[secret] = lifetime
        return f"t{self.number}", secret

    @rule(token=consumes(tokens))
    def remove(self, token: tuple[str, str]) -> None:
        self.table.remove(token[0])
        del self.left[token[1]]
        self.gone.add(token[1])

    @rule(seconds=st.integers(0, 40))
    def passes(self, seconds: int) -> None:
        self.now += seconds
        self.left = {secret: None if left is None else left - seconds for secret, left in self.left.items()}

    @rule(lost=st.integers(0, 1000))
    def restart(self, lost: int) -> None:
        text, ages = self.table.to_json(), self.table.ages.to_json(self.now)
        self.now = max(0.0, self.now - lost)
        self.table = TokenTable.from_json(text, TokenAges.from_json(ages, self.now))

    @invariant()
    def only_the_right_ones_are_found(self) -> None:
        for secret, left in self.left.items():
            assert (self.table.find(secret, self.now) is not None) == (left is None or left > 0)
        assert all(self.table.find(secret, self.now) is None for secret in self.gone)


TestTokens = Tokens.TestCase
TestTokens.settings = settings(max_examples=40, stateful_step_count=30)
