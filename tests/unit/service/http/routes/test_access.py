from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import app_context_behind, asking
from tests.support.fake_controller import FakeController

from photonic import web
from photonic.access.permission import Permission, Role
from photonic.access.tokens import TokenTable
from photonic.model.access import RoleName

if TYPE_CHECKING:
    import httpx2

ACCESS = "/api/v1/access"
SESSIONS, CODES = f"{ACCESS}/sessions", f"{ACCESS}/codes"
TOKEN = "sixteen-letters-and-more"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}

PAGE = Path(web.__file__).parent


def open_session(client: httpx2.AsyncClient, role: Role, name: str = "stage") -> tuple[str, dict[str, str]]:
    """A browser that is signed in: the session's id, and its cookie as a header."""
    access = app_context_behind(client).access
    cookie, session = access.sessions.open(
        role=role, name=name, token_hash=None, device="Browser", address="192.0.2.7", now=access.clock(), seconds=60.0
    )
    return session.id, {"Cookie": f"{access.policy.session_cookie(secure=False)}={cookie}"}


def test_the_roles_on_the_wire_are_the_roles() -> None:
    assert RoleName.__args__ == tuple(role.value for role in Role)  # type: ignore[attr-defined]


async def test_who_am_i() -> None:
    async with asking(FakeController(), token=TOKEN, operator_pin="2468") as client:
        _id, guest = open_session(client, Role.GUEST)
        stranger = (await client.get(ACCESS)).json()
        operator = (await client.get(ACCESS, headers=OPERATOR)).json()
        signed_in = (await client.get(ACCESS, headers=guest)).json()
    assert (stranger["role"], stranger["name"], stranger["may"]) == (None, None, ["open"])
    assert "there is a token" in stranger["reason"]
    assert (operator["role"], operator["means"], operator["ends_in_seconds"]) == ("operator", "bearer", None)
    assert operator["may"] == [each.value for each in Permission]
    assert (signed_in["role"], signed_in["name"], signed_in["pin_set"]) == ("guest", "stage", True)
    assert signed_in["may"] == ["open", "watch", "capture", "photos"]
    assert 0 < signed_in["ends_in_seconds"] <= 60.0


async def test_who_am_i_by_a_signed_link() -> None:
    async with asking(FakeController("booth"), token=TOKEN) as client:
        made = await client.post("/api/v1/links", json={"scope": "live:booth", "ends_in_seconds": 60}, headers=OPERATOR)
        who = (await client.get(f"{ACCESS}?{made.json()['query']}")).json()
        wrong = (await client.get(f"{ACCESS}?signature=x.y")).json()
    assert (who["role"], who["means"], who["scope"]) == ("viewer", "link", "live:booth")
    assert wrong["role"] is None
    assert "signed link" in wrong["reason"]


async def test_an_elevated_session_says_for_how_long() -> None:
    async with asking(FakeController(), operator_pin="2468") as client:
        page = {"Origin": "http://127.0.0.1:8000"}
        assert (await client.get(ACCESS, headers=page)).json()["elevated_seconds"] is None
        await client.post("/api/v1/operator", json={"pin": "2468"}, headers=page)
        who = (await client.get(ACCESS, headers=page)).json()
    assert who["role"] == "operator"
    assert 590 < who["elevated_seconds"] <= 600


async def test_sessions_are_listed_and_ended() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        own, cookie = open_session(client, Role.OPERATOR, "desk")
        other, guest = open_session(client, Role.GUEST)
        listed = (await client.get(SESSIONS, headers=cookie)).json()["sessions"]
        assert [(one["id"], one["current"], one["role"]) for one in listed] == [
            (other, False, "guest"),
            (own, True, "operator"),
        ]
        assert "hash" not in listed[0]

        assert (await client.delete(f"{SESSIONS}/{other}", headers=OPERATOR)).status_code == 200
        assert (await client.get("/api/v1/photos", headers=guest)).status_code == 401
        assert (await client.delete(f"{SESSIONS}/{other}", headers=OPERATOR)).status_code == 404
        ended = await client.delete(f"{SESSIONS}/{own}", headers={**cookie, "Origin": "http://127.0.0.1:8000"})
    assert "max-age=0" in ended.headers["set-cookie"].lower()


@pytest.mark.parametrize("typed", [True, False])
async def test_a_code_lets_one_browser_in(typed: bool) -> None:
    async with asking(FakeController(), token=TOKEN, host="0.0.0.0", base="http://192.0.2.4:8000") as client:
        answer = await client.post(CODES, json={"role": "guest", "typed": typed}, headers=OPERATOR)
        issued = answer.json()
        listed = (await client.get(CODES, headers=OPERATOR)).json()["codes"]
        access = app_context_behind(client).access
        assert access.codes.redeem(issued["code"], access.clock()) is not None
        after = (await client.get(CODES, headers=OPERATOR)).json()["codes"]
    assert answer.headers["cache-control"] == "no-store"
    assert issued["address"] == f"http://192.0.2.4:8000/sign-in#code={issued['code']}"
    assert issued["warning"] is None
    assert issued["qr"].startswith("<svg ")
    assert 299 < issued["ends_in_seconds"] <= 300
    assert bool(re.fullmatch("[0-9A-Z]{4}-[0-9A-Z]{4}", issued["code"])) is typed
    assert [set(one) for one in listed] == [{"id", "role", "typed", "ends_in_seconds"}]
    assert after == []


async def test_a_code_can_be_cancelled() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        issued = (await client.post(CODES, json={"role": "viewer"}, headers=OPERATOR)).json()
        assert (await client.delete(f"{CODES}/{issued['id']}", headers=OPERATOR)).status_code == 200
        assert (await client.delete(f"{CODES}/{issued['id']}", headers=OPERATOR)).status_code == 404
        access = app_context_behind(client).access
        assert access.codes.redeem(issued["code"], access.clock()) is None


@pytest.mark.parametrize("body", [{}, {"role": "king"}, {"role": "guest", "typed": 1}, {"role": "guest", "more": 1}])
async def test_an_invalid_request_issues_no_code(body: dict[str, Any]) -> None:
    async with asking(FakeController()) as client:
        assert (await client.post(CODES, json=body)).status_code == 422
        assert (await client.get(CODES)).json() == {"codes": []}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", SESSIONS), ("GET", CODES), ("POST", CODES), ("GET", "/api/v1/links")]
)
async def test_guests_let_nobody_in(method: str, path: str) -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        _id, guest = open_session(client, Role.GUEST)
        answer = await client.request(method, path, headers={**guest, "Origin": "http://127.0.0.1:8000"})
    assert answer.status_code == 403


@pytest.mark.parametrize("role", ["viewer", "guest"])
async def test_a_code_gives_its_own_role_and_not_its_issuers(role: str) -> None:
    async with asking(FakeController(), page=PAGE) as client:
        access = app_context_behind(client).access
        tokens = TokenTable()
        secret = tokens.add("stage", Role.OPERATOR, None, "")
        access.replace_tokens(tokens)
        issuer = {"Authorization": f"Bearer {secret}"}
        code = (await client.post("/api/v1/access/codes", json={"role": role}, headers=issuer)).json()["code"]
        origin = {"Origin": "http://127.0.0.1:8000"}
        assert (await client.post("/sign-in", data={"credential": code}, headers=origin)).status_code == 303
        assert (await client.get("/api/v1/access")).json()["role"] == role
        assert (await client.get("/api/v1/diagnosis/log")).status_code == 403
        # It ends with its issuer's token.
        access.replace_tokens(TokenTable())
        assert (await client.get("/api/v1/access")).json()["means"] != "session"
