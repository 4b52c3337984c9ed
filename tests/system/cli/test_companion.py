"""A companion process: heard, watched, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from photonic.cli.companion import Companion
from photonic.errors import CameraError

# Runs a companion inside a parent that can be killed; prints the companion's number.
PARENT = """
import asyncio
from photonic.cli.companion import Companion

async def main():
    async with Companion(["simulate", "--port", "0"]) as camera:
        print(camera.pid, flush=True)
        await camera.ended()

asyncio.run(main())
"""


async def test_its_first_line_is_heard_and_its_end_is_known() -> None:
    async with Companion(["--version"]) as companion:
        assert companion.first_line.startswith("photonic ")
        assert await companion.ended() == 0


async def test_one_that_ends_without_a_word_is_an_error_with_its_code() -> None:
    with pytest.raises(CameraError, match="ended at once with exit code 3"):
        async with Companion(["status", "--url", "http://127.0.0.1:9"]):
            pass


async def test_it_ends_with_the_block() -> None:
    async with Companion(["simulate", "--port", "0"]) as companion:
        os.kill(companion.pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(companion.pid, 0)


async def test_one_that_is_killed_is_known_by_its_signal() -> None:
    async with Companion(["simulate", "--port", "0"]) as companion:
        os.kill(companion.pid, signal.SIGKILL)
        assert await companion.ended() == -signal.SIGKILL


def test_it_dies_with_a_parent_that_is_killed() -> None:
    """The rule in conftest.py finds it if it does not."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) > 0
        parent.kill()
