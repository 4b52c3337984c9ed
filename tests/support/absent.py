"""What a machine lacks for a test: the test is skipped by the name of it, and fails where CI promises to have all."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def absent(what: str, *, promised: bool = True) -> NoReturn:
    """Skip this test, because of ``what`` this machine lacks.

    With ``CI=true`` it fails instead: a test that is silently skipped there would never run. ``promised=False``: CI
    does not promise it either.
    """
    if promised and os.environ.get("CI") == "true":
        pytest.fail(f"{what}; CI=true skips nothing", pytrace=False)
    pytest.skip(what)


def program(name: str, package: str | None = None) -> str:
    """The path of a program that the test needs; ``package``: Debian's, if it is called otherwise."""
    # Debian's servers are in /usr/sbin, and the paths of most users leave it out.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        absent(f"{name} is not installed: apt-get install {package or name}")
    return path
