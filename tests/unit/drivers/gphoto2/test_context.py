from __future__ import annotations

import subprocess
import sys

# In a process of its own: the bindings belong into camera processes only.
SCRIPT = """
import gphoto2
from photonic.drivers.gphoto2.context import Reasons
reasons = Reasons()
camera = gphoto2.Camera()
try:
    camera.get_single_config("iso", reasons.context)
except gphoto2.GPhoto2Error:
    pass
print(reasons.texts())
reasons.clear()
print(reasons.texts())
"""


def test_the_librarys_words_are_kept_for_the_call() -> None:
    command, home = [sys.executable, "-c", SCRIPT], {"HOME": "/dev/null/nowhere"}
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=home)
    said, cleared = answer.stdout.splitlines()
    assert said != "()"
    assert cleared == "()"
