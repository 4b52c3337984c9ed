"""``photonic doctor --fix``: shows the rule, and installs it only if somebody agreed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from photonic.cli.doctor import doctor
from photonic.cli.doctor_fix import NOTHING, asked, fix
from photonic.errors import BadInput
from photonic.service.config.settings import ServiceSettings
from photonic.worker.supervision.usb import UsbCamera

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = ServiceSettings(camera="auto")
CAMERA = UsbCamera(path="1-1", vendor="04a9", product="1", name="Canon EOS", serial=None, node=Path("/dev/none"))


class Machine:
    """A machine on which a rule opens the camera, unless it is ``stubborn``."""

    def __init__(self, *cameras: UsbCamera, stubborn: bool = False) -> None:
        self.cameras = cameras
        self.stubborn = stubborn
        self.added: list[str] = []

    def locked(self, _settings: ServiceSettings) -> tuple[UsbCamera, ...]:
        return self.cameras if self.stubborn or not self.added else ()

    def add(self, rules: Sequence[str]) -> None:
        self.added += rules

    def fix(self, *, agreed: bool) -> bool:
        return fix(SETTINGS, agreed=lambda: agreed, locked=self.locked, add=self.add)


def test_without_an_agreement_it_only_shows_rule_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(CAMERA)
    assert not machine.fix(agreed=False)
    assert machine.added == []
    shown = capsys.readouterr().out
    assert '  SUBSYSTEM=="usb", ATTR{idVendor}=="04a9"' in shown
    assert "sudo tee -a /etc/udev/rules.d/70-photonic.rules && sudo udevadm control --reload" in shown
    assert shown.endswith("not installed; photonic doctor --fix --yes installs it\n")


def test_with_an_agreement_it_installs_the_rule_and_looks_again(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(CAMERA)
    assert machine.fix(agreed=True)
    assert len(machine.added) == 1
    assert capsys.readouterr().out.endswith("installed; the camera can be opened now\n")


def test_a_camera_that_stays_locked_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert not Machine(CAMERA, stubborn=True).fix(agreed=True)
    assert "installed, but Canon EOS is still locked: unplug it" in capsys.readouterr().out


def test_where_nothing_is_locked_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine()
    assert not machine.fix(agreed=True)
    assert (machine.added, capsys.readouterr().out) == ([], f"{NOTHING}\n")


def agree(_question: str) -> bool:
    return True


def test_without_a_terminal_nobody_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        monkeypatch.setattr(typer, "confirm", agree)
        assert not asked()


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadInput, match="--yes needs --fix"):
        doctor(yes=True)
    with pytest.raises(BadInput, match="combined with --json"):
        doctor(fix=True, json=True)
    with pytest.raises(BadInput, match="this machine only"):
        doctor(fix=True, url="http://booth.example:8000")
