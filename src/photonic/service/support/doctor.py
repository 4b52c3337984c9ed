"""Runs the doctor on the running service: a separate process, one at a time, with a deadline.

The service starts the doctor by its module name and imports nothing from it. The doctor never opens the camera; it
queries the service instead.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from photonic.machine.environment import of_child
from photonic.model.health import DoctorReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.config.settings import ServiceSettings

COMMAND = (sys.executable, "-m", "photonic.diagnosis")
DEADLINE_SECONDS = 45.0


@dataclass(eq=False)
class DoctorRunner:
    """Runs ``command``, which reads settings as JSON from standard input and prints a ``DoctorReport`` as JSON."""

    settings: ServiceSettings
    surroundings: Surroundings
    command: Sequence[str] = COMMAND
    deadline_seconds: float = DEADLINE_SECONDS
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _last: tuple[float, DoctorReport] | None = None

    async def report(self) -> DoctorReport:
        """The result of a new run of the doctor, or of one that another caller started after this call.

        If the doctor itself fails, the report says so.
        """
        requested_at = self.surroundings.time.monotonic()
        async with self._turn:
            if self._last is not None and self._last[0] >= requested_at:
                return self._last[1]
            report = await self._run()
            self._last = self.surroundings.time.monotonic(), report
            return report

    async def _run(self) -> DoctorReport:
        try:
            process = await self.surroundings.host.command(
                self.command,
                environment=of_child(os.environ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            return DoctorReport(failure=f"the doctor could not be started: {error.strerror or error}")
        try:
            async with asyncio.timeout(self.deadline_seconds):
                output, errors = await process.communicate(_settings_json(self.settings).encode())
        except TimeoutError:
            return DoctorReport(failure=f"the doctor did not finish within {self.deadline_seconds:.0f} s")
        finally:
            if process.returncode is None:
                # The whole process group: the doctor runs driver checks in child processes.
                self.surroundings.host.signal_group(process, signal.SIGKILL)
                await process.wait()
        try:
            return DoctorReport.model_validate_json(output)
        except ValidationError:
            last = (errors.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
            return DoctorReport(failure=f"the doctor exited with code {process.returncode} and printed: {last[:300]}")


def _settings_json(settings: ServiceSettings) -> str:
    """The settings that the doctor needs, for its standard input: other users could see its arguments."""
    needed = settings.model_dump(
        mode="json",
        include={
            "host",
            "port",
            "photo_root",
            "capture_target",
            "min_free_mb",
            "low_space_mb",
            "tls",
            "tls_certificate",
            "tls_key",
        },
    )
    if settings.has_unnamed_camera:
        needed["camera"] = settings.camera
    if settings.cameras:
        needed["cameras"] = {
            name: table.model_dump(mode="json", include={"address", "capture_target"})
            for name, table in settings.cameras.items()
        }
    return json.dumps(
        {
            **needed,
            "token": None if settings.token is None else settings.token.get_secret_value(),
        }
    )
