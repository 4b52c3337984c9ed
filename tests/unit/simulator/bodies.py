"""A simulated body for tests, with dummy pictures and a manual clock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from photonic.ptp.codes import ObjectFormat
from photonic.simulator.body import Body
from photonic.simulator.body_settings import BodySettings
from photonic.simulator.card import Photo
from photonic.simulator.fault_effects import FaultEffects
from photonic.simulator.faults import Faults
from photonic.simulator.journal import Journal
from photonic.simulator.renderer import Renderer
from photonic.simulator.view import WHOLE

if TYPE_CHECKING:
    from photonic.simulator.properties import ImageFormat
    from photonic.simulator.renderer import FrameExposure
    from photonic.simulator.view import SceneView

PHOTO_BYTES = 9_000_000
NOON = datetime(2026, 5, 17, 12)  # noqa: DTZ001  cameras have no zone


class PaperDarkroom(Renderer):
    """Pictures that only say what they are."""

    def __init__(self) -> None:
        self.is_ready = True
        self.exposures: list[FrameExposure] = []

    @property
    def ready(self) -> bool:
        return self.is_ready

    def frame(self, counter: int, now: float, exposure: FrameExposure, view: SceneView = WHOLE) -> bytes:
        return b"\xff\xd8" + f"frame {counter}".encode() + b"\xff\xd9"

    def develop(self, image_format: ImageFormat, counter: int, now: float, exposure: FrameExposure) -> list[Photo]:
        self.exposures.append(exposure)
        photos: list[Photo] = []
        for kind, _size, _compression in image_format.value:
            suffix, code = ("CR2", ObjectFormat.CR2) if kind == 6 else ("JPG", ObjectFormat.JPEG)
            data = b"\xff\xd8" + f"photo {counter} {suffix}".encode() + b"\xff\xd9"
            photos.append(Photo(f"IMG_{counter:04d}.{suffix}", code, PHOTO_BYTES, NOON, lambda data=data: data, bytes))
        return photos


class BodyHarness:
    """A body with its journal, and a clock that ``pass_time`` moves."""

    def __init__(self, **settings: object) -> None:
        self.journal = Journal()
        self.renderer = PaperDarkroom()
        self.faults = Faults()
        kind = BodySettings(serial="17", model="Canon EOS Test", **settings)  # pyright: ignore[reportArgumentType]
        self.body = Body(kind, self.renderer, self.journal, self.faults)
        FaultEffects(self.body, self.journal)
        self.now = 100.0
        self.body.power.keep_awake(self.now)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.body.advance(self.now)

    def set(self, code: int, value: int) -> None:
        self.body.set(code, value.to_bytes(4, "little"), self.now)

    def finish(self) -> None:
        """Run all scheduled calls; faults begin and end meanwhile, but are not waited for."""
        while (at := self.body.scheduler.next_time) is not None:
            self.now = max(self.now, at)
            self.body.advance(self.now)

    def shoot(self, source: str = "client") -> None:
        """A whole shot."""
        self.body.press(self.now, source)
        self.finish()

    def events(self) -> list[str]:
        """The journal's entries by name."""
        return [entry["event"] for entry in self.journal.since(0)]

    def entries(self, event: str) -> list[dict[str, object]]:
        return [entry for entry in self.journal.since(0) if entry["event"] == event]
