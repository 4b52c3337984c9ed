"""The service as a process: it waits for a camera, says so, and ends when told."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from tests.support.commands import ask, running

from photonic.cli.outcome import ExitCode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.long), pytest.param(signal.SIGINT, id="Ctrl-C")],
)
def test_without_a_camera_it_waits_and_says_so(tmp_path: Path, number: signal.Signals) -> None:
    with running("serve", "--camera", "usb:nobody", "--port", "0", "--photo-root", str(tmp_path)) as service:
        url = service.url()
        with running("view", "--url", url) as viewer:
            viewer.wait_for(r"camera absent: \S+")
        refused = ask("capture", "--url", url)
        assert refused.returncode == ExitCode.FAILED
        assert refused.stderr.count("\n") == 1
        service.send(number)
        assert service.exit_code() == ExitCode.DONE


def test_settings_come_from_flag_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag wins over the environment, which wins over the file."""
    file = tmp_path / "photonic.toml"
    file.write_text('camera_name = "from-file"\nimage_path = "relative"\nport = 1\n')
    monkeypatch.setenv("PHOTONIC_CAMERA_NAME", "from-environment")
    arguments = ("--camera", "usb:nobody", "--port", "0", "--photo-root", str(tmp_path), "--config", str(file))
    with running("serve", *arguments) as service:
        status = json.loads(ask("status", "--url", service.url(), "--json").stdout)
        assert status["camera"]["id"] == "from-environment"
    with running("serve", *arguments, "--camera-name", "from-flag") as service:
        status = json.loads(ask("status", "--url", service.url(), "--json").stdout)
        assert status["camera"]["id"] == "from-flag"


def test_json_logs_are_json(tmp_path: Path) -> None:
    with running("serve", "--json", "--camera", "usb:nobody", "--port", "0", "--photo-root", str(tmp_path)) as service:
        service.wait_for(r'"event": "serving"')
        service.send(signal.SIGTERM)
        assert service.exit_code() == ExitCode.DONE
        lines = [line for line in service.said.splitlines() if line]
        assert lines
        assert all(isinstance(json.loads(line), dict) for line in lines)
