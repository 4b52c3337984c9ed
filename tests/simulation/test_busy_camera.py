"""The same seed is the same history of a camera, in every process and under every hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.simulation import busy_camera
from tests.support.launching import environment

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_SECONDS = 60


def test_the_same_seed_is_the_same_history_in_another_process(tmp_path: Path) -> None:
    for folder in ("here", "there", "other"):
        (tmp_path / folder).mkdir()
    here = busy_camera.play(tmp_path / "here", 5)
    there = subprocess.run(
        [sys.executable, "-m", "tests.simulation.busy_camera", str(tmp_path / "there"), "5"],
        env={**os.environ, **environment(), "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT_SECONDS,
    )
    assert there.stdout.strip() == here
    assert busy_camera.play(tmp_path / "other", 6) != here
