"""Builds the small preload library that a simulated V4L2 device needs besides umockdev's (``shim.c`` says what for)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from photonic.errors import BadInput

SOURCE = Path(__file__).with_name("shim.c")
COMPILERS = ("cc", "gcc", "clang")
BUILD_SECONDS = 60.0


def build_shim(folder: Path, compilers: tuple[str, ...] = COMPILERS) -> Path:
    """Compile the library into ``folder``; return its path. Raises ``BadInput`` if that fails."""
    compiler = next(filter(None, map(shutil.which, compilers)), None)
    if compiler is None:
        raise BadInput("no C compiler is installed; a simulated webcam needs one: apt install gcc libc6-dev")
    library = folder / "libphotonic-video.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    built = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)  # noqa: S603
    if built.returncode != 0:
        reason = (built.stderr.strip().splitlines() or ["no message"])[0]
        raise BadInput(f"{Path(compiler).name} cannot build {SOURCE.name}: {reason}")
    return library
