"""Finding umockdev's preload library, and the environment of a program under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.errors import BadInput
from photonic.simulator.usb.umockdev import LIBRARY, environment, find_library

if TYPE_CHECKING:
    from pathlib import Path


def test_a_machine_without_it_is_told_the_package_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="apt install umockdev") as caught:
        find_library(tmp_path)
    assert "\n" not in str(caught.value)


def test_it_is_found_where_debian_puts_it(tmp_path: Path) -> None:
    path = tmp_path / "usr/lib/aarch64-linux-gnu" / LIBRARY
    path.parent.mkdir(parents=True)
    path.touch()
    assert find_library(tmp_path) == path


def test_what_is_preloaded_already_stays(tmp_path: Path) -> None:
    given = {"LD_PRELOAD": "other.so", "HOME": "/home"}
    umockdev, own = tmp_path / LIBRARY, tmp_path / "own.so"
    seen = environment([umockdev, own], tmp_path, given)
    assert seen == {
        "LD_PRELOAD": f"{tmp_path / LIBRARY} {tmp_path / 'own.so'} other.so",
        "HOME": "/home",
        "UMOCKDEV_DIR": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path / "run/user"),
    }
    assert environment([tmp_path / LIBRARY], tmp_path, {})["LD_PRELOAD"] == str(tmp_path / LIBRARY)
