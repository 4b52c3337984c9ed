"""The simulated camera's stills: JPEGs and raw files with Exif data, as large as real ones and quick to produce.

The large picture is encoded once; a photo costs only the strip with its stamp, its Exif data, and a copy of the bytes.
"""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from photonic.errors import BadInput
from photonic.simulator import exif, jpeg, pixels
from photonic.simulator.exif import PhotoFacts, preview_of_raw
from photonic.simulator.landscape import Landscape
from photonic.simulator.scene import encode_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PhotoFacts", "PhotoStudio", "preview_of_raw"]

_MCU: Final = 16
_PHOTO_QUALITY: Final = 93
_PREVIEW_QUALITY: Final = 80
_THUMBNAIL_SIZE: Final = (160, 120)
_PAINTED_WIDTH: Final = 1536
_PHASE: Final = 0.3
_GRAIN_SIGMA: Final = 4.5
_BAND_ROWS: Final = 512
# For 3:2 pictures whose sides are multiples of 16 and whose stamp has cells of whole pixels.
_WIDTH_STEP: Final = 48
_RAW_BYTES_PER_PIXEL: Final = 25 / 24
_PREVIEW_SHARE: Final = 1 / 6


class PhotoStudio:
    """Photos of about ``megapixels`` (0.2 to 80, 3:2) of the viewfinder's scene, all at the same moment of its loop.

    ``raw_bytes`` is the size of a raw file; ``None``: 25 MB at 24 megapixels. Not thread-safe. Raises ``BadInput`` for
    another number of megapixels.
    """

    def __init__(self, megapixels: float = 24.0, seed: int = 0, raw_bytes: int | None = None) -> None:
        if not 0.2 <= megapixels <= 80:
            raise BadInput(f"megapixels: must be 0.2 to 80, not {megapixels}", field="megapixels")
        self._seed = seed
        self.width, self.height = _size(megapixels)
        self._raw_bytes = raw_bytes or round(self.width * self.height * _RAW_BYTES_PER_PIXEL)
        self._photo: jpeg.Splicer | None = None
        self._preview: jpeg.Splicer | None = None
        self._preview_size = _size(max(0.2, megapixels * _PREVIEW_SHARE))
        self._view: Image.Image | None = None
        self._small: Image.Image | None = None
        self._sensor = b""

    def painting(self) -> Iterator[None]:
        """Paint and encode what all photos share, in four steps (about 2 s at 24 megapixels).

        Without this, the first photo does it.
        """
        self._painted()
        yield
        self._photo = self._photo or self._plate(self.width, self.height, _PHOTO_QUALITY)
        yield
        self._plates()
        yield
        self._sensor_data()
        yield

    def jpeg(self, stamp: pixels.Stamp, facts: PhotoFacts) -> bytes:
        """The photo as a JPEG with Exif and an embedded thumbnail."""
        photo, _preview = self._plates()
        tiff = exif.exif_block(facts, self.width, self.height, self.thumbnail(stamp, facts))
        return jpeg.with_exif(photo.fill(_strip(stamp, self.width, _PHOTO_QUALITY)), tiff)

    def raw(self, stamp: pixels.Stamp, facts: PhotoFacts) -> bytes:
        """The photo as a CR2 whose preview carries the stamp; the sensor's part is noise."""
        _photo, plate = self._plates()
        preview = plate.fill(_strip(stamp, self._preview_size[0], _PREVIEW_QUALITY))
        thumbnail = self.thumbnail(stamp, facts)
        sensor = self._sensor_data()[: max(0, self._raw_bytes - len(preview) - len(thumbnail) - 2048)] + jpeg.EOI
        return exif.raw_file(facts, self._preview_size, preview, thumbnail, sensor)

    def thumbnail(self, stamp: pixels.Stamp, facts: PhotoFacts) -> bytes:
        """A JPEG of 160 x 120 pixels, with black bars; too small for reading the stamp."""
        del facts
        if self._small is None:
            height = round(_THUMBNAIL_SIZE[0] * self.height / self.width)
            self._small = self._painted().resize((_THUMBNAIL_SIZE[0], height))
        small = self._small.copy()
        strip = Image.fromarray(pixels.encode(stamp, 480)).resize((small.width, small.width // 20))
        small.paste(strip, (0, small.height - strip.height))
        image = Image.new("RGB", _THUMBNAIL_SIZE)
        image.paste(small, (0, (image.height - small.height) // 2))
        stream = BytesIO()
        image.save(stream, "JPEG", quality=75)
        return stream.getvalue()

    def _painted(self) -> Image.Image:
        """The view in the size in which it was painted, with room for the stamp at the bottom."""
        if self._view is None:
            width = min(self.width, _PAINTED_WIDTH)
            height = round(width * self.height / self.width)
            painted = Landscape(width, height - width // 20, self._seed).picture(_PHASE)
            self._view = Image.new("RGB", (width, height))
            self._view.paste(Image.fromarray(painted))
        return self._view

    def _plates(self) -> tuple[jpeg.Splicer, jpeg.Splicer]:
        self._photo = self._photo or self._plate(self.width, self.height, _PHOTO_QUALITY)
        self._preview = self._preview or self._plate(*self._preview_size, _PREVIEW_QUALITY)
        return self._photo, self._preview

    def _plate(self, width: int, height: int, quality: int) -> jpeg.Splicer:
        """The view enlarged, with grain, and a gap for the stamp."""
        canvas = np.array(self._painted().resize((width, height), Image.Resampling.BICUBIC))
        random = np.random.default_rng(self._seed)
        grain = random.normal(0, _GRAIN_SIGMA, (_BAND_ROWS, width, 1)).astype(np.int16)
        for top in range(0, height, _BAND_ROWS):
            band = canvas[top : top + _BAND_ROWS]
            moved = np.roll(grain, 7919 * top // _BAND_ROWS, axis=1)[: len(band)]
            canvas[top : top + _BAND_ROWS] = np.clip(band + moved, 0, 255).astype(np.uint8)
        rows = pixels.strip_height(width) // _MCU
        background = jpeg.parse(encode_rows(Image.fromarray(canvas), quality))
        return jpeg.Splicer(background, len(background.rows) - rows, rows)

    def _sensor_data(self) -> bytes:
        """Noise that compresses as badly as raw data, after the first markers of a raw file's lossless JPEG."""
        if not self._sensor:
            noise = np.random.default_rng(self._seed + 1).integers(0, 255, self._raw_bytes, dtype=np.uint8)
            self._sensor = b"\xff\xd8\xff\xc4" + noise.tobytes()
        return self._sensor


def _size(megapixels: float) -> tuple[int, int]:
    width = max(_WIDTH_STEP, round(math.sqrt(megapixels * 1.5e6) / _WIDTH_STEP) * _WIDTH_STEP)
    return width, width * 2 // 3


def _strip(stamp: pixels.Stamp, width: int, quality: int) -> jpeg.RowJpeg:
    return jpeg.parse(encode_rows(Image.fromarray(pixels.encode(stamp, width)).convert("RGB"), quality))
