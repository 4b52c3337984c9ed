"""One-time codes: used once, for a while, and not guessed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from photonic.access.codes import CODES_LIMIT, CROCKFORD, LONGEST_CODE_SECONDS, WRONG_TRIES, CodeTable
from photonic.access.permission import Role
from photonic.errors import BadInput

WRONG = "ZZZZ-ZZZZ"


def test_a_code_has_the_form_that_its_way_needs() -> None:
    table = CodeTable()
    assert re.fullmatch(f"[{CROCKFORD}]{{4}}-[{CROCKFORD}]{{4}}", table.issue(Role.GUEST, 0.0, typed=True)[1])
    assert re.fullmatch("[A-Za-z0-9_-]{22}", table.issue(Role.GUEST, 0.0, typed=False)[1])


@pytest.mark.parametrize("typed", [True, False])
def test_a_code_is_used_once(typed: bool) -> None:
    table = CodeTable()
    record, text = table.issue(Role.VIEWER, 0.0, typed=typed)
    assert text not in repr(table.records)
    assert table.redeem(text, 299.9) == record
    assert table.redeem(text, 299.9) is None
    assert table.records == ()


@pytest.mark.parametrize("typed", [True, False])
def test_a_code_expires_and_stays_so(typed: bool) -> None:
    table = CodeTable()
    _record, text = table.issue(Role.VIEWER, 0.0, 300.0, typed=typed)
    assert table.redeem("", 300.0) is None
    assert table.redeem(text, 0.0) is None


@pytest.mark.parametrize("typed", [True, False])
def test_a_cancelled_code_is_void(typed: bool) -> None:
    table = CodeTable()
    record, text = table.issue(Role.VIEWER, 0.0, typed=typed)
    assert table.cancel("no such id") is None
    assert table.cancel(record.id) == record
    assert table.cancel(record.id) is None
    assert table.redeem(text, 0.0) is None


STYLES = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["", " ", "-", " - "])), min_size=8, max_size=8)


@given(STYLES)
def test_a_typed_code_is_read_as_people_write_it(styles: list[tuple[int, str]]) -> None:
    table = CodeTable()
    record, text = table.issue(Role.GUEST, 0.0, typed=True)
    forms = {"0": "0oO0o", "1": "1iIlL"}
    plain = zip(text.replace("-", ""), styles, strict=True)
    written = "".join(forms.get(each, (each + each.lower()) * 3)[form] + separator for each, (form, separator) in plain)
    assert table.redeem(f" {written}\n", 0.0) == record


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), LONGEST_CODE_SECONDS + 1])
def test_a_time_out_of_bounds_is_refused(seconds: float) -> None:
    with pytest.raises(BadInput, match="must be"):
        CodeTable().issue(Role.GUEST, 0.0, seconds, typed=True)


def test_ten_wrong_tries_void_every_typed_code_and_no_other() -> None:
    table = CodeTable()
    typed = [table.issue(Role.GUEST, 0.0, typed=True)[1] for _ in range(3)]
    shown = table.issue(Role.GUEST, 0.0, typed=False)[1]
    for _ in range(WRONG_TRIES - 1):
        assert table.redeem(WRONG, 0.0) is None
    assert table.redeem(typed[0], 0.0) is not None, "a right one resets nothing"
    assert table.redeem(WRONG, 0.0) is None
    assert [table.redeem(each, 0.0) for each in typed] == [None, None, None]
    assert table.redeem(shown, 0.0) is not None
    fresh = table.issue(Role.GUEST, 0.0, typed=True)[1]
    assert table.redeem(WRONG, 0.0) is None
    assert table.redeem(fresh, 0.0) is not None, "the count begins again with the next code"


def test_new_codes_do_not_begin_the_count_again_while_one_is_valid() -> None:
    table = CodeTable()
    for _ in range(WRONG_TRIES):
        table.issue(Role.GUEST, 0.0, typed=True)
        assert table.redeem(WRONG, 0.0) is None
    assert table.records == ()


def test_what_no_typed_code_looks_like_is_not_counted() -> None:
    table = CodeTable()
    text = table.issue(Role.GUEST, 0.0, typed=True)[1]
    for wrong in (
        "",
        "a-token-of-twenty-letters",
        "UUUU-UUUU",
        "\N{LATIN SMALL LETTER DOTLESS I}" * 8,
        "\udce9",
        "x" * 10_000,
        "ABC",
    ):
        for _ in range(WRONG_TRIES):
            assert table.redeem(wrong, 0.0) is None
    assert table.redeem(text, 0.0) is not None


def test_codes_are_bounded_and_the_oldest_goes_first() -> None:
    table = CodeTable()
    codes = [table.issue(Role.GUEST, 0.0, typed=bool(number % 2))[1] for number in range(CODES_LIMIT + 2)]
    assert len(table.records) == CODES_LIMIT
    assert [table.redeem(each, 0.0) is None for each in codes] == [True, True, *[False] * CODES_LIMIT]


def test_codes_do_not_outlive_their_run() -> None:
    first, second = CodeTable(), CodeTable()
    record, text = first.issue(Role.GUEST, 0.0, typed=True)
    second._codes[record.digest] = record
    assert second.redeem(text, 0.0) is None


class Codes(RuleBasedStateMachine):
    """Codes that are issued, used, cancelled and expire in any order, while others guess."""

    codes = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.table, self.now = CodeTable(), 0.0
        self.ends: dict[str, float] = {}
        self.ids: dict[str, str] = {}
        self.void: set[str] = set()
        self.wrong = 0

    @rule(target=codes, typed=st.booleans(), seconds=st.integers(1, 60))
    def issue(self, typed: bool, seconds: int) -> str:
        if not any(code.typed and code.ends_at > self.now for code in self.table.records):
            self.wrong = 0
        record, text = self.table.issue(Role.GUEST, self.now, seconds, typed=typed)
        self.ends[text], self.ids[text] = self.now + seconds, record.id
        return text

    @rule(text=codes)
    def redeem(self, text: str) -> None:
        found = self.table.redeem(text, self.now)
        valid = text not in self.void and self.now < self.ends[text]
        assert (found is not None) == valid
        if not valid and len(text) < 10:
            self.count_wrong()
        self.void.add(text)

    @rule(text=codes)
    def cancel(self, text: str) -> None:
        self.table.cancel(self.ids[text])
        self.void.add(text)

    @rule()
    def guess(self) -> None:
        assert self.table.redeem(WRONG, self.now) is None
        self.count_wrong()

    @rule(seconds=st.integers(0, 40))
    def passes(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def the_table_is_bounded(self) -> None:
        assert len(self.table.records) <= CODES_LIMIT

    def count_wrong(self) -> None:
        self.wrong += 1
        if self.wrong >= WRONG_TRIES:
            self.void |= {each for each in self.ends if len(each) < 10}


TestCodes = Codes.TestCase
TestCodes.settings = settings(max_examples=60, stateful_step_count=40)
