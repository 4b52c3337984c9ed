"""What a measurement runs on: a simulated camera and the service, each in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.usb_bus import usb_bus

from photonic.simulator.usb.umockdev import find_library

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

CAMERA = "/api/v1/camera"
STARTS_WITHIN_SECONDS = 20.0
ENDS_WITHIN_SECONDS = 5.0
ANY_USB_PORT = "usb:"
ADDRESS = re.compile(r"ptpip:(\S+?):(\d+)\b")


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def process(
    *command: str, environment: Mapping[str, str] | None = None, hear: bool = False
) -> Generator[subprocess.Popen[str]]:
    """A child process for as long as the context lasts; ended with SIGTERM, and SIGKILL where that does not help."""
    child = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE if hear else subprocess.DEVNULL,
        text=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child.stdout is not None:
            child.stdout.close()


@dataclass(frozen=True, slots=True)
class Camera:
    """A simulated camera: its address as the service wants it, its port as libgphoto2 does, and its process.

    ``library_port`` is ``ANY_USB_PORT`` on USB. ``environment``: what a program needs to see the camera.
    """

    address: str
    library_port: str
    pid: int
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@contextmanager
def simulated_camera(*options: str) -> Generator[Camera]:
    """A simulated camera with these further options of ``photonic simulate``."""
    with process(sys.executable, "-m", "photonic.cli", "simulate", "--port", "0", *options, hear=True) as child:
        line = child.stdout.readline() if child.stdout is not None else ""
        found = ADDRESS.search(line)
        if found is None:
            raise RuntimeError(f"the simulated camera said {line!r} and no address")
        yield Camera(found[0], f"{found[0]}:{found[2]}", child.pid)


@contextmanager
def usb_camera(*options: str) -> Generator[Camera]:
    """The same camera on a simulated USB bus. Raises ``BadInput`` where umockdev is missing."""
    find_library(Path("/"))
    with usb_bus(*options, megapixels=24.0, pictures=()) as bus:
        yield Camera(bus.camera.address, ANY_USB_PORT, bus.process.pid, bus.environment)


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    url: str
    pid: int
    photo_root: Path

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        timeout_seconds: float = 60.0,
        *,
        method: str = "POST",
    ) -> dict[str, Any]:
        """The answer to a POST, or to a PATCH. Raises ``urllib.error.HTTPError`` for a refusal."""
        data = json.dumps(body).encode() if body is not None else b""
        request = urllib.request.Request(f"{self.url}{path}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:
            return json.load(answer)

    def get(self, path: str, timeout_seconds: float = 10.0) -> dict[str, Any]:
        """The answer to a GET."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=timeout_seconds) as answer:
            return json.load(answer)

    def change(self, **settings: str) -> None:
        """Change camera settings."""
        self.post(f"{CAMERA}/settings", settings, method="PATCH")

    def wait_until(self, path: str, condition: str, *, within_seconds: float = STARTS_WITHIN_SECONDS) -> None:
        """Waits until the answer's field ``condition`` is true, and says what it was when that takes too long."""
        deadline = time.monotonic() + within_seconds
        answer: dict[str, Any] = {}
        while time.monotonic() < deadline:
            try:
                answer = self.get(path)
                if answer.get(condition):
                    return
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.05)
        raise TimeoutError(f"{path}: {condition} was not true within {within_seconds:.0f} s: {answer}")

    @contextmanager
    def without_camera(self) -> Generator[None]:
        """Disconnect the camera for as long as the context lasts, so that another program can use it."""
        self.post(f"{CAMERA}/disconnect")
        try:
            yield
        finally:
            self.post(f"{CAMERA}/connect")
            self.wait_until(f"{CAMERA}/status", "connected")


@contextmanager
def service(
    camera: Camera, folder: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Generator[Service]:
    """The service on that camera, connected; ``environment``: further settings. It reads no photos in idle time."""
    port = free_port()
    photo_root = folder / "photos"
    command = (sys.executable, "-m", "photonic.cli", "serve", "--port", str(port), "--log-level", "error")
    arguments = ("--camera", camera.address, "--photo-root", str(photo_root), *options)
    idle = {"PHOTONIC_PREVIEW_GRACE_SECONDS": "1", "PHOTONIC_VERIFY_RATE_MB": "0"}
    settings = {**idle, **camera.environment, **(environment or {})}
    with process(*command, *arguments, environment=settings) as child:
        running = Service(f"http://127.0.0.1:{port}", child.pid, photo_root)
        running.wait_until("/health", "status")
        running.wait_until(f"{CAMERA}/status", "connected")
        yield running
