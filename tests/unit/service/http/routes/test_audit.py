"""What the audit log says after people have come in, failed, deleted and changed something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import FakeController
from tests.support.surroundings import THIS_MACHINE

from photonic.access.permission import Role
from photonic.serving.audit_log import NAME, AuditLog

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

AUDIT = "/api/v1/access/audit"
TOKEN = "sixteen-letters-and-more"
PIN = "86420"
AS_OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


async def entries(client: httpx2.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(AUDIT, params=query, headers=AS_OPERATOR)
    assert answer.status_code == 200
    return answer.json()["entries"]


def recording(client: httpx2.AsyncClient, folder: Path) -> None:
    app_context_behind(client).audit_log = AuditLog(folder, time=THIS_MACHINE.time)


async def test_a_wrong_token_is_recorded_without_the_token(tmp_path: Path) -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        recording(client, tmp_path)
        for wrong in ("Bearer planted-wrong-token-1", "Basic cGxhbnRlZDp3cm9uZw=="):
            assert (await client.get(f"{CAMERA}/status", headers={"Authorization": wrong})).status_code == 401
        (_basic, bearer) = await entries(client)
    assert bearer["action"] == "sign_in_failed"
    assert bearer["address"] == "127.0.0.1"
    assert bearer["who"] is None
    assert "planted" not in (tmp_path / NAME).read_text()


async def test_pins_are_recorded_right_or_wrong_without_the_pin(tmp_path: Path) -> None:
    async with asking(FakeController(), token=TOKEN, operator_pin=PIN, allow_anonymous=Role.GUEST) as client:
        recording(client, tmp_path)
        for pin in ("11111", PIN):
            await client.post("/api/v1/operator", json={"pin": pin})
        right, wrong = await entries(client)
    assert (wrong["action"], wrong["role"]) == ("elevation_failed", "guest")
    assert (right["action"], right["role"], right["means"]) == ("elevated", "operator", "session")
    text = (tmp_path / NAME).read_text()
    assert PIN not in text
    assert "11111" not in text


async def test_who_deleted_restored_and_changed_what_is_recorded(tmp_path: Path) -> None:
    controller = FakeController()
    async with asking(controller, token=TOKEN) as client:
        recording(client, tmp_path)
        changed = await client.patch(f"{CAMERA}/settings", json={"iso": "800"}, headers=AS_OPERATOR)
        configured = await client.post(f"{CAMERA}/config", json={"iso_capture": "400"}, headers=AS_OPERATOR)
        assert (changed.status_code, configured.status_code) == (200, 200), (changed.text, configured.text)
        found = await entries(client)
    assert [(entry["action"], entry["what"], entry["camera"]) for entry in found] == [
        ("setting_changed", "iso_capture", controller.camera_id),
        ("setting_changed", "iso", controller.camera_id),
    ]
    assert {(entry["who"], entry["role"], entry["means"]) for entry in found} == {("token", "operator", "bearer")}
    assert "800" not in (tmp_path / NAME).read_text()


async def test_only_the_newest_are_listed_and_only_for_operators(tmp_path: Path) -> None:
    async with asking(FakeController(), token=TOKEN, allow_anonymous=Role.GUEST) as client:
        recording(client, tmp_path)
        for _ in range(5):
            await client.post(f"{CAMERA}/config", json={"iso_capture": "400"}, headers=AS_OPERATOR)
        assert len(await entries(client, limit=3)) == 3
        assert (await client.get(AUDIT)).status_code == 403
        assert (await client.get(AUDIT, params={"limit": 0}, headers=AS_OPERATOR)).status_code == 422


@pytest.mark.parametrize("line", ["{}", '{"at": "never", "action": 5}', '{"at": "2027-01-01T00:00:00+00:00"}', "[]"])
async def test_a_line_that_somebody_edited_is_left_out(tmp_path: Path, line: str) -> None:
    (tmp_path / NAME).write_text(line + "\n")
    async with asking(FakeController(), token=TOKEN) as client:
        recording(client, tmp_path)
        assert await entries(client) == []


async def test_without_a_state_folder_the_log_is_empty() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        assert (await client.get(AUDIT, headers=AS_OPERATOR)).json() == {"entries": [], "omitted": 0}


async def test_a_sign_out_without_a_session_is_not_recorded(tmp_path: Path) -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        recording(client, tmp_path)
        name = app_context_behind(client).access.policy.session_cookie(secure=False)
        await client.post("/sign-out", headers={"Cookie": f"{name}=x"})
        assert await entries(client) == []


async def test_the_pin_makes_no_other_operator(tmp_path: Path) -> None:
    async with asking(FakeController(), token=TOKEN, operator_pin=PIN, allow_anonymous=Role.GUEST) as client:
        assert (await client.post("/api/v1/operator", json={"pin": PIN})).status_code == 200
        asked = [await client.post("/api/v1/access/codes", json={"role": role}) for role in ("operator", "guest")]
    assert [answer.status_code for answer in asked] == [403, 200]
    assert "guest" in asked[0].json()["detail"]
