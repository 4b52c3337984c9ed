from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pytest
from PIL import ExifTags, Image

from photonic.errors import BadInput, ProtocolError
from photonic.simulator import pixels
from photonic.simulator.photo import PhotoFacts, PhotoStudio, preview_of_raw
from photonic.simulator.pixels import Stamp

STAMP = Stamp("photo", 7, 12_345_678, 800, 28, 4_000)
FACTS = PhotoFacts(
    make="Canon",
    model="Canon EOS R5",
    serial="012345678901",
    taken_at=datetime(2026, 11, 23, 4, 5, 6, 789_000, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    exposure_seconds=1 / 250,
    f_number=2.8,
    iso=800,
    lens="RF24-70mm F2.8 L IS USM",
)


@pytest.fixture(scope="module")
def studio() -> PhotoStudio:
    studio = PhotoStudio(megapixels=1.5, raw_bytes=1_600_000)
    for _step in studio.painting():
        pass
    return studio


def test_a_photo_is_a_jpeg_of_its_size_with_its_stamp(studio: PhotoStudio) -> None:
    photo = studio.jpeg(STAMP, FACTS)
    image = Image.open(BytesIO(photo))
    image.load()
    assert image.size == (studio.width, studio.height) == (1488, 992)
    assert pixels.read(photo) == STAMP


def test_a_photo_says_how_it_was_taken(studio: PhotoStudio) -> None:
    exif = Image.open(BytesIO(studio.jpeg(STAMP, FACTS))).getexif()
    assert (exif[ExifTags.Base.Make], exif[ExifTags.Base.Model]) == ("Canon", "Canon EOS R5")
    assert exif[ExifTags.Base.Orientation] == 1
    details = exif.get_ifd(ExifTags.IFD.Exif)
    assert details[ExifTags.Base.DateTimeOriginal] == "2026:11:23 04:05:06"
    assert details[ExifTags.Base.SubsecTimeOriginal] == "789"
    assert details[ExifTags.Base.OffsetTimeOriginal] == "-03:30"
    assert details[ExifTags.Base.ExposureTime] == pytest.approx(1 / 250)
    assert details[ExifTags.Base.FNumber] == pytest.approx(2.8)
    assert details[ExifTags.Base.ISOSpeedRatings] == 800
    assert details[ExifTags.Base.BodySerialNumber] == "012345678901"
    assert details[ExifTags.Base.LensModel] == "RF24-70mm F2.8 L IS USM"
    assert details[ExifTags.Base.ExifImageWidth] == studio.width


def test_a_photo_carries_its_thumbnail(studio: PhotoStudio) -> None:
    photo = studio.jpeg(STAMP, FACTS)
    small = Image.open(BytesIO(photo)).getexif().get_ifd(ExifTags.IFD.IFD1)
    start = photo.index(b"Exif\0\0") + 6 + small[ExifTags.Base.JpegIFOffset]
    thumbnail = photo[start : start + small[ExifTags.Base.JpegIFByteCount]]
    assert thumbnail == studio.thumbnail(STAMP, FACTS)
    assert Image.open(BytesIO(thumbnail)).size == (160, 120)


def test_a_raw_is_a_cr2_of_its_size_whose_preview_carries_the_stamp(studio: PhotoStudio) -> None:
    raw = studio.raw(STAMP, FACTS)
    assert raw[:4] == b"II*\0"
    assert raw[8:12] == b"CR\x02\0"
    assert abs(len(raw) - 1_600_000) < 2_048
    assert pixels.read(preview_of_raw(raw)) == STAMP


def test_a_raw_says_how_it_was_taken(studio: PhotoStudio) -> None:
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + studio.raw(STAMP, FACTS))
    assert exif[ExifTags.Base.Model] == "Canon EOS R5"
    assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.LensModel] == FACTS.lens


@pytest.mark.parametrize("length", [0, 15, 16, 60, 1_000])
def test_a_cut_raw_is_refused(studio: PhotoStudio, length: int) -> None:
    with pytest.raises(ProtocolError):
        preview_of_raw(studio.raw(STAMP, FACTS)[:length])


def test_each_photo_differs_in_stamp_and_facts_alone(studio: PhotoStudio) -> None:
    other = Stamp("photo", 8, 99, 100, 80, 500_000)
    assert pixels.read(studio.jpeg(other, FACTS)) == other
    assert studio.jpeg(STAMP, FACTS) == studio.jpeg(STAMP, FACTS)


def test_a_time_without_a_zone_has_no_offset(studio: PhotoStudio) -> None:
    local = PhotoFacts("A", "B", "C", datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None), 30.0, 11.0, 100_000, "D")
    details = Image.open(BytesIO(studio.jpeg(STAMP, local))).getexif().get_ifd(ExifTags.IFD.Exif)
    assert ExifTags.Base.OffsetTimeOriginal not in details
    assert details[ExifTags.Base.ExposureTime] == 30
    assert details[ExifTags.Base.ISOSpeedRatings] == 65_535


@pytest.mark.parametrize("megapixels", [0, -1, 0.1, 81])
def test_a_size_that_cannot_be_had_is_refused(megapixels: float) -> None:
    with pytest.raises(BadInput, match="megapixels"):
        PhotoStudio(megapixels)
