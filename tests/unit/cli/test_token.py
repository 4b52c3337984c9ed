"""``photonic token``: a token is shown once, listed without its secret, and removed."""

from __future__ import annotations

import json
import re
import stat
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from photonic.cli.application import application
from photonic.cli.outcome import one_line
from photonic.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, *arguments: str) -> str:
    """What the command prints. Raises its error."""
    result = CliRunner().invoke(application, ["token", *arguments, "--state-folder", str(folder)])
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_a_token_is_shown_once_listed_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert "photonic token add" in run(folder, "list")
    secret = run(folder, "add", "stage", "--role", "guest", "--expires", "12h").strip()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    (line,) = run(folder, "list").splitlines()
    assert re.fullmatch(r"stage +guest +made \S+ +valid for 12 h of running time", line)
    (listed,) = json.loads(run(folder, "list", "--json"))
    assert (listed["name"], listed["role"], listed["lifetime_seconds"]) == ("stage", "guest", 43200.0)
    assert secret not in line + json.dumps(listed) + (folder / "tokens.json").read_text()
    assert stat.S_IMODE((folder / "tokens.json").stat().st_mode) == 0o600
    run(folder, "remove", "stage")
    assert json.loads(run(folder, "list", "--json")) == []


def test_the_state_folder_is_that_of_the_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "photonic.toml"
    file.write_text(f'state_folder = "{tmp_path}/configured"\n')
    for arguments in (("add", "stage"), ("add", "bar", "--role", "viewer")):
        assert CliRunner().invoke(application, ["token", *arguments, "--config", str(file)]).exit_code == 0
    assert [each["role"] for each in json.loads(run(tmp_path / "configured", "list", "--json"))] == [
        "operator",
        "viewer",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("remove", "nobody"), "unknown token"),
        (("add", "two words"), "name"),
        (("add", "stage", "--expires", "0s"), "lifetime"),
        (("add", "stage", "--expires", "soon"), "--expires takes a duration"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadInput) as refused:
        run(tmp_path, *arguments)
    assert said in one_line(refused.value)


@pytest.mark.parametrize("arguments", [("add", "stage"), ("remove", "stage"), ("list",)])
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "tokens.json").write_text("{")
    with pytest.raises(BadInput, match=r"tokens\.json"):
        run(tmp_path, *arguments)
    assert (tmp_path / "tokens.json").read_text() == "{"
