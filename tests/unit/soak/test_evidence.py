"""What a run leaves behind: the journal in figures, and files looked at closely."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from soak import hook
from soak.evidence import CameraJournal, Exposure, Stored, files_below

from photonic.simulator.exif import PhotoFacts
from photonic.simulator.photo import PhotoStudio
from photonic.simulator.pixels import Stamp

if TYPE_CHECKING:
    from pathlib import Path


def line(event: str, **facts: Any) -> str:
    return json.dumps({"n": 1, "at_us": 5_000_000, "event": event, **facts})


def test_the_diary_says_what_is_where() -> None:
    journal = CameraJournal.read(
        [
            line("pressed", source="client"),
            line("exposed", counter=1, source="client", files=["IMG_0001.CR2", "IMG_0001.JPG"]),
            line("added", name="IMG_0001.CR2", storage=0x20001, handle=1, size_bytes=9),
            line("added", name="IMG_0001.JPG", storage=0x20001, handle=2, size_bytes=9),
            line("exposed", counter=2, source="client", files=["IMG_0002.JPG"]),
            line("added", name="IMG_0002.JPG", storage=0, handle=3, size_bytes=9),
            line("pressed", source="button"),
            line("exposed", counter=3, source="button", files=["IMG_0003.JPG"]),
            line("exposed", counter=9001, source="computer", files=["\udcdcBER0001.JPG"]),
            line("deleted", name="IMG_0001.CR2", handle=1),
            line("frame", counter=4),
            '{"half a line',
        ]
    )
    assert journal.exposures == (
        Exposure(1, 5.0, "client", ("IMG_0001.CR2", "IMG_0001.JPG"), press=1),
        Exposure(2, 5.0, "client", ("IMG_0002.JPG",), press=1),
        Exposure(3, 5.0, "button", ("IMG_0003.JPG",), press=2),
        Exposure(9001, 5.0, "computer", ("\udcdcBER0001.JPG",)),
    )
    assert journal.on_card == {(1, "IMG_0001.JPG")}
    assert journal.in_ram == {(2, "IMG_0002.JPG")}
    assert "frame" not in {word.event for word in journal.entries}


def test_a_copy_on_the_second_card_is_the_same_photo_and_lasts_longer_than_the_first() -> None:
    lines = [line("exposed", counter=1, source="client", files=["IMG_0001.JPG"])]
    lines += [
        line("added", name="IMG_0001.JPG", storage=card, handle=card, size_bytes=9) for card in (0x20001, 0x30001)
    ]
    assert CameraJournal.read(lines).on_card == {(1, "IMG_0001.JPG")}
    lines += [line("deleted", name="IMG_0001.JPG", handle=0x20001)]
    assert CameraJournal.read(lines).on_card == {(1, "IMG_0001.JPG")}
    lines += [line("deleted", name="IMG_0001.JPG", handle=0x30001)]
    assert CameraJournal.read(lines).on_card == set()


def test_a_film_is_no_photo() -> None:
    journal = CameraJournal.read([line("added", name="MVI_0001.MOV", storage=0x20001, handle=1, size_bytes=9)])
    assert journal.films == ("MVI_0001.MOV",)
    assert journal.on_card == set()


def test_what_the_camera_sent_damaged_is_known_by_what_it_sent() -> None:
    lines = [line("exposed", counter=1, source="client", files=["IMG_0001.JPG"])]
    lines += [line("fetched", name="IMG_0001.JPG", handle=1)]
    lines += [line("garble", operation=0x1009, seed=1, size_bytes=9, sha256="photo")]
    # A frame that is garbled later is none.
    lines += [line("garble", operation=0x9153, seed=2, size_bytes=9, sha256="frame")]
    assert CameraJournal.read(lines).garbled == {"photo": (1, "IMG_0001.JPG")}


def test_what_the_hook_wrote(tmp_path: Path) -> None:
    lines = tmp_path / "it's here.txt"
    assert hook.read(lines) is None
    command = json.loads(hook.environment(lines)["PHOTONIC_HOOKS"])["soak"]["command"]
    variables = {"PHOTONIC_EVENT": "photo.saved", "PHOTONIC_CAPTURE_ID": "one"}
    before = time.monotonic()
    for _run in range(2):
        subprocess.run(command, env=variables, check=True)
    ran = hook.read(lines)
    assert ran is not None
    assert [(run.event, run.capture_id) for run in ran] == [("photo.saved", "one")] * 2
    assert before - 1.0 <= ran[0].at <= ran[1].at <= time.monotonic() + 1.0


def test_a_name_belongs_to_its_latest_exposure() -> None:
    lines = [line("exposed", counter=1, source="client", files=["IMG_0001.JPG"])]
    lines += [line("exposed", counter=10001, source="client", files=["IMG_0001.JPG"])]
    lines += [line("added", name="IMG_0001.JPG", storage=1, handle=1, size_bytes=9)]
    assert CameraJournal.read(lines).on_card == {(10001, "IMG_0001.JPG")}


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
    (tmp_path / "photos" / "5.jpg").write_bytes(picture + b"\r\n".ljust(70_000, b"\0"))
    (tmp_path / "photos" / "6.jpg.part").write_bytes(picture)
    (tmp_path / ".staging" / "4.jpg").write_bytes(picture)
    found = {file.path.rpartition("/")[2]: file for file in files_below(tmp_path)}
    # What was not given its name in the end is a file without a record.
    assert sorted(found) == ["1.jpg", "2.jpg", "3.cr2", "5.jpg", "6.jpg.part"]
    assert (found["1.jpg"].counter, found["1.jpg"].whole, found["1.jpg"].is_raw) == (17, True, False)
    assert not found["2.jpg"].whole
    assert (found["5.jpg"].counter, found["5.jpg"].whole) == (17, True)
    assert (found["3.cr2"].counter, found["3.cr2"].whole, found["3.cr2"].is_raw) == (17, True, True)


def test_a_file_that_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    path.write_bytes(b"nothing")
    stored = Stored.read(path)
    assert (stored.counter, stored.whole, stored.size_bytes) == (None, False, 7)
