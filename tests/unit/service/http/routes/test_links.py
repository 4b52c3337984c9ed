from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import app_context_behind, asking
from tests.support.fake_controller import FakeController

if TYPE_CHECKING:
    from pathlib import Path

LINKS = "/api/v1/links"
TOKEN = "sixteen-letters-and-more"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
STREAM = "/api/v1/cameras/booth/liveview/stream"


async def test_a_link_opens_its_scope_until_it_is_revoked() -> None:
    async with asking(FakeController("booth"), FakeController("hall", serial="77"), token=TOKEN) as client:
        made = await client.post(LINKS, json={"scope": "live:booth", "ends_in_seconds": 60}, headers=OPERATOR)
        link = made.json()
        assert (link["role"], link["streams"], link["made_by"]) == ("viewer", 50, "token")
        assert link["address"].endswith(f"/api/v1/cameras/booth/liveview/stream.mjpg?{link['query']}")
        # 426: the WebSocket's address, asked for without an upgrade.
        assert (await client.get(f"{STREAM}?{link['query']}")).status_code == 426
        assert (await client.get(f"/api/v1/cameras/0123456789/liveview/stream?{link['query']}")).status_code == 426
        assert (await client.get(f"/api/v1/camera/liveview/stream?{link['query']}")).status_code == 426
        assert (await client.get(f"/api/v1/cameras/77/liveview/stream?{link['query']}")).status_code == 403

        listed = (await client.get(LINKS, headers=OPERATOR)).json()["links"]
        assert [set(one) for one in listed] == [{"id", "scope", "role", "made_by", "ends_in_seconds", "streams"}]
        assert (await client.delete(f"{LINKS}/{link['id']}", headers=OPERATOR)).status_code == 200
        assert (await client.delete(f"{LINKS}/{link['id']}", headers=OPERATOR)).status_code == 404
        revoked = await client.get(f"{STREAM}?{link['query']}")
    assert revoked.status_code == 401
    assert "revoked" in revoked.json()["detail"]


async def test_the_default_camera_may_have_no_name_yet() -> None:
    camera = FakeController("camera", serial="")
    async with asking(camera, token=TOKEN) as client:
        made = await client.post(LINKS, json={"scope": "live:camera", "ends_in_seconds": 60}, headers=OPERATOR)
        camera.camera_id = camera.serial = "4711"
        answer = await client.get(f"/api/v1/cameras/4711/liveview/stream?{made.json()['query']}")
    assert answer.status_code == 426


async def test_photos_are_for_guests() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        for scope in ("photo:p-1", "session:wedding"):
            answer = await client.post(LINKS, json={"scope": scope, "ends_in_seconds": 60}, headers=OPERATOR)
            assert answer.json()["role"] == "guest"
            viewer = {"scope": scope, "ends_in_seconds": 60, "role": "viewer"}
            assert (await client.post(LINKS, json=viewer, headers=OPERATOR)).json()["field"] == "role"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("scope", "live:hall"),
        ("scope", "live:"),
        ("scope", "films:all"),
        ("scope", "photo:../x"),
        ("role", "operator"),
        ("ends_in_seconds", 0),
        ("ends_in_seconds", 1e9),
        ("streams", 0),
        ("streams", 1_000_000),
        ("more", 1),
    ],
)
async def test_invalid_links_are_refused(field: str, wrong: Any) -> None:
    body = {"scope": "live:booth", "ends_in_seconds": 60, field: wrong}
    async with asking(FakeController("booth")) as client:
        answer = await client.post(LINKS, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert app_context_behind(client).access.links.records == ()


async def test_a_page_is_about_the_camera_in_its_address(tmp_path: Path) -> None:
    for name in ("index.html", "view.html"):
        (tmp_path / name).write_text("<!doctype html>")
    cameras = FakeController("booth"), FakeController("hall", serial="77")
    async with asking(*cameras, page=tmp_path, token=TOKEN) as client:
        made = await client.post(LINKS, json={"scope": "live:hall", "ends_in_seconds": 60}, headers=OPERATOR)
        query = made.json()["query"]
        assert (await client.get(f"/view?camera=hall&{query}")).status_code == 200
        assert (await client.get(f"/view?camera=77&{query}")).status_code == 200
        assert (await client.get(f"/view?camera=booth&{query}")).status_code == 403
        assert (await client.get(f"/view?{query}")).status_code == 403
