"""``photonic doctor`` as a user runs it: on the simulated camera, without one, and beside a running service."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.commands import ask, running
from tests.support.first_short import first_rows_short
from tests.support.simulated import simulated_camera
from tests.support.stack import free_port, stack

from photonic.client.camera import CameraClient
from photonic.model.api import CaptureStatusAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera
    from tests.support.stack import Stack

TOKEN = "a-token-of-this-test-only"
SECONDS = 40.0


@pytest.fixture(scope="module")
def shared() -> Iterator[SimulatedCamera]:
    # At a real body's speed: it is not to fall asleep between two tests.
    with simulated_camera("--power-off", "60") as one:
        yield one


@pytest.fixture
def camera(shared: SimulatedCamera) -> Iterator[SimulatedCamera]:
    yield shared
    shared.control.clear()


def examined(*options: str, photo_root: Path, port: int | None = None) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by check."""
    place = ("--photo-root", str(photo_root), "--port", str(port or free_port()))
    answer = ask("doctor", "--json", *place, *options)
    reported = json.loads(answer.stdout)
    assert reported["code"] == answer.returncode
    return answer.returncode, {finding["check"]: finding for finding in reported["findings"]}


@pytest.mark.long
def test_the_address_in_the_environment_is_the_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running("serve", "--camera", "pattern:", "--port", "0", "--photo-root", str(tmp_path)) as service:
        monkeypatch.setenv("PHOTONIC_URL", service.url())
        answer = ask("doctor", "--json", "--photo-root", str(tmp_path))
    found = {finding["check"]: finding for finding in json.loads(answer.stdout)["findings"]}
    assert f"is running at {os.environ['PHOTONIC_URL']}" in found["service_port"]["what"]


def wait_for_state(whole: Stack, wanted: Callable[[str], bool]) -> None:
    """Until the service's camera is in such a state; there is no event to wait for outside the service's own."""

    async def wait() -> None:
        async with CameraClient(whole.url) as client, asyncio.timeout(SECONDS):
            status = await client.capture_status()
            while isinstance(status, CaptureStatusAnswer) and not wanted(status.camera.state.value):
                status = await client.wait_status(status.boot_id, status.rev, 5.0)

    asyncio.run(wait())


def served_until_ready(whole: Stack) -> None:
    wait_for_state(whole, lambda state: state == "ready")


def files_below(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def outcomes(findings: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {check: finding["outcome"] for check, finding in findings.items()}


def test_a_camera_that_is_well_ends_with_0_and_is_left_as_it_was(camera: SimulatedCamera, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    code, findings = examined("--camera", camera.address, photo_root=root)
    assert code == 0
    expected = {"software": "ok", "photo_root": "ok", "service_port": "ok", "camera": "ok", "live_view": "ok"}
    assert expected.items() <= outcomes(findings).items()
    assert findings["power"]["outcome"] == "warning"
    assert "after 60 s" in findings["power"]["what"]
    assert not root.exists()
    assert camera.journal("exposed") == []
    assert not camera.control.state()["viewfinder"]


def test_people_read_a_line_for_each_check_and_the_command_below(camera: SimulatedCamera, tmp_path: Path) -> None:
    answer = ask("doctor", "--camera", camera.address, "--photo-root", str(tmp_path), "--port", str(free_port()))
    lines = answer.stdout.splitlines()
    assert answer.returncode == 0
    assert any(line.startswith("ok   camera       Canon EOS") for line in lines)
    place = f'--port {camera.address}:{camera.port} --camera "PTP/IP Camera"'
    assert any(line.endswith(f"fix: gphoto2 {place} --set-config autopoweroff=0") for line in lines)
    assert "warning" in lines[-1]


@pytest.mark.long
def test_nobody_at_the_address_is_16(tmp_path: Path) -> None:
    code, findings = examined("--camera", f"ptpip:127.0.0.1:{free_port()}", photo_root=tmp_path)
    assert code == 16
    assert "nothing listens on its port" in findings["camera"]["why"]


@pytest.mark.long
def test_no_camera_on_usb_is_16(tmp_path: Path) -> None:
    code, findings = examined(photo_root=tmp_path)
    assert (code, findings["usb"]["outcome"], findings["camera"]["outcome"]) == (16, "failed", "skipped")


def test_a_camera_that_does_not_answer_costs_a_deadline_and_not_the_doctor(
    camera: SimulatedCamera, tmp_path: Path
) -> None:
    camera.control.fault("mute")
    code, findings = examined("--camera", camera.address, photo_root=tmp_path)
    assert code in {16, 19}
    assert findings["camera"]["mend"]


@pytest.mark.long
def test_a_hot_camera_fails_at_live_view(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("heat")
    code, findings = examined("--camera", camera.address, photo_root=tmp_path)
    assert (code, findings["live_view"]["outcome"], findings["camera"]["outcome"]) == (20, "failed", "ok")


@pytest.mark.long
def test_a_body_that_refuses_live_view_as_unknown_is_a_warning(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("no_viewfinder")
    code, findings = examined("--camera", camera.address, photo_root=tmp_path)
    assert (findings["live_view"]["outcome"], findings["camera"]["outcome"]) == ("warning", "ok")
    assert "no live view over this connection" in findings["live_view"]["what"]
    assert code in {0, 18}


@pytest.mark.long
def test_a_pulled_card_is_said(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("card_missing")
    _code, findings = examined("--camera", camera.address, photo_root=tmp_path)
    assert findings["card"]["outcome"] in {"warning", "failed"}


@pytest.mark.long
def test_a_camera_without_live_view_is_a_warning(tmp_path: Path) -> None:
    virtual = tmp_path / "virtual"
    virtual.mkdir()
    (virtual / "a.jpg").write_bytes(b"\xff\xd8\xff\xd9")
    code, findings = examined("--camera", f"vusb:{virtual}", photo_root=tmp_path / "photos")
    assert code in {0, 18}
    assert findings["live_view"]["outcome"] == "warning"


def test_beside_a_running_service_the_service_is_asked(tmp_path: Path) -> None:
    with stack(tmp_path) as whole:
        served_until_ready(whole)
        (tmp_path / ".staging" / "busy").mkdir(parents=True)
        (tmp_path / ".staging" / "busy" / "photo.jpg").touch()
        for address in (whole.camera.address, "auto"):
            code, findings = examined("--camera", address, photo_root=tmp_path, port=whole.port)
            assert code == 0
            assert "is running at" in findings["service_port"]["what"]
            assert f"process {whole.service_pid}" in findings["index"]["what"]
            assert findings["camera"]["what"].endswith(f"held by the service at {whole.url}, is ready")
            assert "usb" not in findings
            # What the service is busy with awaits nobody's attention.
            assert findings["leftovers"]["outcome"] == "skipped"
        # The service's own, and no other.
        assert len(whole.camera.journal("session_opened")) <= 1


@pytest.mark.long
def test_another_photonic_is_named_with_the_command_that_ends_it(tmp_path: Path) -> None:
    with stack(tmp_path) as whole:
        served_until_ready(whole)
        code, findings = examined("--camera", whole.camera.address, photo_root=tmp_path / "other")
        assert code == 17
        assert f"process {whole.service_pid}" in findings["camera"]["what"]
        assert findings["camera"]["mend"] == f"kill {whole.service_pid}"
        # Its photo root is another one's, too.
        code, findings = examined("--camera", whole.camera.address, photo_root=tmp_path)
        assert (code, findings["index"]["mend"]) == (21, f"kill {whole.service_pid}")


@pytest.mark.long
def test_a_service_with_another_camera_leaves_this_one_to_the_doctor(tmp_path: Path) -> None:
    with stack(tmp_path) as whole, simulated_camera("--speed", "4") as other:
        served_until_ready(whole)
        code, findings = examined("--camera", other.address, photo_root=tmp_path, port=whole.port)
    assert code == 0
    assert "is running at" in findings["service_port"]["what"]
    assert findings["camera"]["what"].startswith("Canon EOS")
    assert findings["live_view"]["what"] == "frames arrive"


@pytest.mark.long
def test_a_service_whose_camera_is_gone_says_so(tmp_path: Path) -> None:
    with stack(tmp_path) as whole:
        served_until_ready(whole)
        whole.camera.control.fault("unplug")
        wait_for_state(whole, lambda state: state not in {"ready", "starting"})
        code, findings = examined("--camera", whole.camera.address, photo_root=tmp_path, port=whole.port)
    assert code in {16, 18, 19}
    assert whole.url in findings["camera"]["what"]


@pytest.mark.long
def test_a_token_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_TOKEN", TOKEN)
    with stack(tmp_path) as whole:
        place = ("--camera", whole.camera.address)
        code, findings = examined(*place, photo_root=tmp_path, port=whole.port)
        assert (code, findings["camera"]["outcome"]) == (0, "ok")
        monkeypatch.delenv("PHOTONIC_TOKEN")
        code, findings = examined(*place, photo_root=tmp_path, port=whole.port)
        assert (code, findings["camera"]["outcome"]) == (0, "warning")
        assert "PHOTONIC_TOKEN" in findings["camera"]["mend"]


def test_a_port_that_another_program_has_is_13_and_the_program_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            port = int(other.stdout.readline().split()[5])
            code, findings = examined(photo_root=tmp_path, port=port)
        finally:
            other.kill()
    assert code == 13
    assert f"-m http.server (process {other.pid})" in findings["service_port"]["what"]
    assert findings["service_port"]["mend"] == f"kill {other.pid}"


@pytest.mark.long
def test_a_photo_root_that_cannot_be_made_is_11(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    code, findings = examined(photo_root=file / "photos")
    assert (code, findings["photo_root"]["mend"]) == (11, f"mv {file} {file}.old")


@pytest.mark.long
def test_a_disk_that_is_nearly_full_is_a_warning_and_a_full_one_11(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_mb = shutil.disk_usage(tmp_path).free // 1_000_000
    monkeypatch.setenv("PHOTONIC_LOW_SPACE_MB", str(2 * free_mb))
    _code, findings = examined(photo_root=tmp_path)
    assert findings["photo_root"]["outcome"] == "warning"
    monkeypatch.setenv("PHOTONIC_MIN_FREE_MB", str(2 * free_mb))
    code, findings = examined(photo_root=tmp_path)
    assert (code, findings["photo_root"]["outcome"]) == (11, "failed")


@pytest.mark.long
def test_what_a_killed_service_left_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    with stack(tmp_path) as whole:
        served_until_ready(whole)
        whole.kill_service()
    staged = tmp_path / ".staging" / f"{'0' * 32}" / "a.jpg"
    staged.parent.mkdir(parents=True)
    staged.touch()
    before = files_below(tmp_path)
    code, findings = examined(photo_root=tmp_path)
    assert code == 16
    assert findings["index"]["outcome"] == "ok"
    assert findings["leftovers"]["outcome"] == "warning"
    assert findings["leftovers"]["mend"] == f"photonic serve --photo-root {tmp_path}"
    assert files_below(tmp_path) == before


@pytest.mark.long
def test_an_index_that_is_none_is_12(tmp_path: Path) -> None:
    index = tmp_path / ".photonic" / "captures.sqlite3"
    index.parent.mkdir()
    index.write_text("no database at all, and longer than a header of one would be: " + 100 * "x")
    before = files_below(tmp_path)
    code, findings = examined(photo_root=tmp_path)
    assert (code, findings["index"]["outcome"]) == (12, "failed")
    assert files_below(tmp_path) == before


def test_ctrl_c_ends_it_with_130_and_without_its_camera_process(tmp_path: Path) -> None:
    with simulated_camera("--speed", "4") as slow:
        slow.control.fault("mute")
        place = ("--photo-root", str(tmp_path), "--port", str(free_port()))
        with running("doctor", "--camera", slow.address, *place) as command:
            command.wait_for("usb")
            command.send(signal.SIGINT)
            assert command.exit_code() == 130


@pytest.mark.parametrize(
    ("options", "word"),
    first_rows_short(
        [(("--camera", "bogus"), "camera"), (("--port", "99999"), "port"), (("--config", "/none.toml"), "config")]
    ),
)
def test_bad_input_is_one_line_and_2(options: tuple[str, ...], word: str) -> None:
    answer = ask("doctor", *options)
    assert answer.returncode == 2
    assert word in answer.stderr
    assert answer.stdout == ""


def test_a_photo_root_that_is_a_file_is_refused_as_serve_refuses_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    answer = ask("doctor", "--photo-root", str(file))
    assert answer.returncode == 2
    assert "is a file" in answer.stderr
