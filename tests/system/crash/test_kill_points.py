"""``kill -9`` of the service and of the camera process on the way of a capture: nothing is lost, nothing twice.

The simulation dies at every step (decision 0058). These steps, before and after each thing that lasts, say that a real
``kill -9`` is like a simulated one.

The camera and the photo root live on through all of it: each test also checks that all photos of the tests before it
are still there, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.system.crash.points import (
    MAYBE,
    NONE,
    ONE,
    TIMEOUT_SECONDS,
    Point,
    the_camera_process_dies,
    the_service_dies,
)

if TYPE_CHECKING:
    from tests.system.crash.harness import CrashHarness

pytestmark = [pytest.mark.long, pytest.mark.timeout(TIMEOUT_SECONDS)]


# Deaths of the service, along the path of a capture. The camera process goes with it.
# Before the intent, the same key asks anew, and that takes the photo.
SERVICE = [
    Point("intend.before", ONE),
    Point("intend.after", NONE),
    Point("reported_exposing.before", MAYBE),
    Point("reported_downloading.before", ONE),
    Point("claim.after", ONE),
    Point("record_end.after", ONE),
]

# Deaths of the camera process alone: the service lives on, and its capture ends.
CAMERA_PROCESS = [
    Point("say_exposing.after", NONE),
    Point("trigger.after", ONE),
    Point("fetch.half_written", ONE),
    Point("say_staged.after", ONE),
]

# Two files a shot: between the first and the second.
RAW_SERVICE = [
    Point("reported_staged.after", ONE, skip=1),
    Point("claim.after", ONE, skip=1),
]
RAW_CAMERA_PROCESS = [
    Point("say_staged.after", ONE),
    Point("fetch.half_written", ONE, skip=1),
]


def test_the_service_dies_on_the_way_of_a_capture(harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_service_dies(harness, SERVICE, subtests)


def test_the_camera_process_dies_on_the_way_of_a_capture(harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_camera_process_dies(harness, CAMERA_PROCESS, subtests)


def test_the_service_dies_between_raw_and_jpeg(raw_harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_service_dies(raw_harness, RAW_SERVICE, subtests)


def test_the_camera_process_dies_between_raw_and_jpeg(raw_harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_camera_process_dies(raw_harness, RAW_CAMERA_PROCESS, subtests)
