"""``photonic verify`` and ``photonic reindex`` without a service: what they print, and how they exit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import JPEG
from typer.testing import CliRunner

from photonic.cli.application import application

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(application, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout.splitlines()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A photo root with two photos that ``reindex`` has listed, and a file of another program."""
    for name in ("guest_1_1700000000.jpg", "guest_2_1700000001.jpg"):
        (tmp_path / name).write_bytes(JPEG[:-2] + name.encode() + JPEG[-2:])
    (tmp_path / "notes.txt").write_text("mine")
    code, lines = run("reindex", "--photo-root", str(tmp_path))
    assert (code, lines) == (0, ["2 photos without a record are listed now"])
    return tmp_path


def test_whole_photos_exit_with_0(root: Path) -> None:
    code, lines = run("verify", "--photo-root", str(root))
    assert (code, lines) == (0, ["2 files, 0.0 GB: every photo is whole"])


def test_a_photo_that_is_not_whole_exits_with_1_and_stays(root: Path) -> None:
    damaged = root / "guest_1_1700000000.jpg"
    damaged.write_bytes(bytes(reversed(damaged.read_bytes())))
    before = damaged.read_bytes()
    for options in ((), ("--repair",)):
        code, lines = run("verify", *options, "--photo-root", str(root))
        assert code == 1
        assert lines[0].startswith("changed    guest_1_1700000000.jpg")
        assert lines[-1].endswith("1 not whole")
    assert damaged.read_bytes() == before


def test_json_is_one_object(root: Path) -> None:
    (root / "guest_2_1700000001.jpg").unlink()
    code, lines = run("verify", "--json", "--photo-root", str(root))
    report = json.loads(lines[0])
    assert (code, len(lines)) == (1, 1)
    assert (report["counts"], report["open_count"]) == ({"missing": 1}, 1)


def test_a_lost_index_is_made_again_and_said(root: Path) -> None:
    (root / ".photonic" / "captures.sqlite3").unlink()
    code, lines = run("reindex", "--photo-root", str(root))
    assert code == 0
    assert lines[0].startswith("the index: it was gone, and was made again from 2 lines of the record")
    assert lines[-1] == "0 photos without a record are listed now"
    assert run("verify", "--photo-root", str(root))[0] == 0
