"""The simulated viewfinder: a JPEG for each stamp, of a given size and in less than a millisecond.

The moving background of the loop is painted and encoded once. A frame then costs only one small strip, the stamp's
cells, whose rows are spliced into the background's (``simulator.jpeg``). The caption with the exposure settings is one
more strip, cached until the settings change.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photonic.errors import BadInput
from photonic.simulator import jpeg, pixels
from photonic.simulator.landscape import Landscape
from photonic.simulator.view import WHOLE, SceneView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from photonic.simulator.landscape import Pixels

LOOP_FRAMES: Final = 45
LOOP_US: Final = 1_500_000
_MCU: Final = 16
_BRIGHTEST: Final = 3
_KEPT_VIEWS: Final = 3
# The rest is for frames of the loop that are larger than the one for which the quality was determined.
_ROOM: Final = 0.95
_CAPTION_COLOUR: Final = (235, 225, 205)
_BAR_COLOUR: Final = (20, 20, 20)
# ISO 400, 1/125 s, f/5.6: at which the picture is shown as it was painted.
_NEUTRAL_EXPOSURE: Final = 400 / 125 / 5.6**2


class CaptionFacts(Protocol):
    """The settings in a caption, in a stamp's units."""

    @property
    def iso(self) -> int: ...
    @property
    def aperture_tenths(self) -> int: ...
    @property
    def shutter_us(self) -> int: ...


class Scene:
    """Viewfinder frames of ``width`` x ``height`` pixels (multiples of 16) and about ``target_bytes``.

    ``target_bytes``: uses the best quality whose frames are not larger, and pads them with comment segments; frames are
    larger only if even the lowest quality is. ``loop_frames``: the backgrounds of the loop; few are painted
    sooner. The picture follows the stamp: its camera clock moves the loop of 1.5 s,
    and its exposure makes it a little brighter or darker. Not thread-safe.
    """

    def __init__(
        self,
        width: int = 960,
        height: int = 640,
        target_bytes: int = 80_000,
        seed: int = 0,
        *,
        loop_frames: int = LOOP_FRAMES,
    ) -> None:
        if width % _MCU or height % _MCU or width < 240 or height < width // 4:
            raise BadInput(
                f"cannot paint {width}x{height} frames: use multiples of 16, at least 240 wide and "
                "at most 4 times as wide as high"
            )
        self.width = width
        self.height = height
        self.target_bytes = target_bytes
        self._caption_height = max(_MCU, round(width / 30 / _MCU) * _MCU)
        self._strip_height = pixels.strip_height(width)
        self._view_height = height - self._caption_height - self._strip_height
        self._seed = seed
        self._loop_frames = loop_frames
        self._landscape: Landscape | None = None
        self._quality = 0
        self._loops: OrderedDict[SceneView, dict[int, jpeg.RowJpeg]] = OrderedDict()
        self._caption: tuple[str, jpeg.RowJpeg] | None = None
        self._splicers: dict[tuple[SceneView, int], jpeg.Splicer] = {}

    def painting(self) -> Iterator[None]:
        """Paint and encode the loop at neutral exposure (1 to 2 s), one frame per step.

        Without this, each frame's first use does it.
        """
        for index in range(self._loop_frames):
            self._background(WHOLE, index)
            yield

    def frame(self, stamp: pixels.Stamp, view: SceneView = WHOLE) -> bytes:
        """The viewfinder's JPEG of ``view`` with ``stamp``, which ``pixels.read`` reads back."""
        stops = max(-_BRIGHTEST, min(_BRIGHTEST, view.stops - exposure_steps(stamp)))
        shown = replace(view, stops=stops)
        index = stamp.camera_us % LOOP_US * self._loop_frames // LOOP_US
        caption = caption_text(stamp)
        if self._caption is None or self._caption[0] != caption:
            self._caption = (caption, self._encode(self._paint_caption(caption)))
            self._splicers.clear()
        splicer = self._splicers.get((shown, index))
        if splicer is None:
            splicer = self._splicers[shown, index] = self._splicer(shown, index, self._caption[1])
        return splicer.fill(self._encode(Image.fromarray(pixels.encode(stamp, self.width)).convert("RGB")))

    def _splicer(self, view: SceneView, index: int, caption: jpeg.RowJpeg) -> jpeg.Splicer:
        first_row = self._view_height // _MCU
        captioned = jpeg.Splicer(self._background(view, index), first_row, len(caption.rows)).fill(caption)
        captioned = jpeg.with_comment(captioned, self.target_bytes - len(captioned))
        return jpeg.Splicer(
            jpeg.parse(captioned), (self.height - self._strip_height) // _MCU, self._strip_height // _MCU
        )

    def _background(self, view: SceneView, index: int) -> jpeg.RowJpeg:
        loop = self._loops.setdefault(view, {})
        self._loops.move_to_end(view)
        while len(self._loops) > _KEPT_VIEWS:
            dropped, _frames = self._loops.popitem(last=False)
            self._splicers = {key: value for key, value in self._splicers.items() if key[0] != dropped}
        if index not in loop:
            loop[index] = self._encode(self._paint(view, index))
        return loop[index]

    def _paint(self, seen: SceneView, index: int) -> Image.Image:
        if self._landscape is None:
            self._landscape = Landscape(self.width, self._view_height, self._seed)
        view = self._landscape.picture(index / self._loop_frames)
        if seen.magnification > 1:
            view = _magnified(view, seen)
        if seen.stops:
            curve = 255 * (np.arange(256) / 255) ** (0.86**-seen.stops)
            view = curve.astype(np.uint8)[view]
        canvas = np.zeros((self.height, self.width, 3), np.uint8)
        canvas[: self._view_height] = view
        # A typical stamp with many edges, so that the quality found leaves room for a real one.
        canvas[self.height - self._strip_height :] = pixels.encode(_TYPICAL, self.width)[:, :, None]
        image = Image.fromarray(canvas)
        if not self._quality:
            self._quality = best_quality(image, round(self.target_bytes * _ROOM))
        return image

    def _paint_caption(self, text: str) -> Image.Image:
        image = Image.new("RGB", (self.width, self._caption_height), _BAR_COLOUR)
        font = ImageFont.load_default(self._caption_height * 0.66)
        ImageDraw.Draw(image).text(
            (self.width / 2, self._caption_height / 2), text, fill=_CAPTION_COLOUR, font=font, anchor="mm"
        )
        return image

    def _encode(self, picture: Image.Image) -> jpeg.RowJpeg:
        if not self._quality:
            self._paint(WHOLE, 0)
        return jpeg.parse(encode_rows(picture, self._quality))


_TYPICAL: Final = pixels.Stamp("viewfinder", 0xA5A5A5A5, 0x5A5A5A5A5A5A5A5A, 0x5A5A5A, 0x5A5A, 0x5A5A5A5A5A)


def _magnified(picture: Pixels, view: SceneView) -> Pixels:
    height, width = picture.shape[:2]
    left, top = round(view.left * width), round(view.top * height)
    right, bottom = left + width // view.magnification, top + height // view.magnification
    part = Image.fromarray(picture[top:bottom, left:right])
    return np.asarray(part.resize((width, height), Image.Resampling.BICUBIC))


def encode_rows(picture: Image.Image, quality: int) -> bytes:
    """An RGB picture as a baseline JPEG (4:2:0, the standard's Huffman tables) whose MCU rows are independent."""
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=quality, subsampling="4:2:0", restart_marker_rows=1)
    return stream.getvalue()


def best_quality(picture: Image.Image, target_bytes: int) -> int:
    """The highest quality, 1 to 98, at which the picture has at most ``target_bytes``; 1 if there is none."""
    low, high = 1, 98
    while low < high:
        middle = (low + high + 1) // 2
        if len(encode_rows(picture, middle)) <= target_bytes:
            low = middle
        else:
            high = middle - 1
    return low


def exposure_steps(exposure: CaptionFacts) -> int:
    """The stops of light relative to ISO 400, 1/125 s and f/5.6, from -3 to 3; 0 if a setting is 0."""
    aperture = exposure.aperture_tenths / 10
    light = exposure.iso * exposure.shutter_us / 1e6
    if light <= 0 or aperture <= 0:
        return 0
    stops = round(math.log2(light / aperture**2 / _NEUTRAL_EXPOSURE))
    return max(-_BRIGHTEST, min(_BRIGHTEST, stops))


def caption_text(exposure: CaptionFacts) -> str:
    """The settings as a camera writes them: ``f/5.6   1/125   ISO 400``."""
    seconds = exposure.shutter_us / 1e6
    shutter = f"{seconds:g} s" if seconds >= 0.3 or seconds <= 0 else f"1/{round(1 / seconds)}"
    return f"f/{exposure.aperture_tenths / 10:g}     {shutter}     ISO {exposure.iso}"
