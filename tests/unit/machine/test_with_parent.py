"""A child process ends with its parent, even if that is killed."""

from __future__ import annotations

import subprocess
import sys

PARENT = """
import signal, subprocess, sys
from photonic.machine.with_parent import ends_with_parent
child = "import signal; print('ready', flush=True); signal.pause()"
subprocess.Popen([sys.executable, "-c", child], preexec_fn=ends_with_parent(signal.SIGTERM))
signal.pause()
"""
ORPHAN = """
import os, signal
from photonic.machine.with_parent import ends_with_parent
begin = ends_with_parent(signal.SIGTERM)
os.getppid = lambda: 1
begin()
"""


def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        parent.kill()
        # The pipe ends with the last process that holds it: the child.
        assert parent.stdout.read() == b""


def test_a_child_whose_parent_has_already_ended_does_not_begin() -> None:
    assert subprocess.run([sys.executable, "-c", ORPHAN], check=False).returncode == 1
