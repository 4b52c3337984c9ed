"""What a run leaves behind: the diary in figures, and files looked at closely."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from soak.evidence import Diary, Exposure, Stored, files_below

from photonic.simulator.exif import PhotoFacts
from photonic.simulator.photo import PhotoStudio
from photonic.simulator.pixels import Stamp

if TYPE_CHECKING:
    from pathlib import Path


def line(event: str, **facts: Any) -> str:
    return json.dumps({"n": 1, "at_us": 5_000_000, "event": event, **facts})


def test_the_diary_says_what_is_where() -> None:
    diary = Diary.read(
        [
            line("exposed", counter=1, source="client", files=["IMG_0001.CR2", "IMG_0001.JPG"]),
            line("added", name="IMG_0001.CR2", storage=0x20001, handle=1, size_bytes=9),
            line("added", name="IMG_0001.JPG", storage=0x20001, handle=2, size_bytes=9),
            line("exposed", counter=2, source="body", files=["IMG_0002.JPG"]),
            line("added", name="IMG_0002.JPG", storage=0, handle=3, size_bytes=9),
            line("deleted", name="IMG_0001.CR2", handle=1),
            line("frame", counter=4),
            '{"half a line',
        ]
    )
    assert diary.exposures == (
        Exposure(1, 5.0, "client", ("IMG_0001.CR2", "IMG_0001.JPG")),
        Exposure(2, 5.0, "body", ("IMG_0002.JPG",)),
    )
    assert diary.on_card == {(1, "IMG_0001.JPG")}
    assert diary.in_ram == {(2, "IMG_0002.JPG")}
    assert "frame" not in {word.event for word in diary.words}


def test_a_name_belongs_to_its_latest_exposure() -> None:
    lines = [line("exposed", counter=1, source="client", files=["IMG_0001.JPG"])]
    lines += [line("exposed", counter=10001, source="client", files=["IMG_0001.JPG"])]
    lines += [line("added", name="IMG_0001.JPG", storage=1, handle=1, size_bytes=9)]
    assert Diary.read(lines).on_card == {(10001, "IMG_0001.JPG")}


def test_files_are_looked_at_closely(tmp_path: Path) -> None:
    studio = PhotoStudio(0.3)
    stamp = Stamp("photo", 17, 1, 100, 56, 8000)
    facts = PhotoFacts(
        "Canon",
        "EOS",
        "1",
        taken_at=datetime(2026, 11, 1, tzinfo=UTC),
        exposure_seconds=0.01,
        f_number=5.6,
        iso=100,
        lens="L",
    )
    picture = studio.jpeg(stamp, facts)
    (tmp_path / "photos").mkdir()
    (tmp_path / ".staging").mkdir()
    (tmp_path / "photos" / "1.jpg").write_bytes(picture)
    (tmp_path / "photos" / "2.jpg").write_bytes(picture[: len(picture) // 2])
    (tmp_path / "photos" / "3.cr2").write_bytes(studio.raw(stamp, facts))
    (tmp_path / ".staging" / "4.jpg").write_bytes(picture)
    found = {file.path.rpartition("/")[2]: file for file in files_below(tmp_path)}
    assert sorted(found) == ["1.jpg", "2.jpg", "3.cr2"]
    assert (found["1.jpg"].counter, found["1.jpg"].whole, found["1.jpg"].is_raw) == (17, True, False)
    assert not found["2.jpg"].whole
    assert (found["3.cr2"].counter, found["3.cr2"].whole, found["3.cr2"].is_raw) == (17, True, True)


def test_a_file_that_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    path.write_bytes(b"nothing")
    stored = Stored.read(path)
    assert (stored.counter, stored.whole, stored.size_bytes) == (None, False, 7)
