"""Builds the small preload libraries that simulated devices need besides umockdev's; their sources say what for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from photonic.errors import BadInput

COMPILERS = ("cc", "gcc", "clang")
BUILD_SECONDS = 60.0


def build_library(source: Path, folder: Path, compilers: tuple[str, ...] = COMPILERS) -> Path:
    """Compile ``source`` into ``folder``; return the library's path. Raises ``BadInput`` if that fails."""
    compiler = next(filter(None, map(shutil.which, compilers)), None)
    if compiler is None:
        raise BadInput("no C compiler is installed; a simulated device needs one: apt install gcc libc6-dev")
    library = folder / f"libphotonic-{source.stem}.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"]
    built = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)  # noqa: S603
    if built.returncode != 0:
        reason = (built.stderr.strip().splitlines() or ["no message"])[0]
        raise BadInput(f"{Path(compiler).name} cannot build {source.name}: {reason}")
    return library
