"""The access settings of version 0.1, in a file and in the environment: they start, and let in whom they let in then.

What differs on purpose is in decision 0054.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.commands import ask, running
from tests.support.network_host import HOST, phone_client

from photonic.cli.outcome import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "5a0e.c913_77fd~b842"
PIN = "2468"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COOKIE = {"Cookie": f"photonic_token={TOKEN}"}
OURS, SHOP, OTHER = f"http://{HOST}", "http://shop.test", "http://other.test"
STATUS, SETTINGS = "/api/v1/camera/status", "/api/v1/camera/settings"


def refused_by_access(answer: httpx2.Response) -> bool:
    return answer.status_code in {400, 401, 403}


def test_a_file_with_every_setting_lets_in_whom_it_let_in_before(tmp_path: Path) -> None:
    file = tmp_path / "photonic.toml"
    file.write_text(
        f'host = "{HOST}"\nport = 0\ncamera = "pattern:"\nphoto_root = "{tmp_path}/photos"\ntoken = "{TOKEN}"\n'
        f'allow_anonymous = true\noperator_pin = "{PIN}"\nallowed_hosts = ["booth.test"]\n'
        f'allowed_origins = ["{SHOP}"]\n'
    )
    with running("serve", "--config", str(file), "--state-folder", str(tmp_path / "state")) as service:
        url = service.url()
        with phone_client(url) as phone, httpx2.Client(base_url=url, trust_env=False) as here:
            # The token is for everyone, on this machine too; allow_anonymous lifts nothing.
            for client in (phone, here):
                assert client.get(STATUS).status_code == 401
                assert client.get(STATUS, headers={"Authorization": "Bearer 5a0e.c913_77fd~b843"}).status_code == 401
                assert client.get(STATUS, headers=BEARER).status_code == 200
                assert client.get(STATUS, headers=COOKIE).status_code == 200
                assert client.get("/health").status_code == 200
            port = here.base_url.port
            named = {"booth.test": 200, "elsewhere.test": 400}
            for name, status in named.items():
                assert here.get(STATUS, headers={**BEARER, "Host": f"{name}:{port}"}).status_code == status
            shop = phone.get(STATUS, headers={**BEARER, "Origin": SHOP})
            assert (shop.status_code, shop.headers["Access-Control-Allow-Origin"]) in {(200, "*"), (200, SHOP)}
            assert "Access-Control-Allow-Origin" not in phone.get(STATUS, headers={**BEARER, "Origin": OTHER}).headers
            # Settings: a program needs no PIN, a page does, and pages of other sites are refused.
            page = {**COOKIE, "Origin": f"{OURS}:{port}", "Sec-Fetch-Site": "same-origin"}
            assert not refused_by_access(phone.patch(SETTINGS, json={"iso": 400}, headers=BEARER))
            assert phone.patch(SETTINGS, json={"iso": 400}, headers=page).status_code == 403
            assert phone.patch(SETTINGS, json={"iso": 400}, headers={**page, "Origin": OTHER}).status_code == 403
            assert phone.post("/api/v1/operator", json={"pin": "1357"}, headers=page).status_code == 403
            shown = phone.post("/api/v1/operator", json={"pin": PIN}, headers=page)
            assert (shown.status_code, shown.json()["unlocked"]) == (200, True)
            kept = "; ".join([COOKIE["Cookie"], *(f"{name}={value}" for name, value in shown.cookies.items())])
            assert not refused_by_access(phone.patch(SETTINGS, json={"iso": 400}, headers={**page, "Cookie": kept}))


@pytest.mark.long
def test_the_environment_without_a_token_lets_everyone_in_and_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        "HOST": HOST,
        "PORT": "0",
        "CAMERA": "pattern:",
        "PHOTO_ROOT": f"{tmp_path}/photos",
        "STATE_FOLDER": f"{tmp_path}/state",
        "ALLOW_ANONYMOUS": "true",
        "OPERATOR_PIN": PIN,
        "ALLOWED_HOSTS": "booth.test",
        "ALLOWED_ORIGINS": SHOP,
    }
    for name, value in values.items():
        monkeypatch.setenv(f"PHOTONIC_{name}", value)
    with running("serve") as service:
        url = service.url()
        service.wait_for("everyone who reaches this service is its operator")
        with phone_client(url) as phone, httpx2.Client(base_url=url, trust_env=False) as here:
            port = here.base_url.port
            page = {"Origin": f"{OURS}:{port}", "Sec-Fetch-Site": "same-origin"}
            for client in (phone, here):
                assert client.get(STATUS).status_code == 200
                assert not refused_by_access(client.patch(SETTINGS, json={"iso": 400}))
            assert phone.patch(SETTINGS, json={"iso": 400}, headers=page).status_code == 403
            assert phone.post("/api/v1/operator", json={"pin": PIN}, headers=page).status_code == 200
            assert here.get(STATUS, headers={"Host": "booth.test"}).status_code == 200
            assert here.get(STATUS, headers={"Host": "elsewhere.test"}).status_code == 400
    assert not (tmp_path / "state" / "tokens.json").exists()


def test_a_weak_token_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "choose-your-own-token"
    monkeypatch.setenv("PHOTONIC_TOKEN", token)
    ran = ask("serve", "--camera", "pattern:", "--port", "0", "--photo-root", str(tmp_path))
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (ExitCode.BAD_INPUT, "", 1)
    assert ran.stderr.startswith("photonic: token: it is easy to guess, because it ")
    assert "photonic token add" in ran.stderr
    assert token not in ran.stderr
