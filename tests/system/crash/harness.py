"""A service that can be killed at named points, its simulated camera, and what must be true afterwards."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from tests.support.kill_orders import FORMAT_VARIABLE, Orders
from tests.support.launching import CHECKOUT
from tests.support.launching import environment as tests_on_the_path
from tests.support.stack import free_port
from tests.support.waiting import until, until_found

from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.simulated import SimulatedCamera

ANSWERS_WITHIN_SECONDS = 60.0
HEALS_WITHIN_SECONDS = 90.0
STAGING = ".staging"


@dataclass(frozen=True)
class Answer:
    """What a capture was answered; ``status`` ``None``: nothing, the service was gone."""

    status: int | None
    body: dict[str, Any]

    @property
    def saved(self) -> bool:
        return self.status == 200


class CrashHarness:
    """One photo root and one camera over all lives of the service."""

    def __init__(
        self, camera: SimulatedCamera, directory: Path, *options: str, image_format: str | None = None
    ) -> None:
        self.camera = camera
        self.root = directory / "photos"
        self.log = directory / "service.log"
        self._orders_directory = directory / "orders"
        self._orders_directory.mkdir(parents=True)
        self.orders = Orders(self._orders_directory)
        self._options = options
        self._image_format = image_format
        self._port = free_port()
        self._service: subprocess.Popen[bytes] | None = None
        self._missing: Counter[int] = Counter()
        self._left: set[str] = set()
        self._http = self._client()

    def _client(self) -> httpx2.Client:
        return httpx2.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=ANSWERS_WITHIN_SECONDS)

    # The service.

    def start(self) -> None:
        """Start the service anew if it is gone, and wait until its camera is ready."""
        if self._service is None or self._service.poll() is not None:
            command = [sys.executable, "-m", "tests.support.killing_service", str(self._orders_directory), "serve"]
            command += ["--camera", self.camera.address, "--port", str(self._port), "--photo-root", str(self.root)]
            environment = {**os.environ, **tests_on_the_path()}
            if self._image_format is not None:
                environment[FORMAT_VARIABLE] = self._image_format
            with self.log.open("ab") as log:
                self._service = subprocess.Popen(
                    [*command, *self._options],
                    cwd=CHECKOUT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
        self.until(lambda: self.snapshot()["camera"]["state"] == "ready", "the camera is ready")

    def kill(self) -> None:
        """The service is gone, if it was there."""
        if self._service is not None:
            self._service.kill()
            self._service.wait()
        self._http.close()
        self._http = self._client()

    def wait_for_death(self) -> None:
        """The service has been ordered to die, and does."""
        assert self._service is not None
        assert self._service.wait(HEALS_WITHIN_SECONDS) == -9

    def snapshot(self) -> dict[str, Any]:
        try:
            return self._http.get("/api/v1/camera/capture/status").json()
        except httpx2.TransportError:
            ended = self._service is not None and self._service.poll() is not None and self.orders.reached is None
            assert not ended, f"the service has ended: {self.log.read_text()[-2000:]}"
            return {"camera": {"state": "not answering"}}

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Looks again and again until it holds."""
        until(condition, HEALS_WITHIN_SECONDS, lambda: f"{what}\n{self.report()}")

    def capture(self, key: str) -> Answer:
        """Ask for a photo under this idempotency key."""
        try:
            answer = self._http.post(
                "/api/v1/camera/capture",
                json={"session_id": "guest", "sequence_number": 1},
                headers={"Idempotency-Key": key},
            )
        except httpx2.TransportError:
            return Answer(None, {})
        return Answer(answer.status_code, answer.json())

    def record(self, key: str) -> dict[str, Any]:
        """The one capture that was asked for with this key."""
        captures = self._listed("captures", 200)
        (record,) = [record for record in captures if record["idempotency_key"] == key]
        return record

    def live_counter(self) -> int:
        """The number of the camera's frame that a viewer sees now."""
        answer = self._http.get("/api/v1/camera/liveview/snapshot.jpg")
        return pixels.read(answer.content).counter if answer.status_code == 200 else 0

    def said(self) -> list[str]:
        """The service's log, over all its lives."""
        return self.log.read_text().splitlines()

    # What is true.

    def exposures(self) -> int:
        return len(self.camera.journal("exposed"))

    def photos(self) -> list[dict[str, Any]]:
        """The whole index."""
        return self._listed("photos", 1000)

    def _listed(self, what: str, limit: int) -> list[dict[str, Any]]:
        """A list of the index, which is still being read for a moment after a start."""
        return until_found(
            lambda: self._http.get(f"/api/v1/{what}", params={"limit": limit}),
            lambda answer: answer.status_code != 503,
            HEALS_WITHIN_SECONDS,
        ).json()[what]

    def taken(self) -> Counter[int]:
        """The sizes of all files that the camera has put down and not lost."""
        added = self.camera.journal("added")
        return Counter(entry["size_bytes"] for entry in added)

    def indexed(self) -> Counter[int]:
        return Counter(photo["size_bytes"] for photo in self.photos())

    def staged(self) -> list[str]:
        """Every file that is left in staging."""
        staging = self.root / STAGING
        return sorted(str(path.relative_to(staging)) for path in staging.rglob("*") if path.is_file())

    def begin(self) -> None:
        """A test that failed leaves its damage to no other one: what is missing now is not looked for."""
        self._missing = self.missing()
        self._left = set(self.staged())

    def missing(self) -> Counter[int]:
        """The sizes of the files that the camera has put down, and the index does not have."""
        return self.taken() - self.indexed()

    def brought_in(self) -> None:
        """Waits until every photo of the camera is in the index, and staging is empty."""
        self.all_indexed()
        self.until(lambda: not set(self.staged()) - self._left, "staging is empty")

    def all_indexed(self) -> None:
        """Waits until the camera has put down what it was exposing, and every photo of it is in the index."""
        camera = self.camera
        self.until(
            lambda: len(camera.journal("written")) == len(camera.journal("pressed")), "the camera has written its shots"
        )
        self.until(lambda: not self.missing() - self._missing, "every photo is in the index")

    def check(self) -> None:
        """Every photo that the camera has put down is in the index and on the disk, whole, once; and nothing else."""
        assert not self.missing() - self._missing, self.report()
        assert not self.indexed() - self.taken(), self.report()
        photos = self.photos()
        paths = [Path(photo["path"]) for photo in photos]
        assert len(set(paths)) == len(paths)
        on_disk = {path for path in self.root.rglob("*") if path.is_file() and not _own(path, self.root)}
        assert on_disk == set(paths), self.report()
        for photo, path in zip(photos, paths, strict=True):
            content = path.read_bytes()
            assert len(content) == photo["size_bytes"]
            assert hashlib.sha256(content).hexdigest() == photo["sha256"]
        counters = Counter(pixels.read(path.read_bytes()).counter for path in paths if path.suffix == ".jpg")
        assert all(count == 1 for count in counters.values()), f"twice: {counters}"
        # A comparison with the card stages what it looks at.
        self.until(lambda: set(self.staged()) <= self._left, "staging is empty")

    def check_record(self, key: str, repeated: Answer) -> dict[str, Any]:
        """The capture has ended, its record is true, and whoever asks again under its key is told the same."""
        record = self.record(key)
        assert record["phase"] in {"saved", "failed"}
        assert (record["phase"] == "saved") == bool(record["files"]) == repeated.saved
        assert (record["phase"] == "failed") == bool(record["error"]) == bool(record["error_type"])
        if repeated.saved:
            assert repeated.body["image_path"] in {file["path"] for file in record["files"]}
        return record

    def report(self) -> str:
        """What a person needs to see of a failure."""
        events = [entry for entry in self.camera.journal() if entry["event"] not in {"frame", "set"}][-12:]
        return "\n".join([str(self.snapshot()), *map(str, events), self.log.read_text()[-3000:]])


def new_key() -> str:
    return uuid.uuid4().hex


def _own(path: Path, root: Path) -> bool:
    return path.relative_to(root).parts[0].startswith(".")
