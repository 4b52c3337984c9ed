"""Photos in the camera's RAM: what a crash may lose there is lost, but never silently."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.system.crash.points import (
    MAYBE,
    ONE,
    TIMEOUT_SECONDS,
    Point,
    dies,
    the_camera_process_dies,
    the_service_dies,
)

if TYPE_CHECKING:
    from tests.system.crash.harness import CrashHarness

pytestmark = pytest.mark.timeout(TIMEOUT_SECONDS)

LOSS = r"\blost\b.*only in the camera.s memory|only in the camera.s memory is lost"

# Before the library takes the photo out of the camera, and after it lies on the host's disk.
KEPT_SERVICE = [
    Point("reported_staged.before", ONE),
    Point("record_end.before", ONE),
]
KEPT_CAMERA_PROCESS = [
    Point("forget.before", ONE),
    Point("say_staged.after", ONE),
]
# The session is gone, and with it what was not fetched; or the library has it in its own memory, and told the camera.
LOST = [Point("trigger.after", ONE), Point("object_added.after", ONE), Point("fetch.before", ONE)]


@pytest.mark.long
def test_what_lies_on_the_disk_survives_the_service(ram_harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_service_dies(ram_harness, KEPT_SERVICE, subtests)


@pytest.mark.long
def test_what_lies_on_the_disk_survives_the_camera_process(
    ram_harness: CrashHarness, subtests: pytest.Subtests
) -> None:
    the_camera_process_dies(ram_harness, KEPT_CAMERA_PROCESS, subtests)


@pytest.mark.long
def test_a_photo_that_is_lost_with_the_camera_process_is_declared_lost(
    ram_harness: CrashHarness, subtests: pytest.Subtests
) -> None:
    for point in LOST:
        with subtests.test(str(point)):
            ram_harness.kill()
            ram_harness.start()
            before, said = ram_harness.exposures(), len(ram_harness.said())
            key = dies(ram_harness, point)
            record = ram_harness.check_record(key, ram_harness.capture(key))
            assert record["phase"] == "failed"
            assert re.search(LOSS, record["error"]), record["error"]
            warned = [line for line in ram_harness.said()[said:] if "warning" in line and re.search(LOSS, line)]
            assert warned, ram_harness.report()
            assert ram_harness.exposures() - before == 1
            frame = ram_harness.live_counter()
            ram_harness.until(lambda frame=frame: ram_harness.live_counter() > frame, "live view is back")


def test_a_photo_that_is_lost_with_the_service_is_declared_lost_at_the_next_start(
    ram_harness: CrashHarness, subtests: pytest.Subtests
) -> None:
    for point in (Point("reported_exposing.after", MAYBE), Point("reported_downloading.before", ONE)):
        with subtests.test(str(point)):
            key = dies(ram_harness, point)
            ram_harness.wait_for_death()
            ram_harness.start()
            record = ram_harness.check_record(key, ram_harness.capture(key))
            assert record["phase"] == "saved" or re.search(LOSS, record["error"]), record["error"]
