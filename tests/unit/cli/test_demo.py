"""How the demo reads the simulated camera's output, and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from photonic.cli.demo import camera_address, default_root, welcome
from photonic.errors import CameraError
from photonic.model.api import CaptureRequest
from photonic.service.photo import naming


def test_the_address_is_found_in_the_output_of_the_simulated_camera() -> None:
    assert camera_address("Canon EOS at ptpip:127.0.0.1:41234:41234, Ctrl-C ends it") == "ptpip:127.0.0.1:41234"


@pytest.mark.parametrize("line", ["", "hello", "ptpip:", "ptpip:host"])
def test_a_line_without_an_address_is_an_error_that_shows_it(line: str) -> None:
    with pytest.raises(CameraError, match="no address"):
        camera_address(line)


def test_the_welcome_has_every_address() -> None:
    text = welcome("http://127.0.0.1:8123", "ptpip:127.0.0.1:41234", Path("photos"))
    assert "http://127.0.0.1:8123/\n" in text
    assert "http://127.0.0.1:8123/docs" in text
    assert "http://127.0.0.1:8123/api/v1/camera/liveview/stream.mjpg" in text
    assert "ptpip:127.0.0.1:41234" in text


def test_the_photo_root_and_its_subfolder_have_different_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_root().name not in CaptureRequest(session_id="s", sequence_number=1).output_directory
    (tmp_path / "photos" / naming.INDEX).mkdir(parents=True)
    assert default_root() == Path("photos"), "a folder that has photos already keeps them"
