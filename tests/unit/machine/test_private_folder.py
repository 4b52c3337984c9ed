"""Folders of our own: created private, tightened, and refused when they belong to somebody else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.support.absent import absent

from photonic.errors import BadInput
from photonic.machine.private_folder import private_folder

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 65534


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_missing_folder_is_created_for_this_user_only(tmp_path: Path) -> None:
    assert _mode(private_folder(tmp_path / "a" / "b")) == 0o700


def test_a_folder_that_others_may_write_is_tightened(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    assert _mode(private_folder(tmp_path / "open")) == 0o700


def test_our_own_link_to_our_own_folder_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    private_folder(tmp_path / "link")
    assert _mode(tmp_path / "real") == 0o700


def give_away(path: Path) -> None:
    if os.geteuid() != 0:
        absent("only the superuser can give a folder to another user", promised=False)
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def test_a_folder_of_another_user_is_refused_with_advice(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    give_away(theirs)
    with pytest.raises(BadInput, match=r"belongs to user nobody.*run it as user nobody, or choose.*state_folder"):
        private_folder(theirs, field="state_folder")


def test_a_link_that_another_user_placed_is_refused_wherever_it_leads(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "ours")
    give_away(tmp_path / "link")
    with pytest.raises(BadInput, match="belongs to user nobody"):
        private_folder(tmp_path / "link")


def test_a_foreign_folder_is_refused_whoever_runs_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 4321)
    with pytest.raises(BadInput, match="run it as"):
        private_folder(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_the_systems_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        private_folder(tmp_path / "file")
