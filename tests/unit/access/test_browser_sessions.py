"""Sessions of browsers: what has ended never opens anything again, and the table is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from photonic.access.browser_sessions import SESSIONS_LIMIT, SESSIONS_OF_TOKEN, BrowserSession, SessionTable
from photonic.access.credentials import hashed
from photonic.access.permission import Role
from photonic.errors import BadInput

STAGE, BAR = hashed("stage"), hashed("bar")


def opened(
    table: SessionTable,
    now: float = 0.0,
    *,
    role: Role = Role.GUEST,
    token_hash: str | None = None,
    seconds: float = 100.0,
    not_after: float | None = None,
) -> tuple[str, BrowserSession]:
    """Open a session whose names do not matter."""
    return table.open(
        role=role,
        name="stage",
        token_hash=token_hash,
        device="Mozilla/5.0\n" + "x" * 500,
        address="192.0.2.1",
        now=now,
        seconds=seconds,
        not_after=not_after,
    )


def test_a_cookie_finds_its_session_and_nothing_else_does() -> None:
    table = SessionTable()
    cookie, session = opened(table)
    found = table.find(cookie, 1.0)
    assert found is not None
    assert (found.id, found.last_at, found.role_at(1.0)) == (session.id, 1.0, Role.GUEST)
    assert found.device == ("Mozilla/5.0?" + "x" * 500)[:200]
    for wrong in ("", session.id, session.hash, cookie[:-1], f"{cookie} ", "\udce9"):
        assert table.find(wrong, 1.0) is None
    assert cookie not in table.to_json(1.0) + repr(table.records)


def test_a_session_ends_without_use_and_at_the_end_of_its_right() -> None:
    table = SessionTable()
    unused, _session = opened(table, seconds=100.0)
    used, session = opened(table, seconds=100.0, not_after=250.0)
    for now in (90.0, 180.0, 249.0):
        assert table.find(used, now) is not None
    assert table.find(unused, 249.0) is None
    assert table.with_id(session.id, 249.9) is not None
    assert table.with_id(session.id, 250.0) is None
    assert table.find(used, 250.0) is None
    assert table.records == ()


def test_what_a_stream_asks_is_no_use() -> None:
    table = SessionTable()
    cookie, session = opened(table, seconds=100.0)
    assert table.with_id(session.id, 99.0) is not None
    assert table.find(cookie, 100.0) is None


def test_an_elevation_gives_a_new_cookie_to_the_same_session_and_ends() -> None:
    table = SessionTable()
    old, session = opened(table)
    new, elevated = table.elevate(old, 10.0, 60.0)
    assert (elevated.id, elevated.role_at(69.9), elevated.role_at(70.0)) == (session.id, Role.OPERATOR, Role.GUEST)
    assert table.find(old, 11.0) is None
    assert table.find(new, 11.0) is not None
    with pytest.raises(BadInput, match="sign in again"):
        table.elevate(old, 12.0, 60.0)
    table.lower(session.id)
    lowered = table.find(new, 13.0)
    assert lowered is not None
    assert lowered.role_at(13.0) is Role.GUEST


def test_a_renewed_cookie_replaces_the_old_one() -> None:
    table = SessionTable()
    old, session = opened(table)
    new, renewed = table.renew(old, 1.0)
    assert renewed.id == session.id
    assert table.end_cookie(old) is None
    assert table.end_cookie(new) == renewed
    with pytest.raises(BadInput, match="sign in again"):
        table.renew(new, 2.0)


def test_a_removed_token_ends_its_sessions_only() -> None:
    table = SessionTable()
    stage = [opened(table, token_hash=STAGE)[1].id for _ in range(2)]
    bar = opened(table, token_hash=BAR)[1].id
    code = opened(table)[1].id
    assert table.end_of_token(STAGE) == tuple(stage)
    assert table.keep_tokens({BAR, STAGE}) == ()
    assert table.keep_tokens(set()) == (bar,)
    assert [one.id for one in table.records] == [code]


def test_a_full_table_ends_the_session_that_was_not_used_for_longest_and_operators_last() -> None:
    table = SessionTable()
    operator, _session = opened(table, 0.0, role=Role.OPERATOR)
    elevated, _session = table.elevate(opened(table, 0.0)[0], 0.0, 1e6)
    first = opened(table, 1.0)[0]
    second = opened(table, 2.0)[0]
    for number in range(SESSIONS_LIMIT - 4):
        opened(table, 3.0 + number / 1e4)
    table.find(first, 4.0)
    opened(table, 5.0)
    assert len(table.records) == SESSIONS_LIMIT
    assert table.find(second, 5.0) is None
    assert all(table.find(cookie, 5.0) for cookie in (operator, elevated, first))
    text = table.to_json(5.0)
    assert SessionTable.from_json(text, 5.0).to_json(5.0) == text


def test_a_token_has_so_many_sessions_and_then_ends_its_own() -> None:
    table = SessionTable()
    other, _session = opened(table, 0.0, token_hash=BAR)
    by_code, _session = opened(table, 0.0)
    own = [opened(table, 1.0 + number, token_hash=STAGE)[0] for number in range(SESSIONS_OF_TOKEN)]
    table.find(own[0], 50.0)
    newest, _session = opened(table, 51.0, token_hash=STAGE)
    assert table.find(own[1], 52.0) is None
    assert all(table.find(cookie, 52.0) for cookie in (other, by_code, own[0], *own[2:], newest))


def test_a_full_table_ends_a_session_of_the_token_that_has_the_most() -> None:
    table = SessionTable()
    guest, _session = opened(table, 0.0)
    two = [opened(table, 0.5, token_hash=BAR)[0] for _ in range(2)]
    many = [opened(table, 1.0 + number / 100, token_hash=STAGE)[0] for number in range(SESSIONS_OF_TOKEN)]
    for _ in range(SESSIONS_LIMIT - len(table.records)):
        opened(table, 2.0)
    newest, _session = opened(table, 3.0)
    assert len(table.records) == SESSIONS_LIMIT
    assert table.find(many[0], 3.0) is None
    assert all(table.find(cookie, 3.0) for cookie in (guest, *two, *many[1:], newest))


def test_running_time_that_was_set_back_prolongs_no_session() -> None:
    table = SessionTable()
    cookie, session = opened(table, 1000.0, seconds=100.0)
    cookie, _elevated = table.elevate(cookie, 1000.0, 60.0)
    again = SessionTable.from_json(table.to_json(1050.0), 7.0)
    same = again.with_id(session.id, 16.9)
    assert same is not None
    assert (same.role_at(16.9), same.role_at(17.0)) == (Role.OPERATOR, Role.GUEST)
    assert again.find(cookie, 57.0) is None


def test_an_end_later_than_its_right_is_not_read() -> None:
    table = SessionTable()
    cookie, session = opened(table, 0.0, seconds=100.0, not_after=50.0)
    text = table.to_json(0.0)
    assert f'"ends_at": {session.ends_at}' in text
    assert SessionTable.from_json(text.replace('"ends_at": 50.0', '"ends_at": 5000.0'), 0.0).find(cookie, 50.0) is None


def test_the_revision_counts_what_has_to_be_saved() -> None:
    table = SessionTable()
    cookie, session = opened(table)
    revision = table.revision
    table.find(cookie, 1.0)
    assert table.revision == revision
    table.end(session.id)
    assert table.revision > revision


@given(st.text(max_size=60))
def test_wrong_cookies_are_never_found(cookie: str) -> None:
    table = SessionTable()
    opened(table)
    assert table.find(cookie, 0.0) is None


class Sessions(RuleBasedStateMachine):
    """Sessions that are opened, used, elevated and ended in any order, over starts that lose running time."""

    cookies = Bundle("cookies")

    def __init__(self) -> None:
        super().__init__()
        self.table, self.now = SessionTable(), 0.0
        self.ids: dict[str, str] = {}
        self.void: set[str] = set()
        self.elevated_for: dict[str, float] = {}

    @rule(target=cookies, token=st.sampled_from([None, STAGE, BAR]), seconds=st.integers(1, 60))
    def open(self, token: str | None, seconds: int) -> str:
        cookie, session = opened(self.table, self.now, token_hash=token, seconds=float(seconds))
        self.ids[cookie] = session.id
        return cookie

    @rule(target=cookies, cookie=cookies, seconds=st.integers(1, 60))
    def elevate(self, cookie: str, seconds: int) -> str:
        try:
            new, session = self.table.elevate(cookie, self.now, seconds)
        except BadInput:
            return cookie
        self.void.add(cookie)
        self.ids[new] = session.id
        self.elevated_for[session.id] = seconds
        return new

    @rule(cookie=cookies)
    def sign_out(self, cookie: str) -> None:
        self.table.end_cookie(cookie)
        self.void.add(cookie)

    @rule(cookie=cookies)
    def end(self, cookie: str) -> None:
        self.table.end(self.ids[cookie])
        self.void |= {each for each, identity in self.ids.items() if identity == self.ids[cookie]}

    @rule(token=st.sampled_from([STAGE, BAR]))
    def remove_token(self, token: str) -> None:
        ended = set(self.table.end_of_token(token))
        self.void |= {each for each, identity in self.ids.items() if identity in ended}

    @rule(seconds=st.integers(0, 40))
    def passes(self, seconds: int) -> None:
        self.now += seconds
        self.elevated_for = {each: left - seconds for each, left in self.elevated_for.items()}

    @rule(lost=st.integers(0, 1000))
    def restart(self, lost: int) -> None:
        text = self.table.to_json(self.now)
        self.now = max(0.0, self.now - lost)
        self.table = SessionTable.from_json(text, self.now)

    @invariant()
    def what_ended_never_opens_anything_again(self) -> None:
        for cookie, identity in self.ids.items():
            session = self.table.with_id(identity, self.now)
            if session is None:
                self.void.add(cookie)
            elif session.role_at(self.now) is Role.OPERATOR:
                assert self.elevated_for[identity] > 0
        assert not any(self.table.find(cookie, self.now) for cookie in self.void)
        assert len({one.hash for one in self.table.records}) == len(self.table.records)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=40, stateful_step_count=30)
