"""``photonic config`` and the configuration file that is found: what applies, where it comes from, and no secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from photonic.cli.application import application
from photonic.cli.outcome import one_line
from photonic.errors import BadInput
from photonic.service.config import fields

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "q8Zr2mXvT5uWk9Lp"


def run(*arguments: str) -> str:
    """What the command prints. Raises its error."""
    result = CliRunner().invoke(application, ["config", *arguments])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "photonic" / "photonic.toml"
    file.parent.mkdir()
    file.write_text(
        f'port = 8012\ntoken = "{SECRET}"\n[webhooks.site]\nurl = "https://hooks.example/{SECRET}"\n'
        'secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"\n'
    )
    return file


def test_the_users_file_applies_and_its_errors_are_told(file: Path) -> None:
    assert run("check").startswith(f"{file}: the settings are valid; camera auto, photos go to ")
    file.write_text("prot = 8012\n")
    with pytest.raises(BadInput, match="prot is not a setting; did you mean port"):
        run("check")
    file.write_text("port = 99999\n")
    with pytest.raises(BadInput, match="port: "):
        run("check")
    file.write_text('token = "0123456789abcdef"\n')
    with pytest.raises(BadInput, match="easy to guess"):
        run("check")


def test_a_file_that_cannot_be_read_is_told_and_not_passed_over(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)
    with pytest.raises(BadInput) as refused:
        run("check", "--config", str(file))
    assert "does not exist" in one_line(refused.value)
    file.unlink()
    file.mkdir()
    with pytest.raises(BadInput) as refused:
        run("check")
    assert str(file) in one_line(refused.value)


def test_a_file_that_is_given_replaces_the_users(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("port = 9\n")
    assert json.loads(run("show", "--json", "--config", str(other))) == {"port": {"value": 9, "source": str(other)}}


def test_each_setting_is_shown_with_its_source_and_without_secrets(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_LOG_LEVEL", "debug")
    shown = json.loads(run("show", "--json"))
    assert {name: one["source"] for name, one in shown.items()} == {
        "port": str(file),
        "token": str(file),
        "webhooks": str(file),
        "log_level": "PHOTONIC_LOG_LEVEL",
    }
    every = json.loads(run("show", "--all", "--json"))
    assert every["host"] == {"value": "127.0.0.1", "source": "default"}
    for text in (run("show"), run("show", "--all"), json.dumps(every)):
        assert "8012" in text
        assert SECRET not in text
        assert "MfKQ9r8GKYqr" not in text


def test_without_any_file_every_setting_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(fields, "MACHINE_CONFIG", tmp_path / "none")
    assert run("check").startswith("no configuration file: the settings are valid")
    assert run("show") == "every setting has its default: `photonic config show --all` prints them\n"


def test_the_machines_file_applies_where_the_user_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    machines = tmp_path / "machine.toml"
    machines.write_text("port = 8013\n")
    monkeypatch.setattr(fields, "MACHINE_CONFIG", machines)
    assert run("check").startswith(f"{machines}: ")
