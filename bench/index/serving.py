"""The service on a root: how long it takes to answer, what its lists and downloads cost, and its memory."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.index.roots import LARGE_SESSION, capture_id
from bench.rig import free_port, process

if TYPE_CHECKING:
    from collections.abc import Generator

API = "/api/v1"
TURNS = 20
LOOKUPS = 200
STARTS_WITHIN_SECONDS = 120.0
PIECE_BYTES = 1 << 20
ENVIRONMENT = {"PHOTONIC_VERIFY_RATE_MB": "0", "PHOTONIC_INDEX_COPIES": "0"}
"""What runs in idle time would be measured, too."""


@dataclass(frozen=True, slots=True)
class ServingFigures:
    """What was measured on one root.

    Args:
        ready_seconds: from the start of the process to the first list.
        pages_ms: the median of each first page, in milliseconds.
        lookup_ms: the 99th percentile of a look-up by id, in milliseconds.
        memory_mb: resident memory after the lists.
        zip_seconds: to download the large session; ``None``: it has no files here.
        zip_files: how many files that were.
        zip_memory_mb: the peak of resident memory, download included.
    """

    ready_seconds: float
    pages_ms: dict[str, float]
    lookup_ms: float
    memory_mb: float
    zip_seconds: float | None
    zip_files: int
    zip_memory_mb: float


def measure(root: Path, photos: int) -> ServingFigures:
    """Start the service on the root twice, and measure it; the first start fills the page cache of the disk."""
    with _service(root) as (_url, _pid, first_seconds):
        pass
    with _service(root) as (url, pid, seconds):
        pages = {
            name: _median_ms(f"{url}{API}{path}")
            for name, path in (
                ("photos", "/photos?limit=100"),
                ("sessions", "/sessions?limit=100"),
                ("session", f"/sessions/{LARGE_SESSION}/photos?limit=100"),
                ("captures", "/captures?limit=50"),
            )
        }
        lookup_ms = _lookup_ms(f"{url}{API}/captures/", photos)
        memory_mb = _memory_mb(pid, "VmRSS")
        zip_seconds, zip_files = _download(f"{url}{API}/sessions/{LARGE_SESSION}/photos.zip")
        peak_mb = _memory_mb(pid, "VmHWM")
    return ServingFigures(min(first_seconds, seconds), pages, lookup_ms, memory_mb, zip_seconds, zip_files, peak_mb)


@contextmanager
def _service(root: Path) -> Generator[tuple[str, int, float]]:
    port = free_port()
    command = (sys.executable, "-m", "photonic.cli", "serve", "--port", str(port), "--log-level", "error")
    began = time.monotonic()
    with process(*command, "--camera", "pattern:", "--photo-root", str(root), environment=ENVIRONMENT) as child:
        url = f"http://127.0.0.1:{port}"
        while True:
            try:
                _get(f"{url}{API}/photos?limit=1")
                break
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() - began > STARTS_WITHIN_SECONDS or child.poll() is not None:
                    raise
                time.sleep(0.01)
        yield url, child.pid, time.monotonic() - began


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30.0) as answer:
        return answer.read()


def _median_ms(url: str) -> float:
    times: list[float] = []
    for _turn in range(TURNS):
        began = time.monotonic()
        _get(url)
        times.append(time.monotonic() - began)
    return sorted(times)[len(times) // 2] * 1000


def _lookup_ms(prefix: str, photos: int) -> float:
    draws, times = Random(1), list[float]()
    for _turn in range(LOOKUPS if photos else 0):
        url = prefix + capture_id(draws.randrange(photos))
        began = time.monotonic()
        _get(url)
        times.append(time.monotonic() - began)
    return sorted(times)[len(times) * 99 // 100] * 1000 if times else 0.0


def _download(url: str) -> tuple[float | None, int]:
    began, files = time.monotonic(), 0
    try:
        with urllib.request.urlopen(url, timeout=600.0) as answer:
            rest = b""
            while piece := answer.read(PIECE_BYTES):
                data = rest + piece
                files += data.count(b"PK\1\2")
                rest = data[-3:]
    except urllib.error.HTTPError:
        return None, 0
    return time.monotonic() - began, files - 1


def _memory_mb(pid: int, field: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field)) / 1024
