"""The library's settings, written into the camera process's own home and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.timeouts import SETTINGS, write_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_they_are_written_as_the_library_reads_them(tmp_path: Path) -> None:
    assert write_settings({"XDG_CONFIG_HOME": str(tmp_path)})
    lines = (tmp_path / "gphoto" / "settings").read_text().splitlines()
    assert lines == [f"ptp2={name}={value}" for name, value in SETTINGS.items()]
    assert {"ptp2=normal_timeout=6000", "ptp2=autofocus=on"} <= set(lines)


def test_settings_that_are_there_are_left_alone(tmp_path: Path) -> None:
    settings = tmp_path / "gphoto" / "settings"
    settings.parent.mkdir()
    settings.write_text("ptp2=capturetarget=sdram\n")
    assert not write_settings({"XDG_CONFIG_HOME": str(tmp_path)})
    assert settings.read_text() == "ptp2=capturetarget=sdram\n"


def test_a_process_without_a_home_of_its_own_changes_nothing(tmp_path: Path) -> None:
    assert not write_settings({"HOME": str(tmp_path)})
    assert not write_settings({"XDG_CONFIG_HOME": str(tmp_path / "none")})
    assert list(tmp_path.iterdir()) == []
