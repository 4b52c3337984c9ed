"""Homes of camera processes: one each, removed with the owner, even if it was killed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from photonic.worker.supervision.home import PREFIX, clear_orphans, home_environment, private_home

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import os, signal, sys
from pathlib import Path
from photonic.worker.supervision.home import private_home
with private_home(Path(sys.argv[1])) as home:
    (home / "settings").write_text("capture target")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def homes(base: Path) -> list[Path]:
    return sorted(base.glob(f"{PREFIX}*"))


def test_a_home_exists_only_while_it_is_needed(tmp_path: Path) -> None:
    with private_home(tmp_path) as home:
        assert home_environment(home) == {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
        assert (home / ".config").is_dir()
        assert homes(tmp_path) == [home]
    assert homes(tmp_path) == []


def test_two_cameras_have_two_homes(tmp_path: Path) -> None:
    with private_home(tmp_path) as one, private_home(tmp_path) as other:
        assert one != other
        assert homes(tmp_path) == sorted([one, other])


def test_the_home_of_a_killed_owner_is_removed_by_the_next_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    (orphan,) = homes(tmp_path)
    with private_home(tmp_path) as home:
        assert homes(tmp_path) == [home]
    assert not orphan.exists()


def test_a_home_that_is_just_being_made_and_a_link_are_left_alone(tmp_path: Path) -> None:
    made = tmp_path / f"{PREFIX}unlocked"
    made.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".in-use").touch()
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(elsewhere)
    clear_orphans(tmp_path)
    assert made.is_dir()
    assert elsewhere.is_dir()
    assert link.is_symlink()
