from __future__ import annotations

from photonic.access.browser_sessions import SessionTable
from photonic.access.grant import Grant, grant_of
from photonic.access.permission import Role
from photonic.access.principal import Means, Principal

NOW = 100.0
HASH = "ab" * 32


def opened(sessions: SessionTable, role: Role, not_after: float | None = None) -> str:
    cookie, _session = sessions.open(
        role=role, name="x", token_hash=HASH, device="", address="", now=NOW, seconds=1000.0, not_after=not_after
    )
    return cookie


def test_a_session_grants_its_own_role_until_its_own_end() -> None:
    sessions = SessionTable()
    session = sessions.find(opened(sessions, Role.OPERATOR, 500.0), NOW)
    assert session is not None
    who = Principal(f"session:{session.id}", "x", Role.OPERATOR, Means.SESSION)
    assert grant_of(who, sessions, NOW) == Grant(Role.OPERATOR, HASH, 500.0)


def test_the_pin_lets_in_guests_at_most() -> None:
    sessions = SessionTable()
    _cookie, session = sessions.elevate(opened(sessions, Role.VIEWER), NOW, 600.0)
    who = Principal(f"session:{session.id}", "x", Role.OPERATOR, Means.SESSION)
    assert grant_of(who, sessions, NOW) == Grant(Role.GUEST, HASH, None)


def test_a_token_grants_its_role_and_its_end() -> None:
    who = Principal("token:stage", "stage", Role.OPERATOR, Means.BEARER, ends_at=700.0, token_hash=HASH)
    assert grant_of(who, SessionTable(), NOW) == Grant(Role.OPERATOR, HASH, 700.0)


def test_what_a_command_lets_in_outlasts_its_token() -> None:
    who = Principal("token:command-7-ab", "command-7-ab", Role.OPERATOR, Means.BEARER, ends_at=60.0, token_hash=HASH)
    assert grant_of(who, SessionTable(), NOW) == Grant(Role.OPERATOR, None, None)
