"""Who sees what: a table of all cases, and rules that hold for any record and any principal."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.access.links import LinkScope
from photonic.access.permission import Role
from photonic.access.principal import ANONYMOUS_KEY, Means, Principal
from photonic.access.visibility import only_owner, owner_for, visible


@dataclass(frozen=True)
class Record:
    id: str = "c1"
    session_id: str = "party"
    owner: str | None = None


KEYS = ("loopback", "session:one", "token:stage:1f0c93ab", "anonymous:192.0.2.1")


def principal(role: Role, key: str = "session:one") -> Principal:
    return Principal(key, "somebody", role, Means.SESSION)


def link(scope: str, role: Role = Role.GUEST) -> Principal:
    return Principal("link:l1", "link l1", role, Means.LINK, scope=LinkScope.parse(scope))


@pytest.mark.parametrize(
    ("record", "who", "sees"),
    [
        (Record(), principal(Role.OPERATOR), True),
        (Record(owner="session:other"), principal(Role.OPERATOR), True),
        (Record(owner="session:one"), principal(Role.GUEST), True),
        (Record(owner="session:other"), principal(Role.GUEST), False),
        (Record(), principal(Role.GUEST), False),
        (Record(owner="session:one"), principal(Role.VIEWER), False),
        (Record(owner="operator:session:one"), principal(Role.GUEST), False),
        (Record(owner="session:other"), link("session:party"), True),
        (Record(), link("session:party"), True),
        (Record(owner="link:l1"), link("session:others"), False),
        (Record(), link("photo:c1-1"), True),
        (Record(), link("photo:c1-2"), True),
        (Record(id="c11"), link("photo:c1-1"), False),
        (Record(), link("photo:c1"), False),
        (Record(), link("live:party"), False),
        (Record(), link("photo:c1-1", Role.VIEWER), False),
        (Record(), link("session:party", Role.VIEWER), False),
    ],
)
def test_who_sees_what(record: Record, who: Principal, *, sees: bool) -> None:
    assert visible(record, who) is sees


def test_strangers_who_cannot_be_told_apart_own_nothing() -> None:
    one = principal(Role.GUEST, ANONYMOUS_KEY)
    asked = Record(owner=owner_for(one))
    assert not visible(asked, one)
    assert only_owner(one) not in {None, asked.owner}
    assert visible(asked, principal(Role.OPERATOR))


records = st.builds(
    Record,
    id=st.sampled_from(["c1", "c2", "c1-1"]),
    session_id=st.sampled_from(["party", "c1", "other"]),
    owner=st.none() | st.sampled_from([*KEYS, *(f"operator:{key}" for key in KEYS), "link:l1"]),
)
scopes = st.builds(
    "{}:{}".format, st.sampled_from(["photo", "session", "live"]), st.sampled_from(["c1-1", "c2-9", "party", "c1-1-1"])
)
principals = st.builds(principal, st.sampled_from(Role), st.sampled_from(KEYS)) | st.builds(
    link, scopes, st.sampled_from([Role.VIEWER, Role.GUEST])
)


@given(records, principals)
def test_a_query_by_owner_loses_nothing(record: Record, who: Principal) -> None:
    if visible(record, who):
        assert only_owner(who) in {None, record.owner}


@given(records, principals, principals)
def test_two_guests_never_see_the_same(record: Record, one: Principal, other: Principal) -> None:
    guests = {who.key for who in (one, other) if who.role is Role.GUEST and who.scope is None and visible(record, who)}
    assert len(guests) <= 1


@given(st.sampled_from(KEYS), st.sampled_from(KEYS), st.sampled_from(Role))
def test_everybody_sees_what_it_asked_for_and_no_guest_what_an_operator_asked_for(
    key: str, other: str, role: Role
) -> None:
    asked = Record(owner=owner_for(principal(role, key)))
    assert visible(asked, principal(role, key)) is (role is not Role.VIEWER)
    assert visible(asked, principal(Role.GUEST, other)) is (role is not Role.OPERATOR and key == other)
    assert visible(asked, principal(Role.OPERATOR, other))
