"""One of each secret is planted in a running service, and looked for wherever something is said or handed on."""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.commands import Command, children_of, running
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.support.stack import free_port
from tests.support.waiting import until_true

if TYPE_CHECKING:
    from collections.abc import Generator

TOKEN = "pLanted-t0ken-b5f1e2c7a9d3"
PIN = "8314159265"
WEBHOOK_PATH = "services/T024/B1G/plantedWebhookPath9x"
WEBHOOK_SECRET = "whsec_cGxhbnRlZC13ZWJob29rLXNlY3JldC0xMjM0NTY="
CAMERA_PASSWORD = "pl4ntedCameraPassword"
WITHIN_SECONDS = 60.0
PROC = Path("/proc")
HOOK = """
import pathlib, sys, time
pathlib.Path(sys.argv[1]).touch()
while not pathlib.Path(sys.argv[2]).exists():
    time.sleep(0.02)
"""


class Secrets:
    """The planted secrets by name, and where each was found."""

    def __init__(self) -> None:
        self.planted = {
            "token": TOKEN,
            "PIN": PIN,
            "webhook's path": WEBHOOK_PATH.rpartition("/")[2],
            "webhook's secret": WEBHOOK_SECRET,
            "camera's password": CAMERA_PASSWORD,
        }
        self.found: set[tuple[str, str]] = set()
        self.looked: list[str] = []

    def look(self, place: str, content: bytes) -> None:
        self.looked.append(place)
        for name, secret in self.planted.items():
            if secret.encode() in content:
                self.found.add((name, place))


def family(pid: int) -> list[int]:
    """All living descendants of a process."""
    try:
        children = children_of(pid)
    except OSError:
        return []
    return [*children, *(below for child in children for below in family(child))]


def look_at_processes(secrets: Secrets, pids: list[int]) -> set[str]:
    """Look into what the kernel shows of these processes; the result is the commands."""
    commands: set[str] = set()
    for pid in pids:
        try:
            command = (PROC / str(pid) / "cmdline").read_bytes()
            environment = (PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue  # it has ended
        commands.add(command.replace(b"\0", b" ").decode(errors="replace"))
        secrets.look(f"command line of {command[:200]!r}", command)
        secrets.look(f"environment of {command[:200]!r}", environment)
    return commands


@contextmanager
def planted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[Command, str]]:
    """A service with a simulated camera and one with a password, a hook that waits, a webhook that nobody answers."""
    (folder / "hook.py").write_text(HOOK)
    (folder / "photonic.toml").write_text(
        f"""
[cameras.booth]
address = "CAMERA"

[cameras.hall]
address = "url:http://viewer:{CAMERA_PASSWORD}@127.0.0.1:{free_port()}/stream.mjpg"

[hooks.wait]
command = [{json.dumps(sys.executable)}, "{folder}/hook.py", "{folder}/begun", "{folder}/go", "{{path}}"]

[webhooks.site]
url = "http://127.0.0.1:{free_port()}/{WEBHOOK_PATH}"
secret = "{WEBHOOK_SECRET}"
"""
    )
    monkeypatch.setenv("PHOTONIC_TOKEN", TOKEN)
    monkeypatch.setenv("PHOTONIC_OPERATOR_PIN", PIN)
    monkeypatch.setenv("PHOTONIC_STATE_FOLDER", str(folder / "state"))
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        config = folder / "photonic.toml"
        config.write_text(config.read_text().replace("CAMERA", camera.address, 1))
        arguments = ("--config", str(config), "--port", "0", "--photo-root", str(folder / "photos"))
        with running("serve", "--log-level", "debug", *arguments) as service:
            try:
                yield service, service.url()
            finally:
                (folder / "go").touch()


async def photo_of(client: httpx2.AsyncClient) -> str:
    """The id of a photo, as soon as the camera is ready to take one."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while True:
            taken = await client.post(
                "/api/v1/cameras/booth/capture", json={"session_id": "planted", "sequence_number": 1}
            )
            if taken.status_code == 200:
                break
            assert taken.status_code in {409, 502, 503}, taken.text
            await asyncio.sleep(0.2)
    photos = await client.get("/api/v1/photos")
    return photos.json()["photos"][0]["id"]


@pytest.mark.long
async def test_no_secret_is_shown_by_the_kernel_the_log_the_bundle_or_the_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets()
    with planted(tmp_path, monkeypatch) as (service, url):
        async with httpx2.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=WITHIN_SECONDS
        ) as client:
            photo = await photo_of(client)
            code = (await client.post("/api/v1/access/codes", json={"role": "guest", "typed": False})).json()["code"]
            typed = (await client.post("/api/v1/access/codes", json={"role": "viewer", "typed": True})).json()["code"]
            link = await client.post("/api/v1/links", json={"scope": f"photo:{photo}", "ends_in_seconds": 600})
            signature = link.json()["query"].partition("=")[2]
            cookie = await used_by_strangers(url, code, photo, signature)
            secrets.planted |= {"code": code, "typed code": typed, "link": signature, "cookie": cookie}

            await until_true((tmp_path / "begun").exists)
            doctor = asyncio.create_task(client.get("/api/v1/diagnosis/doctor"))
            commands: set[str] = set()
            while not doctor.done():
                commands |= look_at_processes(secrets, family(service.pid))
                await asyncio.sleep(0.02)
            (tmp_path / "go").touch()
            assert any("photonic.drivers.gphoto2" in command for command in commands)
            assert any("photonic.diagnosis" in command for command in commands)
            assert any("hook.py" in command for command in commands)
            look_at_processes(secrets, [service.pid])

            secrets.look("doctor", (await doctor).content)
            for path in ("/metrics", "/api/v1/diagnosis/log", "/api/v1/access/audit", "/api/v1/cameras/booth/health"):
                answer = await client.get(path)
                assert answer.status_code == 200, path
                secrets.look(path, answer.content)
            bundle = await client.get("/api/v1/diagnosis")
            with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
                for member in archive.namelist():
                    secrets.look(f"{member} in the bundle", archive.read(member))
        audit = list((tmp_path / "state").rglob("audit.log"))
        assert len(audit) == 1
        for path in (*audit, *(tmp_path / "state").rglob("*.json")):
            secrets.look(path.name, path.read_bytes())
    secrets.look("log", service.said.encode())
    assert "sign_in_failed" in audit[0].read_text()
    assert secrets.found == set()


async def used_by_strangers(url: str, code: str, photo: str, signature: str) -> str:
    """Use the code, the link and wrong secrets as others do, also where they are refused; returns the cookie."""
    async with httpx2.AsyncClient(base_url=url, timeout=WITHIN_SECONDS) as stranger:
        page = {"Origin": url, "User-Agent": "Mozilla/5.0"}
        signed_in = await stranger.post("/sign-in", data={"credential": code, "next": "/"}, headers=page)
        assert signed_in.status_code == 303, signed_in.text
        (cookie,) = [value for name, value in stranger.cookies.items() if re.fullmatch(r"photonic_[0-9a-f]{8}", name)]
        stranger.cookies.clear()
        signed = {"signature": signature}
        assert (await stranger.get(f"/api/v1/photos/{photo}", params=signed)).status_code == 200
        assert (await stranger.get("/api/v1/photos/other", params=signed)).status_code in {401, 403}
        assert (await stranger.get("/nowhere", params={**signed, "token": TOKEN, "code": code})).status_code == 404
        await stranger.post("/sign-in", data={"credential": code}, headers=page)
        await stranger.get("/api/v1/camera/status", headers={"Authorization": f"Bearer {TOKEN}x"})
        await stranger.post("/api/v1/operator", json={"pin": PIN[::-1]}, headers={"Cookie": f"x={cookie}"})
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), WITHIN_SECONDS) as raw:
        raw.sendall(f"GET /?signature={signature} HTTP/9.9\r\nAuthorization: {TOKEN}\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    return cookie
