"""Observes without a proxy: the status twice a second, the processes' resources every two seconds."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from photonic.model.api import CaptureStatusAnswer
from soak import descriptors
from soak.history import NoStatus, Sample, Staged, Status

if TYPE_CHECKING:
    from soak.history import History
    from soak.rig import Rig

STATUS_SECONDS = 0.5
SAMPLE_SECONDS = 2.0
ANSWER_SECONDS = 2.0
PAGE_BYTES = 4096
TASKS = "photonic_tasks "


class Witness:
    """Observes until cancelled; ``status`` is the newest status, ``None`` while it cannot be read."""

    def __init__(self, rig: Rig, history: History) -> None:
        self._rig = rig
        self._history = history
        self._tasks = -1
        self.status: Status | None = None

    async def run(self) -> None:
        """Observe until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._measure())

    @property
    def at_rest(self) -> bool:
        """Whether the camera is ready, live view runs, and nothing is under way."""
        status = self.status
        return status is not None and (status.camera, status.live, status.captures) == ("ready", "running", 0)

    async def _listen(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
            while True:
                try:
                    response = await http.get(f"{self._rig.url}/api/v1/camera/capture/status")
                    response.raise_for_status()
                    self.status = _status(CaptureStatusAnswer.model_validate_json(response.content))
                    self._history.add(self.status)
                except (httpx2.HTTPError, ValueError) as error:
                    self.status = None
                    text = f"{type(error).__name__} {error}"
                    self._history.add(NoStatus(at=time.monotonic(), error=text.splitlines()[0].strip()))
                await asyncio.sleep(STATUS_SECONDS)

    async def _measure(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
            while True:
                tasks = await self._count_tasks(http)
                for role, pid in (
                    ("service", self._rig.service_pid),
                    ("camera process", self._rig.process_pid()),
                    ("camera", self._rig.camera_pid),
                ):
                    sample = None if pid is None else _sample(role, pid, tasks if role == "service" else -1)
                    if sample is not None:
                        self._history.add(sample)
                self._history.add(Staged(at=time.monotonic(), files=self._rig.staged_files()))
                await asyncio.sleep(SAMPLE_SECONDS)

    async def _count_tasks(self, http: httpx2.AsyncClient) -> int:
        """The service's own count; -1 if unavailable."""
        try:
            text = (await http.get(f"{self._rig.url}/metrics")).text
        except httpx2.HTTPError:
            return -1
        return next((int(float(line[len(TASKS) :])) for line in text.splitlines() if line.startswith(TASKS)), -1)


def _status(answer: CaptureStatusAnswer) -> Status:
    return Status(
        at=time.monotonic(),
        boot_id=answer.boot_id,
        rev=answer.rev,
        camera=answer.camera.state.value,
        camera_reason=answer.camera.reason,
        rung=answer.camera.rung,
        live=answer.live.state.value,
        live_reason=answer.live.reason,
        resume_by_seconds=answer.live.resume_by_seconds,
        captures=len(answer.captures),
        is_capturing=answer.is_capturing,
        films_on_card=answer.films_on_card,
    )


def _sample(role: str, pid: int, tasks: int) -> Sample | None:
    """The figures in ``/proc``; ``None`` if the process has ended."""
    proc = Path(f"/proc/{pid}")
    try:
        pages = int((proc / "statm").read_text().split()[1])
        open_descriptors = descriptors.count(pid)
        threads = sum(1 for _ in (proc / "task").iterdir())
    except OSError:
        return None
    return Sample(
        at=time.monotonic(),
        role=role,
        pid=pid,
        rss_bytes=pages * PAGE_BYTES,
        descriptors=open_descriptors,
        threads=threads,
        tasks=tasks,
    )
