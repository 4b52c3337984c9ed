"""Debian's ``gphoto2`` command: a client that nobody here wrote, in a home of its own."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.absent import program

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

ENDS_WITHIN_SECONDS = 60.0
CURRENT = re.compile(r"^Current: (.*)$", re.MULTILINE)
CHOICE = re.compile(r"^Choice: \d+ (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Config:
    """What ``--get-config`` says."""

    current: str
    choices: tuple[str, ...]


class GPhoto2:
    """The command for one camera; ``folder`` is where it writes its files."""

    def __init__(self, port: int, home: Path, folder: Path) -> None:
        self._command = [program("gphoto2"), "--port", f"ptpip:127.0.0.1:{port}:{port}", "--camera", "PTP/IP Camera"]
        # python-gphoto2 points the environment at its own library's drivers as soon as it is imported.
        ours = {key: value for key, value in os.environ.items() if key not in {"CAMLIBS", "IOLIBS"}}
        self._environment = ours | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "LANG": "C", "LC_ALL": "C"}
        self.folder = folder

    def try_to(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run it; whatever comes of it."""
        return subprocess.run(
            [*self._command, *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ENDS_WITHIN_SECONDS,
            check=False,
        )

    def __call__(self, *arguments: str) -> str:
        """What it says; it has to succeed."""
        done = self.try_to(*arguments)
        assert done.returncode == 0, f"gphoto2 {arguments}: {done.stdout.decode()} {done.stderr.decode()}"
        return done.stdout.decode()

    def get(self, name: str) -> Config:
        """A setting."""
        said = self("--get-config", name)
        current = CURRENT.search(said)
        assert current is not None, said
        return Config(current[1], tuple(CHOICE.findall(said)))

    @contextmanager
    def running(self, *arguments: str) -> Generator[subprocess.Popen[bytes]]:
        """It runs while the context lasts; its words come line by line on ``stdout``."""
        with subprocess.Popen(
            [*self._command, *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                yield process
            finally:
                process.kill()
