"""The rules in conftest.py bite: each is broken here on purpose, in a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAD = "import asyncio, os, socket, subprocess, sys\n"


# The loop holds its tasks weakly: one that nobody holds may be collected before anyone looks.
TASK = """
held = []

async def test_it():
    held.append(asyncio.get_running_loop().create_task(asyncio.Event().wait()))
"""
ORPHAN = """
def test_it():
    parent = 'import subprocess; subprocess.Popen(["sleep", "60"], start_new_session=True)'
    subprocess.run([sys.executable, "-c", parent])
"""


BROKEN = {
    "task": (TASK, "tasks left"),
    "child": ("def test_it():\n    subprocess.Popen(['sleep', '60'])\n", "processes left"),
    "orphan": (ORPHAN, "sleep 60"),
    "connection": (
        "def test_it():\n    with socket.socket() as one:\n        one.connect(('192.0.2.1', 80))\n",
        "a test reaches for 192.0.2.1",
    ),
    "name": ("def test_it():\n    socket.getaddrinfo('photonic.example', 80)\n", "a test looks up photonic.example"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a pytest of its own says of a test for each rule."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "conftest.py").write_text(
        (ROOT / "tests" / "conftest.py")
        .read_text()
        .replace("PROCESS_ENDS_WITHIN_SECONDS = 5.0", "PROCESS_ENDS_WITHIN_SECONDS = 0.2")
    )
    for name, (body, _says) in BROKEN.items():
        (folder / f"test_{name}.py").write_text(HEAD + body)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", folder, folder, "-W", "default"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "400"},  # its summary cuts lines
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_fails_the_test(said: str, name: str) -> None:
    (line,) = [line for line in said.splitlines() if re.match(rf"(ERROR|FAILED) \S*/test_{name}\.py::test_it", line)]
    assert BROKEN[name][1] in line
