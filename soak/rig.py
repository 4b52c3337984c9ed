"""The system under test as processes: a simulated camera with its journal, the service with its log, their children."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from tests.support.commands import children_of
from tests.support.stack import free_port

from photonic.service.files.devices import same_device
from soak import hook
from soak.cameras import camera
from soak.shifted_service import Conditions

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from photonic.simulator.control import ControlClient
    from soak.cameras import Camera

STARTS_WITHIN_SECONDS = 120.0
ENDS_WITHIN_SECONDS = 15.0
PROCESS_WITHIN_SECONDS = 20.0
POLL_SECONDS = 0.05
MARK = "PHOTONIC_SOAK"
HOMES = "photonic-home-*"
HOOKED = "hooked.txt"
OTHER_DISK = Path("/dev/shm")
VERIFIES_WITHIN_SECONDS = 600.0


class Rig:
    """``folder`` holds everything of a run; the service can be killed and started again at the same address."""

    def __init__(self, camera: Camera, folder: Path) -> None:
        self._camera = camera
        self._service: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self.photo_root = folder / "photos"
        self.log = folder / "service.log"
        self.hooked = folder / HOOKED
        self._temporary = folder / "temporary"
        self._temporary.mkdir(exist_ok=True)
        self.mark = f"{os.getpid()}-{self._port}"
        self._conditions = Conditions()
        self._conditions_file = folder / "conditions.json"
        self._conditions.save(self._conditions_file)
        self.second_root = OTHER_DISK / f"photonic-soak-{self.mark}" if self._has_other_disk(folder) else None
        # Under /dev, umockdev's preload library loses a descriptor at each open; not where a link leads there.
        self._second_root_seen = folder / "second"
        if self.second_root is not None:
            self.second_root.mkdir()
            self._second_root_seen.symlink_to(self.second_root)

    @staticmethod
    def _has_other_disk(folder: Path) -> bool:
        return OTHER_DISK.is_dir() and not same_device(folder, OTHER_DISK)

    def unplug_second(self) -> None:
        """The second disk is gone, as far as the service can tell."""
        if self.second_root is not None and self.second_root.exists():
            self.second_root.rename(self.second_root.with_name(f"{self.second_root.name}-away"))

    def plug_second(self) -> None:
        """The second disk is back."""
        if self.second_root is not None and not self.second_root.exists():
            self.second_root.with_name(f"{self.second_root.name}-away").rename(self.second_root)

    def forget_second(self) -> None:
        """Delete the second disk."""
        if self.second_root is not None:
            for place in (self.second_root, self.second_root.with_name(f"{self.second_root.name}-away")):
                shutil.rmtree(place, ignore_errors=True)

    def jump(self, seconds: float) -> None:
        """Let the service's time of day jump."""
        self._conditions.offset_seconds += seconds
        self._conditions.save(self._conditions_file)

    def reboot(self) -> None:
        """Let the next start of the service find that the machine was started again."""
        self._conditions.boot += 1
        self._conditions.save(self._conditions_file)

    async def verify(self) -> str | None:
        """What ``photonic verify`` says of the photos of the stopped service; ``None``: all is as it was stored."""
        command = self._photonic("verify", "--photo-root", str(self.photo_root), "--json")
        environment = {**os.environ, **self.environment()}
        ran = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, said = await asyncio.wait_for(ran.communicate(), VERIFIES_WITHIN_SECONDS)
        return None if ran.returncode == 0 else (out + said).decode(errors="replace")[-2000:]

    def _photonic(self, *arguments: str) -> list[str]:
        """A command of ``photonic`` under the conditions of this run."""
        return [sys.executable, "-m", "soak.shifted_service", str(self._conditions_file), *arguments]

    @property
    def port(self) -> int:
        """Where the service listens."""
        return self._port

    @property
    def url(self) -> str:
        """The service's own address, without a proxy."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def control(self) -> ControlClient:
        """The disturber on the camera."""
        return self._camera.control

    @property
    def camera_address(self) -> str:
        """As ``photonic serve`` takes it."""
        return self._camera.address

    @property
    def library_port(self) -> str:
        """As ``soak.image_format`` takes it."""
        return self._camera.library_port

    @property
    def camera_pid(self) -> int:
        """The simulated camera."""
        return self._camera.pid

    @property
    def service_pid(self) -> int | None:
        """The service; ``None`` while it does not run."""
        return None if self._service is None or self._service.poll() is not None else self._service.pid

    def process_pid(self) -> int | None:
        """The camera process of this moment; ``None`` when there is none."""
        try:
            children = [] if self.service_pid is None else children_of(self.service_pid)
            return next((pid for pid in children if b"photonic.drivers" in _command(pid)), None)
        except OSError:
            return None

    async def start(self) -> None:
        """Start the service; returns when it answers. Raises ``TimeoutError`` or ``RuntimeError``."""
        service = self._service = self._serve()
        async with asyncio.timeout(STARTS_WITHIN_SECONDS), httpx2.AsyncClient(trust_env=False) as http:
            while True:
                if service.poll() is not None:
                    raise RuntimeError(f"the service ended with {service.returncode}: see {self.log}")
                try:
                    await http.get(f"{self.url}/health", timeout=2.0)
                except httpx2.TransportError:
                    await asyncio.sleep(POLL_SECONDS)
                else:
                    return

    def _serve(self) -> subprocess.Popen[bytes]:
        command = self._photonic("serve", "--log-level", "info")
        command += ["--camera", self.camera_address, "--port", str(self._port), "--photo-root", str(self.photo_root)]
        environment = {**os.environ, **self.environment(), **hook.environment(self.hooked)}
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)

    def environment(self) -> Mapping[str, str]:
        """What marks the processes of this run, shows them its camera, and keeps their files in its folder."""
        second = {}
        if self.second_root is not None:
            second = {"PHOTONIC_SAVED": "disk+second", "PHOTONIC_SECOND_ROOT": str(self._second_root_seen)}
        return {**self._camera.environment, MARK: self.mark, "TMPDIR": str(self._temporary), **second}

    async def kill(self) -> None:
        """Kill the service with SIGKILL."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for a service that does not end. Raises ``TimeoutError`` after that."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        service, self._service = self._service, None
        if service is None:
            return
        if service.poll() is None:
            service.send_signal(number)
        try:
            await asyncio.to_thread(service.wait, ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired as error:
            service.kill()
            service.wait()
            raise TimeoutError(f"the service did not end within {ENDS_WITHIN_SECONDS:.0f} s of SIGTERM") from error

    def end_now(self) -> None:
        """Leave no process behind, even after a failed run."""
        if self._service is not None and self._service.poll() is None:
            self._service.kill()
            self._service.wait()

    def staged_files(self) -> int:
        """Files that wait in the staging folder."""
        return sum(path.is_file() for path in (self.photo_root / ".staging").rglob("*"))

    def lasting(self, within_seconds: float = 3.0) -> list[str]:
        """Processes of the service, and homes of its camera processes, that outlast it, in words."""
        deadline = time.monotonic() + within_seconds
        while (found := [pid for pid in _all_pids() if self._is_ours(pid)]) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        processes = [
            f"process {pid}: {_command(pid).replace(bytes(1), b' ').decode(errors='replace')}" for pid in found
        ]
        return [*processes, *(f"folder {path.name}" for path in sorted(self._temporary.glob(HOMES)))]

    def _is_ours(self, pid: int) -> bool:
        try:
            return f"{MARK}={self.mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def rig(folder: Path, megapixels: float, cards: int, *, usb: bool) -> Generator[Rig]:
    """A camera and what serves it (not started yet), in this folder; nothing of it lives on afterwards.

    Raises ``BadInput`` if a simulated USB bus is not possible here.
    """
    with camera(folder / "camera.jsonl", megapixels, cards, usb=usb) as simulated:
        whole = Rig(simulated, folder)
        try:
            yield whole
        finally:
            whole.end_now()
            whole.forget_second()
