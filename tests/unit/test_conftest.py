"""The rules in conftest.py bite: each is broken here on purpose, in a pytest of its own."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (TASK, "tasks left"),
        ("def test_it():\n    subprocess.Popen(['sleep', '60'])\n", "processes left"),
        (ORPHAN, "sleep 60"),
        ("def test_it():\n    socket.create_connection(('192.0.2.1', 80), timeout=1)\n", "192.0.2.1"),
        ("def test_it():\n    socket.getaddrinfo('photonic.example', 80)\n", "photonic.example"),
    ],
    ids=["task", "child", "orphan", "connection", "name"],
)
def test_a_broken_rule_fails_the_test(tmp_path: Path, body: str, says: str) -> None:
    (tmp_path / "conftest.py").write_text(
        (ROOT / "tests" / "conftest.py")
        .read_text()
        .replace("PROCESS_ENDS_WITHIN_SECONDS = 5.0", "PROCESS_ENDS_WITHIN_SECONDS = 0.2")
    )
    (tmp_path / "test_broken.py").write_text(HEAD + body)
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            ROOT / "pyproject.toml",
            "--rootdir",
            tmp_path,
            tmp_path,
            "-W",
            "default",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert says in ran.stdout
