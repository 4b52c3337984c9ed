"""The whole real stack as processes: simulated camera, service with its camera process; and an eye on the pixels."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.commands import Command, children_of, running
from tests.support.usb_bus import NETWORK, camera_on

from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.simulated import SimulatedCamera

    from photonic import LiveView
    from photonic.simulator.pixels import Stamp


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Stack:
    """``url`` of the service, ``camera`` behind it; the service can be killed and started again at the same address."""

    def __init__(self, camera: SimulatedCamera, photo_root: Path, options: tuple[str, ...]) -> None:
        self.camera = camera
        self.photo_root = photo_root
        self.port = free_port()
        self._options = options
        self._processes = ExitStack()
        self._service: Command | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_pid(self) -> int:
        if self._service is None:
            raise RuntimeError("the service does not run")
        return self._service.pid

    @property
    def camera_process_pid(self) -> int:
        """The camera process of this moment."""
        pid = self._camera_process()
        assert pid is not None, "no camera process lives now"
        return pid

    def has_another_camera_process(self, than: int) -> bool:
        """Whether another one has taken the place of that one."""
        return self._camera_process() not in {than, None}

    def _camera_process(self) -> int | None:
        for pid in children_of(self.service_pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if b"photonic.drivers" in command:
                return pid
        return None

    def start_service(self) -> None:
        where = ("--camera", self.camera.address, "--port", str(self.port), "--photo-root", str(self.photo_root))
        self._service = self._processes.enter_context(running("serve", *where, *self._options))
        self._service.wait_for(r"http://")

    def kill_service(self) -> None:
        os.kill(self.service_pid, 9)
        self._processes.close()
        self._processes = ExitStack()
        self._service = None

    def stop_service(self) -> None:
        self._processes.close()

    def counted(self, event: str) -> int:
        """How often something is in the camera's journal."""
        return len(self.camera.journal(event))


@contextmanager
def stack(photo_root: Path, *options: str, camera: tuple[str, ...] = (), transport: str = NETWORK) -> Generator[Stack]:
    """A running service with a simulated camera that has a fast body; ``options`` are those of ``photonic serve``."""
    with camera_on(transport, "--speed", "4", *camera) as simulated:
        whole = Stack(simulated, photo_root, options)
        try:
            whole.start_service()
            yield whole
        finally:
            whole.stop_service()


async def frame_after(view: LiveView, camera_us: int, seconds: float = 40.0) -> Stamp:
    """The stamp of the first frame whose **pixels** say that the camera made it after ``camera_us``."""
    async with asyncio.timeout(seconds):
        async for frame in view:
            stamp = pixels.read(frame.jpeg)
            if stamp.camera_us > camera_us:
                return stamp
    raise AssertionError("the view ended")
