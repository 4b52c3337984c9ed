"""The commands and requests of the how-to guides on access, with a real service: they do what the guides say."""

from __future__ import annotations

import base64
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.commands import running
from tests.support.in_process import said
from tests.support.network_host import HOST, phone_client
from tests.support.pictures import RED
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator

    import httpx2

HOW_TO = Path(__file__).resolve().parents[3] / "docs" / "how-to"
GUIDES = ("open-it-to-phones", "players-and-home-assistant", "tokens-for-a-front-end", "embed-in-another-page")
COMMAND = re.compile(r"^(?:sudo -u booth )?photonic ((?:token|link|invite)\b.*)$", re.MULTILINE)


def commands(guide: str) -> list[list[str]]:
    text = (HOW_TO / f"{guide}.md").read_text()
    return [
        shlex.split(found)
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for found in COMMAND.findall(block)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guides")


@pytest.fixture(scope="module")
def url(folder: Path) -> Generator[str]:
    (folder / "red.jpg").write_bytes(RED)
    file = folder / "photonic.toml"
    file.write_text(
        f'host = "{HOST}"\nport = 0\nloopback_role = "operator"\nstate_folder = "{folder}/state"\n'
        f'camera = "file:{folder}#fps=20"\nphoto_root = "{folder}/photos"\n'
        'allowed_origins = ["http://kiosk.example:3000"]\n'
    )
    with running("serve", "--config", str(file)) as service:
        yield service.url()


@pytest.fixture
def phone(url: str) -> Generator[httpx2.Client]:
    with phone_client(url) as http:
        yield http


@pytest.mark.parametrize("guide", GUIDES)
def test_the_commands_of_a_guide_run(guide: str, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_URL", url)
    monkeypatch.setenv("PHOTONIC_STATE_FOLDER", str(folder / "state"))
    found = commands(guide)
    assert found
    for command in found:
        if command[0] == "link" and command[1] == "remove":
            made = said("link", "add", "live:camera", "--json")
            command[2] = re.findall(r'"id": "(\w+)"', made)[0]
        said(*("live:camera" if word == "live:CAMERA" else word for word in command))


def test_a_player_gets_in_with_the_token_as_the_password(url: str, folder: Path, phone: httpx2.Client) -> None:
    token = said("token", "add", "player", "--role", "viewer", "--state-folder", str(folder / "state")).strip()
    bearer = {"Authorization": f"Bearer {token}"}
    until(lambda: phone.get("/api/v1/access", headers=bearer).json()["role"] == "viewer")
    text = (HOW_TO / "players-and-home-assistant.md").read_text()
    routes = set(re.findall(r"booth\.local:8000(/\S+?)[`\s]", text))
    assert len(routes) == 9
    for route in routes:
        for name in ("any", "home-assistant", ""):
            basic = base64.b64encode(f"{name}:{token}".encode()).decode()
            with phone.stream("GET", route, headers={"Authorization": f"Basic {basic}"}) as answer:
                assert answer.status_code == 200, route
        assert phone.get(route).status_code == 401


def test_a_front_end_uses_its_token_from_its_own_page(url: str, folder: Path, phone: httpx2.Client) -> None:
    text = (HOW_TO / "tokens-for-a-front-end.md").read_text()
    origin = re.findall(r'allowed_origins = \["(\S+)"\]', text)[0]
    route = re.findall(r'fetch\("http://booth\.example:8000(\S+)"', text)[0]
    token = said("token", "add", "kiosk", "--role", "guest", "--state-folder", str(folder / "state")).strip()
    bearer = {"Authorization": f"Bearer {token}", "Origin": origin}
    until(lambda: phone.get("/api/v1/access", headers=bearer).json()["role"] == "guest")
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    preflight = phone.options(route, headers={"Origin": origin, **asked})
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, origin)
    taken = phone.post(route, headers=bearer, json={"session_id": "kiosk", "sequence_number": 1})
    assert (taken.status_code, taken.headers["Access-Control-Allow-Origin"]) == (200, origin)
    refused = phone.options(route, headers={"Origin": "http://other.example:3000", **asked})
    assert "Access-Control-Allow-Origin" not in refused.headers
    own = phone.get("/api/v1/sessions/kiosk/photos", headers=bearer).json()["stills"]
    assert len(own) == 1
