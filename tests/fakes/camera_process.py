"""A camera process that is none: does as the test says, through the station's own listener."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.messages import Captured, CaptureProgress, CardListed, Opened, PreviewChanged, Profiles, Staged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.listener import StationListener
    from photonic.worker.messages import CardObject

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"
OPENED = Opened(
    serial="0123",
    model="Fake EOS",
    manufacturer="Fake",
    version="1",
    live_view=True,
    has_card=True,
    capture_target="card",
)


class FakeCameraProcess:
    """Stands in for the supervisor.

    ``release`` lets a capture that was begun go on to its photo; ``calls`` are the commands in order; ``fault`` is
    raised by the next capture in the place of a photo; ``gone``: captures are not even
    begun; ``photos`` are the files that a capture delivers.
    """

    def __init__(self, profiles: Profiles, listener: StationListener) -> None:
        self.listener = listener
        self.profiles = profiles
        self.calls: list[str] = []
        self.running = asyncio.Event()
        self.ended = asyncio.Event()
        self.exposing = asyncio.Event()
        self.release = asyncio.Event()
        self.release.set()
        self.fault: CameraError | CaptureError | None = None
        self.photos: dict[str, bytes] = {"IMG_0001.JPG": JPEG}
        self.remaining_seconds = 20.0
        self.gone = False
        self.opened: Opened | None = OPENED
        self.card = CardListed(card="fake")
        self._broken: asyncio.Future[None] | None = None
        self._now = 0
        self._preview_wanted = False

    @property
    def captures(self) -> list[str]:
        """The captures among the commands."""
        return [call for call in self.calls if call.startswith("capture ")]

    async def run(self) -> None:
        self.running.set()
        try:
            if self.opened is not None:
                self.listener.event(self.opened)
            await asyncio.Event().wait()
        finally:
            self.break_capture(FailureKind.CAMERA_FAULT, "the camera process did not end by itself")
            self.ended.set()

    def go_down(self, kind: FailureKind, reason: str) -> None:
        self.break_capture(kind, reason)
        self.listener.down(CameraError(reason, kind=kind), 1.0, 4)

    def break_capture(self, kind: FailureKind, reason: str) -> None:
        """Answer the capture that runs, as a supervisor does a moment before it says that the camera is down."""
        if self._broken is not None and not self._broken.done():
            self._broken.set_exception(CaptureError(reason, kind=kind))

    def come_back(self, opened: Opened = OPENED) -> None:
        self.listener.event(opened)
        self.listener.recovered()
        if self._preview_wanted:
            self._show()

    def give_frame(self, jpeg: bytes = JPEG) -> None:
        self._now += 1
        self.listener.frame(self._now, jpeg)

    def _show(self) -> None:
        self.listener.event(PreviewChanged(state="starting"))
        self.give_frame()
        self.listener.event(PreviewChanged(state="running"))

    async def start_preview(self) -> None:
        self.calls.append("start_preview")
        self._preview_wanted = True
        self._show()

    async def stop_preview(self) -> None:
        self.calls.append("stop_preview")
        self._preview_wanted = False
        self.listener.event(PreviewChanged(state="off"))

    async def apply(self, profiles: Profiles) -> None:
        self.calls.append("apply")
        self.profiles = profiles

    async def capture(self, capture_id: str, staging: str, *, retry_without_autofocus: bool = False) -> None:
        if self.gone:
            raise CameraError("the camera process has ended")
        self.calls.append(f"capture {capture_id}")
        for phase in ("preparing", "exposing"):
            progress = CaptureProgress(capture_id=capture_id, phase=phase, remaining_seconds=self.remaining_seconds)
            self.listener.event(progress)
        self.exposing.set()
        await self._held()
        self.exposing.clear()
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        for name, content in self.photos.items():
            path = Path(staging) / name
            path.write_bytes(content)
            self.listener.event(
                Staged(capture_id=capture_id, path=str(path), folder="/", name=name, size_bytes=len(content))
            )
        self.listener.event(Captured(capture_id=capture_id, iso="100", shutter_speed="1/60", aperture="5.6"))

    async def cancel(self, capture_id: str) -> None:
        self.calls.append(f"cancel {capture_id}")

    async def list_card(self) -> None:
        self.calls.append("list_card")
        self.listener.event(self.card)

    async def fetch(self, objects: Sequence[CardObject], staging: str) -> None:
        for wanted in objects:
            self.calls.append(f"fetch {wanted.name}")

    async def delete(self, wanted: CardObject) -> None:
        self.calls.append(f"delete {wanted.name}")

    def restart(self, reason: str) -> None:
        self.calls.append(f"restart {reason}")
        self.go_down(FailureKind.CAMERA_FAULT, reason)

    async def _held(self) -> None:
        """Until released, or until the process goes down, which raises."""
        self._broken = asyncio.get_running_loop().create_future()
        released = asyncio.ensure_future(self.release.wait())
        try:
            await asyncio.wait({released, self._broken}, return_when=asyncio.FIRST_COMPLETED)
            if self._broken.done():
                self._broken.result()
        finally:
            released.cancel()
            self._broken.cancel()
