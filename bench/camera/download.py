"""Capture request to photo on disk, against Debian's gphoto2 in its shell, so that neither side pays for its start."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from itertools import chain
from statistics import median
from typing import TYPE_CHECKING

from bench.camera.figures import Figure
from bench.camera.plan import shutter
from bench.rig import ANY_USB_PORT, CAMERA, ENDS_WITHIN_SECONDS
from bench.spread import Spread, median_of_ratios

if TYPE_CHECKING:
    from pathlib import Path

    from bench.rig import Camera, Service

AIM_RATIO = 1.1
ANSWERS_WITHIN_SECONDS = 60.0
CARD = 1  # the library's own default is 0, the camera's memory
STORED = re.compile(r"/store_\S+/\S+")
PROMPT = re.compile(rb"gphoto2: \{[^}]*\} [^>]*> $")


class Shell:
    """``gphoto2 --shell`` on a pseudo-terminal, as a context manager."""

    def __init__(self, camera: Camera, folder: Path) -> None:
        self._screen, terminal = pty.openpty()
        self._process = subprocess.Popen(
            ["gphoto2", *_choice(camera), "--force-overwrite", "--keep", "--shell"],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=folder,
            env={**os.environ, **camera.environment, "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C"},
            start_new_session=True,
        )
        os.close(terminal)

    def __enter__(self) -> Shell:
        self._read_to_prompt()
        return self

    def __exit__(self, *_error: object) -> None:
        os.write(self._screen, b"exit\n")
        try:
            self._process.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._screen)

    def run(self, command: str) -> tuple[float, str]:
        """Seconds from the command to the next prompt, and what was printed."""
        started = time.monotonic()
        os.write(self._screen, command.encode() + b"\n")
        text = self._read_to_prompt()
        return time.monotonic() - started, text

    def _read_to_prompt(self) -> str:
        heard = b""
        deadline = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while not PROMPT.search(heard):
            ready, _, _ = select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"gphoto2 --shell did not come back to its prompt: {heard[-500:]!r}")
            heard += os.read(self._screen, 65536)
        return heard.decode(errors="replace")


def _choice(camera: Camera) -> list[str]:
    """The options of gphoto2 that choose this camera; the only one on USB is found."""
    if camera.library_port == ANY_USB_PORT:
        return []
    return ["--port", camera.library_port, "--camera", "PTP/IP Camera"]


def _floor(camera: Camera, folder: Path, count: int) -> list[float]:
    samples: list[float] = []
    with Shell(camera, folder) as shell:
        shell.run(f"set-config capturetarget={CARD}")
        for number in range(1 + count):
            shell.run(f"set-config shutterspeed={shutter(number)}")
            seconds, text = shell.run("capture-image-and-download")
            stored = STORED.search(text)
            if "Saving file as" not in text or stored is None:
                raise RuntimeError(f"gphoto2 took no photo on the card: {text}")
            samples.append(1000 * seconds)
            # photonic would import it, between its own captures.
            shell.run(f"delete {stored[0]}")
    # The first one opens the camera.
    return samples[1:]


def _ours(service: Service, session: str, count: int) -> list[float]:
    samples: list[float] = []
    for number in range(1 + count):
        service.change(shutter=shutter(number))
        started = time.monotonic()
        service.post(f"{CAMERA}/capture", {"session_id": session, "sequence_number": number})
        samples.append(1000 * (time.monotonic() - started))
    return samples[1:]


def download(camera: Camera, service: Service, *, rounds: int, count: int, folder: Path) -> list[Figure]:
    """Whole captures without live view, in turns on one camera, the same target for both."""
    floor: list[list[float]] = []
    ours: list[list[float]] = []
    for number in range(rounds):
        with service.without_camera():
            floor.append(_floor(camera, folder, count))
        ours.append(_ours(service, f"shell-{number}", count))
    ratio = median_of_ratios([(median(mine), median(theirs)) for mine, theirs in zip(ours, floor, strict=True)])
    return [
        Figure(
            "capture request to photo on disk",
            "ms",
            Spread.of([*chain(*ours)]),
            Spread.of([*chain(*floor)]),
            f"{ratio:.3f} of it",
            f"<= {AIM_RATIO}",
            ratio <= AIM_RATIO,
            0,
        )
    ]
