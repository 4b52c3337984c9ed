"""Disks for tests, mounted: the failing one, and real file systems in images."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.support.absent import absent
from tests.support.launching import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.crash.disks.failing_disk import Plan

MEBIBYTE = 2**20
LONGEST_SECONDS = 30.0


class FailingMount:
    """A mounted failing disk at ``path``."""

    def __init__(self, path: Path, process: subprocess.Popen[str]) -> None:
        self.path = path
        self._process = process

    def plan(self, plan: Plan) -> int:
        """Refuse this from now on; returns how many changes there were since the last plan."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asdict(plan))}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def failing_disk(
    place: Path, *, size_bytes: int = 64 * MEBIBYTE, inodes: int = 10_000, hard_links: bool = True
) -> Generator[FailingMount]:
    """A new disk at ``place``; the test is skipped where this user may not mount."""
    place.mkdir(parents=True, exist_ok=True)
    options = json.dumps({"size_bytes": size_bytes, "inodes": inodes, "hard_links": hard_links})
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.disks.failing_disk", str(place), options],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        if process.stdout.readline() != "mounted\n":
            why = process.stderr.read().strip().splitlines()[-1]
            absent(f"this user may not mount a FUSE file system: {why}", promised=False)
        try:
            yield FailingMount(place, process)
        finally:
            process.stdin.close()
            process.wait(LONGEST_SECONDS)
