"""The servers that are compared, each in a process of its own on the server's core."""

from __future__ import annotations

import json
import os
import re
import secrets
import select
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import children, pin
from photonic.drivers.pattern.pattern import Pattern, stamped
from photonic.errors import PhotonicError
from photonic.machine.timekeeping import Timekeeping
from photonic.serving.listening import bind
from photonic.serving.own_certificate import OwnCertificate

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from bench.machine import Cores

HOST = "127.0.0.1"
STARTS_WITHIN_SECONDS = 20.0
ENDS_WITHIN_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.05
_ADDRESS = re.compile(r"https?://127\.0\.0\.1:(\d+)")
_CAMERA = re.compile(r"ptpip:\S+?:\d+")


class ServerKind(StrEnum):
    """What serves: the service, or one of its floors."""

    PHOTONIC = "photonic"
    BARE = "bare protocol"
    BLOCKING = "blocking sockets"
    PHOTONIC_TLS = "photonic, TLS"
    BARE_TLS = "bare TLS protocol"

    @property
    def tls(self) -> bool:
        """Whether it speaks TLS."""
        return self in {ServerKind.PHOTONIC_TLS, ServerKind.BARE_TLS}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``token``: what it asks for, ``None``: nothing; ``authority``: who signed its certificate."""

    kind: ServerKind
    port: int
    pid: int
    token: str | None = None
    authority: str | None = None


@contextmanager
def floor(kind: ServerKind, cores: Cores, *, fps: int, size_bytes: int) -> Generator[Server]:
    """A floor: the same listener and the same bytes, with next to nothing around them."""
    picture = stamped(Pattern(fps=fps, size=size_bytes).pictures()[0], 0, 0)
    with tempfile.TemporaryDirectory(prefix="photonic-bench-") as folder, bind(HOST, 0) as listener:
        path = Path(folder) / "picture.jpg"
        path.write_bytes(picture)
        word = "blocking" if kind is ServerKind.BLOCKING else "bare"
        arguments = [word, str(listener.fileno()), str(fps), str(path)]
        if kind.tls:
            OwnCertificate(Path(folder), time=Timekeeping.of_this_machine())
            arguments += map(str, Path(folder).glob("tls/service-*.pem"))
        with _process("bench.viewers.floor", *arguments, inherited=listener.fileno()) as process:
            pin(process.pid, cores.server)
            yield Server(kind, listener.getsockname()[1], process.pid)


@contextmanager
def service(cores: Cores, camera: str, *, tls: bool = False) -> Generator[Server]:
    """The real service on that camera, with a token, in a home of its own; ``tls``: with a certificate of its own."""
    token = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(prefix="photonic-bench-") as folder:
        environment = {"PHOTONIC_TOKEN": token, "HOME": folder, "PHOTONIC_PREVIEW_GRACE_SECONDS": "1"}
        environment["PHOTONIC_STATE_FOLDER"] = f"{folder}/state"
        kind = ServerKind.PHOTONIC_TLS if tls else ServerKind.PHOTONIC
        arguments = [
            "serve",
            "--tls",
            "auto" if tls else "off",
            "--port",
            "0",
            "--log-level",
            "error",
            "--photo-root",
            f"{folder}/photos",
        ]
        with _process("photonic.cli", *arguments, "--camera", camera, environment=environment) as process:
            port = int(_first_line(process, _ADDRESS))
            authority = Path(f"{folder}/state/tls/authority.pem").read_text() if tls else None
            server = Server(kind, port, process.pid, token, authority)
            pin(process.pid, cores.server)
            _wait_for_camera(server)
            for child in children(process.pid):
                pin(child, cores.others)
            yield server


@contextmanager
def simulated_camera(cores: Cores) -> Generator[str]:
    """The address of a simulated camera."""
    with _process("photonic.cli", "simulate", "--port", "0") as process:
        pin(process.pid, cores.others)
        yield _first_line(process, _CAMERA)


@contextmanager
def _process(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None, inherited: int | None = None
) -> Generator[subprocess.Popen[str]]:
    """``python -m module`` in a process of its own, ended with the context."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=() if inherited is None else (inherited,),
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _first_line(process: subprocess.Popen[str], wanted: re.Pattern[str]) -> str:
    """What the process says of where it is. Raises ``PhotonicError`` when it ends, or time passes, without that."""
    said = ""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while process.stdout is not None and (left := deadline - time.monotonic()) > 0:
        readable, _, _ = select.select([process.stdout], [], [], left)
        data = os.read(process.stdout.fileno(), 4096).decode(errors="replace") if readable else ""
        said += data
        if (found := wanted.search(said)) is not None and "\n" in said[found.end() :]:
            return found[found.lastindex or 0]
        if readable and not data:
            break
    raise PhotonicError(f"a server of the benchmark did not start within {STARTS_WITHIN_SECONDS:.0f} s: {said.strip()}")


def _wait_for_camera(server: Server) -> None:
    """Raises ``PhotonicError`` when the service has no camera in time."""
    scheme = "https" if server.kind.tls else "http"
    request = urllib.request.Request(f"{scheme}://{HOST}:{server.port}/api/v1/camera/status")
    trusting = ssl.create_default_context(cadata=server.authority) if server.authority else None
    request.add_header("Authorization", f"Bearer {server.token}")
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(request, timeout=STARTS_WITHIN_SECONDS, context=trusting) as answer:
            if json.load(answer)["connected"]:
                return
        time.sleep(LOOK_EVERY_SECONDS)
    raise PhotonicError(f"the service had no camera within {STARTS_WITHIN_SECONDS:.0f} s")
