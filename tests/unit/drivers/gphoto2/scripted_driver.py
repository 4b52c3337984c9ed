"""The driver on a scripted camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.worker.link.messages import Capture, Configure, Staged

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.capture_options import ArrivedPhoto
    from photonic.worker.link.messages import CameraOpened


class DriverHarness:
    def __init__(self, staging: Path) -> None:
        self.staging = staging
        self.time = VirtualTime()
        self.camera = ScriptedCamera(self.time)
        self.outbox = KeptOutbox()
        self.driver = GPhoto2Driver(
            self.outbox, connect=lambda _outbox, _port: self.camera, clock=self.time, pause=self.time.pause
        )

    def open(self, **configure: object) -> CameraOpened:
        return self.driver.open(Configure(request=1, address="auto", **configure))  # pyright: ignore[reportArgumentType]

    def capture(self, capture_id: str = "c1", earlier: ArrivedPhoto | None = None) -> None:
        command = Capture(request=2, capture_id=capture_id, staging=str(self.staging), earlier=earlier)
        self.driver.capture(command, lambda: False)

    def staged(self) -> list[tuple[str | None, str]]:
        return [(staged.capture_id, staged.name) for staged in self.outbox.of(Staged)]

    def settle(self, seconds: float = 1.0) -> None:
        self.time.pause(seconds)
        self.driver.settle()
