from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photonic.errors import CaptureError, FailureKind
from photonic.service.media.preview import small
from photonic.simulator.photo import PhotoFacts, PhotoStudio
from photonic.simulator.pixels import Stamp

if TYPE_CHECKING:
    from pathlib import Path

ORIENTATION = 274
RAW_TYPE = "image/x-canon-cr2"
JPEG_TYPE = "image/jpeg"
RED, BLUE = (220, 30, 30), (30, 30, 220)


def jpeg(width: int = 600, height: int = 400, orientation: int | None = None, **save: object) -> bytes:
    """Red above, blue below, as the sensor has it."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width, height // 2))
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    exif[0x010E] = "<script>secret place</script>"
    data = io.BytesIO()
    image.save(data, "JPEG", exif=exif, **save)  # pyright: ignore[reportArgumentType]
    return data.getvalue()


def kept(tmp_path: Path, content: bytes, name: str = "a.jpg") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def seen(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def nearest(image: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    """Red or blue, at a place given in shares of the sides."""
    colour = image.convert("RGB").getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    assert isinstance(colour, tuple)
    return RED if colour[0] > colour[2] else BLUE


@pytest.fixture(scope="module")
def studio() -> PhotoStudio:
    return PhotoStudio(1.0)


def facts() -> PhotoFacts:
    return PhotoFacts("Canon", "EOS", "1", taken_at=datetime(2026, 1, 1, tzinfo=UTC), exposure_seconds=0.01,
                      f_number=5.6, iso=100, lens="EF")  # fmt: skip


STAMP = Stamp(kind="photo", counter=1, camera_us=1, iso=100, aperture_tenths=56, shutter_us=10000)


def test_a_photo_of_the_camera_and_its_raw_file_are_shown_alike(tmp_path: Path, studio: PhotoStudio) -> None:
    one = seen(small(kept(tmp_path, studio.jpeg(STAMP, facts())), JPEG_TYPE, 320))
    other = seen(small(kept(tmp_path, studio.raw(STAMP, facts()), "a.cr2"), RAW_TYPE, 320))
    assert one.size == other.size == (320, 213)
    assert one.getexif() == {}
    apart = sum(abs(a - b) for a, b in zip(one.resize((8, 8)).tobytes(), other.resize((8, 8)).tobytes(), strict=True))
    assert apart / 192 < 8


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [(None, (0.5, 0.1)), (1, (0.5, 0.1)), (2, (0.5, 0.1)), (3, (0.5, 0.9)), (4, (0.5, 0.9)),
     (5, (0.1, 0.5)), (6, (0.9, 0.5)), (7, (0.9, 0.5)), (8, (0.1, 0.5))],
)  # fmt: skip
def test_every_orientation_is_turned_upright(
    tmp_path: Path, orientation: int | None, red_at: tuple[float, float]
) -> None:
    image = seen(small(kept(tmp_path, jpeg(orientation=orientation)), JPEG_TYPE, 320))
    assert image.size == ((213, 320) if (orientation or 1) >= 5 else (320, 213))
    assert nearest(image, *red_at) == RED
    assert nearest(image, 1 - red_at[0], 1 - red_at[1]) == BLUE
    assert image.getexif() == {}


def test_a_raw_file_is_turned_as_its_own_directory_says(tmp_path: Path) -> None:
    preview = jpeg(orientation=3)
    place = 8 + 2 + 12 * 3 + 4
    entries = [(ORIENTATION, 3, 1, 6), (513, 4, 1, place), (514, 4, 1, len(preview))]
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    content = b"II" + struct.pack("<HIH", 42, 8, len(entries)) + packed + struct.pack("<I", 0) + preview
    image = seen(small(kept(tmp_path, content, "a.nef"), "image/x-nikon-nef", 320))
    assert image.size == (213, 320)
    assert nearest(image, 0.9, 0.5) == RED


def test_the_preview_of_a_cr3_file(tmp_path: Path) -> None:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), kind) + content

    preview = jpeg()
    turned = b"II" + struct.pack("<HIH", 42, 8, 1) + struct.pack("<HHII", ORIENTATION, 3, 1, 8) + bytes(4)
    head = box(b"PRVW", struct.pack(">IHHHHI", 0, 1, 600, 400, 1, len(preview)) + preview)
    content = box(b"ftyp", b"crx ") + box(b"moov", box(b"uuid", bytes(16) + box(b"CMT1", turned)))
    path = kept(tmp_path, content + box(b"uuid", bytes(24) + head) + box(b"mdat", bytes(99)), "a.cr3")
    image = seen(small(path, "image/x-canon-cr3", 320))
    assert image.size == (213, 320)
    assert nearest(image, 0.1, 0.5) == RED


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_pictures_of_other_modes(tmp_path: Path, mode: str) -> None:
    data = io.BytesIO()
    Image.new(mode, (600, 400)).save(data, "JPEG")
    assert seen(small(kept(tmp_path, data.getvalue()), JPEG_TYPE, 320)).size == (320, 213)


def test_a_small_photo_is_not_enlarged_and_a_narrow_one_keeps_a_pixel(tmp_path: Path) -> None:
    assert seen(small(kept(tmp_path, jpeg(60, 40)), JPEG_TYPE, 320)).size == (60, 40)
    assert seen(small(kept(tmp_path, jpeg(4000, 2)), JPEG_TYPE, 320)).size == (320, 1)


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (b"", JPEG_TYPE, FailureKind.PHOTO_UNREADABLE),
        (b"\xff\xd8\xff\xd9", JPEG_TYPE, FailureKind.PHOTO_UNREADABLE),
        (jpeg()[:2000], JPEG_TYPE, FailureKind.PHOTO_UNREADABLE),
        (b"II*\0raw", RAW_TYPE, FailureKind.PHOTO_UNREADABLE),
        (b"GIF89a", JPEG_TYPE, FailureKind.PHOTO_UNREADABLE),
        (b"\0\0\0\x18ftypcrx PRVW", "image/x-canon-cr3", FailureKind.PHOTO_UNREADABLE),
        (b"moov", "video/quicktime", FailureKind.NOT_SUPPORTED),
    ],
)
def test_what_cannot_be_shown_says_why(tmp_path: Path, content: bytes, media_type: str, kind: FailureKind) -> None:
    with pytest.raises(CaptureError) as refused:
        small(kept(tmp_path, content), media_type, 320)
    assert refused.value.kind is kind


def test_a_file_that_claims_to_be_vast_takes_no_memory(tmp_path: Path) -> None:
    content = bytearray(jpeg())
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", 65000, 65000)
    with pytest.raises(CaptureError, match="cannot be read"):
        small(kept(tmp_path, bytes(content)), JPEG_TYPE, 320)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=40))
def test_a_damaged_photo_is_shown_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name, media_type, whole in (
        ("d.jpg", JPEG_TYPE, jpeg(300, 200)),
        ("d.cr2", RAW_TYPE, b"II*\0\x08\0\0\0" + bytes(99)),
    ):
        content = bytearray(whole)
        content[place % len(whole) : place % len(whole) + len(damage)] = damage
        try:
            small(kept(folder, bytes(content), name), media_type, 320)
        except CaptureError as error:
            assert error.kind is FailureKind.PHOTO_UNREADABLE
