"""Signed links: only what was made, as it was made, until it ends or is revoked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from photonic.access.links import (
    EXPIRED_KEPT_SECONDS,
    LINKS_LIMIT,
    LONGEST_LINK_SECONDS,
    STREAMS_LIMIT,
    LinkRecord,
    LinkRefusal,
    LinkScope,
    LinkTable,
    ScopeKind,
)
from photonic.access.permission import Role
from photonic.errors import BadInput

KEY = bytes(range(32))
LIVE = LinkScope(ScopeKind.LIVE, "main")
NAMES = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")


def made(table: LinkTable, now: float = 0.0, seconds: float = 60.0) -> tuple[LinkRecord, str]:
    return table.make(LIVE, Role.VIEWER, now, seconds, made_by="stage")


@given(st.sampled_from(ScopeKind), NAMES)
def test_the_text_of_a_scope_is_read_back(kind: ScopeKind, value: str) -> None:
    assert LinkScope.parse(str(LinkScope(kind, value))) == LinkScope(kind, value)


@pytest.mark.parametrize(
    "text", ["", "photo", "photo:", "album:1", "PHOTO:1", "photo:a b", "live:a/b", "live:" + "x" * 65, "live:a\n"]
)
def test_other_scopes_are_refused_with_the_choices(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        LinkScope.parse(text)
    assert (caught.value.field, caught.value.choices[0]) == ("scope", "photo:ID")


def test_a_link_opens_its_scope_with_its_role_until_its_end() -> None:
    table = LinkTable(KEY)
    record, signature = table.make(LIVE, Role.GUEST, 10.0, 60, made_by="stage\x07", streams=7)
    found = table.find(signature, 69.9)
    assert found == record
    assert (record.scope, record.role, record.ends_at, record.streams, record.made_by) == (
        LIVE,
        Role.GUEST,
        70.0,
        7,
        "stage?",
    )
    assert table.is_valid(record.id, 69.9)
    assert table.find(signature, 70.0) is LinkRefusal.EXPIRED
    assert not table.is_valid(record.id, 70.0)
    assert table.find(signature, 20.0) is LinkRefusal.EXPIRED, "time never goes back"


def test_a_revoked_link_is_unknown() -> None:
    table = LinkTable(KEY)
    record, signature = made(table)
    assert table.revoke(record.id) == record
    assert table.revoke(record.id) is None
    assert table.find(signature, 0.0) is LinkRefusal.UNKNOWN
    assert LinkRefusal.UNKNOWN.reason == "is unknown or was revoked"


@pytest.mark.parametrize(
    ("role", "seconds", "streams", "field"),
    [
        (Role.OPERATOR, 60.0, 1, "role"),
        (Role.GUEST, 0.0, 1, "ends_in_seconds"),
        (Role.GUEST, float("nan"), 1, "ends_in_seconds"),
        (Role.GUEST, LONGEST_LINK_SECONDS + 1, 1, "ends_in_seconds"),
        (Role.GUEST, 60.0, 0, "streams"),
        (Role.GUEST, 60.0, STREAMS_LIMIT + 1, "streams"),
    ],
)
def test_values_out_of_bounds_are_refused(role: Role, seconds: float, streams: int, field: str) -> None:
    table = LinkTable(KEY)
    with pytest.raises(BadInput) as caught:
        table.make(LIVE, role, 0.0, seconds, made_by="stage", streams=streams)
    assert caught.value.field == field
    assert table.records == ()


@given(st.data())
def test_a_signature_that_was_changed_anywhere_opens_nothing(data: st.DataObject) -> None:
    table = LinkTable(KEY)
    _record, signature = made(table)
    at = data.draw(st.integers(0, len(signature)))
    removed = data.draw(st.integers(0, len(signature) - at))
    changed = signature[:at] + data.draw(st.text(max_size=3)) + signature[at + removed :]
    found = table.find(changed, 0.0)
    assert (found == table.records[0]) == (changed == signature)


@given(st.text(max_size=200))
def test_invented_signatures_open_nothing(text: str) -> None:
    table = LinkTable(KEY)
    record, _signature = made(table)
    assert isinstance(table.find(text, 0.0), LinkRefusal)
    assert table.find(f"{record.id}.{text}", 0.0) is LinkRefusal.TAMPERED


@pytest.mark.parametrize(
    ("field", "value"), [("scope", "live:other"), ("role", "guest"), ("lasts_seconds", 9000.0), ("streams", 51)]
)
def test_a_record_that_was_changed_in_the_file_opens_nothing(field: str, value: object) -> None:
    table = LinkTable(KEY)
    _record, signature = made(table)
    document = json.loads(table.to_json(0.0))
    document["links"][0][field] = value
    assert LinkTable.from_json(json.dumps(document), KEY, 0.0).find(signature, 0.0) is LinkRefusal.TAMPERED


def test_an_end_that_was_moved_in_the_file_prolongs_nothing() -> None:
    table = LinkTable(KEY)
    _record, signature = made(table, 0.0, 60.0)
    document = json.loads(table.to_json(0.0))
    document["links"][0]["ends_at"] = 9000.0
    assert LinkTable.from_json(json.dumps(document), KEY, 0.0).find(signature, 60.0) is LinkRefusal.EXPIRED


def test_no_link_of_an_operator_is_read() -> None:
    table = LinkTable(KEY)
    made(table)
    with pytest.raises(BadInput, match=r"no link has the role operator.*\$\.links\[0\]"):
        LinkTable.from_json(table.to_json(0.0).replace("viewer", "operator"), KEY, 0.0)


def test_the_file_alone_gives_nobody_a_link() -> None:
    table = LinkTable(KEY)
    _record, signature = made(table)
    text = table.to_json(0.0)
    assert signature.partition(".")[2] not in text
    assert LinkTable.from_json(text, bytes(32), 0.0).find(signature, 0.0) is LinkRefusal.TAMPERED
    with pytest.raises(ValueError, match="32 bytes"):
        LinkTable(b"short")


def test_running_time_that_was_set_back_prolongs_no_link() -> None:
    table = LinkTable(KEY)
    record, signature = made(table, 1000.0, 60.0)
    again = LinkTable.from_json(table.to_json(1050.0), KEY, 0.0)
    found = again.find(signature, 9.9)
    assert isinstance(found, LinkRecord)
    assert found.id == record.id
    assert again.find(signature, 10.0) is LinkRefusal.EXPIRED


def test_links_are_bounded_and_expired_ones_make_room() -> None:
    table = LinkTable(KEY)
    first = made(table, 0.0, 1.0)[1]
    signatures = [made(table, 0.0, 60.0)[1] for _ in range(LINKS_LIMIT - 1)]
    with pytest.raises(BadInput, match="revoke some"):
        made(table, 0.5)
    text = table.to_json(0.5)
    assert LinkTable.from_json(text, KEY, 0.5).to_json(0.5) == text
    assert table.find(first, 1.0) is LinkRefusal.EXPIRED
    made(table, 1.0)
    assert len(table.records) == LINKS_LIMIT
    assert table.find(first, 1.0) is LinkRefusal.UNKNOWN
    assert all(isinstance(table.find(each, 1.0), LinkRecord) for each in signatures)
    assert len(table.sweep(60.0 + EXPIRED_KEPT_SECONDS)) == LINKS_LIMIT - 1


class Links(RuleBasedStateMachine):
    """Links that are made, revoked and expire in any order, over starts that lose running time."""

    links = Bundle("links")

    def __init__(self) -> None:
        super().__init__()
        self.table, self.now = LinkTable(KEY), 0.0
        self.left: dict[str, float] = {}
        self.revoked: set[str] = set()

    @rule(target=links, seconds=st.integers(1, 60))
    def make(self, seconds: int) -> str:
        _record, signature = made(self.table, self.now, seconds)
        self.left[signature] = seconds
        return signature

    @rule(signature=links)
    def revoke(self, signature: str) -> None:
        self.table.revoke(signature.partition(".")[0])
        self.revoked.add(signature)

    @rule(seconds=st.integers(0, 40))
    def passes(self, seconds: int) -> None:
        self.now += seconds
        self.left = {each: left - seconds for each, left in self.left.items()}

    @rule(lost=st.integers(0, 1000))
    def restart(self, lost: int) -> None:
        text = self.table.to_json(self.now)
        self.now = max(0.0, self.now - lost)
        self.table = LinkTable.from_json(text, KEY, self.now)

    @rule(kept=st.integers(0, 100))
    def sweep(self, kept: int) -> None:
        self.table.sweep(self.now, float(kept))

    @invariant()
    def only_links_that_have_not_ended_open_anything(self) -> None:
        for signature, left in self.left.items():
            found = self.table.find(signature, self.now)
            assert isinstance(found, LinkRecord) == (left > 0 and signature not in self.revoked)
            assert self.table.is_valid(signature.partition(".")[0], self.now) == isinstance(found, LinkRecord)


TestLinks = Links.TestCase
TestLinks.settings = settings(max_examples=40, stateful_step_count=30)
