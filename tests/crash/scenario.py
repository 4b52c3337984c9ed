"""One run of the real service under strace: photos are taken, with the button too, looked at, deleted and restored."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from tests.crash import replay
from tests.crash.camera_traffic import card_deletions, settings_lent
from tests.crash.interpreter import Interpreter
from tests.crash.promises import Promise, Said, Story, placed
from tests.crash.recorder import strace_command
from tests.crash.system_calls import parse
from tests.support import index_reader
from tests.support.launching import CHECKOUT
from tests.support.launching import environment as tests_on_the_path
from tests.support.stack import free_port
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from tests.crash.operations import Recording
    from tests.crash.setup import Setup
    from tests.support.simulated import SimulatedCamera

LONGEST_SECONDS = 90.0
NOBODY = "http://127.0.0.1:9/photos"
"""Nothing listens there: each notification stays in the outbox."""
FOREIGN, HOLIDAY = "photos/holiday.jpg", b"\xff\xd8 somebody else's \xff\xd9"
"""A file of somebody else, which lies there when the run begins."""


class RunningService:
    """A service with this camera.

    Args:
        camera: Its camera.
        port: Where it listens.
        group: The process group of the service.

    ``promises``: what its client was told, in order; ``keys``: the idempotency key of each capture.
    """

    def __init__(self, camera: SimulatedCamera, port: int, group: int) -> None:
        self.camera = camera
        self.group = group
        self.promises: list[Promise] = []
        self.keys: dict[str, str] = {}
        self._hashes: dict[str, frozenset[str]] = {}
        self._photos: dict[str, str] = {}
        self._http = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_SECONDS, headers={"Accept-Encoding": "identity"}
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def is_ready(self) -> bool:
        """Whether the camera is."""
        try:
            status = self._http.get("/api/v1/camera/capture/status").json()
        except httpx2.TransportError:
            return False
        return status["camera"]["state"] == "ready"

    def photos(self) -> list[dict[str, Any]]:
        """The whole index; empty while it is being read."""
        answer = self._http.get("/api/v1/photos", params={"limit": 1000})
        return answer.json()["photos"] if answer.status_code == 200 else []

    def deleted(self) -> set[str]:
        """The captures in the trash; none while the index is being read."""
        answer = self._http.get("/api/v1/photos/deleted")
        return {still["id"] for still in answer.json()["stills"]} if answer.status_code == 200 else set()

    def record(self, capture_id: str) -> dict[str, Any]:
        """The record of one capture."""
        return self._http.get(f"/api/v1/captures/{capture_id}").json()

    def ask(self, key: str) -> str | None:
        """The id of the capture that is answered under a key."""
        return self._asked(key).json().get("capture_id")

    def _asked(self, key: str) -> httpx2.Response:
        return self._http.post(
            "/api/v1/camera/capture",
            json={"session_id": "guest", "sequence_number": 1},
            headers={"Idempotency-Key": key},
        )

    def capture(self, key: str) -> str:
        """Take a photo; returns the capture's id."""
        answer = self._asked(key)
        assert answer.status_code == 200, answer.text
        capture_id: str = answer.json()["capture_id"]
        self.keys[capture_id] = key
        # Not asked for later: the record of a deleted still has no files.
        files = self.record(capture_id)["files"]
        self._hashes[capture_id] = frozenset(file["sha256"] for file in files)
        self._photos[capture_id] = files[0]["id"]
        self._promise(Said.SAVED, capture_id, answer.content)
        return capture_id

    def delete(self, capture_id: str) -> None:
        """Put a still into the trash."""
        answer = self._http.delete(f"/api/v1/photos/{self._photos[capture_id]}")
        assert answer.status_code == 200, answer.text
        self._promise(Said.DELETED, capture_id, answer.content)

    def restore(self, capture_id: str) -> None:
        """Take it out again."""
        answer = self._http.post(f"/api/v1/photos/{self._photos[capture_id]}/restore")
        assert answer.status_code == 200, answer.text
        self._promise(Said.RESTORED, capture_id, answer.content)

    def prepare(self, setup: Setup) -> None:
        """What users set before the first photo: each capture has an ISO of its own."""
        for path, body in (
            ("/api/v1/camera/config", {"iso_capture": "800"}),
            ("/api/v1/camera/settings", {"image_format": "RAW + L" if setup.raw else "L"}),
        ):
            answer = self._http.post(path, json=body) if path.endswith("config") else self._http.patch(path, json=body)
            assert answer.status_code == 200, answer.text

    def thumbnail(self, photo_id: str) -> httpx2.Response:
        """The answer to a page that shows a photo."""
        return self._http.get(f"/api/v1/photos/{photo_id}/thumbnail")

    def look(self, capture_id: str) -> None:
        """See the thumbnail of a still."""
        answer = self.thumbnail(self._photos[capture_id])
        assert answer.status_code == 200, answer.text

    def press(self) -> None:
        """Take a photo with the body's button, and wait until it is in the index."""
        before = len(self.photos())
        self.camera.control.press()
        until(lambda: len(self.photos()) > before, LONGEST_SECONDS, lambda: "the photo of the button is in the index")

    def _promise(self, said: Said, capture_id: str, body: bytes) -> None:
        self.promises.append(Promise(said, capture_id, self._hashes[capture_id], body))


@contextmanager
def running(
    camera: SimulatedCamera, root: Path, work: Path, setup: Setup, before: Sequence[str] = ()
) -> Generator[RunningService]:
    """The real service on ``root``, its camera ready; ``work``: for its configuration and log; ``before``: a tracer."""
    work.mkdir(parents=True, exist_ok=True)
    configuration = work / "photonic.toml"
    configuration.write_text(f'{setup.configuration}[webhooks.nobody]\nurl = "{NOBODY}"\n')
    port = free_port()
    command = [*before, sys.executable, "-m", "photonic.cli", "serve", "--camera", camera.address, "--port", str(port)]
    command += ["--photo-root", str(root), "--config", str(configuration), "--state-folder", str(work / "state")]
    with (work / "service.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *setup.options],
            cwd=CHECKOUT,
            env={**os.environ, **tests_on_the_path()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    service = RunningService(camera, port, process.pid)
    try:
        until(service.is_ready, LONGEST_SECONDS, lambda: (work / "service.log").read_text()[-3000:])
        yield service
    finally:
        service.close()
        # strace hands no signal on: its session holds it and the service.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run and what was told in it.

    Args:
        setup: How it was recorded.
        recording: What it did.
        story: What clients and the camera were told.
        keys: The idempotency key of each capture.
        deleted_before: How many files the camera had deleted before it.
    """

    setup: Setup
    recording: Recording
    story: Story
    keys: dict[str, str]
    deleted_before: int = 0


def record(camera: SimulatedCamera, work: Path, setup: Setup, captures: int = 3) -> RecordedRun:
    """Run the scenario."""
    root, trace = (work / "photos").resolve(), work / "trace"
    root.mkdir(parents=True)
    interpreter = Interpreter(str(root))
    promises: list[Promise] = []
    keys: dict[str, str] = {}
    if setup.earlier:
        promises, keys = _earlier(camera, root, work, setup)
    interpreter.begin_with(replay.read(root))
    deletions = len(camera.journal("deleted"))
    tracer = strace_command(trace, hard_links=setup.hard_links)
    with running(camera, root, work / "service", setup, before=tracer) as service:
        service.prepare(setup)
        stills = [service.capture(f"key-{number}") for number in range(captures)]
        service.look(stills[1])
        service.delete(stills[0])
        service.press()
        service.restore(stills[0])
        service.delete(stills[-1])
        service.capture("key-last")
        _let_copies_go(camera, setup)
    with trace.open() as lines:
        interpreter.feed(parse(lines))
    recording = interpreter.recording
    names = index_reader.camera_names(root)
    gone = [names[entry["name"]] for entry in camera.journal("deleted")[deletions:]]
    story = Story(
        (*((-1, promise) for promise in promises), *placed(service.promises, recording)),
        card_deletions(recording, gone),
        settings_lent(recording),
        frozenset({hashlib.sha256(HOLIDAY).hexdigest()}) if setup.earlier else frozenset(),
    )
    return RecordedRun(setup, recording, story, keys | service.keys, deletions)


def _earlier(camera: SimulatedCamera, root: Path, work: Path, setup: Setup) -> tuple[list[Promise], dict[str, str]]:
    """An earlier run that nobody records, and somebody else who leaves a file: its promises and its keys."""
    with running(camera, root, work / "service", setup) as service:
        service.prepare(setup)
        for number in range(2):
            service.capture(f"key-earlier-{number}")
        _let_copies_go(camera, setup)
    (root / FOREIGN).write_bytes(HOLIDAY)
    return service.promises, service.keys


def _let_copies_go(camera: SimulatedCamera, setup: Setup) -> None:
    if setup.deletes:

        def left() -> int:
            return len(camera.journal("added")) - len(camera.journal("deleted"))

        until(lambda: left() == 0, LONGEST_SECONDS, lambda: f"{left()} copies are still on the card")
