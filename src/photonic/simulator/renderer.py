"""Renders a body's viewfinder frames and the files of a shot, each stamped with the settings in force."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from photonic.ptp.codes import ObjectFormat
from photonic.simulator.card import Photo
from photonic.simulator.exif import PhotoFacts
from photonic.simulator.pixels import Stamp
from photonic.simulator.view import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from photonic.simulator.photo import PhotoStudio
    from photonic.simulator.properties import ImageFormat
    from photonic.simulator.scene import Scene
    from photonic.simulator.view import SceneView

_KEPT = 4
_RAW_TYPE = 6


@dataclass(frozen=True, slots=True)
class FrameExposure:
    """The settings of a picture: seconds, f-number, ISO, focus distance (``None``: unknown) and compensation."""

    seconds: float
    f_number: float
    iso: int
    subject_metres: float | None = None
    bias_ev: float = 0.0


class Renderer:
    """Renders with a scene and a studio; caches the last few photos, so that fetching them costs nothing."""

    def __init__(
        self,
        scene: Scene,
        studio: PhotoStudio,
        *,
        make: str,
        model: str,
        serial: str,
        lens: str,
        focal_length_mm: float,
    ) -> None:
        self._scene = scene
        self._studio = studio
        self._names = (make, model, serial)
        self._lens = lens
        self._focal_length_mm = focal_length_mm
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether photos can be developed: everything that they share has been painted."""
        return self._ready

    def paint_scene(self) -> Iterator[None]:
        """Paint what all frames share, in steps; otherwise the first frames do it, which is slow."""
        return self._scene.painting()

    def paint_studio(self) -> Iterator[None]:
        """Paint what all photos share, in steps; no photo can be developed before the last step."""
        yield from self._studio.painting()
        self._ready = True

    def frame(self, counter: int, now: float, exposure: FrameExposure, view: SceneView = WHOLE) -> bytes:
        """Viewfinder frame number ``counter``, showing this view of the scene."""
        return self._scene.frame(self._stamp(counter, now, exposure, photo=False), view)

    def develop(self, image_format: ImageFormat, counter: int, now: float, exposure: FrameExposure) -> list[Photo]:
        """The files of photo number ``counter``, exposed at ``now`` (the stamp's clock); requires ``ready``."""
        stamp = self._stamp(counter, now, exposure, photo=True)
        taken_at = datetime.now(UTC).astimezone()
        facts = PhotoFacts(
            *self._names,
            taken_at=taken_at,
            exposure_seconds=exposure.seconds,
            f_number=exposure.f_number,
            iso=exposure.iso,
            lens=self._lens,
            subject_metres=exposure.subject_metres,
            focal_length_mm=self._focal_length_mm,
            bias_ev=exposure.bias_ev,
        )
        photos: list[Photo] = []
        for kind, _size, _compression in image_format.value:
            is_raw = kind == _RAW_TYPE
            name = f"IMG_{counter % 10000:04d}.{'CR2' if is_raw else 'JPG'}"
            make = self._studio.raw if is_raw else self._studio.jpeg
            render = partial(self._render, (name, counter), partial(make, stamp, facts))
            thumbnail = partial(self._studio.thumbnail, stamp, facts)
            format_code = ObjectFormat.CR2 if is_raw else ObjectFormat.JPEG
            photos.append(Photo(name, format_code, len(render()), taken_at, render, thumbnail))
        return photos

    def _render(self, key: tuple[str, int], make: Callable[[], bytes]) -> bytes:
        data = self._kept.get(key)
        if data is None:
            data = self._kept[key] = make()
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return data

    def _stamp(self, counter: int, now: float, exposure: FrameExposure, *, photo: bool) -> Stamp:
        return Stamp(
            kind="photo" if photo else "viewfinder",
            counter=counter,
            camera_us=int(now * 1e6),
            iso=exposure.iso,
            aperture_tenths=round(exposure.f_number * 10),
            shutter_us=round(exposure.seconds * 1e6),
        )
