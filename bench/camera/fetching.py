"""Ways of seeing an object's bytes while libgphoto2 fetches it, so that they can be hashed: MB/s and peak memory.

``python -m bench.camera.fetching [--sizes 60,1000] [--rounds 3] [--folder DIR]`` fetches an object of each size (MB)
from a simulated camera, in every way, each time in a process of its own, and prints a table. The ways:

- ``unhashed``: the library writes to the file's descriptor, and nobody sees the bytes. The floor.
- ``read back``: the same, and the file is read and hashed afterwards.
- ``pipe``: the library writes to a pipe; a thread reads, writes and hashes.
- ``handler``: the library calls a function with each block (``gp_file_new_from_handler``), which writes and hashes.
- ``pieces``: ``gp_camera_file_read`` in the driver's pieces, each written and hashed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import resource
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import gphoto2 as gp

from bench.machine import facts
from bench.rig import ADDRESS, process
from photonic.drivers.gphoto2 import native
from photonic.drivers.gphoto2.pieces import PIECE_BYTES
from photonic.simulator.control import ControlClient

if TYPE_CHECKING:
    from collections.abc import Callable

READ_BYTES = 1024 * 1024
PIPE_BYTES = 1024 * 1024


class Fetcher:
    """One object of an open camera, fetched to a descriptor; each way returns the SHA-256, or nothing."""

    def __init__(self, camera: gp.Camera, context: gp.Context, folder: str, name: str, size_bytes: int) -> None:
        self._camera = camera
        self._context = context
        self._folder = folder
        self._name = name
        self._size = size_bytes

    def unhashed(self, descriptor: int) -> str:
        """The library writes to the descriptor."""
        self._to(descriptor)
        return ""

    def read_back(self, descriptor: int) -> str:
        """The library writes to the descriptor; the file is read afterwards."""
        self._to(descriptor)
        digest, done = hashlib.sha256(), 0
        while piece := os.pread(descriptor, READ_BYTES, done):
            digest.update(piece)
            done += len(piece)
        return digest.hexdigest()

    def pipe(self, descriptor: int) -> str:
        """The library writes to a pipe."""
        digest = hashlib.sha256()
        out, into = os.pipe()
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

        def drain() -> None:
            while piece := os.read(out, READ_BYTES):
                _write(descriptor, piece)
                digest.update(piece)

        thread = threading.Thread(target=drain)
        thread.start()
        try:
            self._to(into)
        finally:
            os.close(into)
            thread.join()
            os.close(out)
        return digest.hexdigest()

    def handler(self, descriptor: int) -> str:
        """The library calls ``written`` with each block."""
        digest = hashlib.sha256()

        def take(block: memoryview) -> None:
            _write(descriptor, block)
            digest.update(block)

        native.file_get_blocks(self._camera, self._folder, self._name, self._context, take)
        return digest.hexdigest()

    def pieces(self, descriptor: int) -> str:
        """The camera is asked for one piece after the other."""
        digest, done = hashlib.sha256(), 0
        while done < self._size:
            piece = native.file_read(
                *(self._camera, self._folder, self._name, self._context),
                offset=done,
                size_bytes=min(PIECE_BYTES, self._size - done),
            )
            _write(descriptor, piece)
            digest.update(piece)
            done += len(piece)
        return digest.hexdigest()

    def _to(self, descriptor: int) -> None:
        # The library closes the descriptor that it gets (gphoto2-file.c, gp_file_free).
        file = gp.CameraFile(os.dup(descriptor))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the binding's own, about this way of calling it
            self._camera.file_get(self._folder, self._name, gp.GP_FILE_TYPE_NORMAL, file, self._context)


WAYS: dict[str, Callable[[Fetcher, int], str]] = {
    "unhashed": Fetcher.unhashed,
    "read back": Fetcher.read_back,
    "pipe": Fetcher.pipe,
    "handler": Fetcher.handler,
    "pieces": Fetcher.pieces,
}


def fetch(way: str, address: str, path: Path, number: int) -> dict[str, float | str]:
    """Fetch film ``number`` into the file; returns seconds, peak memory in MB, and the hash."""
    ports = gp.PortInfoList()
    ports.load()
    abilities = gp.CameraAbilitiesList()
    abilities.load()
    camera, context = gp.Camera(), gp.Context()
    camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
    camera.set_port_info(ports[ports.lookup_path(address)])
    camera.init(context)
    try:
        folder, name = _find(camera, context, "/", f"MVI_{number:04d}.MOV")
        size = native.file_info(camera, folder, name, context).file.size
        before = _peak_mb()
        descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o644)
        started = time.monotonic()
        found = WAYS[way](Fetcher(camera, context, folder, name, size), descriptor)
        seconds = time.monotonic() - started
        complete = os.fstat(descriptor).st_size == size
        os.close(descriptor)
    finally:
        camera.exit(context)
    if not complete:
        raise RuntimeError(f"{way}: not all of {size} bytes arrived")
    return {"seconds": seconds, "mb": _peak_mb() - before, "hash": found}


def _find(camera: gp.Camera, context: gp.Context, folder: str, name: str) -> tuple[str, str]:
    if name in native.files(camera, folder, context):
        return folder, name
    for below in native.folders(camera, folder, context):
        found = _find(camera, context, f"{folder.rstrip('/')}/{below}", name)
        if found[1]:
            return found
    return folder, ""


def _write(descriptor: int, block: bytes | memoryview) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(descriptor, left) :]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(sizes: list[int], rounds: int, folder: Path) -> None:
    """Fetch and print."""
    print(", ".join(f"{fact} {value}" for fact, value in facts().items()))
    print("| object | way | MB/s | seconds | peak memory |\n| --- | --- | --- | --- | --- |")
    command = (sys.executable, "-m", "photonic.cli", "simulate", "--json", "--port", "0", "--photo-megapixels", "1")
    with process(*command, hear=True) as child:
        line = child.stdout.readline() if child.stdout is not None else ""
        said = json.loads(line)
        found = ADDRESS.search(said["camera"])
        if found is None:
            raise RuntimeError(f"the simulated camera said {line!r} and no address")
        address = f"ptpip:{found[1]}:{found[2]}:{found[2]}"
        control = ControlClient.at(said["control"])
        for number, size in enumerate(sizes, 1):
            control.fault("film", amount=size)
            time.sleep(1.5)
            seen: dict[str, list[dict[str, float | str]]] = {way: [] for way in WAYS}
            for _round in range(rounds):
                for way in WAYS:
                    seen[way].append(_apart(way, address, folder / "object", number))
            hashes = {one["hash"] for results in seen.values() for one in results} - {""}
            if len(hashes) != 1:
                raise RuntimeError(f"the ways do not agree: {seen}")
            for way, results in seen.items():
                seconds = median(float(one["seconds"]) for one in results)
                peak = max(float(one["mb"]) for one in results)
                print(f"| {size} MB | {way} | {size / seconds:.0f} | {seconds:.2f} | {peak:.0f} MB |", flush=True)


def _apart(way: str, address: str, path: Path, number: int) -> dict[str, float | str]:
    command = (sys.executable, "-m", __spec__.name, "--one", way, address, str(path), str(number))
    with process(*command, hear=True) as child:
        text = child.stdout.read() if child.stdout is not None else ""
        child.wait()
    path.unlink(missing_ok=True)
    return json.loads(text)


def main() -> None:
    """Measures and prints."""
    if sys.argv[1:2] == ["--one"]:
        way, address, path, number = sys.argv[2:]
        print(json.dumps(fetch(way, address, Path(path), int(number))))
        return
    parser = argparse.ArgumentParser(prog="python -m bench.camera.fetching")
    parser.add_argument("--sizes", default="60,1000", help="MB of each object")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the files go")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photonic-bench-", dir=wanted.folder) as name:
        measure([int(size) for size in wanted.sizes.split(",")], wanted.rounds, Path(name))


if __name__ == "__main__":
    main()
