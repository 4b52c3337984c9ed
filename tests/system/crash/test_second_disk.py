"""The service dies while it copies to the second disk: afterwards every photo is there, and has one whole copy."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.absent import absent
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.system.crash.harness import CrashHarness
from tests.system.crash.points import ONE, TIMEOUT_SECONDS, Point, the_service_dies

from photonic.service.files.devices import same_device
from photonic.service.files.second_root import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.long, pytest.mark.timeout(TIMEOUT_SECONDS)]

IN_MEMORY = Path("/dev/shm")
POINTS = [
    Point("copy_piece.before", ONE),
    Point("copy_piece.after", ONE, 1),
    Point("name_copy.before", ONE),
    Point("name_copy.after", ONE),
    Point("record_end.before", ONE),
    Point("record_end.after", ONE),
]
LATER = [Point("record_copy.before", ONE), Point("record_copy.after", ONE)]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Path]:
    if not IN_MEMORY.is_dir() or same_device(tmp_path, IN_MEMORY):
        absent("there is no file system in memory")
    place = Path(tempfile.mkdtemp(prefix="photonic-second-", dir=IN_MEMORY))
    try:
        yield place
    finally:
        shutil.rmtree(place)


@pytest.fixture
def harness(tmp_path: Path, second: Path) -> Iterator[CrashHarness]:
    config = tmp_path / "photonic.toml"
    config.write_text(f'saved = "disk+second"\nsecond_root = "{second}"\n')
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        harness = CrashHarness(camera, tmp_path / "crash", "--config", str(config))
        try:
            harness.start()
            yield harness
        finally:
            harness.orders.take_back()
            harness.kill()


def hashes(root: Path, own: str) -> list[str]:
    """The hashes of the photos below a folder, without what the service keeps in the folder ``own``."""
    files = [path for path in root.rglob("*") if path.is_file() and own not in path.parts]
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)


def all_copied(harness: CrashHarness, second: Path) -> bool:
    photos = hashes(harness.root / "photos", ".photonic")
    waiting = harness.snapshot()["saving"]["second"]["waiting"]
    return waiting == 0 and photos == hashes(second, MARKER)


def test_after_each_death_every_photo_has_one_whole_copy(
    harness: CrashHarness, second: Path, subtests: pytest.Subtests
) -> None:
    the_service_dies(harness, POINTS, subtests)
    harness.until(lambda: all_copied(harness, second), "every photo has one copy")


def test_after_a_death_of_the_queue_every_photo_has_one_whole_copy(harness: CrashHarness, second: Path) -> None:
    for point in LATER:
        away = second.rename(second.with_name(f"{second.name}-away"))
        harness.orders.give(point.name, point.skip)
        assert harness.capture(point.name).body["saved"] == "disk"
        away.rename(second)
        harness.wait_for_death()
        harness.orders.take_back()
        harness.start()
        harness.until(lambda: all_copied(harness, second), "every photo has one copy")
