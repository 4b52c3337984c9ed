"""Photos of the body's own button, which nobody asked for: a death on their way in loses and doubles none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.system.crash.points import ONE, TIMEOUT_SECONDS, Point

if TYPE_CHECKING:
    from tests.system.crash.harness import CrashHarness

pytestmark = [pytest.mark.long, pytest.mark.timeout(TIMEOUT_SECONDS)]

# The simulation dies at every step of it (decision 0058); these say that a real ``kill -9`` is like a simulated one.
SERVICE = [Point("record_photo_without_capture.before", ONE)]
CAMERA_PROCESS = [Point("fetch.half_written", ONE)]
RAW_SERVICE = [Point("record_late.after", ONE)]


def is_pressed(harness: CrashHarness, points: list[Point], subtests: pytest.Subtests) -> None:
    """Each point is passed by a photo of the button, and whoever dies there comes back."""
    for point in points:
        with subtests.test(str(point)):
            harness.kill()
            harness.start()
            harness.begin()
            before = harness.exposures()
            harness.orders.give(point.name, point.skip)
            harness.camera.control.press()
            harness.until(lambda point=point: harness.orders.reached == point.name, f"somebody dies at {point}")
            harness.orders.take_back()
            if point in CAMERA_PROCESS:
                harness.all_indexed()
                # What the dead process has left in staging is looked through at the next start.
                harness.kill()
            else:
                harness.wait_for_death()
            harness.start()
            harness.brought_in()
            harness.check()
            assert harness.exposures() - before == 1


def test_the_service_dies_with_a_photo_of_the_button(harness: CrashHarness, subtests: pytest.Subtests) -> None:
    is_pressed(harness, SERVICE, subtests)


def test_the_camera_process_dies_with_a_photo_of_the_button(harness: CrashHarness, subtests: pytest.Subtests) -> None:
    is_pressed(harness, CAMERA_PROCESS, subtests)


def test_the_service_dies_with_the_second_file_of_the_button(
    raw_harness: CrashHarness, subtests: pytest.Subtests
) -> None:
    is_pressed(raw_harness, RAW_SERVICE, subtests)
