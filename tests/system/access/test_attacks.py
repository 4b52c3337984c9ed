"""A thousand addresses guess, and hold connections, while a viewer watches and the operator works.

The bounds are those of the product: the answers stay quick, live view keeps its rate, a photo is taken, the operator's
own browser gets in at once, and afterwards everything is as before.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.commands import Command, running
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.support.waiting import until_true

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.simulated import SimulatedCamera

TOKEN = "0perators-t0ken-77a1c3e5"
PIN = "70231945"
HEALTH_P99_SECONDS = 1.0
RATE_KEPT = 0.95
MEMORY_GROWS_BYTES = 50_000_000
GUESSES = 10_000
"""Of tokens and PINs; links and held connections come on top."""
DESCRIPTORS_BACK_SECONDS = 30.0
RATE_OVER_SECONDS = 5.0
BROWSER = {"User-Agent": "Mozilla/5.0"}
STATUS = "/api/v1/camera/capture/status"


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[Command, str, SimulatedCamera]]:
    """A service whose strangers may watch, with a token, a PIN and a simulated camera."""
    monkeypatch.setenv("PHOTONIC_TOKEN", TOKEN)
    monkeypatch.setenv("PHOTONIC_OPERATOR_PIN", PIN)
    monkeypatch.setenv("PHOTONIC_ALLOW_ANONYMOUS", "viewer")
    monkeypatch.setenv("PHOTONIC_STATE_FOLDER", str(folder / "state"))
    with simulated_camera("--fps", "10", *QUICK, megapixels=MEGAPIXELS) as camera:
        arguments = ("--camera", camera.address, "--port", "0", "--photo-root", str(folder / "photos"))
        with running("serve", *arguments) as service:
            yield service, service.url(), camera


@contextmanager
def attacked(url: str, links: list[str]) -> Generator[subprocess.Popen[str]]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    command = [sys.executable, "-m", "tests.support.attackers", host, port, *links]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as attackers:
        try:
            yield attackers
        finally:
            if attackers.poll() is None:
                attackers.kill()


class Watcher:
    """One signed-in viewer: counts the frames that arrive."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self.frames = 0

    async def watch(self) -> None:
        async with self._client.stream("GET", "/api/v1/camera/liveview/stream.mjpg?scale=full") as stream:
            assert stream.status_code == 200
            async for piece in stream.aiter_bytes():
                self.frames += piece.count(b"Content-Type: image/jpeg")

    async def rate(self, seconds: float) -> float:
        """Frames a second over so many seconds."""
        began, before = time.monotonic(), self.frames
        await asyncio.sleep(seconds)
        return (self.frames - before) / (time.monotonic() - began)


async def healths(url: str, seconds: list[float]) -> None:
    """Ask for the health on a connection of its own, over and over; how long each answer took."""
    while True:
        began = time.monotonic()
        async with httpx2.AsyncClient(base_url=url, timeout=60.0) as client:
            assert (await client.get("/health")).status_code == 200
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(0.05)


async def photo(client: httpx2.AsyncClient, number: int) -> None:
    taken = await client.post(
        "/api/v1/camera/capture",
        json={"session_id": "attack", "sequence_number": number},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert taken.status_code == 200, taken.text


async def signed_in(browser: httpx2.AsyncClient, url: str, credential: str = TOKEN) -> None:
    answer = await browser.post("/sign-in", data={"credential": credential, "next": "/"}, headers={"Origin": url})
    assert answer.status_code == 303, answer.text


async def viewer_code(operator: httpx2.AsyncClient) -> str:
    """A one-time code for a viewer."""
    made = await operator.post(
        "/api/v1/access/codes", json={"role": "viewer"}, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert made.status_code == 200, made.text
    return made.json()["code"]


async def bad_links(client: httpx2.AsyncClient) -> list[str]:
    """An expired link, a tampered one, and some that never were any."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    found: list[str] = []
    for seconds in (0.01, 600):
        made = await client.post(
            "/api/v1/links", json={"scope": "photo:nothing", "ends_in_seconds": seconds}, headers=headers
        )
        assert made.status_code == 200, made.text
        found.append(made.json()["query"].partition("=")[2])
    expired, valid = found
    return [expired, valid[:-2] + ("AA" if valid[-2:] != "AA" else "BB"), "", ".", "x.y", "%00", "A" * 2000]


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_thousand_addresses_neither_get_in_nor_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(tmp_path, monkeypatch) as (service, url, _camera):
        async with (
            httpx2.AsyncClient(base_url=url, timeout=60.0, headers=BROWSER) as browser,
            httpx2.AsyncClient(base_url=url, timeout=60.0, headers=BROWSER) as phone,
            httpx2.AsyncClient(base_url=url, timeout=60.0) as program,
            asyncio.TaskGroup() as tasks,
        ):
            await signed_in(browser, url)
            await signed_in(phone, url, await viewer_code(program))
            who = (await phone.get("/api/v1/access")).json()
            assert (who["role"], who["means"]) == ("viewer", "session"), who
            watcher = Watcher(phone)
            watching = tasks.create_task(watcher.watch())
            await until_true(lambda: watcher.frames > 20, 90.0)
            links = await bad_links(program)
            await photo(program, 1)
            await watcher.rate(2.0)  # live view has resumed
            rate_before = await watcher.rate(RATE_OVER_SECONDS)
            open_before, resident_before = descriptors(service.pid), resident_bytes(service.pid)

            with attacked(url, links) as attackers:
                assert attackers.stdin is not None
                assert attackers.stdout is not None
                assert await asyncio.to_thread(attackers.stdout.readline) == "ready\n"
                seconds: list[float] = []
                asking = tasks.create_task(healths(url, seconds))
                tried = asyncio.create_task(asyncio.to_thread(attackers.stdout.readline))
                rate_during = await watcher.rate(RATE_OVER_SECONDS)
                entered = time.monotonic()
                await signed_in(browser, url)
                answer = await browser.post("/api/v1/operator", json={"pin": PIN}, headers={"Origin": url})
                assert answer.status_code == 200, answer.text
                entered = time.monotonic() - entered
                await photo(program, 2)
                assert not tried.done(), "the attack ended before it was measured"
                assert await tried == "tried\n"
                await photo(program, 3)
                open_during, resident_during = descriptors(service.pid), resident_bytes(service.pid)
                asking.cancel()
                attackers.stdin.close()
                answers: dict[str, int] = json.loads(await asyncio.to_thread(attackers.stdout.readline))
            watching.cancel()
        p99 = sorted(seconds)[int(len(seconds) * 0.99)]
        measured = {
            "rate": (round(rate_before, 2), round(rate_during, 2)),
            "health p99": round(p99, 3),
            "entered in": round(entered, 3),
            "descriptors": (open_before, open_during),
            "resident MB": (resident_before // 10**6, resident_during // 10**6),
            "answers": answers,
        }
        sys.stdout.write(f"{json.dumps(measured, indent=2)}\n")
        # The watcher and its connections are gone, too: fewer than before.
        await until_true(lambda: descriptors(service.pid) <= open_before, DESCRIPTORS_BACK_SECONDS)
    assert not [name for name in answers if name.endswith((" 200", " 303"))], measured
    refusals = {"token 401", "token 429", "token ConnectionResetError"}
    assert {name for name in answers if name.startswith("token")} <= refusals, measured
    assert sum(count for name, count in answers.items() if name.startswith(("token ", "pin "))) >= GUESSES, measured
    assert p99 < HEALTH_P99_SECONDS, measured
    assert rate_during >= RATE_KEPT * rate_before, measured
    assert resident_during - resident_before < MEMORY_GROWS_BYTES, measured
