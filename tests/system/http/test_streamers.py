"""Programs that were made for mjpg-streamer and uStreamer watch the service, over real sockets."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.absent import program
from tests.support.commands import running

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A service with a test image that moves."""
    root = tmp_path_factory.mktemp("streamers")
    with running("serve", "--camera", "pattern:", "--port", "0", "--photo-root", str(root / "photos")) as service:
        yield service.wait_for(r"http://127\.0\.0\.1:\d+").group()


def probed(address: str, *options: str) -> str:
    """What ffprobe finds in the first frames; its warnings are failures."""
    command = [program("ffprobe", "ffmpeg"), "-loglevel", "warning", *options]
    command += ["-read_intervals", "%+#5", "-show_entries", "frame=width", "-of", "csv=p=0", address]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_ffprobe_has_nothing_to_say(url: str) -> None:
    assert len(re.findall(r"^\d+,?$", probed(f"{url}/?action=stream"), re.MULTILINE)) >= 5


@pytest.mark.long
@pytest.mark.parametrize("path", ["/stream", "/stream.mjpg", "/api/v1/camera/liveview/stream.mjpg"])
@pytest.mark.parametrize("options", [(), ("-f", "mpjpeg", "-strict_mime_boundary", "1")], ids=["plain", "strict"])
def test_ffprobe_has_nothing_to_say_at_any_address(url: str, path: str, options: tuple[str, ...]) -> None:
    probed(url + path, *options)


def test_each_part_has_the_time_of_day_and_its_length(url: str) -> None:
    with httpx2.Client(timeout=30) as client, client.stream("GET", f"{url}/?action=stream") as answer:
        boundary = answer.headers["content-type"].partition("boundary=")[2]
        content = b""
        for piece in answer.iter_raw():
            content += piece
            if content.count(f"--{boundary}".encode()) > 2:
                break
    head, _blank, rest = content.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])
    assert re.fullmatch(r"\d{10}\.\d{6}", fields["X-Timestamp"])
    length = int(fields["Content-Length"])
    assert (rest[:2], rest[length - 2 : length]) == (b"\xff\xd8", b"\xff\xd9")


@pytest.mark.parametrize("path", ["/?action=snapshot", "/snapshot.jpg"])
def test_the_requests_of_octoprint_and_moonraker(url: str, path: str) -> None:
    """OctoPrint: GET for a time-lapse. Mainsail's adaptive view: a parameter against caches. Both also send HEAD."""
    with httpx2.Client(base_url=url, timeout=30) as client:
        picture = client.get(path)
        bypassed = client.get(path, params={"cacheBust": "1700000000000"} if "?" not in path else None)
        assert client.head(path).status_code == 200
    assert picture.headers["content-type"] == bypassed.headers["content-type"] == "image/jpeg"
    assert picture.content[-2:] == bypassed.content[-2:] == b"\xff\xd9"


@pytest.mark.long
def test_motion_saves_pictures_of_the_stream(url: str, tmp_path: Path) -> None:
    options = {
        "netcam_url": f"{url}/?action=stream", "target_dir": str(tmp_path), "snapshot_interval": "1",
        "picture_output": "off", "movie_output": "off", "stream_port": "0", "webcontrol_port": "0", "log_level": "6",
    }  # fmt: skip
    configuration = tmp_path / "motion.conf"
    configuration.write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    command = [program("motion"), "-n", "-c", str(configuration), "-p", str(tmp_path / "pid")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as motion:
        assert motion.stdout is not None
        said: list[str] = []
        try:
            for line in motion.stdout:
                said.append(line)
                # The first picture is complete when the second one is written.
                if sum("-snapshot.jpg" in one for one in said) > 1:
                    break
        finally:
            motion.terminate()
            motion.communicate()
    pictures = sorted(tmp_path.glob("*-snapshot.jpg"))
    assert pictures, "".join(said)
    assert pictures[0].read_bytes()[:2] == b"\xff\xd8"
