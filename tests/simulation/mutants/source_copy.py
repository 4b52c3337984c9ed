"""A copy of the sources, in which a break can be made, and the commands that run on it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("src", "tests", "pyproject.toml")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "node_modules")
_WHERE = "import photonic, tests.simulation; print(photonic.__file__); print(tests.simulation.__file__)"
_WHERE_SECONDS = 60.0


class RunFailed(Exception):
    """A command on a copy did not do what it is there for; the message says how it ended."""


class SourceCopy:
    """A copy of the sources.

    Args:
        folder: Where it is made; it must not exist.
        origin: The sources.
    """

    def __init__(self, folder: Path, origin: Path = ROOT) -> None:
        folder.mkdir(parents=True)
        for name in COPIED:
            source = origin / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=_NOT_COPIED)
            else:
                shutil.copy2(source, folder / name)
        self.folder = folder

    def python(self, arguments: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        """Run Python with the packages of this copy. Raises ``RunFailed`` if it has not ended after ``seconds``."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "src")}
        with subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that its children end with it
        ) as process:
            try:
                output, _none = process.communicate(timeout=seconds)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise RunFailed(f"python {' '.join(arguments)} has not ended after {seconds:.0f} s") from error
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, output)

    def check(self) -> None:
        """Make sure that Python uses this copy, not an installed package. Raises ``RunFailed``."""
        where = self.python(["-c", _WHERE], _WHERE_SECONDS)
        paths = where.stdout.split()
        if where.returncode or not all(Path(path).is_relative_to(self.folder) for path in paths):
            raise RunFailed(f"the copy in {self.folder} is not what runs: {where.stdout.strip()}")

    def remove(self) -> None:
        """Delete it."""
        shutil.rmtree(self.folder, ignore_errors=True)
