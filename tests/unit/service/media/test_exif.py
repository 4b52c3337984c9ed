"""What files say of how they were taken: as cameras write it, damaged, and made to do harm."""

from __future__ import annotations

import io
import json
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.support import exif_files as files

from photonic.model.exif import ExifFacts
from photonic.service.media import exif
from photonic.simulator.photo import PhotoFacts, PhotoStudio
from photonic.simulator.pixels import Stamp

MAIN = {0x010F: files.text("Canon"), 0x0110: files.text("EOS R5"), 0x0112: files.short(6)}
SHOT = {
    0x829A: files.ratio(1, 250),
    0x829D: files.ratio(56, 10),
    0x8827: files.short(800),
    0x9003: files.text("2026:11:23 04:05:06"),
    0x9011: files.text("+05:30"),
    0x9204: files.ratio(-2, 3, signed=True),
    0x9209: files.short(0x19),
    0x920A: files.ratio(50, 1),
    0x9291: files.text("78 "),
    0xA002: files.short(5472),
    0xA003: files.short(3648),
    0xA434: files.text("RF50mm F1.2 L USM"),
}
TAKEN_AT = datetime(2026, 11, 23, 4, 5, 6, 780_000, tzinfo=timezone(timedelta(hours=5, minutes=30)))
FACTS = ExifFacts(
    taken_at=TAKEN_AT,
    exposure_seconds=1 / 250,
    f_number=5.6,
    iso=800,
    exposure_bias_ev=-2 / 3,
    focal_length_mm=50,
    lens="RF50mm F1.2 L USM",
    make="Canon",
    model="EOS R5",
    flash_fired=True,
    orientation=6,
    width_pixels=5472,
    height_pixels=3648,
)
BLOCK = files.block(MAIN, SHOT)


def facts(data: bytes) -> ExifFacts | None:
    return exif.facts(io.BytesIO(data))


def shot_with(**entries: files.Entry) -> ExifFacts:
    """Of a file whose Exif directory has these, by their tags: ``x8827=``."""
    found = facts(files.block({}, {int(tag[1:], 16): entry for tag, entry in entries.items()}))
    return found or ExifFacts()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(files.jpeg(BLOCK, (5472, 3648)), id="JPEG"),
        pytest.param(files.jpeg(BLOCK, None), id="JPEG that is cut off"),
        pytest.param(
            files.jpeg(
                BLOCK, (5472, 3648), b"\xff\xff\xff", files.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
            ),
            id="JPEG with XMP and fill bytes before it",
        ),
        pytest.param(BLOCK, id="TIFF"),
        pytest.param(files.cr3(files.block(MAIN, {}), b"II*\0\10\0\0\0" + files.directory(SHOT, 8)), id="CR3"),
        pytest.param(files.heif(BLOCK), id="HEIF"),
        pytest.param(b"IIU\0" + BLOCK[4:], id="RW2"),
    ],
)
def test_every_kind_of_file_says_the_same(data: bytes) -> None:
    assert facts(data) == FACTS


def test_the_preview_in_a_raf_says_all_but_the_size() -> None:
    sizeless = FACTS.model_copy(update={"width_pixels": None, "height_pixels": None})
    assert facts(files.raf(files.jpeg(BLOCK, (1920, 1280)))) == sizeless


def test_both_orders_of_bytes() -> None:
    shot = {0x829A: files.ratio(1, 60, order=">"), 0x8827: files.short(100, order=">")}
    found = facts(files.block({0x0110: files.text("D750")}, shot, order=">"))
    assert found == ExifFacts(model="D750", exposure_seconds=1 / 60, iso=100)


def test_what_another_library_has_written() -> None:
    written = Image.Exif()
    written[0x0110] = "Camera"
    written[0x8769] = {0x829A: 1 / 125, 0x829D: 8.0, 0x9003: "2026:01:02 03:04:05", 0xA434: "Zoom 24-70"}
    data = io.BytesIO()
    Image.new("RGB", (33, 22)).save(data, "JPEG", exif=written)
    found = facts(data.getvalue())
    assert found is not None
    assert found.exposure_seconds == pytest.approx(1 / 125)
    assert (found.f_number, found.lens, found.model) == (8.0, "Zoom 24-70", "Camera")
    assert (found.width_pixels, found.height_pixels) == (33, 22)
    # No offset: a time without a zone.
    assert found.taken_at == datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001


@pytest.mark.parametrize("kind", ["jpeg", "raw"])
def test_what_the_simulated_camera_writes(kind: str) -> None:
    studio = PhotoStudio(0.2)
    moment = datetime(2026, 5, 4, 3, 2, 1, 250_000, tzinfo=UTC)
    taken = PhotoFacts("NIKON", "D750", "17", moment, 1 / 125, 2.8, 200, "50mm f/1.8", focal_length_mm=50.0, bias_ev=-1)
    stamp = Stamp(kind="photo", counter=1, camera_us=1, iso=200, aperture_tenths=28, shutter_us=8000)
    data = studio.jpeg(stamp, taken) if kind == "jpeg" else studio.raw(stamp, taken)
    found = facts(data)
    assert found is not None
    assert found.exposure_seconds == pytest.approx(1 / 125)
    assert found.model_copy(
        update={"exposure_seconds": None, "width_pixels": None, "height_pixels": None}
    ) == ExifFacts(
        taken_at=moment,
        f_number=2.8,
        iso=200,
        exposure_bias_ev=-1,
        focal_length_mm=50,
        lens="50mm f/1.8",
        make="NIKON",
        model="D750",
        flash_fired=False,
        orientation=1,
    )
    assert found.width_pixels


def test_the_size_of_a_raw_file_is_that_of_its_largest_picture_not_of_what_was_made_smaller() -> None:
    def size(width: int, height: int, kind: int | None) -> dict[int, files.Entry]:
        return {0x100: files.long(width), 0x101: files.long(height)} | (
            {} if kind is None else {0xFE: files.long(kind)}
        )

    found = facts(files.block(size(160, 120, 1), {}, size(6016, 4016, 0), size(8000, 8000, 1)))
    assert found is not None
    assert (found.width_pixels, found.height_pixels) == (6016, 4016)


def test_a_picture_without_exif_has_its_size() -> None:
    assert facts(files.jpeg(None, (640, 480))) == ExifFacts(width_pixels=640, height_pixels=480)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff\xd9",
        b"raw",
        b"II*\0",
        b"FUJIFILMCCD-RAW ",
        b"\0\0\0\x10ftypcrx \0\0\0\1",
        files.box(b"ftyp", b"heic"),
    ],
)
def test_a_file_that_says_nothing(data: bytes) -> None:
    assert facts(data) is None


@pytest.mark.parametrize(
    ("entry", "taken_at"),
    [
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2026:13:01 00:00:00", None),
        ("1899:12:31 23:59:59", None),
        ("2026:11:23 04:05:06", datetime(2026, 11, 23, 4, 5, 6)),  # noqa: DTZ001
        ("2026-11-23T04:05:06", None),
    ],
)
def test_a_time_that_is_one(entry: str, taken_at: datetime | None) -> None:
    assert shot_with(x9003=files.text(entry)).taken_at == taken_at


@pytest.mark.parametrize(
    ("zone", "hours"), [("+00:00", 0), ("-03:00", -3), ("+14:00", 14), ("+99:00", None), ("Z", None), ("   :  ", None)]
)
def test_a_zone_that_is_one(zone: str, hours: int | None) -> None:
    found = shot_with(x9003=files.text("2026:11:23 04:05:06"), x9011=files.text(zone)).taken_at
    assert found is not None
    assert found.utcoffset() == (None if hours is None else timedelta(hours=hours))


def test_a_sensitivity_that_does_not_fit_stands_elsewhere() -> None:
    assert shot_with(x8827=files.short(65535), x8832=files.long(102400)).iso == 102_400
    assert shot_with(x8827=files.short(65535)).iso is None
    assert shot_with(x8827=files.short(0)).iso is None


NAN = files.Entry(12, 1, struct.pack("<d", float("nan")))


@pytest.mark.parametrize(
    "entry",
    [NAN, files.ratio(1, 0), files.ratio(0, 1), files.ratio(4_000_000_000, 1), files.text("1/60"), files.short()],
)
def test_numbers_that_are_none(entry: files.Entry) -> None:
    assert shot_with(x829A=entry, x829D=entry, x920A=entry) == ExifFacts()


@pytest.mark.parametrize("side", [0, 4_000_000_000])
def test_sizes_that_are_none(side: int) -> None:
    assert shot_with(xA002=files.long(side), xA003=files.long(3000)) == ExifFacts()
    assert facts(files.jpeg(None, (side % 65536, 0))) is None


def test_a_wrong_value_costs_no_other() -> None:
    found = facts(files.block(MAIN, SHOT | {0x829A: files.ratio(1, 0), 0x9003: files.short(1)}))
    assert found == FACTS.model_copy(update={"exposure_seconds": None, "taken_at": None})


@pytest.mark.parametrize(
    ("raw", "lens"),
    [
        (b"  EF  50mm\t\r\nf/1.8 ", "EF 50mm f/1.8"),
        (b"a\x00b", "a"),
        (b"\x1b[31mred\x07", "[31mred"),
        ("50\u202emm\u2066".encode(), "50 mm"),
        (b"\xff\xfe\xfd", "\ufffd\ufffd\ufffd"),
        (b"x" * 60_000, "x" * exif.TEXT_LIMIT),
        (b" \x01 ", None),
        ("Äther <b>".encode(), "Äther <b>"),
    ],
)
def test_text_is_one_short_line_that_can_be_printed(raw: bytes, lens: str | None) -> None:
    assert shot_with(xA434=files.text(raw)).lens == lens


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


ENDLESS_EXTENTS = b"\1\0\0\0" + struct.pack(">HH", 0, 65535) + struct.pack(">HHHH", 9, 0, 0, 65535) * 1000


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(files.block({0x0110: files.Entry(2, 0xFFFFFFFF, struct.pack("<I", 8))}, SHOT), id="endless text"),
        pytest.param(b"II*\0\10\0\0\0" + struct.pack("<H", 65535) + bytes(12 * 65535), id="endless directory"),
        pytest.param(files.block({}, {}, *[SHOT] * 5000), id="countless directories"),
        pytest.param(files.jpeg(None, None, *([files.segment(0xE1, b"Exif\0\0")] * 200_000)), id="countless segments"),
        pytest.param(b"\xff\xd8" + b"\xff" * 5_000_000, id="nothing but fill bytes"),
        pytest.param(files.heif(BLOCK, iloc=ENDLESS_EXTENTS), id="countless extents"),
        pytest.param(files.cr3(b"II*\0" + bytes(5_000_000), b""), id="large box"),
        pytest.param(files.box(b"ftyp", b"heic") + files.box(b"free", b"") * 500_000, id="countless boxes"),
    ],
)
def test_little_is_read_of_a_file_however_large(data: bytes) -> None:
    content = Counting(data + bytes(20_000_000))
    exif.facts(content)
    assert content.count < 600_000


WHOLES = [
    files.jpeg(BLOCK),
    BLOCK,
    files.cr3(files.block(MAIN, {}), b"II*\0\10\0\0\0" + files.directory(SHOT, 8)),
    files.heif(BLOCK),
    files.raf(files.jpeg(BLOCK)),
]


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A whole file with bytes replaced, put in, or cut off."""
    data = bytearray(draw(st.sampled_from(WHOLES)))
    for _change in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(data)))
        new = draw(st.binary(max_size=6))
        data[place : place + draw(st.sampled_from([len(new), 0, 1, 40]))] = new
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@given(st.one_of(mangled(), st.binary(max_size=300)))
@example(files.heif(b"", iloc=b"\2"))
@settings(max_examples=400)
def test_damage_raises_nothing_and_what_is_read_can_be_kept(data: bytes) -> None:
    found = facts(data)
    if found is not None:
        assert ExifFacts.model_validate_json(found.model_dump_json(exclude_none=True)) == found
        assert json.loads(found.model_dump_json())["exposure_seconds"] == found.exposure_seconds
