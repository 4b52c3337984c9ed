"""The entry point, before a command has begun."""

from __future__ import annotations

import sys
from typing import NoReturn

import pytest

from photonic.cli import main
from photonic.cli.outcome import ExitCode


class Interrupted:
    """A module that is being imported when Ctrl-C is pressed."""

    @property
    def run(self) -> NoReturn:
        raise KeyboardInterrupt


def test_an_early_ctrl_c_prints_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "photonic.cli.application", Interrupted())
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == ExitCode.INTERRUPTED
