"""A fake camera process: it does what the test says, through the controller's own listener."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Self

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.capture_options import PLAIN
from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched
from photonic.worker.link.messages import CameraOpened, Captured, CaptureProgressed, PreviewChanged, Profiles, Staged
from photonic.worker.link.setting_messages import SettingsRead

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from photonic.model.capture_options import ArrivedPhoto, CaptureOptions
    from photonic.model.focus import FocusAction
    from photonic.model.view_options import ViewOptions
    from photonic.service.camera.dispatch import EventDispatch
    from photonic.worker.link.setting_messages import SettingEntry

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"
FOLDER = "/store_00010001/DCIM/100FAKE"
OPENED = CameraOpened(
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

    ``prepared`` lets a capture go on to its exposure, ``release`` lets one that was begun go on to its photo;
    ``calls`` are the commands in order; ``fault`` is raised by the next capture in the place of a photo; ``gone``:
    captures are not even begun; ``photos`` are the files that a capture delivers, and that lie on the card afterwards
    (``on_card``), also before a ``fault`` when ``fires_before_fault``; ``camera_seconds`` is the camera's clock, one
    more with each shot; ``stage_bytes``: no more than that of each file gets to the disk (``None``: all);
    ``parting_frame``: a frame is under way at its end; ``unfetched``: so many
    files of the card that are asked for next do not come; ``settings`` is what the camera is set to, and changes of it
    are refused with ``settings_refusal`` where there is one; so are profiles, with ``profiles_refusal``;
    ``shutter_speed`` is what a capture says of itself, and ``owed`` how many stills earlier captures may owe.
    """

    def __init__(self, profiles: Profiles, listener: EventDispatch) -> None:
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
        self.opened: CameraOpened | None = OPENED
        self.card: str | None = "fake"
        self.on_card: dict[CardObject, bytes] = {}
        self.fires_before_fault = False
        self.stage_bytes: int | None = None
        self.camera_seconds = 1_750_000_000
        self.listed = asyncio.Event()
        self.prepared = asyncio.Event()
        self.prepared.set()
        self.forced = False
        self.shutter_speed: str | None = "1/60"
        self.owed = 0
        self.parting_frame = False
        self.unfetched = 0
        self.shot_with: list[dict[str, str]] = []
        self.manners: list[CaptureOptions] = []
        self.earlier: list[ArrivedPhoto | None] = []
        self.settings: tuple[SettingEntry, ...] = ()
        self.settings_refusal: BadInput | CameraError | None = None
        self.profiles_refusal: BadInput | None = None
        self._cancelled: set[str] = set()
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
            if self.parting_frame:
                self.give_frame()
            self.break_capture(FailureKind.CAMERA_FAULT, "the camera process did not end by itself")
            self.ended.set()

    def go_down(self, kind: FailureKind, reason: str) -> None:
        self.break_capture(kind, reason)
        self.listener.down(CameraError(reason, kind=kind), 1.0, 4)

    def break_capture(self, kind: FailureKind, reason: str) -> None:
        """Answer the capture that runs, as a supervisor does a moment before it says that the camera is down."""
        if self._broken is not None and not self._broken.done():
            self._broken.set_exception(CaptureError(reason, kind=kind))

    def come_back(self, opened: CameraOpened = OPENED) -> None:
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
        if self.profiles_refusal is not None:
            raise self.profiles_refusal
        self.profiles = profiles

    async def capture(
        self,
        capture_id: str,
        staging: str,
        options: CaptureOptions = PLAIN,
        earlier: ArrivedPhoto | None = None,
    ) -> None:
        if self.gone:
            raise CameraError("the camera process has ended")
        self.calls.append(f"capture {capture_id}")
        self.forced = options.retry_without_autofocus
        self.manners.append(options)
        self.earlier.append(earlier)
        self.shot_with.append(dict(options.settings))
        self._tell(capture_id, "preparing")
        await self.prepared.wait()
        if capture_id in self._cancelled:
            raise CaptureError("cancelled on request before the exposure", kind=FailureKind.CANCELLED)
        self._tell(capture_id, "exposing", options.bulb_seconds)
        self.exposing.set()
        await self._held()
        self.exposing.clear()
        if self.fault is not None:
            if self.fires_before_fault:
                self.shoot()
            fault, self.fault = self.fault, None
            raise fault
        for taken, content in self.shoot().items():
            self.stage(taken, content, Path(staging) / taken.name, capture_id)
        attempts = 2 if self.forced else 1
        self.listener.event(
            Captured(
                capture_id=capture_id,
                iso="100",
                shutter_speed=self.shutter_speed,
                aperture="5.6",
                attempts=attempts,
                forced=self.forced,
                owed=self.owed,
                warning="taken without autofocus" if self.forced else None,
            )
        )

    async def cancel(self, capture_id: str) -> None:
        self.calls.append(f"cancel {capture_id}")
        self._cancelled.add(capture_id)
        if self.exposing.is_set() and self.manners[-1].bulb_seconds is not None:
            self.release.set()

    @property
    def transient(self) -> Self:
        return self

    async def read_settings(self) -> SettingsRead:
        self.calls.append("read_settings")
        return SettingsRead(settings=self.settings)

    async def change_settings(self, values: Mapping[str, str]) -> SettingsRead:
        self.calls.append(f"change_settings {dict(values)}")
        if self.settings_refusal is not None:
            raise self.settings_refusal
        return SettingsRead(settings=self.settings)

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        self.calls.append(f"focus {action} {size} {steps}")

    async def look(self, wanted: ViewOptions) -> None:
        self.calls.append(f"look {wanted.model_dump(exclude_none=True)}")

    async def list_card(self) -> CardListed:
        self.calls.append("list_card")
        self.listed.set()
        return CardListed(card=self.card, objects=tuple(self.on_card))

    async def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        for wanted in objects:
            self.calls.append(f"fetch {wanted.name}")
            if self.unfetched:
                self.unfetched -= 1
                continue
            self.stage(wanted, self.on_card[wanted], Path(staging) / f"card-{len(self.calls)}-1-{wanted.name}", None)
        return ObjectsFetched()

    async def delete(self, wanted: CardObject) -> None:
        self.calls.append(f"delete {wanted.name}")
        if self.on_card.pop(wanted, None) is None:
            raise BadInput("another photo lies there")

    def shoot(self, photos: dict[str, bytes] | None = None) -> dict[CardObject, bytes]:
        """Put a shot's files on the card, as the shutter button does, and tell nobody."""
        self.camera_seconds += 1
        taken = {
            CardObject(folder=FOLDER, name=name, size_bytes=len(content), taken_at=self.camera_seconds): content
            for name, content in (photos or self.photos).items()
        }
        names = {one.name for one in taken}
        self.on_card = {one: content for one, content in self.on_card.items() if one.name not in names} | taken
        return taken

    def stage(self, taken: CardObject, content: bytes, path: Path, capture_id: str | None) -> None:
        """Stage a file and tell of it."""
        path.write_bytes(content[: self.stage_bytes])
        self.listener.event(
            Staged(
                capture_id=capture_id,
                path=str(path),
                folder=taken.folder,
                name=taken.name,
                size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                taken_at=taken.taken_at,
                in_ram=self.opened is not None and self.opened.capture_target == "ram",
            )
        )

    def restart(self, reason: str) -> None:
        self.calls.append(f"restart {reason}")
        self.go_down(FailureKind.CAMERA_FAULT, reason)

    def _tell(self, capture_id: str, phase: str, exposure_seconds: float | None = None) -> None:
        self.listener.event(
            CaptureProgressed(
                capture_id=capture_id,
                phase=phase,
                remaining_seconds=self.remaining_seconds + (exposure_seconds or 0.0),
                exposure_seconds=exposure_seconds,
            )
        )

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
