"""``photonic token`` as processes: two at once lose nothing, and what is wrong ends with code 2."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.commands import ask

from photonic.cli.outcome import ExitCode
from photonic.serving.token_file import read_tokens

if TYPE_CHECKING:
    from pathlib import Path


def test_an_unknown_token_is_refused_in_one_line(tmp_path: Path) -> None:
    ran = ask("token", "remove", "nobody", "--state-folder", str(tmp_path))
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (ExitCode.BAD_INPUT, "", 1)


def test_commands_at_once_lose_no_token(tmp_path: Path) -> None:
    names = ["left", "right", "stage"]
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "photonic.cli", "token", "add", name, "--state-folder", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    secrets = {command.communicate(timeout=60)[0].strip() for command in commands}
    assert len(secrets) == 3
    assert sorted(record.name for record in read_tokens(tmp_path).records) == names
