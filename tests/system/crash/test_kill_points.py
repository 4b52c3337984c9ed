"""``kill -9`` of the service and of the camera process at every step of a capture: nothing is lost, nothing twice.

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


# Deaths of the service, along the path of a capture: one in each gap between two steps, and those inside of a
# transaction. The camera process goes with it. Before the intent, the same key asks anew, and that takes the photo.
SERVICE = [
    Point("intend.before", ONE),
    Point("transaction.after", ONE),
    Point("intend.after", NONE),
    Point("make_staging.before", NONE),
    Point("make_staging.after", NONE),
    Point("reported_preparing.before", MAYBE),
    Point("reported_exposing.before", MAYBE),
    Point("reported_exposing.after", MAYBE),
    Point("reported_downloading.before", ONE),
    Point("reported_staged.before", ONE),
    Point("reported_captured.before", ONE),
    Point("command.after", ONE),
    Point("record_staged.after", ONE),
    Point("check_whole.after", ONE),
    Point("claim.after", ONE),
    Point("flush.after", ONE),
    Point("transaction.after", ONE, skip=1),
    Point("record_end.after", ONE),
    Point("clear.after", ONE),
    Point("answer.after", ONE),
]

# Deaths of the camera process alone: the service lives on, and its capture ends.
CAMERA_PROCESS = [
    Point("say_preparing.after", NONE),
    Point("say_exposing.after", NONE),
    Point("trigger.before", NONE),
    Point("trigger.after", ONE),
    Point("object_added.after", ONE),
    Point("say_downloading.after", ONE),
    Point("fetch.before", ONE),
    Point("fetch.middle", ONE),
    Point("fetch.half_written", ONE),
    Point("fetch.after", ONE),
    Point("say_staged.before", ONE),
    Point("say_staged.after", ONE),
    Point("say_captured.before", ONE),
    Point("say_captured.after", ONE),
]

# Two files a shot: between the first and the second.
RAW_SERVICE = [
    Point("reported_staged.after", ONE),
    Point("reported_staged.after", ONE, skip=1),
    Point("check_whole.after", ONE),
    Point("claim.after", ONE),
    Point("claim.after", ONE, skip=1),
    Point("transaction.after", ONE, skip=1),
]
RAW_CAMERA_PROCESS = [
    Point("trigger.after", ONE),
    Point("say_staged.before", ONE),
    Point("say_staged.after", ONE),
    Point("object_added.after", ONE, skip=1),
    Point("fetch.half_written", ONE, skip=1),
    Point("say_staged.before", ONE, skip=1),
]


def test_the_service_dies_at_each_step(harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_service_dies(harness, SERVICE, subtests)


def test_the_camera_process_dies_at_each_step(harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_camera_process_dies(harness, CAMERA_PROCESS, subtests)


def test_the_service_dies_between_raw_and_jpeg(raw_harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_service_dies(raw_harness, RAW_SERVICE, subtests)


def test_the_camera_process_dies_between_raw_and_jpeg(raw_harness: CrashHarness, subtests: pytest.Subtests) -> None:
    the_camera_process_dies(raw_harness, RAW_CAMERA_PROCESS, subtests)
