"""What a service of a webcam shows and takes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from tests.support.commands import ask

from photonic.cli.outcome import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable


WITHIN_SECONDS = 30.0
API = "/api/v1/camera"


def when(url: str, happened: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first status of which this is true; each change of it is awaited, none is polled for."""
    until = time.monotonic() + WITHIN_SECONDS
    known: dict[str, str | float] = {}
    while True:
        answer = httpx2.get(f"{url}{API}/capture/status", params=known, timeout=WITHIN_SECONDS)
        status = answer.raise_for_status().json()
        if happened(status):
            return status
        assert time.monotonic() < until, status
        known = {"wait_boot_id": status["boot_id"], "wait_rev": status["rev"], "timeout_seconds": 5}


def ready(status: dict[str, Any]) -> bool:
    return status["camera"]["state"] == "ready"


def photo(url: str) -> bytes:
    """A photo taken with the command line, as it lies on the disk."""
    taken = ask("capture", "--url", url)
    assert taken.returncode == ExitCode.DONE, taken.stderr
    return Path(taken.stdout.strip().splitlines()[-1]).read_bytes()
