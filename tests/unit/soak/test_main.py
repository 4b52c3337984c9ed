"""``python -m soak``: what it says without running anything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from soak.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["soak", *arguments])
    return main()


def test_the_plan_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--show-plan", "5", "--seed", "3") == 0
    first = capsys.readouterr().out
    assert len(first.splitlines()) == 5
    assert run(monkeypatch, "--show-plan", "5", "--seed", "3") == 0
    assert capsys.readouterr().out == first


def test_a_name_that_is_in_no_plan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--only", "unplug,earthquake") == 2
    assert "earthquake" in capsys.readouterr().err


def test_a_folder_that_is_in_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "something").touch()
    assert run(monkeypatch, "--keep", str(tmp_path)) == 2
    assert "is not empty" in capsys.readouterr().err


def test_a_run_that_did_not_come_to_its_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "--judge", str(tmp_path)) == 2
    assert "does not contain a finished run" in capsys.readouterr().err
