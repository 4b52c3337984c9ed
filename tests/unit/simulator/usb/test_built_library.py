"""Building the preload libraries of simulated devices."""

from __future__ import annotations

import ctypes
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.support.absent import absent

from photonic.errors import BadInput
from photonic.simulator.usb.built_library import build_library
from photonic.simulator.usb.umockdev import MONITORS
from photonic.simulator.video.beside import SHIM

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_built_and_can_be_loaded(tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        absent("no C compiler is installed: apt-get install g++")
    assert ctypes.CDLL(str(build_library(SHIM, tmp_path))).mmap64
    assert ctypes.CDLL(str(build_library(MONITORS, tmp_path))).bind


def test_a_missing_compiler_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="apt install gcc libc6-dev"):
        build_library(SHIM, tmp_path, ("photonic-has-no-such-compiler",))


def test_a_compiler_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"false cannot build shim\.c: no message"):
        build_library(SHIM, tmp_path, ("false",))
