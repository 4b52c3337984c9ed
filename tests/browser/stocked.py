"""A photo root that is full before the service starts: rows of the index, and files that many of them share."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PIL import Image
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.files.exif_reading import read_exif
from photonic.service.journal.captures import CaptureJournal
from photonic.service.photo import naming
from photonic.simulator.photo import PhotoFacts, PhotoStudio
from photonic.simulator.pixels import Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
STAMP = Stamp(kind="photo", counter=1, camera_us=1, iso=100, aperture_tenths=56, shutter_us=10000)


@dataclass
class Shelf:
    """Puts stills into ``root``; each is a second newer than the one before."""

    root: Path
    count: int = 0

    async def begin(self) -> None:
        """An empty index."""
        journal = CaptureJournal(self.root / naming.INDEX / "captures.sqlite3", time=THIS_MACHINE.time)
        await journal.open()
        await journal.close()
        (self.root / "photos").mkdir(exist_ok=True)

    def add(
        self, session_id: str, stills: int, files: Mapping[str, Path], metadata: CaptureMetadata | None = None
    ) -> None:
        """``stills`` of a session, each with these files; ``{}`` in a name stands for the still's number."""
        reported = [
            (template, path, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest(), read_exif(path))
            for template, path in files.items()
        ]
        with (
            closing(sqlite3.connect(self.root / naming.INDEX / "captures.sqlite3")) as connection,
            connection,
        ):
            for _still in range(stills):
                self.count += 1
                record = CaptureRecord(
                    id=f"{self.count:032x}",
                    camera_id="0123",
                    phase=CapturePhase.SAVED,
                    session_id=session_id,
                    sequence_number=self.count,
                    created_at=MIDNIGHT + timedelta(seconds=self.count),
                    metadata=metadata or CaptureMetadata(timestamp=MIDNIGHT + timedelta(seconds=self.count)),
                )
                connection.execute(
                    "INSERT INTO captures (id, phase, directory, stem, record) VALUES (?, 'saved', 'photos', ?, ?)",
                    (record.id, str(self.count), record.model_dump_json(exclude={"files", "deleted_at"})),
                )
                for number, (template, path, size, digest, facts) in enumerate(reported, 1):
                    place = f"photos/{template.replace('{}', str(self.count))}"
                    os.link(path, self.root / place)
                    kind = naming.media_type(os.path.splitext(place)[1])  # noqa: PTH122
                    said = None if facts is None else facts.model_dump_json()
                    columns = "capture_id, number, path, size_bytes, sha256, media_type, exif"
                    row = (record.id, number, place, size, digest, kind, said)
                    connection.execute(f"INSERT INTO files ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def painted(folder: Path, number: int, width: int = 900) -> Path:
    """A JPEG of one colour, 3:2."""
    path = folder / f"colour-{number}.jpg"
    data = io.BytesIO()
    Image.new("RGB", (width, width * 2 // 3), ((40 * number) % 255, 120, 255 - (40 * number) % 255)).save(data, "JPEG")
    path.write_bytes(data.getvalue())
    return path


def shot(folder: Path) -> dict[str, Path]:
    """RAW and JPEG of one shot of the simulated camera."""
    studio = PhotoStudio(1.0)
    facts = PhotoFacts(
        make="Canon",
        model="Canon EOS",
        serial="1",
        taken_at=MIDNIGHT.replace(tzinfo=None),
        exposure_seconds=0.01,
        f_number=5.6,
        iso=100,
        lens="EF50mm f/1.8 STM",
        focal_length_mm=50.0,
        bias_ev=1.0,
    )
    paths = {"shot_{}.jpg": folder / "shot.jpg", "shot_{}.cr2": folder / "shot.cr2"}
    paths["shot_{}.jpg"].write_bytes(studio.jpeg(STAMP, facts))
    paths["shot_{}.cr2"].write_bytes(studio.raw(STAMP, facts))
    return paths
