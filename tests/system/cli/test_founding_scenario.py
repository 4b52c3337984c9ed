"""Phones are let in by code while a client from before there was access control goes on, without credentials."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx2
from tests.support.commands import running
from tests.support.founding_client import captured, frames
from tests.support.network_host import HOST, phone_client
from tests.support.pictures import BLUE, GREEN, RED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


async def test_an_old_client_goes_on_while_a_phone_is_let_in(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, picture in enumerate((RED, GREEN, BLUE)):
        (pictures / f"{number}.jpg").write_bytes(picture)
    file = tmp_path / "photonic.toml"
    file.write_text(
        f'host = "{HOST}"\nport = 0\nloopback_role = "operator"\nstate_folder = "{tmp_path}/state"\n'
        f'camera = "file:{pictures}#fps=20"\nphoto_root = "{tmp_path}/photos"\n'
    )
    with running("serve", "--config", str(file)) as service:
        url = service.url()
        async with aclosing(frames(url)) as live:
            await scenario(url, live)
    assert len(list((tmp_path / "photos").rglob("*.jpg"))) == 2


async def scenario(url: str, live: AsyncGenerator[bytes]) -> None:
    assert await anext(live) in {RED, GREEN, BLUE}
    assert (await captured(url, 1))["status"] == 200
    with phone_client(url) as phone, httpx2.Client(base_url=url, trust_env=False) as here:
        page = phone.get("/", headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"})
        assert page.status_code == 303
        assert page.next_request is not None
        assert page.next_request.url.path == "/sign-in"
        refused = phone.post("/api/v1/camera/capture", json={"session_id": "phone", "sequence_number": 1})
        assert refused.status_code == 401
        code = here.post("/api/v1/access/codes", json={"role": "guest", "typed": True}).json()["code"]
        signed_in = phone.post("/sign-in", data={"credential": code, "next": "/"})
        assert signed_in.status_code == 303
        assert signed_in.next_request is not None
        assert signed_in.next_request.url.path == "/"
        assert phone.get("/api/v1/access").json()["role"] == "guest"
        assert phone.get("/").status_code == 200
        assert phone.get("/api/v1/diagnosis").status_code == 403
        assert here.get("/api/v1/access").json()["role"] == "operator"
    for _ in range(20):
        assert await anext(live) in {RED, GREEN, BLUE}
    taken = await captured(url, 2)
    assert (taken["status"], taken["success"]) == (200, True)
