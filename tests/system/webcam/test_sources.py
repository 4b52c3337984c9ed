"""Services without a camera of libgphoto2, as processes: a folder, and another service that views the first."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.commands import ask, running
from tests.support.pictures import BLUE, GREEN, RED
from tests.system.webcam.watching import API, WITHIN_SECONDS, photo, ready, when

from photonic.cli.outcome import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = (RED, GREEN, BLUE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pictures"
    place.mkdir()
    for number, picture in enumerate(PICTURES):
        (place / f"{number}.jpg").write_bytes(picture)
    return place


def test_a_folder_is_a_camera(folder: Path, tmp_path: Path) -> None:
    place = ("--port", "0", "--photo-root", str(tmp_path / "photos"))
    with running("serve", "--camera", f"file:{folder}#fps=20", *place) as service:
        url = service.url()
        assert when(url, ready)["camera"]["id"].startswith("FILE-")
        photos = [photo(url) for _ in range(2)]
        assert all(one in PICTURES for one in photos)
        assert when(url, ready)["capture_count"] == 2
        assert len(list((tmp_path / "photos").rglob("*.jpg"))) == 2
        with httpx2.Client(base_url=f"{url}{API}", timeout=WITHIN_SECONDS) as http:
            assert http.get("/settings").json()["settings"] == []
            refused = http.patch("/settings", json={"iso": 400})
            assert refused.status_code == 422
            assert "it only delivers pictures" in refused.json()["detail"]
            refused = http.post("/focus", json={"action": "auto"})
            assert refused.status_code == 422, refused.text
            assert "cannot be focused on command" in refused.json()["detail"]


@pytest.mark.long
def test_services_show_what_another_one_shows_and_outlive_its_kill(folder: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        address = ("--camera", f"file:{folder}#fps=20", "--photo-root", str(tmp_path / "a"))
        first = stack.enter_context(running("serve", *address, "--port", "0"))
        origin = first.url()
        when(origin, ready)
        hidden = origin.replace("http://", "url:http://user:geheim@") + f"{API}/liveview"
        viewers = [
            stack.enter_context(
                running(
                    "serve", "--camera", f"{hidden}/{route}", "--port", "0", "--photo-root", str(tmp_path / route[:4])
                )
            )
            for route in ("stream.mjpg?fps=10", "snapshot.jpg#fps=10")
        ]
        urls = [viewer.url() for viewer in viewers]
        streams = [
            stack.enter_context(httpx2.stream("GET", f"{url}{API}/liveview/stream.mjpg", timeout=WITHIN_SECONDS))
            for url in urls
        ]
        bodies = [stream.iter_bytes() for stream in streams]
        for url, body in zip(urls, bodies, strict=True):
            seen = b""
            while not all(picture in seen for picture in PICTURES):
                seen += next(body)
            assert photo(url) in PICTURES
        first.send(signal.SIGKILL)
        first.exit_code()
        for url in urls:
            absent = when(url, lambda status: status["camera"]["state"] == "absent")
            assert "refuses the connection" in absent["camera"]["reason"]
            assert "geheim" not in json.dumps(absent)
        assert ask("capture", "--url", urls[0]).returncode == ExitCode.FAILED
        stack.enter_context(running("serve", *address, "--port", origin.rpartition(":")[2]))
        for url, body in zip(urls, bodies, strict=True):
            when(url, lambda status: ready(status) and status["live"]["state"] == "running")
            # The viewer's own stream was never ended: pictures go on in it.
            assert next(body)
        assert photo(urls[0]) in PICTURES
        assert not any("geheim" in viewer.said for viewer in viewers)


def test_the_doctor_looks_at_a_device(tmp_path: Path) -> None:
    found = ask("doctor", "--camera", "v4l2:/dev/null", "--photo-root", str(tmp_path), "--port", "1", "--json")
    assert "is not a video device" in found.stdout


def test_a_bad_address_ends_the_command_and_shows_no_password(tmp_path: Path) -> None:
    refused = ask("serve", "--camera", "url:http://u:geheim@", "--port", "0", "--photo-root", str(tmp_path))
    assert refused.returncode == ExitCode.BAD_INPUT
    assert "not an http or https URL" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "geheim" not in refused.stderr
