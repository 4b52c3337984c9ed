"""The doctor, asked by the service about itself: a process of its own, one at a time, each with a deadline.

It is started by its module's name: the service imports nothing of it. It never opens the camera; it asks the service.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from photonic.model.health import DoctorReport
from photonic.service.config.cameras import has_unnamed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.service.config.settings import ServiceSettings

COMMAND = (sys.executable, "-m", "photonic.diagnosis")
DEADLINE_SECONDS = 45.0


@dataclass(eq=False)
class DoctorRunner:
    """``command`` takes settings as JSON on its standard input, and says a ``DoctorReport`` as JSON."""

    settings: ServiceSettings
    command: Sequence[str] = COMMAND
    deadline_seconds: float = DEADLINE_SECONDS
    clock: Callable[[], float] = time.monotonic
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: tuple[float, DoctorReport] | None = None

    async def report(self) -> DoctorReport:
        """What the doctor says now; who asks while it looks gets what it finds. A failure of its own is in it."""
        asked_at = self.clock()
        async with self._turn:
            if self._ended is not None and self._ended[0] >= asked_at:
                return self._ended[1]
            report = await self._examined()
            self._ended = self.clock(), report
            return report

    async def _examined(self) -> DoctorReport:
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            return DoctorReport(failure=f"the doctor could not be started: {error.strerror or error}")
        try:
            async with asyncio.timeout(self.deadline_seconds):
                said, complaint = await process.communicate(_told(self.settings).encode())
        except TimeoutError:
            return DoctorReport(failure=f"the doctor did not end within {self.deadline_seconds:.0f} s")
        finally:
            if process.returncode is None:
                # Its group: a look at a driver is a process of the doctor's own.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        try:
            return DoctorReport.model_validate_json(said)
        except ValidationError:
            last = (complaint.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
            return DoctorReport(failure=f"the doctor ended with {process.returncode}, and said: {last[:300]}")


def _told(settings: ServiceSettings) -> str:
    """What the doctor looks by. By standard input: arguments and environment of a process are seen by others."""
    told = settings.model_dump(
        mode="json", include={"host", "port", "photo_root", "capture_target", "min_free_mb", "low_space_mb"}
    )
    if has_unnamed(settings):
        told["camera"] = settings.camera
    if settings.cameras:
        told["cameras"] = {
            name: table.model_dump(mode="json", include={"address", "capture_target"})
            for name, table in settings.cameras.items()
        }
    # Nobody is served by the doctor: what a service off loopback must have is no matter.
    return json.dumps(
        {
            **told,
            "allow_anonymous": True,
            "token": None if settings.token is None else settings.token.get_secret_value(),
        }
    )
