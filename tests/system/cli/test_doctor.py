"""``photonic doctor`` as a user runs it: on the simulated camera, without one, and beside a running service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.commands import ask
from tests.fakes.simulated import simulated_camera
from tests.fakes.stack import free_port, stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.simulated import SimulatedCamera


@pytest.fixture(scope="module")
def shared() -> Iterator[SimulatedCamera]:
    with simulated_camera("--speed", "4", "--power-off", "60") as running:
        yield running


@pytest.fixture
def camera(shared: SimulatedCamera) -> Iterator[SimulatedCamera]:
    yield shared
    shared.control.clear()


def examined(*options: str, photo_root: Path, port: int | None = None) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by check."""
    place = ("--photo-root", str(photo_root), "--port", str(port or free_port()))
    answer = ask("doctor", "--json", *place, *options)
    told = json.loads(answer.stdout)
    assert told["code"] == answer.returncode
    return answer.returncode, {finding["check"]: finding for finding in told["findings"]}


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
    assert any("mend: gphoto2 --set-config autopoweroff=0" in line for line in lines)
    assert "warning" in lines[-1]


def test_nobody_at_the_address_is_16(tmp_path: Path) -> None:
    code, findings = examined("--camera", f"ptpip:127.0.0.1:{free_port()}", photo_root=tmp_path)
    assert code == 16
    assert "ping" in findings["camera"]["mend"]


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


def test_a_hot_camera_fails_at_live_view(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("heat")
    code, findings = examined("--camera", camera.address, photo_root=tmp_path)
    assert (code, findings["live_view"]["outcome"], findings["camera"]["outcome"]) == (20, "failed", "ok")


def test_a_pulled_card_is_said(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("card_missing")
    _code, findings = examined("--camera", camera.address, photo_root=tmp_path)
    assert findings["card"]["outcome"] in {"warning", "failed"}


def test_a_camera_without_live_view_is_a_warning(tmp_path: Path) -> None:
    virtual = tmp_path / "virtual"
    virtual.mkdir()
    (virtual / "a.jpg").write_bytes(b"\xff\xd8\xff\xd9")
    code, findings = examined("--camera", f"vusb:{virtual}", photo_root=tmp_path / "photos")
    assert code in {0, 18}
    assert findings["live_view"]["outcome"] == "warning"


def test_beside_a_running_service_the_service_is_asked(tmp_path: Path) -> None:
    with stack(tmp_path) as whole:
        code, findings = examined("--camera", whole.camera.address, photo_root=tmp_path, port=whole.port)
        assert code in {0, 18}
        assert "is running at" in findings["service_port"]["what"]
        assert "in use by a running service" in findings["index"]["what"]
        assert whole.url in findings["camera"]["what"]
        # The service's own, and no other.
        assert len(whole.camera.journal("session_opened")) <= 1


@pytest.mark.parametrize(
    ("options", "word"),
    [(("--camera", "bogus"), "camera"), (("--port", "99999"), "port"), (("--config", "/none.toml"), "config")],
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
