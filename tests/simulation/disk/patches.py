"""The functions of ``os`` and ``io`` on the simulated disk, put in their place while a disk is installed.

A function whose path is below the disk's root, or whose descriptor is one of the disk's, works there; every other call
goes to the function that was there before. ``pathlib``, ``shutil`` and ``tempfile`` are built on these.
"""

from __future__ import annotations

import builtins
import contextlib
import fcntl
import filecmp
import glob
import io
import os
import shutil
import tempfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.simulation.disk.by_descriptor import DescriptorFunctions
from tests.simulation.disk.open_files import FIRST_DESCRIPTOR
from tests.simulation.disk.opening import opener_of

if TYPE_CHECKING:
    import random
    from collections.abc import Generator, Iterator
    from types import ModuleType

    from tests.simulation.disk.simulated import SimulatedDisk

PROCESS = 4242
"""The number of the simulated process, which is written into lock files."""

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
REPLACED = tuple(name for name in vars(os) if callable(getattr(DescriptorFunctions, name, None)) and name[0] != "_")
# Whether rmtree works by descriptors is decided when shutil is imported: never while a disk is installed.
assert shutil.rmtree


class SeededNames:
    """The random part of the names of temporary files."""

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return "".join(self._draws.choices(LETTERS, k=8))


@contextlib.contextmanager
def installed(disk: SimulatedDisk) -> Generator[None]:
    """While this holds, what lies below the disk's root is on the disk."""
    functions = DescriptorFunctions(disk, SimpleNamespace(**{name: getattr(os, name) for name in REPLACED}))
    open_ = opener_of(functions)
    real_flock = fcntl.flock

    def flock(fd: Any, operation: int, /) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        if number >= FIRST_DESCRIPTOR:
            disk.files.flock(number, operation)
        else:
            real_flock(fd, operation)

    replaced: list[tuple[ModuleType | type, str, Any]] = [
        *((os, name, getattr(functions, name)) for name in REPLACED),
        (io, "open", open_),
        (builtins, "open", open_),
        (fcntl, "flock", flock),
        (os, "getpid", lambda: PROCESS),
        (tempfile, "tempdir", f"{disk.root}/tmp"),
        (tempfile, "_name_sequence", SeededNames(disk.randomness.part("tempfile"))),
    ]
    # pathlib's glob keeps these from Python 3.13 on.
    if (globber := getattr(glob, "_StringGlobber", None)) is not None:
        replaced += [(globber, name, staticmethod(getattr(functions, name))) for name in ("lstat", "scandir")]
    before = [(place, name, vars(place)[name]) for place, name, _new in replaced]
    filecmp.clear_cache()  # of files of the same name, size and time of another history
    for place, name, new in replaced:
        setattr(place, name, new)
    try:
        yield
    finally:
        for place, name, old in before:
            setattr(place, name, old)
        filecmp.clear_cache()
