"""``python -m bench.camera.slow_viewer``: the age of the picture at a viewer of 50 KB/s; ``--before`` compares
versions.

The viewer takes its bytes at an even rate through a receive buffer of 16 KB. A frame's age is counted when its last
byte is taken, by the time of capture that it carries (CLOCK_MONOTONIC, one host).
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.rig import CAMERA, Camera, Service, free_port, process, simulated_camera
from bench.spread import Spread
from photonic.model.frame import SOI
from photonic.protocol.live import SUBPROTOCOL

if TYPE_CHECKING:
    from collections.abc import Generator

RECEIVE_BUFFER_BYTES = 16 * 1024
PIECE_BYTES = 1000
BINARY, PING, PONG = 0x2, 0x9, 0xA
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
WAYS = {
    "v1 socket": ("stream", True),
    "MJPEG, scale=auto": ("stream.mjpg?scale=auto", False),
    "v1 socket, scale=full": ("stream?scale=full", True),
    "MJPEG, scale=full": ("stream.mjpg?scale=full", False),
}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.camera.slow_viewer", description=__doc__)
    parser.add_argument("--before", metavar="PYTHON", help="the interpreter that has the version to compare with")
    parser.add_argument("--rate", type=float, default=50_000.0, help="bytes a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each viewer, after the time to settle")
    parser.add_argument("--settle", type=float, default=15.0, help="seconds in which the size of the pictures is found")
    wanted = parser.parse_args()
    versions = {"before": wanted.before, "now": sys.executable} if wanted.before else {"now": sys.executable}
    for way, (address, upgrade) in WAYS.items():
        for name, python in versions.items():
            with (
                tempfile.TemporaryDirectory(prefix="photonic-bench-") as folder,
                simulated_camera() as camera,
                _service(python, camera, Path(folder)) as running,
            ):
                ages, sizes = watch(running, address, wanted, upgrade=upgrade)
            transmission = Spread.of(sizes).median / wanted.rate
            print(
                f"{way}, {name}: {Spread.of(ages).text(2)} s old, frames of {Spread.of(sizes).text(0)} bytes "
                f"({transmission:.2f} s each)",
                flush=True,
            )


@contextmanager
def _service(python: str, camera: Camera, folder: Path) -> Generator[Service]:
    port = free_port()
    command = (python, "-m", "photonic.cli", "serve", "--port", str(port), "--log-level", "error")
    with process(*command, "--camera", camera.address, "--photo-root", str(folder)) as child:
        running = Service(f"http://127.0.0.1:{port}", child.pid, folder)
        running.wait_until("/health", "status")
        running.wait_until(f"{CAMERA}/status", "connected")
        yield running


def watch(
    service: Service, address: str, wanted: argparse.Namespace, *, upgrade: bool
) -> tuple[list[float], list[float]]:
    """Ages in seconds and sizes in bytes of the frames that a slow viewer receives after the scale has settled."""
    host, _, port = service.url.removeprefix("http://").partition(":")
    lines = [f"GET {CAMERA}/liveview/{address} HTTP/1.1", f"Host: {host}:{port}"]
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Key: {KEY}", f"Sec-WebSocket-Protocol: {SUBPROTOCOL}"]
    ages: list[float] = []
    sizes: list[float] = []
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        connection.connect((host, int(port)))
        connection.settimeout(30)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        began = time.monotonic()
        buffer, taken = bytearray(), 0
        _until(connection, buffer, b"\r\n\r\n")
        while (now := time.monotonic()) < began + wanted.settle + wanted.seconds:
            piece = connection.recv(PIECE_BYTES)
            if not piece:
                break
            buffer += piece
            taken += len(piece)
            for captured_us, size in _socket_frames(connection, buffer) if upgrade else _parts(buffer):
                if now > began + wanted.settle:
                    ages.append(time.monotonic() - captured_us / 1e6)
                    sizes.append(size)
            time.sleep(max(0.0, began + taken / wanted.rate - time.monotonic()))
    return ages, sizes


def _until(connection: socket.socket, buffer: bytearray, mark: bytes) -> None:
    while (at := buffer.find(mark)) < 0:
        buffer += connection.recv(PIECE_BYTES)
    del buffer[: at + len(mark)]


def _socket_frames(connection: socket.socket, buffer: bytearray) -> Generator[tuple[int, int]]:
    """Capture time and size of each whole binary message (RFC 6455, 5.2); pings are answered, texts passed over."""
    while len(buffer) >= 10:
        size, start = buffer[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return
        if buffer[0] & 0xF == PING:
            # Masked with zeros: a client must mask (5.1), but need not hide anything.
            connection.sendall(bytes((0x80 | PONG, 0x80 | size)) + bytes(4) + buffer[start : start + size])
        elif buffer[0] & 0xF == BINARY:
            yield int.from_bytes(buffer[start + 16 : start + 24], "big"), size
        del buffer[: start + size]


def _parts(buffer: bytearray) -> Generator[tuple[int, int]]:
    """Capture time and size of each whole part; chunk framing only surrounds whole parts."""
    while (end := buffer.find(b"\r\n\r\n" + SOI)) >= 0:
        head = bytes(buffer[:end]).lower()
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
        size = int(fields[b"content-length"])
        if len(buffer) < end + 4 + size:
            return
        yield int(fields[b"x-timestamp"]), size
        del buffer[: end + 4 + size]


if __name__ == "__main__":
    main()
