"""``photonic photos`` without a service: it reads the photo root itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import JPEG
from typer.testing import CliRunner

from photonic.cli import service_or_folder
from photonic.cli.application import application
from photonic.errors import BadInput, ServiceError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

NOBODY = "http://127.0.0.1:9"
"""An address at which nothing listens: the port is reserved."""
NAMES = ("guest_1_1700000000.jpg", "guest_2_1700000001.jpg", "other_1_1700000002.jpg")


def photonic(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A photo root of two sessions that ``reindex`` has listed."""
    root = tmp_path / "root"
    root.mkdir()
    for name in NAMES:
        (root / name).write_bytes(JPEG[:-2] + name.encode() + JPEG[-2:])
    assert photonic("reindex", "--photo-root", str(root)).exit_code == 0
    return root


def test_sessions_and_photos_are_listed(root: Path) -> None:
    listed = photonic("photos", "--photo-root", str(root))
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [["other", "1"], ["guest", "2"]]
    photos = photonic("photos", "guest", "--photo-root", str(root))
    assert photos.stdout.split() == [str(root / NAMES[1]), str(root / NAMES[0])]
    reported = photonic("photos", "guest", "--json", "--photo-root", str(root))
    assert [json.loads(line)["session_id"] for line in reported.stdout.splitlines()] == ["guest", "guest"]


def test_photos_are_saved_elsewhere(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    saved = photonic("photos", "guest", "--download", str(folder), "--photo-root", str(root))
    assert saved.stdout.split() == [str(folder / name) for name in (NAMES[1], NAMES[0])]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name: (root / name).read_bytes() for name in NAMES[:2]
    }


def test_a_photo_that_is_gone_is_said(root: Path, tmp_path: Path) -> None:
    (root / NAMES[2]).unlink()
    saved = photonic("photos", "other", "--download", str(tmp_path / "here"), "--photo-root", str(root))
    assert isinstance(saved.exception, StorageError)
    assert NAMES[2] in str(saved.exception)


def test_a_folder_without_an_index_is_refused_and_left_alone(tmp_path: Path) -> None:
    refused = photonic("photos", "--photo-root", str(tmp_path))
    assert isinstance(refused.exception, BadInput)
    assert str(refused.exception) == f"{tmp_path} has no photo index"
    assert list(tmp_path.iterdir()) == []


def test_without_a_service_the_configured_folder_is_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_or_folder, "DEFAULT_URL", NOBODY)
    config = tmp_path / "photonic.toml"
    config.write_text(f'photo_root = "{root}"\n')
    listed = photonic("photos", "--config", str(config), "--url", NOBODY)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["other", "guest"]


def test_a_service_elsewhere_that_does_not_answer_is_no_reason_to_read_this_disk(root: Path, tmp_path: Path) -> None:
    config = tmp_path / "photonic.toml"
    config.write_text(f'photo_root = "{root}"\n')
    refused = photonic("photos", "--config", str(config), "--url", NOBODY)
    assert isinstance(refused.exception, ServiceError)
    assert refused.stdout == ""
