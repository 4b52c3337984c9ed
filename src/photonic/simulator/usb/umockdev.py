"""umockdev's preload library: where it is, and the environment of a program that is to see the simulated bus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MONITORS = Path(__file__).with_name("monitors.c")
"""The source of a library that is preloaded before umockdev's."""

LIBRARY = "libumockdev-preload.so.0"
MISSING = f"{LIBRARY} is not installed; a simulated USB bus needs the Debian package umockdev: apt install umockdev"
RUNTIME = "run/user"
_FOLDERS = ("usr/lib/*-linux-gnu", "usr/lib64", "usr/lib", "usr/local/lib/*-linux-gnu", "usr/local/lib")


def find_library(root: Path) -> Path:
    """Return the path of the preload library below ``root`` (``/``). Raises ``BadInput`` if it is not installed."""
    for folder in _FOLDERS:
        for path in sorted(root.glob(f"{folder}/{LIBRARY}")):
            return path
    raise BadInput(MISSING, field="usb")


def environment(libraries: Iterable[Path], bus_folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a program sees the bus in ``bus_folder``; ``given``: the one to add to.

    What ``given`` preloads comes after ``libraries``. The program's runtime directory is its own, too: locks of ports
    there are not those of the machine's own bus.
    """
    preload = " ".join(filter(None, (*map(str, libraries), given.get("LD_PRELOAD"))))
    return {
        **given,
        "LD_PRELOAD": preload,
        "UMOCKDEV_DIR": str(bus_folder),
        "XDG_RUNTIME_DIR": str(bus_folder / RUNTIME),
    }
